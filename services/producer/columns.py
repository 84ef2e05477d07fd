"""Which columns a mapping's queries give, and rows put into their order.

The aliases of a query's columns are the names below. Keys must be there; any other column may be left out, which makes
its fact missing in every document.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

from shared.errors import Unusable
from shared.wire import DocumentType

Row = tuple[Any, ...]
Rows = list[Row]


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one query, keys first: the order in which `services.producer.documents` takes rows apart."""

    keys: tuple[str, ...]
    facts: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        return self.keys + self.facts


_CREDIT: Final = ("artist_id", "artist_name", "artist_appears_as", "artist_slug", "artist_is_placeholder_image")
_FORMAT: Final = ("package_description", "format_description")
_PRICE: Final = ("price", "recommended")

COLUMNS: Final[Mapping[str, Columns]] = {
    "albums": Columns(
        ("album_id",),
        (
            *("title", "version", "type", "barcode", "year", "explicit", "slug", "c_line", "p_line"),
            *("label_id", "label_name", "licensor_id", "licensor_name", "popularity", "duration", "track_count"),
            *_CREDIT,
        ),
    ),
    "album_formats": Columns(("album_id", "package_id", "format_id"), _FORMAT),
    "album_prices": Columns(("album_id", "package_id", "territory", "currency"), _PRICE),
    "tracks": Columns(
        ("album_id", "track_id"),
        (
            *("title", "version", "type", "isrc", "p_line", "explicit", "duration", "disc_number", "number"),
            *_CREDIT,
        ),
    ),
    "licences": Columns(("track_id", "usage_type", "territory", "valid_from"), ("valid_until",)),
    "track_formats": Columns(("track_id", "package_id", "format_id"), _FORMAT),
    "track_prices": Columns(("track_id", "package_id", "territory", "currency"), _PRICE),
    "artists": Columns(("artist_id",), ("name", "slug", "is_placeholder_image")),
    "clients": Columns(
        ("client_id", "consumer_key"), ("consumer_secret", "name", "partner_id", "default_territory", "daily_limit")
    ),
    "endpoints": Columns(("client_id", "endpoint")),
    "shops": Columns(("client_id", "shop_id", "territory")),
}


_IDS: Final = frozenset(
    {
        *("album_id", "track_id", "package_id", "format_id", "client_id", "shop_id"),
        *("artist_id", "label_id", "licensor_id"),
    }
)


def arrange(query: str, aliases: Sequence[str], rows: Iterable[Row]) -> Rows:
    """The rows with their columns in the order of `COLUMNS[query]`, None for those the query does not give.

    Raises Unusable naming an alias that is missing or unknown, or an album, track, artist or client given twice.
    """
    given = tuple(alias.lower() for alias in aliases)
    arranged = list(rows)
    if given != COLUMNS[query].all:
        order = _order(query, given)
        arranged = [order((*row, None)) for row in arranged]
    _check_ids(query, arranged)
    _check_once(query, arranged)
    return arranged


def _check_ids(query: str, rows: Rows) -> None:
    columns = COLUMNS[query]
    for place, name in enumerate(columns.all):
        allowed = (int,) if name in columns.keys else (int, type(None))
        if name in _IDS and (wrong := [row[place] for row in rows if type(row[place]) not in allowed]):
            raise Unusable(
                f"query {query!r}: {name} is {wrong[0]!r}, not a whole number; CAST it, or leave such rows out"
            )


_ONCE: Final = {"albums": "album_id", "tracks": "track_id", "artists": "artist_id", "clients": "client_id"}
"""Queries that give a row for each of these."""


def _check_once(query: str, rows: Rows) -> None:
    if (name := _ONCE.get(query)) is None:
        return
    ids = list(map(itemgetter(COLUMNS[query].all.index(name)), rows))
    if len(set(ids)) < len(ids):
        [(twice, times)] = Counter(ids).most_common(1)
        raise Unusable(f"query {query!r} gives {name} {twice} in {times} rows, and may give it in one only")


def _order(query: str, aliases: tuple[str, ...]) -> Callable[[Row], Row]:
    columns = COLUMNS[query]
    if missing := [key for key in columns.keys if key not in aliases]:
        raise Unusable(f"query {query!r} gives no column {', '.join(missing)}; it gives {', '.join(aliases)}")
    if unknown := [alias for alias in aliases if alias not in columns.all]:
        raise Unusable(f"query {query!r} gives {', '.join(unknown)}, which is none of {', '.join(columns.all)}")
    return itemgetter(*(aliases.index(name) if name in aliases else -1 for name in columns.all))


_OF_LIST: Final = {
    "territory_sets": "territory",
    "territories": "territory",
    "prices": "territory",
    "endpoints": "endpoint",
    "sealed_secret": "consumer_secret",
    "track_number": "number",
}
"""The columns that places of another name are made of."""


def origin(type: DocumentType, place: str) -> tuple[str, str]:
    """The query and its column that a place in a document, as `tracks.3.artist.name`, is made of."""
    steps = [step for step in place.split(".") if step != "*" and not step.isdigit()]
    query = _query(type, steps)
    *_, owner, name = ("", *steps)
    spellings = (name, f"{owner.removesuffix('s')}_{name}", _OF_LIST.get(name, name))
    return query, next((found for found in spellings if found in COLUMNS[query].all), name)


def _query(type: DocumentType, steps: Sequence[str]) -> str:
    if "packages" in steps:
        owner = "track" if steps[0] == "tracks" else type
        return f"{owner}_prices" if "prices" in steps else f"{owner}_formats"
    if steps[0] == "territory_sets":
        return "licences"
    return steps[0] if steps[0] in COLUMNS else f"{type}s"

"""Rows of a mapping's queries put together as documents. No I/O.

Each function takes the rows of all queries of its type, in the column order of `services.producer.columns`, and makes
one document after the other: encoded before the next is made, they are all made in the same memory, which saves a fifth
of the time. Every order is fixed, so that the same facts are the same bytes whoever reads them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Final

from services.producer.columns import Row, Rows
from services.producer.values import count, flag, hundredths, instant, money, number, territories, text
from shared.album import Album, Credit, Format, Label, Licence, Licensor, Package, Price, Track
from shared.artist import Artist
from shared.client import Client, Shop

QueryRows = Mapping[str, Rows]
"""The rows of each query by its name; a query that the mapping leaves out has none."""

Seal = Callable[[int, str], str]
"""Encrypts a client's secret: (client id, secret) -> sealed secret."""

Right = tuple[str, str, str]
"""Usage type, valid from, valid until; `""` is open-ended."""

Rights = dict[Right, frozenset[str]]
"""One track's licences: the territories of each right."""

# A catalogue has few different prices, windows and territory lists, each in thousands of rows. What is cached is shared
# between documents, which nobody changes.
_territories: Final = lru_cache(4096)(territories)


def albums(rows: QueryRows) -> Iterator[Album]:
    tracks = _by_owner(rows["tracks"]) if "tracks" in rows else {}
    packages = _packages(rows.get("album_formats", []), rows.get("album_prices", []))
    track_packages = _packages(rows.get("track_formats", []), rows.get("track_prices", []))
    rights = _rights(rows.get("licences", []))
    for row in rows["albums"]:
        yield _album(row, packages.get(row[0], []), tracks.get(row[0], []), track_packages, rights)


def artists(rows: QueryRows) -> Iterator[Artist]:
    return map(_artist, rows["artists"])


def clients(rows: QueryRows, seal: Seal) -> Iterator[Client]:
    endpoints = _by_owner(rows.get("endpoints", []))
    shops = _by_owner(rows.get("shops", []))
    for row in rows["clients"]:
        yield _client(row, endpoints.get(row[0], []), shops.get(row[0], []), seal)


def _by_owner(rows: Rows) -> dict[int, Rows]:
    found: dict[int, Rows] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return found


def _album(
    row: Row,
    packages: list[Package],
    track_rows: Rows,
    track_packages: Mapping[int, list[Package]],
    rights: Mapping[int, Rights],
) -> Album:
    (album_id, title, version, type, barcode, year, explicit, slug, c_line, p_line, *rest) = row
    (label_id, label_name, licensor_id, licensor_name, popularity, duration, track_count, *credit) = rest
    ranked = sorted(track_rows, key=_rank)
    track_rights = [rights.get(track[1], {}) for track in ranked]
    sets = _territory_sets(track_rights)
    licences = _licences(track_rights, sets)
    return Album(
        album_id=album_id,
        title=text(title),
        version=text(version),
        type=text(type),
        barcode=text(barcode),
        year=number(year),
        explicit=flag(explicit),
        artist=_credit(*credit),
        slug=text(slug),
        c_line=text(c_line),
        p_line=text(p_line),
        label=_label(label_id, label_name),
        licensor=_licensor(licensor_id, licensor_name),
        popularity=hundredths(popularity),
        duration=number(duration),
        track_count=number(track_count),
        territory_sets=[sorted(codes) for codes in sets],
        licences=[_licence(right, sets[codes]) for right, codes in licences],
        packages=packages,
        tracks=[
            _track(track, rank, track_packages.get(track[1], []), sorted(licences[one] for one in own.items()))
            for rank, (track, own) in enumerate(zip(ranked, track_rights, strict=True), start=1)
        ],
    )


def _rank(row: Row) -> tuple[int, int, int]:
    return _order(row[9]), _order(row[10]), row[1]


def _order(value: object) -> int:
    """What is no number makes the document invalid; here it only must not break the order."""
    found = count(value)
    return found if isinstance(found, int) else 0


def _track(row: Row, rank: int, packages: list[Package], licences: list[int]) -> Track:
    (_, track_id, title, version, type, isrc, p_line, explicit, duration, disc_number, number_in_disc, *credit) = row
    return Track(
        track_id=track_id,
        title=text(title),
        version=text(version),
        type=text(type).lower(),
        isrc=text(isrc),
        p_line=text(p_line),
        explicit=flag(explicit),
        duration=number(duration),
        disc_number=count(disc_number),
        number=count(number_in_disc),
        track_number=rank,
        artist=_credit(*credit),
        licences=licences,
        packages=packages,
    )


@lru_cache(4096)
def _credit(
    artist_id: int | None, name: object, appears_as: object, slug: object, placeholder: object
) -> Credit | None:
    if artist_id is None:
        return None
    return Credit(artist_id, text(name), text(appears_as) or text(name), text(slug), flag(placeholder))


def _label(label_id: int | None, name: object) -> Label | None:
    return None if label_id is None else Label(label_id, text(name))


def _licensor(licensor_id: int | None, name: object) -> Licensor | None:
    return None if licensor_id is None else Licensor(licensor_id, text(name))


def _rights(rows: Rows) -> dict[int, Rights]:
    found: dict[int, Rights] = defaultdict(dict)
    for track_id, usage_type, territory, valid_from, valid_until in rows:
        rights, right, codes = found[track_id], _right(usage_type, valid_from, valid_until), _territories(territory)
        rights[right] = rights[right] | codes if right in rights else codes
    return found


@lru_cache(4096)
def _right(usage_type: object, valid_from: object, valid_until: object) -> Right:
    return text(usage_type).lower(), instant(valid_from) or "", instant(valid_until) or ""


def _territory_sets(rights: Iterable[Rights]) -> dict[frozenset[str], int]:
    """Every set of territories of the album once, with its place in the document."""
    different = {codes for track in rights for codes in track.values()}
    return {codes: place for place, codes in enumerate(sorted(different, key=sorted))}


def _licences(rights: Iterable[Rights], sets: Mapping[frozenset[str], int]) -> dict[tuple[Right, frozenset[str]], int]:
    """Every right in its territories of the album once, with its place in the document."""
    different = {licence for track in rights for licence in track.items()}
    return {licence: place for place, licence in enumerate(sorted(different, key=lambda one: (one[0], sets[one[1]])))}


def _licence(right: Right, territories: int) -> Licence:
    usage_type, valid_from, valid_until = right
    return Licence(
        usage_type=usage_type,  # type: ignore[arg-type]  # who reads it checks it
        territories=territories,
        valid_from=valid_from,
        valid_until=valid_until or None,
    )


def _packages(formats: Rows, prices: Rows) -> dict[int, list[Package]]:
    """The packages of each album or track, both by ascending id. A price of a package that has no format says nothing:
    such a package is not sold."""
    found: dict[int, dict[int, Package]] = defaultdict(dict)
    for owner, package_id, format_id, package_description, format_description in sorted(formats, key=_format_order):
        packages = found[owner]
        if package_id not in packages:
            packages[package_id] = _package(package_id, package_description)
        packages[package_id].formats.append(_format(format_id, format_description))
    for owner, package_id, territory, currency, price, recommended in prices:
        if owner in found and package_id in found[owner]:
            _put_price(found[owner][package_id].prices, _territories(territory), _price(currency, price, recommended))
    return {owner: list(packages.values()) for owner, packages in found.items()}


def _put_price(prices: dict[str, Price], codes: Iterable[str], priced: Price) -> None:
    for code in codes:
        held = prices.get(code, priced)
        # Of two prices in one place the same one counts in whatever order they come.
        prices[code] = priced if held is priced else min(held, priced, key=str)


_format_order: Final = itemgetter(0, 1, 2)


def _package(package_id: int, description: object) -> Package:
    return Package(package_id, text(description), formats=[], prices={})


@lru_cache(4096)
def _format(format_id: int, description: object) -> Format:
    return Format(format_id, text(description))


@lru_cache(4096)
def _price(currency: object, price: object, recommended: object) -> Price:
    return Price(text(currency).upper(), money(price), money(recommended))


def _artist(row: Row) -> Artist:
    artist_id, name, slug, placeholder = row
    return Artist(artist_id, text(name), text(slug), flag(placeholder))


def _client(row: Row, endpoints: Rows, shops: Rows, seal: Seal) -> Client:
    client_id, consumer_key, consumer_secret, name, partner_id, default_territory, daily_limit = row
    return Client(
        client_id=client_id,
        consumer_key=text(consumer_key),
        sealed_secret=seal(client_id, text(consumer_secret)),
        name=text(name),
        partner_id=number(partner_id),
        default_territory=text(default_territory).upper() or None,
        daily_limit=number(daily_limit),
        endpoints=sorted({text(endpoint).lower() for _, endpoint in endpoints}),
        shops=sorted((_shop(shop_id, territory) for _, shop_id, territory in shops), key=lambda shop: shop.shop_id),
    )


def _shop(shop_id: int, territory: object) -> Shop:
    return Shop(shop_id, text(territory).upper())

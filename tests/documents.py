"""Documents as the JSON that the log holds, and their records, for tests that put them together or take them apart."""

from collections.abc import Iterable
from typing import Any, Final

from msgspec import ValidationError, convert

from shared.digest import canonical
from shared.fields import Shape
from shared.wire import DocumentType, Record

Json = dict[str, Any]

SOURCE: Final = "/london/1/test"
TIME: Final = "2021-05-05T05:05:05.000000Z"

ARTIST: Final[Json] = {"artist_id": 5, "name": "Blur", "slug": "blur", "is_placeholder_image": False}

CLIENT: Final[Json] = {
    "client_id": 7,
    "consumer_key": "testkey",
    "sealed_secret": "c2VhbGVk",
    "name": "A client",
    "partner_id": None,
    "default_territory": "GB",
    "daily_limit": 4000,
    "endpoints": ["~/release/details", "~/track/details"],
    "shops": [{"shop_id": 34, "territory": "GB"}],
}


def credit() -> Json:
    return {"artist_id": 5, "name": "Blur", "appears_as": "Blur", "slug": "blur", "is_placeholder_image": False}


def licence(territories: int = 0) -> Json:
    return {
        "usage_type": "download",
        "territories": territories,
        "valid_from": "2012-08-01T00:00:00Z",
        "valid_until": None,
    }


def package() -> Json:
    return {
        "package_id": 2,
        "description": "standard",
        "formats": [{"format_id": 17, "description": "MP3 320"}],
        "prices": {"GB": {"currency": "GBP", "price": "0.99", "recommended": "1.29"}},
    }


def track(track_id: int, track_number: int = 1, *, licences: Iterable[int] = (0,)) -> Json:
    """A track that is sold under the licences in these places of its album."""
    return {
        "track_id": track_id,
        "title": "Song 2",
        "version": "2012 Remaster",
        "type": "audio",
        "isrc": "GBAYE9700123",
        "p_line": "2012 Parlophone",
        "explicit": True,
        "duration": 122,
        "disc_number": 1,
        "number": track_number,
        "track_number": track_number,
        "artist": credit(),
        "licences": list(licences),
        "packages": [package()],
    }


def album(album_id: int = 3, track_ids: Iterable[int] = (12,), *, title: str = "Blur") -> Json:
    """An album that has all there is to say, with these tracks."""
    return {
        "album_id": album_id,
        "title": title,
        "version": "Special Edition",
        "type": "Album",
        "barcode": "0094631024252",
        "year": 1997,
        "explicit": True,
        "artist": credit(),
        "slug": "blur-special-edition",
        "c_line": "2012 Parlophone",
        "p_line": "2012 Parlophone",
        "label": {"label_id": 9, "name": "Parlophone"},
        "licensor": {"licensor_id": 13, "name": "EMI"},
        "popularity": 30,
        "duration": 3421,
        "track_count": 27,
        "territory_sets": [["GB", "IE"], ["US"]],
        "licences": [licence()],
        "packages": [package()],
        "tracks": [track(track_id, rank) for rank, track_id in enumerate(track_ids, start=1)],
    }


DOCUMENTS: Final[dict[DocumentType, Any]] = {"album": album(), "artist": ARTIST, "client": CLIENT}
"""One valid document of each type."""


def is_allowed(form: Any, value: object) -> bool:
    """Whether a value is of a type of `shared.fields`, or a text of one of its shapes."""
    if isinstance(form, Shape):
        return isinstance(value, str) and form.find_other([value]) is None
    try:
        convert(value, form, strict=True)
    except ValidationError:
        return False
    return True


def record(type: DocumentType, document: Any, version: int = 1) -> Record:
    """The record of a document, which need not be a valid one as long as it has an id."""
    return Record(type, document[f"{type}_id"], version, canonical(document), SOURCE, TIME)


def tombstone(type: DocumentType, id: int, version: int = 1) -> Record:
    return Record(type, id, version, None, SOURCE, TIME)

"""Tracks as the region stores them, and the bytes that the public API contract wants to be said of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from msgspec import convert

from services.availability.api import describe
from shared.album import Availability, TrackRow
from shared.answers import TrackAvailability
from shared.digest import canonical
from shared.lookup import Row
from shared.question import TRACK_DETAILS, Question, ask, read_parameters
from tests.documents import Json

GOLDEN: Final = Path(__file__).with_name("golden")
"""Whole answers, written by hand from the contract's words; a file holds exactly the bytes sent."""

NOW: Final = "2021-05-05T05:05:05Z"


@dataclass(frozen=True)
class StoredTrack:
    """The documents of one track's rows."""

    metadata: TrackRow
    availability: Availability

    @property
    def id(self) -> int:
        return self.metadata.track.track_id


def asking(query: str) -> Question:
    """The question of a query about some track."""
    asked = ask(TRACK_DETAILS, read_parameters(f"trackid=1&{query}".encode()), "", default_territory=None, shops={})
    assert isinstance(asked, Question), asked
    return asked


def availability_row(track: StoredTrack, question: Question) -> TrackAvailability:
    """What availability says of the track at NOW."""
    row = Row(track.id, 1, canonical(track.availability))
    return describe(row, question.territory, question.usage_types, NOW)


def golden(name: str) -> bytes:
    return (GOLDEN / name).read_bytes()


def credit(appears_as: str) -> Json:
    return {"artist_id": 1, "name": "Blur", "appears_as": appears_as, "slug": "blur", "is_placeholder_image": False}


FULL: Final = StoredTrack(
    metadata=convert(
        {
            "release": {
                "album_id": 4256469,
                "title": "Blur",
                "version": "Special Edition",
                "type": "Album",
                "barcode": "0094631024252",
                "year": 1997,
                "explicit": True,
                "artist": credit("Blur"),
                "slug": "blur-special-edition",
                "c_line": "2012 Parlophone",
                "p_line": "2012 Parlophone",
                "label": {"label_id": 9, "name": "Parlophone"},
                "licensor": {"licensor_id": 13, "name": "EMI"},
                "popularity": 30,
                "duration": 3421,
                "track_count": 27,
            },
            "track": {
                "track_id": 12345,
                "title": "Song 2",
                "version": "2012 Remaster",
                "type": "audio",
                "isrc": "GBAYE9700123",
                "p_line": "2012 Parlophone",
                "explicit": True,
                "duration": 122,
                "disc_number": 2,
                "number": 1,
                "track_number": 15,
                "artist": credit("Blur feat. Nobody"),
            },
        },
        TrackRow,
    ),
    availability=convert(
        {
            "territory_sets": [["GB", "IE"], ["US"]],
            "licences": [
                {
                    "usage_type": "download",
                    "territories": 0,
                    "valid_from": "2012-08-01T00:00:00Z",
                    "valid_until": "2030-01-01T00:00:00Z",
                },
                {
                    "usage_type": "download",
                    "territories": 0,
                    "valid_from": "2009-04-13T00:00:00Z",
                    "valid_until": None,
                },
                {
                    "usage_type": "download",
                    "territories": 1,
                    "valid_from": "1999-01-01T00:00:00Z",
                    "valid_until": None,
                },
                {
                    "usage_type": "preview",
                    "territories": 0,
                    "valid_from": "2009-04-01T12:30:00Z",
                    "valid_until": "2009-04-13T00:00:00Z",
                },
                {
                    "usage_type": "subscriptionstreaming",
                    "territories": 0,
                    "valid_from": "2014-01-01T00:00:00Z",
                    "valid_until": None,
                },
                {
                    "usage_type": "adsupportedstreaming",
                    "territories": 0,
                    "valid_from": "2015-06-01T00:00:00Z",
                    "valid_until": "2021-05-05T05:05:35Z",
                },
            ],
            "packages": [
                {
                    "package_id": 2,
                    "description": "standard",
                    "formats": [
                        {"format_id": 17, "description": "MP3 320"},
                        {"format_id": 33, "description": "AAC 320"},
                    ],
                    "prices": {
                        "GB": {"currency": "GBP", "price": "0.99", "recommended": "1.29"},
                        "US": {"currency": "USD", "price": "1.29", "recommended": "1.29"},
                    },
                },
                {
                    "package_id": 9,
                    "description": "premium",
                    "formats": [{"format_id": 45, "description": "FLAC 16-bit 44.1kHz"}],
                    "prices": {"GB": {"currency": "GBP", "price": "0.00", "recommended": "1.49"}},
                },
            ],
        },
        Availability,
    ),
)
"""Has all there is to say, in GB. At NOW its ad-supported window closes in 30 seconds."""

BARE: Final = StoredTrack(
    metadata=convert(
        {
            "release": {
                "album_id": 78,
                "title": "A > B",
                "version": "",
                "type": "Single",
                "barcode": "",
                "year": None,
                "explicit": False,
                "artist": None,
                "slug": "a-b",
                "c_line": "",
                "p_line": "",
                "label": None,
                "licensor": None,
                "popularity": None,
                "duration": None,
                "track_count": None,
            },
            "track": {
                "track_id": 77,
                "title": "Ænima & <Live> \"quoted\" 'too' 日本 🎵",
                "version": "",
                "type": "video",
                "isrc": "",
                "p_line": "",
                "explicit": False,
                "duration": None,
                "disc_number": 1,
                "number": 1,
                "track_number": 1,
                "artist": {
                    "artist_id": 500,
                    "name": "Déjà & Vu",
                    "appears_as": "Déjà & Vu",
                    "slug": "deja-and-vu",
                    "is_placeholder_image": True,
                },
            },
        },
        TrackRow,
    ),
    availability=convert(
        {
            "territory_sets": [["GB"]],
            "licences": [
                {
                    "usage_type": "download",
                    "territories": 0,
                    "valid_from": "2020-01-01T00:00:00Z",
                    "valid_until": None,
                },
            ],
            "packages": [
                {
                    "package_id": 2,
                    "description": "standard",
                    "formats": [{"format_id": 17, "description": "MP3 320"}],
                    "prices": {"US": {"currency": "USD", "price": "1.29", "recommended": "1.29"}},
                },
                {
                    "package_id": 9,
                    "description": "",
                    "formats": [],
                    "prices": {"GB": {"currency": "GBP", "price": None, "recommended": "1.49"}},
                },
            ],
        },
        Availability,
    ),
)
"""Lacks all that may be missing, and has characters that a format has to escape."""

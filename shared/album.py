"""The album: the main document, one message holding a release with all that is sold and licensed with it.

The public API calls an album a *release*. A document is plain data (dicts, lists, text, integers) in the shapes below;
pydantic checks them, and their JSON Schema is published in docs/schema/. What was missing in London is `""` for text,
None for a number, False for a flag.
"""

from typing import Final

from pydantic import TypeAdapter, with_config
from typing_extensions import TypedDict

from shared.fields import (
    STRICT,
    Count,
    Currency,
    Hundredths,
    Id,
    Instant,
    Money,
    Rank,
    Territory,
    Text,
    UsageType,
)


@with_config(STRICT)
class Credit(TypedDict):
    """An artist as credited on one album or track; `appears_as` is the name where London has no credit."""

    artist_id: Id
    name: Text
    appears_as: Text
    slug: Text
    is_placeholder_image: bool


@with_config(STRICT)
class Label(TypedDict):
    label_id: Id
    name: Text


@with_config(STRICT)
class Licensor(TypedDict):
    licensor_id: Id
    name: Text


@with_config(STRICT)
class Format(TypedDict):
    format_id: Id
    description: Text


@with_config(STRICT)
class Price(TypedDict):
    """What a package costs in a territory; None where it is listed there and not sold on its own."""

    currency: Currency
    price: Money | None
    recommended: Money | None


@with_config(STRICT)
class Package(TypedDict):
    """One way to buy a track or an album: `formats` by ascending id, `prices` by territory."""

    package_id: Id
    description: Text
    formats: list[Format]
    prices: dict[Territory, Price]


@with_config(STRICT)
class Licence(TypedDict):
    """One right: a usage in the territories of `Album.territory_sets[territories]`, from `valid_from` until just
    before `valid_until`; None is open-ended."""

    usage_type: UsageType
    territories: Count
    valid_from: Instant
    valid_until: Instant | None


@with_config(STRICT)
class TrackMetadata(TypedDict):
    """What a track is, the same in every territory. `number` counts within the disc, `track_number` is the rank from 1
    by (disc_number, number, track_id) over the whole album, `duration` is in seconds, `type` is lower case."""

    track_id: Id
    title: Text
    version: Text
    type: Text
    isrc: Text
    p_line: Text
    explicit: bool
    duration: Count | None
    disc_number: Count
    number: Count
    track_number: Rank
    artist: Credit | None


@with_config(STRICT)
class Track(TrackMetadata):
    """A track with the rights and prices it is sold under: its licences' places in `Album.licences`, ascending, and its
    packages by id."""

    licences: list[Count]
    packages: list[Package]


@with_config(STRICT)
class AlbumMetadata(TypedDict):
    """What an album is, the same in every territory. `popularity` is in hundredths, `duration` in seconds."""

    album_id: Id
    title: Text
    version: Text
    type: Text
    barcode: Text
    year: Count | None
    explicit: bool
    artist: Credit | None
    slug: Text
    c_line: Text
    p_line: Text
    label: Label | None
    licensor: Licensor | None
    popularity: Hundredths | None
    duration: Count | None
    track_count: Count | None


@with_config(STRICT)
class Album(AlbumMetadata):
    """The document. `packages` are the album's own, by id; tracks stand by ascending `track_number`. What the rights of
    many tracks have in common stands once: licences in the order of usage type, window and territories, and territory
    sets, they and the codes in them in ascending order."""

    territory_sets: list[list[Territory]]
    licences: list[Licence]
    packages: list[Package]
    tracks: list[Track]


class TrackRow(TypedDict):
    """All that one look-up answers of a track: the documents of its album's row of `album_metadata` and of its own of
    `track_metadata`."""

    release: AlbumMetadata
    track: TrackMetadata


class Availability(TypedDict):
    """The document of a row of `track_availability`, or of `album_availability`, whose licences are all of its tracks'
    and whose packages are its own."""

    licences: list[Licence]
    packages: list[Package]
    territory_sets: list[list[Territory]]


ALBUM: Final = TypeAdapter(Album)


def find_dangling(album: Album) -> str | None:
    """What in a valid album names a place that the album does not have; its schema cannot tell."""
    sets, licences = len(album["territory_sets"]), len(album["licences"])
    if any(licence["territories"] >= sets for licence in album["licences"]):
        return "a licence names a territory set that is not there"
    if any(place >= licences for track in album["tracks"] for place in track["licences"]):
        return "a track names a licence that is not there"
    return None

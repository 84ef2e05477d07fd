"""The album: the main document, one message holding a release with all that is sold and licensed with it.

The public API calls an album a *release*. The types below are checked while JSON is read; their JSON Schema is
published in docs/schema/. What was missing in London is `""` for text, None for a number, False for a flag.
"""

from collections.abc import Iterator

from shared.fields import (
    CURRENCY,
    INSTANT,
    MONEY,
    TERRITORY,
    Count,
    Currency,
    Hundredths,
    Id,
    Instant,
    Money,
    Part,
    Rank,
    Shaped,
    Territory,
    Text,
    UsageType,
    find_misshapen,
)


class Credit(Part, frozen=True):
    """An artist as credited on one album or track; `appears_as` is the name where London has no credit."""

    artist_id: Id
    name: Text
    appears_as: Text
    slug: Text
    is_placeholder_image: bool


class Label(Part, frozen=True):
    label_id: Id
    name: Text


class Licensor(Part, frozen=True):
    licensor_id: Id
    name: Text


class Format(Part, frozen=True):
    format_id: Id
    description: Text


class Price(Part, frozen=True):
    """What a package costs in a territory; None where it is listed there and not sold on its own."""

    currency: Currency
    price: Money | None
    recommended: Money | None


class Package(Part, frozen=True):
    """One way to buy a track or an album: `formats` by ascending id, `prices` by territory."""

    package_id: Id
    description: Text
    formats: list[Format]
    prices: dict[Territory, Price]


class Licence(Part, frozen=True):
    """One right: a usage in the territories of `Album.territory_sets[territories]`, from `valid_from` until just
    before `valid_until`; None is open-ended."""

    usage_type: UsageType
    territories: Count
    valid_from: Instant
    valid_until: Instant | None


class TrackMetadata(Part, frozen=True):
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


class Track(TrackMetadata, frozen=True):
    """A track with the rights and prices it is sold under: its licences' places in `Album.licences`, ascending, and its
    packages by id."""

    licences: list[Count]
    packages: list[Package]


class AlbumMetadata(Part, frozen=True):
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


class Album(AlbumMetadata, frozen=True):
    """The document. `packages` are the album's own, by id; tracks stand by ascending `track_number`. What the rights of
    many tracks have in common stands once: licences in the order of usage type, window and territories, and territory
    sets, they and the codes in them in ascending order."""

    territory_sets: list[list[Territory]]
    licences: list[Licence]
    packages: list[Package]
    tracks: list[Track]


class TrackRow(Part, frozen=True):
    """All that one look-up answers of a track: the documents of its album's row of `album_metadata` and of its own of
    `track_metadata`."""

    release: AlbumMetadata
    track: TrackMetadata


class Availability(Part, frozen=True):
    """The document of a row of `track_availability`, or of `album_availability`, whose licences are all of its tracks'
    and whose packages are its own."""

    licences: list[Licence]
    packages: list[Package]
    territory_sets: list[list[Territory]]


def find_fault(album: Album) -> str | None:
    """What is wrong with an album whose parts are of the right types: a text of another shape, or a place that the
    album does not have."""
    return find_misshapen(_shaped(album)) or _find_dangling(album)


def _shaped(album: Album) -> Iterator[Shaped]:
    """All texts of an album that have a shape, by their place."""
    yield "territory_sets.*", TERRITORY, [code for codes in album.territory_sets for code in codes]
    yield "licences.*.valid_from", INSTANT, [one.valid_from for one in album.licences]
    yield "licences.*.valid_until", INSTANT, [one.valid_until for one in album.licences if one.valid_until is not None]
    packages = [*album.packages, *(package for track in album.tracks for package in track.packages)]
    yield "packages.*.prices", TERRITORY, [territory for package in packages for territory in package.prices]
    prices = [price for package in packages for price in package.prices.values()]
    yield "packages.*.prices.*.currency", CURRENCY, [price.currency for price in prices]
    yield "packages.*.prices.*.price", MONEY, [one.price for one in prices if one.price is not None]
    yield "packages.*.prices.*.recommended", MONEY, [one.recommended for one in prices if one.recommended is not None]


def _find_dangling(album: Album) -> str | None:
    sets, licences = len(album.territory_sets), len(album.licences)
    if any(licence.territories >= sets for licence in album.licences):
        return "a licence names a territory set that is not there"
    if any(place >= licences for track in album.tracks for place in track.licences):
        return "a track names a licence that is not there"
    return None

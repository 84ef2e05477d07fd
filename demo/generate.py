"""A catalogue invented from a seed: the same seed gives the same rows, and no more than a few albums are in memory.

An album has exactly `ROWS_PER_ALBUM` rows on average: albums come in pairs of shapes whose rows add up to twice that,
and licences fill each album up to the rows of its shape.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import count, islice, product
from random import Random
from typing import NamedTuple

from asyncmy.connection import Connection
from asyncmy.cursors import Cursor

from demo import texts, vocabulary
from demo.albums import Album, insert_albums
from demo.clients import write_clients
from demo.london import transaction
from demo.tables import (
    Artist,
    Label,
    Licence,
    Release,
    ReleaseFormat,
    ReleasePrice,
    Row,
    Track,
    TrackFormat,
    TrackPrice,
    insert,
)
from demo.windows import windows

ROWS_PER_ALBUM = 78
TODAY = date(2026, 7, 1)  # a fixed day, so that the same seed gives the same rows tomorrow
LARGEST_ID = 2**32 - 1  # of an INT UNSIGNED
ROWS_PER_STATEMENT = 5_000


class Shape(NamedTuple):
    """What kind of album: its release type, fewest and most tracks, discs, and the rows that it has in all."""

    type: str
    tracks: tuple[int, int]
    discs: int
    rows: int


MOST_TRACKS = 22
COMPILATION = "Compilation"


def _ordinary(rows: int) -> Shape:
    return Shape("Album", (6, 9), 1, rows)


EVEN = _ordinary(ROWS_PER_ALBUM)
EMPTY = Shape("Album", (0, 0), 1, 6)
PAIRS = (
    (_ordinary(70), _ordinary(86)),
    (Shape("Single", (1, 3), 1, 30), Shape(COMPILATION, (12, 16), 1, 126)),
    (_ordinary(74), _ordinary(82)),
    (Shape("Video", (1, 2), 1, 24), Shape("Album", (18, 20), 2, 132)),
    (_ordinary(66), _ordinary(90)),
    (EMPTY, Shape("Album", (18, 20), 3, 150)),
    (EVEN, EVEN),
    (Shape("Single", (2, 4), 1, 36), Shape(COMPILATION, (10, 14), 2, 120)),
    (_ordinary(62), _ordinary(94)),
    (Shape("EP", (1, 1), 1, 20), Shape("Album", (20, MOST_TRACKS), 4, 136)),
)

# The packages of an album with their formats; tracks have all of them or only the first.
Packaging = tuple[tuple[int, tuple[int, ...]], ...]
PACKAGINGS: tuple[Packaging, ...] = (
    ((2, (17,)),),
    ((2, (17, 33)),),
    ((2, (33, 17)), (9, (45,))),
    ((2, (17,)), (12, (52,)), (16, (58,))),
    ((9, (45, 10)),),
    ((2, (17,)), (16, (60,)), (17, (62,))),
)
_PACKAGING_WEIGHTS = (30, 40, 15, 5, 5, 5)

Place = tuple[int, int]  # disc and number

_USAGE_TYPES = (vocabulary.DOWNLOAD, *vocabulary.STREAMING, vocabulary.PREVIEW)
_TERRITORIES = tuple(vocabulary.CURRENCIES)


class Ids(NamedTuple):
    """The ids that an album is made with: its own, those for its tracks, and the artists and labels it may name."""

    release_id: int
    track_ids: Sequence[int]
    artist_ids: Sequence[int]
    label_ids: Sequence[int]


@dataclass(frozen=True)
class Catalogue:
    """Albums by index from 0, each made from the seed and its index alone.

    Ids begin at `first_id` and are `id_step` apart (tracks of one album too; between albums there are gaps).
    `today` is the day about which the windows of licences lie.
    """

    albums: int
    seed: int = 1
    first_id: int = 1
    id_step: int = 1
    today: date = TODAY

    def __post_init__(self) -> None:
        if self.albums < 0 or self.first_id < 1 or self.id_step < 1:
            raise ValueError("albums must be 0 or more, first_id and id_step 1 or more")
        if self._id(self.albums * MOST_TRACKS) > LARGEST_ID:
            raise ValueError(f"{self.albums} albums with id_step {self.id_step} need ids over {LARGEST_ID}")

    def __iter__(self) -> Iterator[Album]:
        return map(self.album, range(self.albums))

    @property
    def artist_ids(self) -> range:
        return self._ids(0, 10 + self.albums // 4)

    @property
    def label_ids(self) -> range:
        return self._ids(0, 5 + self.albums // 50)

    def album(self, index: int) -> Album:
        ids = Ids(self._id(index), self._ids(index * MOST_TRACKS, MOST_TRACKS), self.artist_ids, self.label_ids)
        return make_album(self._rng("album", index), self._shape(index), ids, self.today)

    def artists(self) -> Iterator[Artist]:
        """The artist of the compilations first."""
        compilations, *others = self.artist_ids
        yield Artist(compilations, "Various Artists", "various-artists")
        yield from (_artist(self._rng("artist", artist_id), artist_id) for artist_id in others)

    def labels(self) -> Iterator[Label]:
        return (Label(label_id, texts.title(self._rng("label", label_id))) for label_id in self.label_ids)

    def _shape(self, index: int) -> Shape:
        without_partner = index == self.albums - 1 and index % 2 == 0
        return EVEN if without_partner else PAIRS[index // 2 % len(PAIRS)][index % 2]

    def _id(self, index: int) -> int:
        return self.first_id + index * self.id_step

    def _ids(self, index: int, length: int) -> range:
        return range(self._id(index), self._id(index + length), self.id_step)

    def _rng(self, of: str, number: int) -> Random:
        return Random(f"{self.seed}/{of}/{number}")


async def write_catalogue(
    connection: Connection, catalogue: Catalogue, albums_per_transaction: int = 250
) -> AsyncIterator[int]:
    """Write a catalogue into London's empty tables, with its clients and shops; yield how many albums are committed.

    Raises:
        DatabaseAway: London's database cannot be reached.
        CrossfadeError: it refuses, for example because rows with these ids are there already.
    """
    await vocabulary.write_vocabulary(connection)
    await write_clients(connection)
    async with transaction(connection) as cursor:
        await _insert_all(cursor, catalogue.artists())
        await _insert_all(cursor, catalogue.labels())
    albums, written = iter(catalogue), 0
    while batch := list(islice(albums, albums_per_transaction)):
        async with transaction(connection) as cursor:
            await insert_albums(cursor, batch)
        written += len(batch)
        yield written


async def _insert_all(cursor: Cursor, rows: Iterator[Row]) -> None:
    while batch := list(islice(rows, ROWS_PER_STATEMENT)):
        await insert(cursor, batch)


def make_album(rng: Random, shape: Shape, ids: Ids, today: date) -> Album:
    """An album of this shape, with `shape.rows` rows."""
    packaging = _packaging(rng)
    territories = _territories(rng)
    artist_id = ids.artist_ids[0] if shape.type == COMPILATION else rng.choice(ids.artist_ids)
    tracks = _tracks(rng, shape, ids, artist_id)
    track_formats = _track_formats(rng, tracks, packaging)
    release_formats = [ReleaseFormat(ids.release_id, *listed) for listed in _listed(packaging)]
    left = shape.rows - 1 - len(tracks) - len(track_formats) - len(release_formats)
    release_prices = _release_prices(
        rng, ids.release_id, packaging, left if not tracks else min(left, rng.randint(0, 4))
    )
    left -= len(release_prices)
    track_prices = _track_prices(rng, track_formats, territories, int(left * rng.uniform(0.05, 0.5)))
    left -= len(track_prices)
    return Album(
        release=_release(rng, shape, ids, artist_id, tracks),
        tracks=tracks,
        licences=_licences(rng, tracks, territories, datetime.combine(today, time(0), UTC), left),
        track_formats=track_formats,
        track_prices=track_prices,
        release_formats=release_formats,
        release_prices=release_prices,
    )


def _release(rng: Random, shape: Shape, ids: Ids, artist_id: int, tracks: Sequence[Track]) -> Release:
    title = texts.title(rng)
    year = rng.choice((None, *range(1955, 2027)))
    return Release(
        release_id=ids.release_id,
        title=title,
        version=texts.missing_or(rng, rng.choice(texts.VERSIONS), 0.8),
        type=shape.type,
        barcode=texts.missing_or(rng, f"{rng.randrange(10**12):014}", 0.05),
        year=year,
        explicit_content=_chance(rng, 0.06),
        artist_id=artist_id,
        appears_as=texts.missing_or(rng, texts.credit(rng), 0.7),
        slug=texts.slug(title) or f"release-{ids.release_id}",
        label_id=None if _chance(rng, 0.05) or not ids.label_ids else rng.choice(ids.label_ids),
        licensor_id=rng.choice((*vocabulary.LICENSORS, *vocabulary.LICENSORS, None)),
        c_line=texts.missing_or(rng, f"© {year} {texts.title(rng)}", 0.1),
        p_line=texts.missing_or(rng, f"℗ {year} {texts.title(rng)}", 0.1),
        popularity=Decimal(rng.randint(0, 100)).scaleb(-2),
        duration=sum(track.duration or 0 for track in tracks) or None,
        # London's own column, which is not always what one would count.
        track_count=rng.choice((len(tracks),) * 8 + (len(tracks) + 1, None)),
    )


def _tracks(rng: Random, shape: Shape, ids: Ids, artist_id: int) -> list[Track]:
    places = _places(rng, rng.randint(*shape.tracks), shape.discs)
    share_of_guests = 1 if shape.type == COMPILATION else 0.03
    return [
        Track(
            track_id=track_id,
            release_id=ids.release_id,
            title=texts.title(rng),
            version=texts.missing_or(rng, rng.choice(texts.VERSIONS), 0.7),
            type=_track_type(rng, shape),
            isrc=texts.missing_or(rng, f"QZ{rng.choice('ABCDE')}{rng.choice('FGHIJ')}{rng.randrange(10**8):08}", 0.03),
            explicit_content=_chance(rng, 0.06),
            p_line=texts.missing_or(rng, f"℗ {texts.title(rng)}", 0.5),
            duration=None if _chance(rng, 0.02) else rng.randint(0, 900),
            disc_number=disc,
            number=number,
            artist_id=rng.choice(ids.artist_ids) if _chance(rng, share_of_guests) else artist_id,
            appears_as=texts.missing_or(rng, texts.credit(rng), 0.8),
        )
        for track_id, (disc, number) in zip(ids.track_ids, places, strict=False)
    ]


def _places(rng: Random, tracks: int, discs: int) -> list[Place]:
    """Disc and number of each track in order of id; a few albums are numbered with a gap, twice, or backwards."""
    per_disc = -(-tracks // discs)
    places = [(index // per_disc + 1, index % per_disc + 1) for index in range(tracks)]
    (numbered,) = rng.choices((list, _with_gap, _twice, reversed), (85, 5, 5, 5))
    return list(numbered(places))


def _with_gap(places: list[Place]) -> list[Place]:
    return places[:-1] + [(disc, number + 3) for disc, number in places[-1:]]


def _twice(places: list[Place]) -> list[Place]:
    return places[:-1] + places[:1] if places else places


def _track_type(rng: Random, shape: Shape) -> str:
    if shape.type == "Video":
        return "Video"
    (kind,) = rng.choices(("Audio", "audio", "pdf", "ZIP"), (90, 5, 3, 2))
    return kind


def _packaging(rng: Random) -> Packaging:
    (packaging,) = rng.choices(PACKAGINGS, _PACKAGING_WEIGHTS)
    return packaging


def _listed(packaging: Packaging) -> list[tuple[int, int]]:
    return [(package_id, format_id) for package_id, format_ids in packaging for format_id in format_ids]


def _track_formats(rng: Random, tracks: Sequence[Track], packaging: Packaging) -> list[TrackFormat]:
    return [
        TrackFormat(track.track_id, *listed)
        for track in tracks
        for listed in _listed(packaging if _chance(rng, 0.6) else packaging[:1])
    ]


def _territories(rng: Random) -> list[str]:
    """Where an album is sold, its home first; home is mostly GB."""
    home = "GB" if _chance(rng, 0.85) else rng.choice(_TERRITORIES)
    others = [territory for territory in _TERRITORIES if territory != home]
    return [home, *rng.sample(others, rng.randint(0, len(others)))]


def _track_prices(
    rng: Random, formats: Sequence[TrackFormat], territories: Sequence[str], wanted: int
) -> list[TrackPrice]:
    """At most `wanted` prices, home territory first; one in twelve is not there."""
    sold_in = dict.fromkeys((listed.track_id, listed.package_id) for listed in formats)
    places = [place for place in product(territories, sold_in) if not _chance(rng, 1 / 12)]
    return [
        TrackPrice(track_id, package_id, territory, *_price(rng, territory, 0))
        for territory, (track_id, package_id) in places[:wanted]
    ]


def _release_prices(rng: Random, release_id: int, packaging: Packaging, wanted: int) -> list[ReleasePrice]:
    places = product(_TERRITORIES, [package_id for package_id, _ in packaging])
    return [
        ReleasePrice(release_id, package_id, territory, *_price(rng, territory, 7))
        for territory, package_id in islice(places, wanted)
    ]


def _price(rng: Random, territory: str, about: int) -> tuple[str, Decimal | None, Decimal | None]:
    """Currency, price and recommended price: mostly sold, sometimes free, sometimes listed and not sold."""
    price = Decimal("0.99") + about + rng.randint(0, 3)
    (pair,) = rng.choices(
        ((price, price), (price, price + 1), (Decimal("0.00"), price), (Decimal("0.00"), None), (None, None)),
        (60, 20, 5, 5, 10),
    )
    return (vocabulary.CURRENCIES[territory], *pair)


def _licences(
    rng: Random, tracks: Sequence[Track], territories: Sequence[str], midnight: datetime, wanted: int
) -> list[Licence]:
    """Exactly `wanted` licences (none without tracks); one track in twenty is left without any."""
    licensed = [track.track_id for track in tracks if not _chance(rng, 0.05)] or [
        track.track_id for track in tracks[:1]
    ]
    rows = (row for number in count() for row in _round(rng, licensed, territories, midnight, number))
    return list(islice(rows, wanted)) if licensed else []


def _round(
    rng: Random, track_ids: Sequence[int], territories: Sequence[str], midnight: datetime, number: int
) -> Iterator[Licence]:
    """One usage type in one territory for every track: mostly in the album's windows, the first time at home."""
    usage_type = rng.choice(_USAGE_TYPES) if number else rng.choices(_USAGE_TYPES, (85, 5, 5, 5))[0]
    territory = rng.choice(territories) if number else territories[0]
    album_windows = windows(rng, midnight)
    for track_id in track_ids:
        for window in album_windows if _chance(rng, 0.85) else windows(rng, midnight):
            yield Licence(track_id, usage_type, territory, *window)


def _artist(rng: Random, artist_id: int) -> Artist:
    name = texts.title(rng)
    return Artist(artist_id, name, texts.slug(name) or f"artist-{artist_id}", _chance(rng, 0.07))


def _chance(rng: Random, share: float) -> bool:
    return rng.random() < share

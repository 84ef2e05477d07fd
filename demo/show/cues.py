"""Which changes London makes in a demo, and on which tracks. Choosing them changes nothing: a cue is made later."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from time import monotonic_ns
from typing import Final

from asyncmy.connection import Connection

from demo.albums import Album, insert_albums, read_album
from demo.changes import Change, OnSale, change_price, end_licence, move_track, rename_artist, withdraw_album
from demo.london import transaction
from demo.show.errors import NotHeld

TERRITORY: Final = "GB"
FEWEST_ALBUMS: Final = 8
PRICES: Final = 8
RAISE: Final = Decimal("0.10")
NAMES: Final = ("The Crossfade Quartet", "The Crossfade Quintet")


@dataclass(frozen=True)
class Cue:
    """A change to make, the track whose answer must then be another, and the status that it must have.

    `passing` is a status that the answer may have on the way: a track that moves stands on neither album between the
    records of both, which are in partitions of their own.
    """

    track_id: int
    make: Callable[[Connection], Awaitable[Change]]
    status: int = 200
    passing: int | None = None


def choose_tracks(on_sale: Sequence[OnSale]) -> list[OnSale]:
    """The first track of each album. Raises NotHeld where there are too few to show anything."""
    of_album: dict[int, OnSale] = {}
    for track in on_sale:
        of_album.setdefault(track.album_id, track)
    if len(of_album) < FEWEST_ALBUMS:
        raise NotHeld(
            f"London sells tracks of {len(of_album)} albums in {TERRITORY} now and {FEWEST_ALBUMS} are needed: "
            "take more albums, or other feed files"
        )
    return list(of_album.values())


def choose_cues(tracks: Sequence[OnSale]) -> list[Cue]:
    """Twenty changes of every kind, on tracks of at least FEWEST_ALBUMS albums; none hides what a later one does."""
    renamed, moved, licensed, withdrawn = tracks[:2], tracks[:2], tracks[3:6], tracks[6:8]
    return [
        *_price_changes(tracks),
        *(_rename(track, name) for track, name in zip(renamed, NAMES, strict=True)),
        *(_move(track, tracks[2].album_id) for track in moved),
        *(cue for track in withdrawn for cue in _absence(track)),
        *(_end_licence(track) for track in licensed),
    ]


def _price_changes(tracks: Sequence[OnSale]) -> Iterator[Cue]:
    """Higher prices, and one track that is no longer sold on its own."""
    for track in tracks[:PRICES]:
        yield _reprice(track, track.price + RAISE)
    yield _reprice(tracks[-1], None)


def _reprice(track: OnSale, price: Decimal | None) -> Cue:
    return Cue(track.track_id, partial(change_price, track_id=track.track_id, territory=TERRITORY, price=price))


def _rename(track: OnSale, name: str) -> Cue:
    return Cue(track.track_id, partial(_rename_artist_of, track.track_id, name))


def _move(track: OnSale, album_id: int) -> Cue:
    return Cue(track.track_id, partial(move_track, track_id=track.track_id, release_id=album_id), passing=404)


def _absence(track: OnSale) -> Iterator[Cue]:
    """An album goes, and comes again."""
    absence = _Absence(track.album_id)
    yield Cue(track.track_id, absence.begin, 404)
    yield Cue(track.track_id, absence.end)


def _end_licence(track: OnSale) -> Cue:
    return Cue(track.track_id, partial(_end_licence_now, track.track_id), 404)


class _Absence:
    """An album that is withdrawn, and inserted again with the rows that it had."""

    def __init__(self, album_id: int) -> None:
        self._album_id = album_id
        self._album: Album | None = None

    async def begin(self, london: Connection) -> Change:
        async with transaction(london) as cursor:
            self._album = await read_album(cursor, self._album_id)
        return await withdraw_album(london, self._album_id)

    async def end(self, london: Connection) -> Change:
        assert self._album
        async with transaction(london) as cursor:
            await insert_albums(cursor, [self._album])
        committed_ns = monotonic_ns()
        track_ids = frozenset(track.track_id for track in self._album.tracks)
        what = f"album {self._album_id} was inserted again"
        return Change(what, frozenset({self._album_id}), track_ids, committed_ns)


async def _rename_artist_of(track_id: int, name: str, london: Connection) -> Change:
    async with transaction(london) as cursor:
        await cursor.execute("SELECT artist_id FROM track WHERE track_id = %s", (track_id,))
        (artist_id,) = await cursor.fetchone()
    return await rename_artist(london, artist_id, name)


async def _end_licence_now(track_id: int, london: Connection) -> Change:
    return await end_licence(london, track_id, TERRITORY, datetime.now(UTC).replace(microsecond=0))

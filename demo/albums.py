"""An album as rows of London's tables: inserted, read and deleted whole."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeVar

from asyncmy.cursors import Cursor

from demo.tables import (
    NAMES,
    OF_RELEASE,
    OF_TRACK,
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

SomeRow = TypeVar("SomeRow", bound=Row)


@dataclass(frozen=True)
class Album:
    """The rows of one album, by table."""

    release: Release
    tracks: Sequence[Track]
    licences: Sequence[Licence]
    track_formats: Sequence[TrackFormat]
    track_prices: Sequence[TrackPrice]
    release_formats: Sequence[ReleaseFormat]
    release_prices: Sequence[ReleasePrice]

    def tables(self) -> tuple[Sequence[Row], ...]:
        return (
            [self.release],
            self.tracks,
            self.licences,
            self.track_formats,
            self.track_prices,
            self.release_formats,
            self.release_prices,
        )


def count_rows(album: Album) -> int:
    """London's rows of an album, over all its tables."""
    return sum(len(rows) for rows in album.tables())


async def insert_albums(cursor: Cursor, albums: Sequence[Album]) -> None:
    """Insert albums table by table, within the caller's transaction."""
    for of_table in zip(*(album.tables() for album in albums), strict=True):
        await insert(cursor, [row for rows in of_table for row in rows])


async def read_album(cursor: Cursor, release_id: int) -> Album:
    """The rows of an album that London has, the licences without their ids; locked, so they are the latest."""
    (release,) = await _read(cursor, Release, "release_id", [release_id])
    tracks = await _read(cursor, Track, "release_id", [release_id])
    track_ids = [track.track_id for track in tracks]
    return Album(
        release=release,
        tracks=tracks,
        licences=await _read(cursor, Licence, "track_id", track_ids),
        track_formats=await _read(cursor, TrackFormat, "track_id", track_ids),
        track_prices=await _read(cursor, TrackPrice, "track_id", track_ids),
        release_formats=await _read(cursor, ReleaseFormat, "release_id", [release_id]),
        release_prices=await _read(cursor, ReleasePrice, "release_id", [release_id]),
    )


async def delete_albums(cursor: Cursor, release_ids: Collection[int]) -> None:
    """Delete releases with their tracks and all that hangs on both; ids that London does not have are no error."""
    if not release_ids:
        return
    await cursor.execute("SELECT track_id FROM track WHERE release_id IN %s FOR UPDATE", (tuple(release_ids),))
    await delete_tracks(cursor, [track_id for (track_id,) in await cursor.fetchall()])
    await _delete(cursor, OF_RELEASE, "release_id", release_ids)


async def delete_tracks(cursor: Cursor, track_ids: Collection[int]) -> None:
    """Delete tracks with their licences, formats and prices."""
    await _delete(cursor, OF_TRACK, "track_id", track_ids)


async def delete_terms(cursor: Cursor, row_type: type[Row], ids: Collection[int]) -> None:
    """Delete the licences, formats and prices of these tracks, or the formats and prices of these releases."""
    tables = OF_TRACK if row_type is Track else OF_RELEASE
    await _delete(cursor, tables[:-1], row_type._fields[0], ids)


async def _delete(cursor: Cursor, tables: Sequence[str], id_column: str, ids: Collection[int]) -> None:
    if ids:
        for table in tables:
            await cursor.execute(f"DELETE FROM `{table}` WHERE {id_column} IN %s", (tuple(ids),))


async def _read(cursor: Cursor, row_type: type[SomeRow], column: str, ids: Collection[int]) -> list[SomeRow]:
    if not ids:
        return []
    columns = ", ".join(row_type._fields)
    await cursor.execute(f"SELECT {columns} FROM `{NAMES[row_type]}` WHERE {column} IN %s FOR UPDATE", (tuple(ids),))
    return [row_type(*row) for row in await cursor.fetchall()]

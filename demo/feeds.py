"""Feed files become London: the full files fill it, the update files change it transaction by transaction."""

from collections.abc import AsyncIterator, Iterable
from itertools import islice
from pathlib import Path
from typing import NamedTuple, cast

from asyncmy.connection import Connection
from asyncmy.cursors import Cursor

from demo import vocabulary
from demo.albums import delete_albums, delete_terms, delete_tracks
from demo.clients import write_clients
from demo.feed_lines import Deleted, FeedFile, Kind, Line, Malformed, ReleaseLine, TrackLine, read_lines
from demo.feed_rows import Ingest, Writes
from demo.london import transaction
from demo.tables import Release, Track, existing_ids, insert, insert_missing, update_statement

# Invented, in the format of the real feeds: it runs where there are no others.
SYNTHETIC = Path(__file__).with_name("feed")


class Progress(NamedTuple):
    """After a commit: how many lines of the file are taken so far, and the malformed ones among the last of them."""

    file: FeedFile
    lines: int
    malformed: tuple[Malformed, ...]


class Summary(NamedTuple):
    """What London holds."""

    releases: int
    releases_made_up: int
    tracks: int


async def load_feeds(
    connection: Connection, full: Iterable[FeedFile], ingest: Ingest, lines_per_transaction: int = 500
) -> AsyncIterator[Progress]:
    """Fill London, which has tables and nothing in them, from full files, with the demo's clients and shops."""
    await vocabulary.write_vocabulary(connection)
    await write_clients(connection)
    async for progress in apply_feeds(connection, full, ingest, lines_per_transaction):
        yield progress


async def apply_feeds(
    connection: Connection, files: Iterable[FeedFile], ingest: Ingest, lines_per_transaction: int = 20
) -> AsyncIterator[Progress]:
    """Apply files in this order, each as a sequence of transactions.

    Raises:
        FeedRefused: a file cannot be opened any more.
        DatabaseAway, CrossfadeError: the database is away or refuses; what was committed stays.
    """
    for file in files:
        lines, taken = read_lines(file), 0
        while batch := list(islice(lines, lines_per_transaction)):
            await _apply(connection, _rows(ingest, file.kind, batch))
            taken += len(batch)
            yield Progress(file, taken, tuple(line for line in batch if isinstance(line, Malformed)))


async def summarise(connection: Connection) -> Summary:
    async with transaction(connection) as cursor:
        await cursor.execute("SELECT COUNT(*), COALESCE(SUM(is_made_up), 0) FROM `release`")
        releases, made_up = await cursor.fetchone()
        await cursor.execute("SELECT COUNT(*) FROM track")
        (tracks,) = await cursor.fetchone()
    return Summary(releases, int(made_up), tracks)


def _rows(ingest: Ingest, kind: Kind, batch: Iterable[Line | Malformed]) -> Writes:
    lines = [line for line in batch if not isinstance(line, Malformed)]
    if kind is Kind.RELEASES:
        return ingest.take_releases(cast(list[ReleaseLine | Deleted], lines))
    return ingest.take_tracks(cast(list[TrackLine | Deleted], lines))


async def _apply(connection: Connection, writes: Writes) -> None:
    async with transaction(connection) as cursor:
        await delete_albums(cursor, writes.deleted_releases)
        await delete_tracks(cursor, writes.deleted_tracks)
        await _insert_named(cursor, writes)
        await _put(cursor, writes.releases)
        await insert(cursor, writes.release_formats)
        await insert(cursor, writes.release_prices)
        await _put(cursor, writes.tracks)
        await insert(cursor, writes.track_formats)
        await insert(cursor, writes.track_prices)
        await insert(cursor, writes.licences)
        await _start_downloads(cursor, writes)


async def _insert_named(cursor: Cursor, writes: Writes) -> None:
    for named in (writes.artists, writes.labels, writes.licensors, writes.formats):
        await insert_missing(cursor, list(named.values()))


async def _put(cursor: Cursor, rows: list[Release] | list[Track]) -> None:
    """Insert or update rows; what hangs on those that were there is deleted, for the caller to insert anew."""
    if not rows:
        return
    row_type = type(rows[0])
    there = await existing_ids(cursor, row_type, [row[0] for row in rows])
    await delete_terms(cursor, row_type, there)
    await insert(cursor, [row for row in rows if row[0] not in there])
    await cursor.executemany(update_statement(row_type), [(*row[1:], row[0]) for row in rows if row[0] in there])


async def _start_downloads(cursor: Cursor, writes: Writes) -> None:
    await cursor.executemany(
        "UPDATE licence JOIN track USING (track_id) SET licence.valid_from = %s"
        " WHERE track.release_id = %s AND licence.usage_type = %s",
        [(start, release_id, vocabulary.DOWNLOAD) for release_id, start in writes.download_starts.items()],
    )

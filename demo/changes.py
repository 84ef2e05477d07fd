"""What happens in London while the region follows: the demo's changes one by one, and random ones for the fault tests.

Each is one transaction and says when its COMMIT had returned, on this machine's monotonic clock.
"""

import time
from collections.abc import Awaitable, Callable, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple

from asyncmy.connection import Connection
from asyncmy.cursors import Cursor

from demo import texts, vocabulary
from demo.albums import delete_albums, insert_albums, read_album
from demo.generate import MOST_TRACKS, PAIRS, TODAY, Ids, make_album
from demo.london import transaction
from demo.tables import Licence, insert
from shared.errors import CrossfadeError, Deadlock

MOST_STEPS = 4


class NotInLondon(CrossfadeError):
    """A change names a row that London does not have."""


@dataclass(frozen=True)
class Change:
    """A change that London has committed.

    `what` is a sentence about it, `album_ids` and `track_ids` are those whose answers may differ now, and
    `committed_ns` is `time.monotonic_ns()` when COMMIT had returned.
    """

    what: str
    album_ids: frozenset[int]
    track_ids: frozenset[int]
    committed_ns: int


class OnSale(NamedTuple):
    """A track that is sold on its own, for this price."""

    track_id: int
    album_id: int
    price: Decimal


async def tracks_on_sale(connection: Connection, territory: str, at: datetime, most: int) -> list[OnSale]:
    """The first tracks by id that the standard package sells for download in a territory at an instant (UTC)."""
    async with transaction(connection) as cursor:
        await cursor.execute(
            "SELECT DISTINCT track_id, release_id, price"
            " FROM track JOIN track_price USING (track_id) JOIN licence USING (track_id, territory)"
            " WHERE territory = %s AND package_id = %s AND price IS NOT NULL"
            " AND usage_type = %s AND valid_from <= %s AND (valid_until IS NULL OR valid_until > %s)"
            " ORDER BY track_id LIMIT %s",
            (territory, vocabulary.STANDARD_PACKAGE, vocabulary.DOWNLOAD, at, at, most),
        )
        return [OnSale(*row) for row in await cursor.fetchall()]


async def change_price(
    connection: Connection,
    track_id: int,
    territory: str,
    price: Decimal | None,
    package_id: int = vocabulary.STANDARD_PACKAGE,
) -> Change:
    """Set the price of a track in one package and territory; None: no longer sold on its own."""
    place = (track_id, package_id, territory)
    where = "WHERE track_id = %s AND package_id = %s AND territory = %s"
    async with transaction(connection) as cursor:
        album_id = await _album_of(cursor, track_id)
        (old,) = await _one(
            cursor,
            f"SELECT price FROM track_price {where} FOR UPDATE",
            place,
            f"price of track {track_id} in {territory}",
        )
        await cursor.execute(f"UPDATE track_price SET price = %s {where}", (price, *place))
    return _change(_repriced(track_id, territory, old, price), {album_id}, {track_id})


async def withdraw_album(connection: Connection, release_id: int) -> Change:
    """Delete an album with all its rows."""
    async with transaction(connection) as cursor:
        await _lock_release(cursor, release_id)
        track_ids = await _tracks_of(cursor, release_id)
        await delete_albums(cursor, [release_id])
    return _change(f"album {release_id} was withdrawn", {release_id}, track_ids)


async def move_track(connection: Connection, track_id: int, release_id: int) -> Change:
    """Move a track to another album, with its licences and prices."""
    async with transaction(connection) as cursor:
        old = await _move(cursor, track_id, release_id)
        track_ids = await _tracks_of(cursor, old, release_id)
    return _change(f"track {track_id} moved from album {old} to album {release_id}", {old, release_id}, track_ids)


async def rename_artist(connection: Connection, artist_id: int, name: str) -> Change:
    """Give an artist another name: it changes every album on which the artist stands."""
    async with transaction(connection) as cursor:
        old = await _rename(cursor, artist_id, name)
        album_ids, track_ids = await _standing_on(cursor, artist_id)
    return _change(f"artist {artist_id} is called {name!r} instead of {old!r}", album_ids, track_ids)


async def end_licence(
    connection: Connection, track_id: int, territory: str, at: datetime, usage_type: str = vocabulary.DOWNLOAD
) -> Change:
    """End the licences of a track that cover an instant, at this instant (UTC, whole seconds)."""
    async with transaction(connection) as cursor:
        album_id = await _album_of(cursor, track_id)
        await cursor.execute(
            "UPDATE licence SET valid_until = %s WHERE track_id = %s AND territory = %s AND usage_type = %s"
            " AND valid_from < %s AND (valid_until IS NULL OR valid_until > %s)",
            (at, track_id, territory, usage_type, at, at),
        )
        if not cursor.rowcount:
            raise NotInLondon(f"track {track_id} has no {usage_type} licence in {territory} at {at:%FT%TZ}")
    return _change(f"the {usage_type} licence of track {track_id} in {territory} ended", {album_id}, {track_id})


async def random_change(rng: Random, connection: Connection) -> Change:
    """One to `MOST_STEPS` inserts, updates, deletes and re-inserts over several albums, in one transaction.

    Several writers may do this at once: who loses a deadlock draws again. What is drawn depends on what London holds,
    so only a single writer repeats itself under the same seed. The change's `track_ids` are the tracks that stand on
    its albums afterwards.

    Raises:
        NotInLondon: London has no album or no artist left.
    """
    while True:
        try:
            return await _random_steps(rng, connection)
        except Deadlock:
            continue


async def _random_steps(rng: Random, connection: Connection) -> Change:
    steps = rng.choices(_STEPS, k=rng.randint(1, MOST_STEPS))
    album_ids: set[int] = set()
    async with transaction(connection) as cursor:
        for step in steps:
            album_ids |= await step(rng, cursor)
        track_ids = await _tracks_of(cursor, *album_ids)
    return _change(", ".join(step.__name__.strip("_") for step in steps), album_ids, track_ids)


async def _insert_album(rng: Random, cursor: Cursor) -> set[int]:
    """A new album, or one that was withdrawn: ids are drawn from those that are free now."""
    ids = Ids(
        release_id=rng.choice(await _free_ids(rng, cursor, "release")),
        track_ids=await _free_ids(rng, cursor, "track"),
        artist_ids=[await _random_id(rng, cursor, "artist") for _ in range(3)],
        label_ids=[],
    )
    album = make_album(rng, rng.choice(rng.choice(PAIRS)), ids, TODAY)
    await insert_albums(cursor, [album])
    return {ids.release_id}


async def _withdraw(rng: Random, cursor: Cursor) -> set[int]:
    release_id = await _random_id(rng, cursor, "release")
    await delete_albums(cursor, [release_id])
    return {release_id}


async def _reinsert(rng: Random, cursor: Cursor) -> set[int]:
    """Deleted and inserted again within one transaction; the licences get other ids."""
    release_id = await _random_id(rng, cursor, "release")
    album = await read_album(cursor, release_id)
    await delete_albums(cursor, [release_id])
    await insert_albums(cursor, [album])
    return {release_id}


async def _retitle(rng: Random, cursor: Cursor) -> set[int]:
    release_id = await _random_id(rng, cursor, "release")
    await cursor.execute("UPDATE `release` SET title = %s WHERE release_id = %s", (texts.title(rng), release_id))
    return {release_id}


async def _move_some(rng: Random, cursor: Cursor) -> set[int]:
    release_id = await _random_id(rng, cursor, "release")
    track_id = await _random_id(rng, cursor, "track")
    return {await _move(cursor, track_id, release_id), release_id}


async def _rename_some(rng: Random, cursor: Cursor) -> set[int]:
    artist_id = await _random_id(rng, cursor, "artist")
    await _rename(cursor, artist_id, texts.title(rng))
    album_ids, _ = await _standing_on(cursor, artist_id)
    return album_ids


async def _reprice(rng: Random, cursor: Cursor) -> set[int]:
    track_id = await _random_id(rng, cursor, "track")
    price = rng.choice((None, Decimal(rng.randint(0, 999)).scaleb(-2)))
    await cursor.execute("UPDATE track_price SET price = %s WHERE track_id = %s", (price, track_id))
    return {await _album_of(cursor, track_id)}


async def _license(rng: Random, cursor: Cursor) -> set[int]:
    track_id = await _random_id(rng, cursor, "track")
    territory = rng.choice(tuple(vocabulary.CURRENCIES))
    start = datetime(rng.randint(1960, 2040), rng.randint(1, 12), 1, tzinfo=UTC)
    await insert(cursor, [Licence(track_id, vocabulary.DOWNLOAD, territory, start, None)])
    return {await _album_of(cursor, track_id)}


async def _end_licences(rng: Random, cursor: Cursor) -> set[int]:
    track_id = await _random_id(rng, cursor, "track")
    await cursor.execute("DELETE FROM licence WHERE track_id = %s AND valid_until IS NULL", (track_id,))
    return {await _album_of(cursor, track_id)}


_Step = Callable[[Random, Cursor], Awaitable[set[int]]]
# Inserted more often than withdrawn, so that London never runs empty.
_STEPS: tuple[_Step, ...] = (
    _insert_album,
    _insert_album,
    _withdraw,
    _reinsert,
    _retitle,
    _move_some,
    _rename_some,
    _reprice,
    _license,
    _end_licences,
)


def _repriced(track_id: int, territory: str, old: Decimal | None, new: Decimal | None) -> str:
    if new is None:
        return f"track {track_id} is no longer sold on its own in {territory}"
    if old is None:
        return f"track {track_id} is sold on its own in {territory}, for {new}"
    return f"the price of track {track_id} in {territory} went from {old} to {new}"


def _change(what: str, album_ids: Set[int], track_ids: Set[int]) -> Change:
    """Called as soon as the transaction is left, for the sake of its clock."""
    return Change(what, frozenset(album_ids), frozenset(track_ids), time.monotonic_ns())


async def _move(cursor: Cursor, track_id: int, release_id: int) -> int:
    """Returns the album that the track stood on."""
    await _lock_release(cursor, release_id)
    old = await _album_of(cursor, track_id)
    await cursor.execute("UPDATE track SET release_id = %s WHERE track_id = %s", (release_id, track_id))
    return old


async def _rename(cursor: Cursor, artist_id: int, name: str) -> str:
    """Returns the name until now."""
    statement = "SELECT name FROM artist WHERE artist_id = %s FOR UPDATE"
    (old,) = await _one(cursor, statement, (artist_id,), f"artist {artist_id}")
    await cursor.execute("UPDATE artist SET name = %s WHERE artist_id = %s", (name, artist_id))
    return str(old)


async def _standing_on(cursor: Cursor, artist_id: int) -> tuple[set[int], set[int]]:
    """The albums that name the artist, on the release or on a track, and the tracks of these albums."""
    await cursor.execute(
        "SELECT release_id FROM `release` WHERE artist_id = %s UNION SELECT release_id FROM track WHERE artist_id = %s",
        (artist_id, artist_id),
    )
    album_ids = {album_id for (album_id,) in await cursor.fetchall()}
    return album_ids, await _tracks_of(cursor, *album_ids)


async def _tracks_of(cursor: Cursor, *album_ids: int) -> set[int]:
    if not album_ids:
        return set()
    await cursor.execute("SELECT track_id FROM track WHERE release_id IN %s", (album_ids,))
    return {track_id for (track_id,) in await cursor.fetchall()}


async def _album_of(cursor: Cursor, track_id: int) -> int:
    """The album of a track; the track is locked, so that nobody deletes it before the commit."""
    statement = "SELECT release_id FROM track WHERE track_id = %s FOR UPDATE"
    (album_id,) = await _one(cursor, statement, (track_id,), f"track {track_id}")
    return int(album_id)


async def _lock_release(cursor: Cursor, release_id: int) -> None:
    statement = "SELECT release_id FROM `release` WHERE release_id = %s FOR UPDATE"
    await _one(cursor, statement, (release_id,), f"release {release_id}")


async def _one(cursor: Cursor, statement: str, parameters: tuple[object, ...], what: str) -> tuple[Any, ...]:
    await cursor.execute(statement, parameters)
    row: tuple[Any, ...] | None = await cursor.fetchone()
    if row is None:
        raise NotInLondon(f"London has no {what}")
    return row


async def _random_id(rng: Random, cursor: Cursor, table: str) -> int:
    """An id that London has; its row is locked, so that it is still there when the step changes it."""
    drawn = rng.randint(*await _id_bounds(cursor, table))
    # Downwards too: the bounds were read without a lock, and the last row may be gone by now.
    for comparison, order in ((">=", "ASC"), ("<", "DESC")):
        await cursor.execute(
            f"SELECT {table}_id FROM `{table}` WHERE {table}_id {comparison} %s"
            f" ORDER BY {table}_id {order} LIMIT 1 FOR UPDATE",
            (drawn,),
        )
        if row := await cursor.fetchone():
            return int(row[0])
    raise NotInLondon(f"London has no {table}")


async def _free_ids(rng: Random, cursor: Cursor, table: str) -> list[int]:
    """Some ids in ascending order that no row has, in gaps too; locked, so that another writer does not take them."""
    _, highest = await _id_bounds(cursor, table)
    first = rng.randint(1, highest + 1)
    while not (free := await _free_between(cursor, table, first, first + MOST_TRACKS)):
        first += MOST_TRACKS
    return free


async def _free_between(cursor: Cursor, table: str, first: int, end: int) -> list[int]:
    await cursor.execute(
        f"SELECT {table}_id FROM `{table}` WHERE {table}_id >= %s AND {table}_id < %s FOR UPDATE", (first, end)
    )
    taken = {number for (number,) in await cursor.fetchall()}
    return [number for number in range(first, end) if number not in taken]


async def _id_bounds(cursor: Cursor, table: str) -> tuple[int, int]:
    await cursor.execute(f"SELECT COALESCE(MIN({table}_id), 1), COALESCE(MAX({table}_id), 1) FROM `{table}`")
    lowest, highest = await cursor.fetchone()
    return int(lowest), int(highest)

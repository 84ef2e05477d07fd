"""Stores a batch in the region: rows and next offsets in one transaction."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import asyncmy
from asyncmy.connection import Connection
from asyncmy.constants import CLIENT

from services.persister.batch import Advance, Batch, Place, Prepared
from services.persister.decide import Decision, decide
from services.persister.schema import require_packet
from services.persister.writes import Stored, writes
from shared import mysql, sql
from shared.errors import OwnershipLost
from shared.mysql import ServerSettings
from shared.sql import SQL_MODE, numbers
from shared.wire import DocumentType

QUERIES: Final = sql.load("services.persister", "queries.sql")
_LOCKS: Final[Mapping[DocumentType, str]] = {"album": "lock_albums", "artist": "lock_artists", "client": "lock_clients"}

_PAUSED_S: Final = 10
"""A process that is paused in a transaction loses its connection, and with it its locks, after this time."""

Outcome = Counter[tuple[DocumentType, Decision]]
"""How many records were applied and how many were stale."""


@dataclass(frozen=True, slots=True)
class LogIdentity:
    """What offsets belong to: the cluster's id and each topic's. A topic made anew has another id."""

    cluster_id: str
    topic_ids: Mapping[str, str]


class Store:
    """The region's tables through one connection. Not for two tasks at once."""

    def __init__(self, connection: Connection, server: ServerSettings) -> None:
        self._connection = connection
        self._server = server

    async def keep(self, log: LogIdentity, stored: Mapping[Place, int]) -> None:
        """Asked while there is nothing to store: the server hears that this process is not paused, and this process
        whether the region still stands where it was left.

        Raises OwnershipLost where it does not, as after it was set back to a backup: nobody else would notice before
        the partition's next message.
        """
        with mysql.translated(self._server):
            known = await self._known()
        for place, next in stored.items():
            if _stands_elsewhere(known.get(place), _identity(place, log), next):
                raise OwnershipLost(f"the next offset of {place[0]}/{place[1]} is not {next} any more")

    async def read_offsets(self, log: LogIdentity, places: Iterable[Place]) -> dict[Place, int]:
        """The next offset of each partition; 0 for one that is new, or of another cluster or topic than before."""
        with mysql.translated(self._server):
            known = await self._known()
            return {place: await self._next_offset(place, log, known.get(place)) for place in places}

    async def store(self, batch: Batch, log: LogIdentity) -> Outcome:
        """Stores what of the batch is newer than the region, together with its next offsets, or nothing.

        Raises OwnershipLost when another process has moved an offset, Deadlock and DatabaseAway when it may be tried
        again, and CrossfadeError when the server refuses a row.
        """
        with mysql.translated(self._server):
            async with self._transaction():
                for advance in batch.advances:
                    await self._advance(advance, log)
                outcome: Outcome = Counter()
                for type, prepared in batch.prepared.items():
                    outcome += await self._put(type, prepared)
                return outcome

    async def _known(self) -> dict[Place, list[Any]]:
        """Of each partition that the region knows, the cluster's and topic's ids, and the next offset."""
        found = await mysql.rows(self._connection, QUERIES["read_offsets"])
        return {(topic, partition): rest for topic, partition, *rest in found}

    async def _next_offset(self, place: Place, log: LogIdentity, known: Sequence[Any] | None) -> int:
        identity = _identity(place, log)
        if known and known[:2] == identity:
            return int(known[2])
        await self._run("put_offset", *place, *identity)
        return 0

    async def _advance(self, advance: Advance, log: LogIdentity) -> None:
        place, previous = advance.place, advance.previous
        if await self._run("advance_offset", advance.next, *place, *_identity(place, log), previous) != 1:
            raise OwnershipLost(f"the next offset of {place[0]}/{place[1]} is not {previous} any more")
        if marker := advance.marker:
            await self._run("advance_marker", marker.position, marker.time, *place)

    async def _put(self, type: DocumentType, prepared: Mapping[int, Prepared]) -> Outcome:
        stored = await self._lock(type, prepared.keys())
        newer = [one for id, one in prepared.items() if _decide(stored.get(id), one) is Decision.APPLY]
        async with self._connection.cursor() as cursor:
            for name, rows in writes(type, newer, stored):
                await cursor.executemany(QUERIES[name], rows)
        return Counter({(type, Decision.APPLY): len(newer), (type, Decision.STALE): len(prepared) - len(newer)})

    async def _lock(self, type: DocumentType, ids: Collection[int]) -> dict[int, Stored]:
        found = await mysql.rows(self._connection, QUERIES[_LOCKS[type]].format(ids=numbers(sorted(ids))))
        return {
            id: Stored(version, frozenset(json.loads(tracks[0]) if tracks else ())) for id, version, *tracks in found
        }

    async def _run(self, name: str, *parameters: int | str) -> int:
        """Returns how many rows matched."""
        async with self._connection.cursor() as cursor:
            matched: int = await cursor.execute(QUERIES[name], parameters)
            return matched

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[None]:
        await self._connection.query(b"START TRANSACTION")
        try:
            yield
        except (OwnershipLost, asyncmy.errors.MySQLError):
            await self._connection.query(b"ROLLBACK")
            raise
        await self._connection.query(b"COMMIT")


@asynccontextmanager
async def open_store(server: ServerSettings) -> AsyncIterator[Store]:
    """Connects; leaving the block closes the connection, and with it any transaction that is open. Raises DatabaseAway
    or Unusable."""
    # With FOUND_ROWS the compare-and-set counts the row that matched, also where it set what stood there. Prepared
    # statements spare the server the parsing; MariaDB takes the rows of one in bulk, which is half of its time.
    async with mysql.connection(
        server, client_flag=CLIENT.FOUND_ROWS, stmt_cache_size=len(QUERIES), binary_prefix=True
    ) as connection:
        with mysql.translated(server):
            await require_packet(connection)
            await connection.query(f"SET SESSION sql_mode = '{SQL_MODE}'")
            await connection.query("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
            await connection.query(f"SET SESSION wait_timeout = {_PAUSED_S}")
        yield Store(connection, server)


def _identity(place: Place, log: LogIdentity) -> list[str]:
    return [log.cluster_id, log.topic_ids[place[0]]]


def _stands_elsewhere(known: Sequence[Any] | None, identity: list[str], next: int) -> bool:
    """Not where a row is of another log: this process ends as soon as it sees that its own is gone."""
    return known is None or (known[:2] == identity and known[2] != next)


def _decide(stored: Stored | None, prepared: Prepared) -> Decision:
    return decide(stored.version if stored else None, prepared.record)

"""The rows of the daily limit in the region's database: one exchange is one transaction (services/gateway/quota.py).

A gateway has rows of its own, under an instance id that is new at every start. Their locks make the reading that
follows an error safe: it waits for a transaction of ours that may still be ending.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import date
from typing import Any, Final, Protocol

from asyncmy.connection import Connection
from asyncmy.cursors import Cursor
from asyncmy.pool import Pool

from services.gateway import quota
from services.gateway.quota import Ask, Lease, Today, Told
from shared import mysql
from shared.mysql import ServerSettings

EXCHANGE_DEADLINE_S: Final = 1.0

# The day that it is for the database, whose clock alone decides.
READ_DAY: Final = "SELECT UTC_DATE()"

# This gateway's row of a day, if it is not there; waits for a transaction of ours that holds it.
OPEN_LEASE: Final = """
INSERT INTO quota_lease (client_id, day, instance, seq, granted, used) VALUES (%s, %s, %s, 0, 0, 0)
ON DUPLICATE KEY UPDATE seq = seq
"""

# The day's row, if it is not there.
OPEN_DAY: Final = """
INSERT INTO quota_day (client_id, day, granted, full_since) VALUES (%s, %s, 0, NULL)
ON DUPLICATE KEY UPDATE granted = granted
"""

# Begins an exchange, unless the row is not what its asker thinks.
BEGIN_EXCHANGE: Final = """
UPDATE quota_lease SET seq = seq + 1, used = %s WHERE client_id = %s AND day = %s AND instance = %s AND seq = %s
"""

# Both rows, the limit as it is now, and the clock. A client that was deleted may ask nothing more.
READ_ROWS: Final = """
SELECT UTC_TIMESTAMP(6), (SELECT IF(deleted, 0, daily_limit) FROM client WHERE client.client_id = quota_day.client_id),
    quota_day.granted, full_since, seq, quota_lease.granted
FROM quota_day JOIN quota_lease USING (client_id, day)
WHERE client_id = %s AND day = %s AND instance = %s
"""

# The same, and the day's row stays as it is until the exchange ends.
LOCK_ROWS: Final = READ_ROWS + "FOR UPDATE"

# Ends an exchange.
WRITE_ROWS: Final = """
UPDATE quota_day JOIN quota_lease USING (client_id, day)
SET quota_day.granted = %s, full_since = %s, quota_lease.granted = %s
WHERE client_id = %s AND day = %s AND instance = %s
"""

# What the days of some clients look like, without touching them.
LOOK: Final = """
SELECT client.client_id, UTC_TIMESTAMP(6), IF(deleted, 0, daily_limit), COALESCE(granted, 0), full_since
FROM client LEFT JOIN quota_day ON quota_day.client_id = client.client_id AND day = UTC_DATE()
WHERE client.client_id IN ({ids})
"""


class LeaseStore(Protocol):
    """Every method raises DatabaseAway, Deadlock, or another CrossfadeError, after which the outcome is not known."""

    async def exchange(self, client_id: int, ask: Ask) -> Told:
        """Exchanges the lease. Where the ask is not of the database's day, or not of the row as it is, nothing is
        exchanged, and these are the rows as they are."""

    async def read(self, client_id: int) -> Told:
        """The rows of the database's day, made if they are not there."""

    async def look(self, client_ids: Iterable[int]) -> dict[int, Today]:
        """The days of those clients that exist."""


class RegionLeaseStore:
    """The rows in the region's database, through READ COMMITTED connections.

    `instance` is 16 bytes that no other process has, nor had today.
    """

    def __init__(self, server: ServerSettings, pool: Pool, instance: bytes) -> None:
        self._server = server
        self._pool = pool
        self._instance = instance

    async def exchange(self, client_id: int, ask: Ask) -> Told:
        async with self._connection() as connection:
            await connection.begin()
            if told := await self._exchange(connection, client_id, ask):
                await connection.commit()
                return told
            await connection.rollback()
            return await self._read(connection, client_id)

    async def read(self, client_id: int) -> Told:
        async with self._connection() as connection:
            return await self._read(connection, client_id)

    async def look(self, client_ids: Iterable[int]) -> dict[int, Today]:
        ids = tuple(client_ids)
        async with self._connection() as connection, connection.cursor() as cursor:
            await cursor.execute(LOOK.format(ids=",".join(["%s"] * len(ids))), ids)
            return {client_id: Today(*row) for client_id, *row in await cursor.fetchall()}

    async def _exchange(self, connection: Connection, client_id: int, ask: Ask) -> Told | None:
        key = client_id, ask.day, self._instance
        async with connection.cursor() as cursor:
            if not await cursor.execute(BEGIN_EXCHANGE, (ask.used, *key, ask.seq)):
                return None
            found = await self._rows(cursor, LOCK_ROWS, client_id, ask.day)
            if found.today.day != ask.day:
                return None
            told = quota.exchange(ask, found.today, found.lease)
            await cursor.execute(WRITE_ROWS, (told.today.granted, told.today.full_since, told.lease.granted, *key))
            return told

    async def _read(self, connection: Connection, client_id: int) -> Told:
        async with connection.cursor() as cursor:
            await cursor.execute(READ_DAY)
            (day,) = await cursor.fetchone()
            await cursor.execute(OPEN_LEASE, (client_id, day, self._instance))
            await cursor.execute(OPEN_DAY, (client_id, day))
            return await self._rows(cursor, READ_ROWS, client_id, day)

    async def _rows(self, cursor: Cursor, statement: str, client_id: int, day: date) -> Told:
        await cursor.execute(statement, (client_id, day, self._instance))
        row: tuple[Any, ...] = await cursor.fetchone()
        return Told(today=Today(*row[:4]), lease=Lease(*row[4:]))

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        with mysql.translated(self._server):
            async with asyncio.timeout(EXCHANGE_DEADLINE_S), self._pool.acquire() as connection:
                yield connection

"""Look-ups by primary key in the region's tables: the rows found, and the generation read in the same statement."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from asyncmy.pool import Pool

from shared import mysql
from shared.errors import CrossfadeError
from shared.mysql import ServerSettings

CONNECT_TIMEOUT_S: Final = 1
PREPARED_STATEMENTS: Final = 32


class Row(NamedTuple):
    """`document` holds the canonical bytes that were stored."""

    id: int
    version: int
    document: bytes


class Rows(NamedTuple):
    """The rows of the ids that have one, in no order."""

    generation: int
    found: list[Row]


class Lookup:
    """Runs look-ups on connections that it keeps open, as prepared statements.

    A statement selects generation, id, version and document from `generation` left-joined to one table, so that it has
    a row also where the table has none; `{ids}` is its place for the ids.
    """

    def __init__(self, server: ServerSettings, pool: Pool) -> None:
        self._server = server
        self._pool = pool

    async def read(self, statement: str, ids: Sequence[int]) -> Rows:
        """Raises DatabaseAway, or another CrossfadeError when the database cannot answer."""
        sql = statement.format(ids=",".join(["%s"] * len(ids)))
        with mysql.translated(self._server):
            async with self._pool.acquire() as connection, connection.cursor() as cursor:
                await cursor.execute(sql, ids)
                rows = await cursor.fetchall()
        if not rows:
            raise CrossfadeError("the region's table `generation` is empty; its schema was not applied whole")
        return Rows(rows[0][0], [Row(*row[1:]) for row in rows if row[1] is not None])


@asynccontextmanager
async def lookups(server: ServerSettings, size: int) -> AsyncIterator[Lookup]:
    """Look-ups on up to `size` connections, opened on demand and anew when the server went away."""
    async with mysql.pool(server, size, connect_timeout=CONNECT_TIMEOUT_S, stmt_cache_size=PREPARED_STATEMENTS) as pool:
        yield Lookup(server, pool)

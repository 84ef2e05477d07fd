"""The stand-in for the region's database answers as a real server does."""

import random
import re
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import pytest
from asyncmy.connection import Connection
from asyncmy.constants import CLIENT
from asyncmy.errors import OperationalError
from pydantic import SecretStr

from services.persister.schema import apply_schema
from services.persister.store import QUERIES
from shared import mysql
from shared.settings import RegionSettings
from tests.explorer.region import CONTROLS, Region, Run
from tests.explorer.sql import Edit, parse, tables
from tests.servers import Database

STATEMENTS: Final = 4000
LOCK_WAIT_TIMEOUT: Final = 1205

VALUES: Final[dict[str, Sequence[Any]]] = {
    **dict.fromkeys(("album_id", "artist_id", "client_id", "id"), (1, 2)),
    "track_id": (12, 13),
    "version": (1, 2, 3),
    "deleted": (0, 1),
    "digest": (None, b"1" * 32, b"2" * 32),
    "track_ids": ("[]", "[12]", "[12,13]"),
    **dict.fromkeys(("document", "reason", "place"), ("one", "other")),
    "consumer_key": (None, b"key"),
    "daily_limit": (None, 4000),
    "type": ("album",),
    "topic": ("catalogue.albums",),
    "partition_id": (0, 1),
    "cluster_id": ("cluster",),
    "topic_id": ("topic", "another"),
    "next_offset": (0, 1, 2),
    "marker_position": (0, 7),
    "marker_time": ("", "2026"),
}
"""What a parameter may be, by the column that it is for: few values, so that statements meet on the same rows."""


@pytest.fixture
async def settings(region_server: Database) -> AsyncIterator[RegionSettings]:
    """A region with its tables and no rows."""
    root = region_server.root
    made = RegionSettings(
        host=root.host, port=root.port, user=root.user, password=SecretStr(root.password), database="region_explored"
    )
    async with mysql.connection(made.model_copy(update={"database": "information_schema"})) as connection:
        await connection.query(f"CREATE OR REPLACE DATABASE {made.database}")
        await apply_schema(made)
        yield made
        await connection.query(f"DROP DATABASE {made.database}")


@pytest.fixture
async def connections(settings: RegionSettings) -> AsyncIterator[list[Connection]]:
    """Two, as the store has them, except that no statement waits for a lock."""
    flags = {"client_flag": CLIENT.FOUND_ROWS, "binary_prefix": True}
    async with mysql.connection(settings, **flags) as one, mysql.connection(settings, **flags) as other:
        for connection in (one, other):
            await connection.query("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
            await connection.query("SET SESSION innodb_lock_wait_timeout = 0")
        yield [one, other]


def question(chosen: random.Random) -> Run:
    """One of the persister's statements with any parameters, or the begin or end of a transaction."""
    sql = chosen.choice([*QUERIES.values(), *CONTROLS * 4])
    columns = re.findall(r"(\w+) = %s", sql)
    if inserted := re.match(r"INSERT INTO \w+ \((.+)\)", sql):
        columns = inserted[1].split(", ")[: sql.count("%s")]
    ids = ",".join(map(str, chosen.choice([[1], [2], [1, 2]])))
    return Run(sql.replace("{ids}", ids), tuple(chosen.choice(VALUES[column]) for column in columns))


async def told(connection: Connection, asked: Run) -> tuple[int, list[tuple[Any, ...]]] | None:
    """What the server says: how many rows matched, and rows; None where it would wait for a lock."""
    async with connection.cursor() as cursor:
        try:
            matched = await cursor.execute(asked.sql, asked.parameters)
        except OperationalError as error:
            assert error.args[0] == LOCK_WAIT_TIMEOUT, error
            return None
        return matched, list(await cursor.fetchall()) if cursor.description else []


async def stored(settings: RegionSettings) -> dict[Any, Any]:
    """All rows that are committed."""
    found = {}
    async with mysql.connection(settings) as connection:
        for table in {parse(sql.replace("{ids}", "1")).table.name for sql in QUERIES.values()}:
            columns = tables()[table].columns
            for row in await mysql.rows(connection, f"SELECT {', '.join(columns)} FROM {table}"):
                named = dict(zip(columns, row, strict=True))
                found[tables()[table].key(named)] = named
    return found


@pytest.mark.parametrize("seed", [1, random.SystemRandom().randrange(2**32)])
async def test_statements_over_two_connections_do_what_they_do_on_a_real_server(
    settings: RegionSettings, connections: list[Connection], seed: int
) -> None:
    chosen = random.Random(seed)
    region = Region(frozenset(), (None, None))
    for _ in range(STATEMENTS):
        place, asked = chosen.randrange(2), question(chosen)
        answer = await told(connections[place], asked)
        blocked = region.blocking(place, asked) is not None
        assert blocked == (answer is None), (place, asked)
        if answer is None:
            continue
        region, expected = region.run(place, asked)
        if expected.rows or (asked.sql not in CONTROLS and isinstance(parse(asked.sql), Edit)):
            assert (expected.matched, list(expected.rows)) == answer, (place, asked)
        if asked.sql == "COMMIT":
            assert region.committed() == await stored(settings)
    assert any(region.rows)

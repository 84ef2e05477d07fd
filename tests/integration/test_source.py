"""How London's position is read, on a real server."""

from collections.abc import AsyncIterator

import pytest
from asyncmy.connection import Connection

from services.producer.source import CONVERSIONS, MomentReader, identify
from shared import mysql
from tests.integration.binlog_london import London, london_on
from tests.servers import Database


@pytest.fixture
async def london(london_server: Database) -> AsyncIterator[London]:
    async with london_on(london_server.root) as found:
        await found.run("SET GLOBAL log_output = 'TABLE'", "SET GLOBAL general_log = ON")
        yield found
        await found.run("SET GLOBAL general_log = OFF", "SET GLOBAL log_output = 'FILE'")


async def test_a_place_in_the_binlog_of_mariadb_is_looked_up_once(london: London) -> None:
    async with mysql.connection(london.producer, conv=CONVERSIONS) as connection:
        moments = MomentReader(connection, await identify(connection))
        first = await moments.read()
        second = await moments.read()
        assert second.position == first.position
        assert second.time > first.time
        assert await looked_up(london, connection) == 1

        await london.run("CREATE TABLE price (track_id INT PRIMARY KEY)")
        assert (await moments.read()).position.contains(await london.position())
        assert await looked_up(london, connection) == 2


async def looked_up(london: London, by: Connection) -> int:
    """How often a connection had the server look for a place in its binlog."""
    [found] = await london.rows(
        "SELECT COUNT(*) FROM mysql.general_log "
        f"WHERE thread_id = {by.thread_id()} AND argument LIKE 'SELECT BINLOG_GTID_POS%'"
    )
    return int(str(found[0]))

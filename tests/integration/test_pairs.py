"""Every supported pair of servers, from London to the region, while London changes and services come and go."""

import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.changes import change_london, writing
from tests.replication import World, fill, world
from tests.servers import Database, Kafka

ALBUMS = 60
CHANGES = 40


class Pair(NamedTuple):
    """The fixtures of the two servers."""

    london: str
    region: str


PAIRS = {
    "mariadb-10.11-to-mariadb-11.4": Pair("old_mariadb_london_server", "region_server"),
    "mariadb-11.4-to-mariadb-11.4": Pair("london_server", "region_server"),
    "mysql-8.0-to-mariadb-11.4": Pair("mysql_london_server", "region_server"),
    "mysql-8.4-or-later-to-mariadb-11.4": Pair("new_mysql_london_server", "region_server"),
    "mariadb-11.4-to-mysql-8.0": Pair("london_server", "mysql_region_server"),
    "mariadb-11.4-to-mysql-8.4-or-later": Pair("london_server", "new_mysql_region_server"),
}


@pytest.fixture(params=PAIRS)
def servers(request: pytest.FixtureRequest) -> tuple[Database, Database]:
    """London's server and the region's."""
    pair = PAIRS[request.param]
    return request.getfixturevalue(pair.london), request.getfixturevalue(pair.region)


@pytest.fixture
async def here(kafka: Kafka, servers: tuple[Database, Database], tmp_path: Path) -> AsyncIterator[World]:
    london, region = servers
    async with world(kafka.bootstrap, london.root, region.root, tmp_path) as made:
        await fill(made, ALBUMS)
        yield made


async def test_the_region_equals_london_on_every_supported_pair_of_servers(here: World) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201  # shown when the test fails
    persisters = [await here.start("services.persister") for _ in range(2)]
    producer = await here.start("services.producer")
    await here.until_equal()
    async with writing(here, seed) as written:
        await written.reaches(CHANGES)
        producer.kill()
        await producer.wait()
        await written.reaches(2 * CHANGES)
        await here.start("services.producer")
        persisters[0].terminate()
        await written.reaches(3 * CHANGES)
    await here.until_equal()
    await change_london(here)
    await here.until_equal()

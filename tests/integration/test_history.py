"""London's history: another server in its place, a restored backup, transactions of many origins, and the way on."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from deploy.embedded.database import DatabaseFiles, DatabaseServer, Role
from deploy.embedded.mariadb import MariaDBServer
from deploy.embedded.mysql import MySQLServer
from deploy.embedded.ports import free_port
from shared import mysql
from tests.changes import change_london
from tests.integration.following import (
    follow,
    follow_in_a_new_epoch,
    next_second,
    position,
    refusal,
    stop,
    until_saved,
)
from tests.integration.place import Place
from tests.replication import World, fill, world
from tests.servers import Database, Kafka

ALBUMS = 20
PROGRAMS: dict[str, type[DatabaseServer]] = {
    "mariadb_programs": MariaDBServer,
    "mysql_programs": MySQLServer,
    "old_mariadb_programs": MariaDBServer,
    "new_mysql_programs": MySQLServer,
}


@pytest.fixture(params=PROGRAMS)
def first(request: pytest.FixtureRequest, tmp_path: Path) -> DatabaseServer:
    """A London of the test's own, of each kind."""
    files: DatabaseFiles = request.getfixturevalue(request.param)
    kind = PROGRAMS[request.param]
    # MySQL's replicas write what they replicate to their binlog unless told otherwise.
    overrides = {"log-slave-updates": "ON"} if kind is MariaDBServer else {}
    return kind(files, tmp_path / "first", free_port(), Role.LONDON, durable=False, overrides=overrides)


@pytest.fixture
async def place(first: DatabaseServer) -> AsyncIterator[Place]:
    made = Place(first)
    await made.open()
    yield made
    await made.leave()


@pytest.fixture
async def here(kafka: Kafka, place: Place, region_server: Database, tmp_path: Path) -> AsyncIterator[World]:
    async with world(kafka.bootstrap, place.login, region_server.root, tmp_path) as made:
        await fill(made, ALBUMS)
        yield made


async def run(world: World, *statements: str) -> None:
    async with world.in_london() as london:
        for statement in statements:
            await london.query(statement)


async def test_a_replica_that_takes_londons_place_is_followed_on_in_a_new_epoch(here: World, place: Place) -> None:
    producer = await follow(here)
    async with place.replica() as replica:
        await change_london(here)
        await replica.catch_up()
        await replica.forget()
    await place.stand(replica.server)
    await change_london(here)
    await here.until_equal()
    assert '"epoch":1' in here.logs()
    assert producer.returncode is None


@pytest.mark.usefixtures("long")
async def test_a_replica_without_the_last_that_was_followed_is_refused_until_a_new_epoch(
    here: World, place: Place
) -> None:
    producer = await follow(here)
    async with place.replica() as replica:
        await replica.catch_up()
        await replica.forget()
        await run(here, "UPDATE `release` SET title = 'Lost' WHERE release_id = 7")
        await here.until_equal()
        await until_saved(here)
        await stop(producer)
    await place.stand(replica.server)
    await run(here, "UPDATE `release` SET title = 'Kept' WHERE release_id = 8")
    assert "`crossfade produce snapshot --new-epoch` is the way on" in await refusal(here)
    await follow_in_a_new_epoch(here)
    await change_london(here)
    await here.until_equal()


@pytest.mark.usefixtures("long")
async def test_what_a_replica_lacks_of_the_log_is_read_again_also_where_it_has_all_up_to_the_saved_position(
    here: World, place: Place
) -> None:
    producer = await follow(here)
    async with place.replica() as replica:
        await replica.catch_up()
        await replica.forget()
        await stop(producer)
        await run(here, "UPDATE `release` SET title = 'Lost' WHERE release_id = 7")
        code, output = await here.run("produce", "album", "7")
        assert code == 0, output
        await here.until_equal()
    await place.stand(replica.server)
    await here.start("services.producer")
    await here.until_equal()


@pytest.mark.usefixtures("long")
async def test_a_backup_that_was_restored_is_refused_also_with_as_many_transactions_again(
    here: World, place: Place
) -> None:
    backup = await place.back_up()
    producer = await follow(here)
    await change_london(here)
    await here.until_equal()
    await until_saved(here)
    await stop(producer)
    stopped_at = await position(here)
    await place.restore(backup)
    async with here.in_london() as london:
        await next_second(london)
        while not (await position(here)).contains(stopped_at):
            await london.query("UPDATE `release` SET title = UUID() WHERE release_id = 7")
    assert "is not the one that was followed" in await refusal(here)
    await follow_in_a_new_epoch(here)
    await change_london(here)
    await here.until_equal()


@pytest.mark.usefixtures("long")
async def test_a_transaction_that_was_prepared_before_kill_and_restart_shows_when_it_commits(
    here: World, place: Place
) -> None:
    producer = await follow(here)
    await run(
        here,
        "XA START 'kept'",
        "UPDATE `release` SET title = 'Prepared' WHERE release_id = 7",
        "XA END 'kept'",
        "XA PREPARE 'kept'",
    )
    await run(here, "UPDATE `release` SET title = 'Committed' WHERE release_id = 8")
    await here.until_equal()
    producer.kill()
    await producer.wait()
    await place.stand(place.first)
    await here.start("services.producer")
    await run(here, "UPDATE `release` SET title = 'Meanwhile' WHERE release_id = 9")
    await here.until_equal()
    await run(here, "XA COMMIT 'kept'")
    await here.until_equal()


@pytest.fixture
async def shared(
    kafka: Kafka, any_london_server: Database, region_server: Database, tmp_path: Path
) -> AsyncIterator[World]:
    """A world in which London's server goes on for other tests."""
    async with world(kafka.bootstrap, any_london_server.root, region_server.root, tmp_path) as made:
        await fill(made, ALBUMS)
        yield made


async def test_transactions_of_other_origins_are_followed_and_resumed_after(shared: World) -> None:
    """Other domains of MariaDB, other servers of MySQL, with gaps in their numbers."""
    producer = await follow(shared)
    await change_from_elsewhere(shared)
    await shared.until_equal()
    await stop(producer)
    await change_from_elsewhere(shared)
    await shared.start("services.producer")
    await shared.until_equal()
    await change_from_elsewhere(shared)
    await change_london(shared)
    await shared.until_equal()
    assert '"epoch":1' not in shared.logs()


async def change_from_elsewhere(world: World) -> None:
    """Three transactions, of two origins that London's server has not seen."""
    async with world.in_london() as london:
        [(release,)] = await mysql.rows(london, "SELECT VERSION()")
        is_mariadb = "MariaDB" in release
        for release_id, identity in enumerate(of_domains() if is_mariadb else of_servers(), start=1):
            for statement in identity:
                await london.query(statement)
            await london.query(f"UPDATE `release` SET title = UUID() WHERE release_id = {release_id}")


Identity = list[str]
"""What gives a session's next transaction its identity."""


def of_domains() -> list[Identity]:
    """As MariaDB has them, with a gap in the numbers of one domain."""
    one, other = random.sample(range(1, 2**32), 2)
    return [
        [f"SET SESSION gtid_domain_id = {domain}", f"SET SESSION gtid_seq_no = {number}"]
        for domain, number in ((one, 5), (other, 1), (one, 9))
    ]


def of_servers() -> list[Identity]:
    """As MySQL has them, with a gap in the numbers of one server."""
    one, other = uuid4(), uuid4()
    return [[f"SET gtid_next = '{server}:{number}'"] for server, number in ((one, 5), (other, 1), (one, 9))]


@pytest.fixture
async def with_tags(
    kafka: Kafka, new_mysql_london_server: Database, region_server: Database, tmp_path: Path
) -> AsyncIterator[World]:
    async with world(kafka.bootstrap, new_mysql_london_server.root, region_server.root, tmp_path) as made:
        await fill(made, ALBUMS)
        yield made


async def test_tagged_transactions_are_followed_and_resumed_after(with_tags: World) -> None:
    producer = await follow(with_tags)
    await change_with_tags(with_tags)
    await with_tags.until_equal()
    await stop(producer)
    await change_with_tags(with_tags)
    await with_tags.start("services.producer")
    await with_tags.until_equal()
    await change_with_tags(with_tags)
    await with_tags.until_equal()
    assert ":nightly:" in str(await position(with_tags))


async def change_with_tags(world: World) -> None:
    """A tag of the server's own numbers, and one of another server's, with a gap."""
    await run(
        world,
        "SET gtid_next = 'AUTOMATIC:nightly'",
        "UPDATE `release` SET title = UUID() WHERE release_id = 1",
        f"SET gtid_next = '{uuid4()}:nightly:5'",
        "UPDATE `release` SET title = UUID() WHERE release_id = 2",
        "SET gtid_next = AUTOMATIC",
    )

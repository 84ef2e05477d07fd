"""Servers that go away, lose their binlog or are set up unfit: followed again, or refused with a sentence."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.embedded.database import DatabaseFiles, DatabaseServer, Login, Role
from deploy.embedded.mariadb import MariaDBServer
from deploy.embedded.mysql import MySQLServer
from deploy.embedded.ports import free_port
from deploy.embedded.running import running
from services.producer.binlog import Heartbeat, Transaction
from services.producer.replication import commit_time, stream
from services.producer.source_checks import check_source, purged
from shared import mysql
from shared.errors import DatabaseAway, SourceUnfit
from shared.position import Position
from tests.integration.binlog_london import DEADLINE_S, London, london_on, new_london
from tests.servers import Database
from tests.waiting import until

WANTED = {"price": ["track_id"]}
CREATE = "CREATE TABLE price (track_id INT PRIMARY KEY)"


@pytest.fixture(params=[MariaDBServer, MySQLServer], scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> DatabaseServer:
    """A London of this module's own, to be stopped and spoiled."""
    kind: type[DatabaseServer] = request.param
    files: DatabaseFiles = request.getfixturevalue(f"{kind.title.lower()}_programs")
    return kind(files, tmp_path_factory.mktemp(kind.title), free_port(), Role.LONDON, durable=False)


@pytest.fixture(scope="module")
async def login(server: DatabaseServer) -> AsyncIterator[Login]:
    async with running(server, server.folder / "log"):
        yield server.root


@pytest.fixture
async def london(login: Login) -> AsyncIterator[London]:
    async with london_on(login) as found:
        await found.run(CREATE)
        yield found


async def next_ids(items: AsyncIterator[Transaction | Heartbeat]) -> object:
    """The keys that the next transaction touched."""
    async with asyncio.timeout(DEADLINE_S):
        while isinstance(item := await anext(items), Heartbeat):
            pass
    return item.touched.get("price", {}).get("track_id")


async def test_a_checksum_that_is_switched_while_following_is_followed(london: London) -> None:
    async with aclosing(stream(london.producer, await london.position(), WANTED, 7003)) as items:
        for track_id, checksum in enumerate(["NONE", "CRC32"]):
            await london.run(f"SET GLOBAL binlog_checksum = '{checksum}'", f"INSERT INTO price VALUES ({track_id})")
            assert await next_ids(items) == {track_id}


async def test_a_binlog_without_checksums_is_followed(london: London) -> None:
    await london.run("SET GLOBAL binlog_checksum = 'NONE'")
    try:
        async with asyncio.timeout(DEADLINE_S):
            [found] = await london.told("INSERT INTO price VALUES (7)", wanted=WANTED)
            assert found.touched == {"price": {"track_id": {7}}}
            async with aclosing(stream(london.producer, await london.position(), WANTED, 7003)) as items:
                assert await anext(items) == Heartbeat()
    finally:
        await london.run("SET GLOBAL binlog_checksum = 'CRC32'")


async def purge(london: London) -> None:
    """Leaves only the newest file of the binlog; a server keeps some for a moment longer."""
    async with asyncio.timeout(DEADLINE_S):
        while len(files := await london.rows("SHOW BINARY LOGS")) > 1:
            await london.run(f"PURGE BINARY LOGS TO '{files[-1][0]}'")


async def test_what_was_purged_is_refused(london: London) -> None:
    start = await london.position()
    await london.run("INSERT INTO price VALUES (1)", "FLUSH BINARY LOGS", "INSERT INTO price VALUES (2)")
    kept = await london.position()
    await london.run("FLUSH BINARY LOGS")
    await purge(london)

    async with mysql.connection(london.producer) as connection:
        assert await purged(connection, london.instance, start)
        assert not await purged(connection, london.instance, kept)
    async with aclosing(stream(london.producer, start, WANTED, 7003)) as items:
        with pytest.raises(SourceUnfit, match=r"does not send what follows .*purged"):
            await next_ids(items)


async def test_a_position_that_the_server_never_had_is_refused(london: London) -> None:
    for track_id in range(9):
        await london.run(f"INSERT INTO price VALUES ({track_id})")
    start = await london.position()
    await london.run("RESET MASTER" if london.instance.is_mariadb or "8.0" in london.instance.version else RESET)
    await london.run("INSERT INTO price VALUES (10)")

    async with aclosing(stream(london.producer, start, WANTED, 7003)) as items:
        with pytest.raises(SourceUnfit, match="does not send what follows"):
            await next_ids(items)


@pytest.fixture
async def replica(server: DatabaseServer, tmp_path: Path) -> AsyncIterator[Login]:
    """A server that may come to take London's place."""
    other = replace(server, folder=tmp_path, port=free_port(), server_id=2, overrides={"log-slave-updates": "ON"})
    async with running(other, tmp_path / "log"):
        yield other.root


async def test_a_replica_has_londons_transactions_at_their_time(login: Login, london: London, replica: Login) -> None:
    """So one that takes London's place is known again, and followed on in a new epoch."""
    start = await london.position()
    [inserted] = await london.told("INSERT INTO price VALUES (1)", wanted=WANTED)
    await until(lambda: is_past(london, inserted.time + 1))

    async with new_london(replica) as taking_over:
        await taking_over.run(*replicating(login, taking_over, start))
        await taking_over.run(f"CREATE DATABASE {london.root.database}", f"CREATE TABLE {london.root.database}.{TABLE}")
        await taking_over.run(START[taking_over.instance.is_mariadb])
        await until(lambda: has(taking_over, inserted.position))
        position = await taking_over.position()
        assert await commit_time(taking_over.root, position, inserted.position, 7003) == inserted.time
        assert taking_over.instance.id != london.instance.id


async def is_past(london: London, time: int) -> bool:
    return await london.rows("SELECT UNIX_TIMESTAMP()") > [(time,)]


async def has(london: London, position: Position) -> bool:
    return (await london.position()).contains(position)  # type: ignore[arg-type]  # of the same kind of server


TABLE = CREATE.removeprefix("CREATE TABLE ")
START = {True: "START SLAVE", False: "START REPLICA"}


def replicating(source: Login, replica: London, start: Position) -> list[str]:
    """What makes a new server replicate all that follows `start`."""
    if replica.instance.is_mariadb:
        return [
            "SET SESSION sql_log_bin = 0",
            "RESET MASTER",
            f"SET GLOBAL gtid_slave_pos = '{start}'",
            f"CHANGE MASTER TO MASTER_HOST = '{source.host}', MASTER_PORT = {source.port}, "
            f"MASTER_USER = '{source.user}', MASTER_PASSWORD = '{source.password}', MASTER_SSL = 0, "
            "MASTER_USE_GTID = slave_pos",
        ]
    return [
        "SET SESSION sql_log_bin = 0",
        f"SET GLOBAL gtid_purged = '+{start}'",
        f"CHANGE REPLICATION SOURCE TO SOURCE_HOST = '{source.host}', SOURCE_PORT = {source.port}, SOURCE_USER = "
        f"'{source.user}', SOURCE_PASSWORD = '{source.password}', SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1",
    ]


RESET = "RESET BINARY LOGS AND GTIDS"
"""As MySQL calls it from 8.4 on."""


@pytest.mark.parametrize(
    ("name", "value"),
    [("binlog_format", "STATEMENT"), ("binlog_row_image", "MINIMAL"), ("binlog_row_metadata", "MINIMAL")],
)
async def test_an_unfit_setting_is_named_with_what_to_do(london: London, name: str, value: str) -> None:
    [(before,)] = await london.rows(f"SELECT @@GLOBAL.{name}")
    await london.run(f"SET GLOBAL {name} = '{value}'")
    try:
        async with mysql.connection(london.producer) as connection:
            [sentence] = await check_source(connection, london.instance, WANTED)
        assert sentence.startswith(f"{name} is {value} and must be")
        assert f"SET GLOBAL {name} = " in sentence
    finally:
        await london.run(f"SET GLOBAL {name} = '{before}'")


async def test_rows_whose_columns_have_no_names_ask_for_a_sweep(london: London) -> None:
    await london.run("SET GLOBAL binlog_row_metadata = 'MINIMAL'")
    try:
        [found] = await london.told("INSERT INTO price VALUES (1)", wanted=WANTED)
        assert "SET GLOBAL binlog_row_metadata = 'FULL'" in str(found.sweep)
    finally:
        await london.run("SET GLOBAL binlog_row_metadata = 'FULL'")


async def test_identities_that_mean_nothing_are_named(london: London) -> None:
    is_mariadb = london.instance.is_mariadb
    unfit, fit = ("gtid_strict_mode = OFF", "ON") if is_mariadb else ("gtid_mode = ON_PERMISSIVE", "ON")
    await london.run(f"SET GLOBAL {unfit}")
    try:
        async with mysql.connection(london.producer) as connection:
            [sentence] = await check_source(connection, london.instance, WANTED)
        assert sentence.startswith(unfit.replace("=", "is"))
    finally:
        await london.run(f"SET GLOBAL {unfit.split()[0]} = {fit}")


async def test_a_server_without_a_binlog_is_named(region_server: Database) -> None:
    async with london_on(region_server.root) as region:
        await region.run(CREATE)
        async with mysql.connection(region.producer) as connection:
            found = await check_source(connection, region.instance, WANTED)

    assert any(sentence.startswith("log_bin is OFF and must be ON") for sentence in found)


async def test_a_replica_is_fit_only_if_it_logs_what_it_replicates(london: London) -> None:
    is_mariadb = london.instance.is_mariadb
    await london.run(
        "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = 1"
        if is_mariadb
        else "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = 1"
    )
    try:
        async with mysql.connection(london.producer) as connection:
            found = await check_source(connection, london.instance, WANTED)
    finally:
        await london.run("RESET REPLICA ALL")

    # MySQL's replicas do by default.
    assert [sentence.split(",")[0] for sentence in found] == ["log_slave_updates is OFF on a replica"] * is_mariadb


@pytest.fixture
def filtered(server: DatabaseServer, tmp_path: Path) -> DatabaseServer:
    """Another London, which leaves a schema out of its binlog."""
    overrides = {"binlog-ignore-db": "elsewhere"}
    return type(server)(server.files, tmp_path, free_port(), Role.LONDON, durable=False, overrides=overrides)


async def test_a_filtered_binlog_is_named(filtered: DatabaseServer) -> None:
    async with running(filtered, filtered.folder / "log"), london_on(filtered.root) as london:
        await london.run(CREATE)
        async with mysql.connection(london.producer) as connection:
            [sentence] = await check_source(connection, london.instance, WANTED)

    assert "binlog_ignore_db 'elsewhere'" in sentence


async def test_a_server_that_stops_or_freezes_is_away_and_followed_on_when_it_is_back(
    server: DatabaseServer, tmp_path: Path
) -> None:
    another = type(server)(server.files, tmp_path, free_port(), Role.LONDON, durable=False)
    async with running(another, tmp_path / "log"), new_london(another.root) as london:
        await london.run(CREATE, "INSERT INTO price VALUES (1)")
        start = await london.position()
        items = stream(london.producer, start, WANTED, 7003)
        assert await anext(items) == Heartbeat()
    with pytest.raises(DatabaseAway):
        await next_ids(items)

    async with running(another, tmp_path / "log") as process, mysql.connection(london.root) as session:
        again = replace(london, sessions=[session])
        await again.run("INSERT INTO price VALUES (2)")
        async with aclosing(stream(london.producer, start, WANTED, 7003, silence_s=2)) as items:
            assert await next_ids(items) == {2}
            os.kill(process.pid, signal.SIGSTOP)
            try:
                with pytest.raises(DatabaseAway):
                    await next_ids(items)
            finally:
                os.kill(process.pid, signal.SIGCONT)
        # MySQL takes its time to stop while it sends its binlog.
        await again.left_alone()

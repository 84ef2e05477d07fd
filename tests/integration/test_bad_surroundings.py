"""What is wrong around a service is said in one sentence that names it and what to do; exit code 2, or 1 for London."""

import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.embedded.database import Role
from deploy.embedded.mariadb import MariaDBServer
from services.persister.schema import apply_schema
from shared import mysql
from tests.integration.databases import rows
from tests.replication import TOPIC_NAMES, World, fill, remove_topics, world
from tests.servers import Database, Kafka, database


@pytest.fixture
async def here(kafka: Kafka, london_server: Database, region_server: Database, tmp_path: Path) -> AsyncIterator[World]:
    async with world(kafka.bootstrap, london_server.root, region_server.root, tmp_path) as made:
        yield made


async def refusal(world: World, module: str, **settings: str) -> tuple[int | None, str]:
    """The exit code of a service that cannot run, and its log."""
    process = await world.start(module, **settings)
    code = await process.wait()
    return code, world.logs()


async def test_a_wrong_password_names_the_account(here: World) -> None:
    code, log = await refusal(here, "services.persister", CROSSFADE_REGION_PASSWORD="wrong")
    assert code == 2
    assert f"root@127.0.0.1:{here.region.port}" in log
    assert "check the account, its password and its grants" in log


async def test_a_missing_setting_is_named_with_what_it_is_for(here: World) -> None:
    code, log = await refusal(here, "services.producer", CROSSFADE_PRODUCER_READERS="many")
    assert code == 2
    assert "CROSSFADE_PRODUCER_READERS is wrong" in log


async def test_a_mapping_that_is_not_there_is_named(here: World) -> None:
    code, log = await refusal(here, "services.producer", CROSSFADE_PRODUCER_MAPPING="nowhere")
    assert code == 2
    assert "no mapping at nowhere" in log


async def test_a_port_in_use_is_named(here: World) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, log = await refusal(here, "services.metadata", CROSSFADE_METADATA_PORT=str(port))
    assert code == 2
    assert f"cannot listen on 127.0.0.1:{port}" in log


async def test_a_region_that_takes_no_large_rows_says_what_to_set(here: World) -> None:
    async with mysql.connection(here.region) as connection:
        [(bytes_before,)] = await mysql.rows(connection, "SELECT @@GLOBAL.max_allowed_packet")
        await connection.query("SET GLOBAL max_allowed_packet = 4194304")
        try:
            code, log = await refusal(here, "services.persister")
        finally:
            await connection.query(f"SET GLOBAL max_allowed_packet = {bytes_before}")
    assert code == 2
    assert "SET GLOBAL max_allowed_packet = 16777216" in log


async def test_a_log_without_topics_says_who_makes_them(here: World) -> None:
    await remove_topics(here.log, TOPIC_NAMES)
    code, log = await refusal(here, "services.persister")
    assert code == 2
    assert "`crossfade provision` makes it" in log


async def test_an_older_program_does_not_touch_a_newer_schema(here: World) -> None:
    await apply_schema(here.region)
    async with mysql.connection(here.region) as connection:
        await connection.query("INSERT INTO schema_step VALUES (99, '0099_tomorrow.sql')")
    code, log = await refusal(here, "services.persister")
    assert code == 2
    assert "the region's schema is 99" in log


UNFIT = {
    "SET GLOBAL binlog_format = 'STATEMENT'": "binlog_format is STATEMENT and must be ROW",
    "SET GLOBAL gtid_strict_mode = OFF": "gtid_strict_mode is OFF and must be ON",
    "SET GLOBAL binlog_row_image = 'MINIMAL'": "binlog_row_image is MINIMAL and must be FULL",
}


@pytest.fixture(scope="module")
async def spoilt_london(request: pytest.FixtureRequest, servers_folder: Path) -> AsyncIterator[Database]:
    async with database(request, MariaDBServer, servers_folder / "spoilt", Role.LONDON) as server:
        for statement in UNFIT:
            await rows(server.root, statement)
        yield server


async def test_a_london_that_would_lose_changes_is_refused_with_what_to_set(
    kafka: Kafka, spoilt_london: Database, region_server: Database, tmp_path: Path
) -> None:
    async with world(kafka.bootstrap, spoilt_london.root, region_server.root, tmp_path) as made:
        await fill(made, 1)
        code, log = await refusal(made, "services.producer")
    assert code == 1
    assert [reason for reason in UNFIT.values() if reason not in log] == []
    assert "SET GLOBAL gtid_strict_mode = ON" in log


async def test_a_london_without_a_binlog_is_refused(kafka: Kafka, region_server: Database, tmp_path: Path) -> None:
    async with world(kafka.bootstrap, region_server.root, region_server.root, tmp_path) as made:
        code, log = await refusal(made, "services.producer")
    assert code == 1
    assert "log_bin is OFF and must be ON" in log

"""The embedded servers, as tests and the supervisor use them."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.embedded.database import DatabaseFiles, Role
from deploy.embedded.errors import ServerFailed
from deploy.embedded.kafka import KafkaFiles, KafkaServer
from deploy.embedded.mariadb import MariaDBServer
from deploy.embedded.ports import LOOPBACK, free_port, free_ports
from deploy.embedded.ready import asked_until_true
from deploy.embedded.running import Server, running
from tests.integration.databases import rows, value
from tests.servers import Database, Kafka

PREPARE = """
import sys
from pathlib import Path
from deploy.embedded.database import DatabaseFiles, Role
from deploy.embedded.mariadb import MariaDBServer
MariaDBServer(DatabaseFiles(*map(Path, sys.argv[1:4])), Path(sys.argv[4]), 1, Role.LONDON).prepare()
"""


@pytest.fixture
def kafka_in(kafka_programs: KafkaFiles) -> Callable[[Path], KafkaServer]:
    """Makes a Kafka with its data in a folder."""

    def make(folder: Path) -> KafkaServer:
        port, controller_port = free_ports(2)
        return KafkaServer(kafka_programs, folder, port, controller_port)

    return make


@pytest.fixture
def london_in(mariadb_programs: DatabaseFiles) -> Callable[[Path], MariaDBServer]:
    """Makes a London with its data in a folder."""
    return lambda folder: MariaDBServer(mariadb_programs, folder, free_port(), Role.LONDON)


@asynccontextmanager
async def administering(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """A client for topics."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def make_topic(bootstrap: str) -> str:
    """A new topic of one partition."""
    topic = f"test-{uuid4()}"
    async with administering(bootstrap) as admin:
        await admin.create_topics([NewTopic(topic, 1, 1)])
    return topic


async def publish(bootstrap: str, topic: str, message: bytes) -> None:
    """Publish one message."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, max_request_size=len(message) + 1000) as producer:
        await producer.send_and_wait(topic, message)


async def first_message(bootstrap: str, topic: str) -> object:
    """The oldest message of a topic."""
    async with AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        return (await asyncio.wait_for(consumer.getone(), 30)).value


async def test_kafka_takes_a_message_of_8_mib_and_gives_it_back(kafka: Kafka) -> None:
    message = os.urandom(8 * 1024 * 1024)
    topic = await make_topic(kafka.bootstrap)
    await publish(kafka.bootstrap, topic, message)
    assert await first_message(kafka.bootstrap, topic) == message


async def test_kafka_makes_no_topic_that_nobody_asked_for(kafka: Kafka) -> None:
    async with administering(kafka.bootstrap) as admin:
        await admin.describe_topics(["never-made"])
        assert "never-made" not in await admin.list_topics()


async def test_a_killed_kafka_comes_back_with_its_messages_and_as_the_same_cluster(
    kafka_in: Callable[[Path], KafkaServer], tmp_path: Path
) -> None:
    before = kafka_in(tmp_path)
    async with running(before, tmp_path / "log") as process:
        topic = await make_topic(before.bootstrap)
        await publish(before.bootstrap, topic, b"kept")
        cluster = before.found_cluster_id()
        os.kill(process.pid, signal.SIGKILL)
    after = kafka_in(tmp_path)
    async with running(after, tmp_path / "log"):
        assert after.found_cluster_id() == cluster
        assert await first_message(after.bootstrap, topic) == b"kept"


async def test_kafka_refuses_the_data_of_another_cluster(kafka_programs: KafkaFiles, tmp_path: Path) -> None:
    KafkaServer(kafka_programs, tmp_path, 1, 2, cluster_id="one-cluster-of-22-char").prepare()
    with pytest.raises(ServerFailed, match="one-cluster-of-22-char"):
        KafkaServer(kafka_programs, tmp_path, 1, 2, cluster_id="another-cluster-22-cha").prepare()


async def test_london_writes_whole_rows_with_names_to_its_binlog_under_strict_gtids(london_server: Database) -> None:
    names = ("log_bin", "binlog_format", "binlog_row_image", "binlog_row_metadata", "gtid_strict_mode", "sync_binlog")
    found = [await value(london_server.root, f"@@global.{name}") for name in names]
    assert found == [1, "ROW", "FULL", "FULL", 1, 1]


async def test_a_region_writes_no_binlog(region_server: Database) -> None:
    assert await value(region_server.root, "@@global.log_bin") == 0


async def test_databases_speak_utf8mb4_and_utc(london_server: Database, region_server: Database) -> None:
    names = ("@@global.character_set_server", "@@global.time_zone", "TIMEDIFF(NOW(), UTC_TIMESTAMP()) = 0")
    for server in (london_server, region_server):
        assert [await value(server.root, name) for name in names] == ["utf8mb4", "+00:00", 1]


async def test_a_new_database_has_no_accounts_without_a_password_and_no_binlog_entries(
    london_in: Callable[[Path], MariaDBServer], tmp_path: Path
) -> None:
    server = london_in(tmp_path)
    async with running(server, tmp_path / "log"):
        anyone = "SELECT user FROM mysql.user WHERE authentication_string = '' AND plugin = 'mysql_native_password'"
        assert await rows(server.root, anyone) == [("mariadb.sys",)]
        assert await value(server.root, "@@global.gtid_binlog_pos") == ""


async def test_the_password_of_root_is_for_its_owner_alone(
    london_in: Callable[[Path], MariaDBServer], tmp_path: Path
) -> None:
    server = london_in(tmp_path)
    await asyncio.to_thread(server.prepare)
    assert server.password_file.stat().st_mode & 0o777 == 0o600
    assert len(server.root.password) > 20
    assert server.root.password not in " ".join(server.command())
    assert names_in(tmp_path) == {"data", "data.lock", "root-password", "tmp"}


async def test_a_killed_database_comes_back_with_its_rows_and_its_password(
    london_in: Callable[[Path], MariaDBServer], tmp_path: Path
) -> None:
    before = london_in(tmp_path)
    async with running(before, tmp_path / "log") as process:
        for statement in ("CREATE DATABASE shop", "CREATE TABLE shop.t (id INT)", "INSERT INTO shop.t VALUES (7)"):
            await rows(before.root, statement)
        os.kill(process.pid, signal.SIGKILL)
    after = london_in(tmp_path)
    async with running(after, tmp_path / "log"):
        assert after.root.password == before.root.password
        assert await rows(after.root, "SELECT id FROM shop.t") == [(7,)]


async def test_servers_run_in_a_folder_with_a_long_path_of_odd_characters(
    kafka_in: Callable[[Path], KafkaServer], london_in: Callable[[Path], MariaDBServer], tmp_path: Path
) -> None:
    folder = tmp_path / f"Jürgen's [folder] {'long' * 30}"
    london = london_in(folder / "london")
    async with running(kafka_in(folder / "kafka"), tmp_path / "log"), running(london, tmp_path / "log"):
        assert await value(london.root, "1") == 1


def names_in(folder: Path) -> set[str]:
    """What is in a folder."""
    return {path.name for path in folder.iterdir()}


def installing(folder: Path) -> bool:
    """Whether the data of a database is being made."""
    return any(folder.glob("data.part-*/*"))


async def test_a_preparation_that_was_killed_is_made_anew(
    mariadb_programs: DatabaseFiles, london_in: Callable[[Path], MariaDBServer], tmp_path: Path
) -> None:
    paths = (mariadb_programs.server, mariadb_programs.client, mariadb_programs.dump, tmp_path / "london")
    command = await asyncio.create_subprocess_exec(sys.executable, "-c", PREPARE, *paths)
    await asked_until_true(partial(asyncio.to_thread, installing, tmp_path / "london"))
    command.kill()
    await command.wait()
    server = london_in(tmp_path / "london")
    async with running(server, tmp_path / "log"):
        assert await value(server.root, "1") == 1


@pytest.mark.parametrize("kind", ["kafka", "london"])
async def test_a_port_in_use_is_told_with_the_end_of_the_log(
    kind: str,
    kafka_programs: KafkaFiles,
    mariadb_programs: DatabaseFiles,
    tmp_path: Path,
) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        server: Server = (
            KafkaServer(kafka_programs, tmp_path, port, free_port())
            if kind == "kafka"
            else MariaDBServer(mariadb_programs, tmp_path, port, Role.LONDON)
        )
        with pytest.raises(ServerFailed, match=r"(?s)ended as it started.*Another program listens.*already in use"):
            async with running(server, tmp_path / "log"):
                pass


async def test_a_server_that_is_not_ready_in_time_is_ended_and_its_log_shown(
    london_in: Callable[[Path], MariaDBServer], tmp_path: Path
) -> None:
    with pytest.raises(ServerFailed, match=r"(?s)not ready within 0.001 s.*The end of"):
        async with running(london_in(tmp_path), tmp_path / "log", ready_s=0.001):
            pass


async def test_a_folder_that_cannot_be_made_is_told_with_what_to_do(
    london_in: Callable[[Path], MariaDBServer], kafka_in: Callable[[Path], KafkaServer], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    for server in (london_in(tmp_path / "file/london"), kafka_in(tmp_path / "file/kafka")):
        with pytest.raises(ServerFailed, match="Make room or mend permissions"):
            server.prepare()

"""Provisioning real servers: what it makes, and that each account may do its work and nothing else."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pydantic import SecretStr

from deploy.provision.databases import grant, provision_region, region_script
from deploy.provision.main import Part, provision
from deploy.provision.statements import split
from deploy.provision.topics import Topic, create_missing, topics
from deploy.supervisor.folder import Folder
from services.persister.schema import apply_schema
from services.producer.replication import stream
from services.producer.source import CONVERSIONS, MomentReader, identify
from services.producer.source_checks import check_source
from shared import kafka as log
from shared import mysql
from shared.errors import Unusable
from shared.position import MariaDBPosition, MySQLPosition
from shared.settings import KafkaSettings, LondonSettings, RegionSettings
from tests.servers import Database, Kafka
from tests.waiting import until

# A server in a container does not see who connects as 127.0.0.1.
HOSTS = "%"
ACCOUNTS = "SELECT user, host FROM mysql.user WHERE user LIKE 'crossfade%'"
WATCHED = {"album": ["id"]}


S = TypeVar("S", RegionSettings, LondonSettings)


def password(account: str) -> str:
    return f"secret-of-{account}"


@pytest.fixture
async def region(any_region_server: Database) -> AsyncIterator[RegionSettings]:
    """Who may do everything on a server, and the name of a database that is not there yet."""
    settings = owner(RegionSettings, any_region_server, f"region_{uuid4().hex}")
    yield settings
    await forget(settings)


@pytest.fixture
async def london(any_london_server: Database) -> AsyncIterator[LondonSettings]:
    """The same of London, where the database is there with a table."""
    settings = owner(LondonSettings, any_london_server, f"london_{uuid4().hex}")
    async with mysql.connection(settings, database=None) as connection:
        await connection.query(f"CREATE DATABASE `{settings.database}`")
        await connection.query(f"CREATE TABLE `{settings.database}`.album (id INT PRIMARY KEY)")
    yield settings
    await forget(settings)


def owner(kind: type[S], server: Database, database: str) -> S:
    """Who may do everything."""
    root = server.root
    return kind(host=root.host, port=root.port, user=root.user, password=SecretStr(root.password), database=database)


async def forget(root: S) -> None:
    """Leaves nothing behind on a server that other tests use."""
    async with mysql.connection(root, database=None) as connection:
        await connection.query(f"DROP DATABASE IF EXISTS `{root.database}`")
    await forget_accounts(root)


def account(server: S, name: str) -> S:
    """The same server for an account of Crossfade's."""
    name = f"crossfade_{name}"
    return server.model_copy(update={"user": name, "password": SecretStr(password(name))})


async def may(server: RegionSettings | LondonSettings, statement: str) -> bool:
    """Whether an account may do it. That it may, and fails for another reason, is an error."""
    async with mysql.connection(server) as connection:
        try:
            with mysql.translated(server):
                await connection.query(statement)
        except Unusable:
            return False
    return True


async def test_provisioning_a_region_makes_its_schema_and_may_be_repeated(region: RegionSettings) -> None:
    await provision_region(region, HOSTS, password)
    await provision_region(region, HOSTS, password)
    assert await apply_schema(region) == []


@pytest.mark.parametrize(
    ("name", "reads"),
    [
        ("metadata", {"generation", "track_metadata", "album_metadata", "artist"}),
        ("availability", {"generation", "track_availability", "album_availability"}),
        ("gateway", {"client", "quota_day", "quota_lease"}),
        ("compare", {"track_metadata", "track_availability", "client"}),
        ("status", {"next_offset", "parked", "album", "artist", "client"}),
    ],
)
async def test_an_account_reads_its_tables_and_no_others(region: RegionSettings, name: str, reads: set[str]) -> None:
    await provision_region(region, HOSTS, password)
    async with mysql.connection(region) as connection:
        tables = [table for (table,) in await mysql.rows(connection, "SHOW TABLES")]
    assert {table for table in tables if await may(account(region, name), f"SELECT 1 FROM {table}")} == reads


async def test_the_status_sees_versions_of_documents_and_nothing_in_them(region: RegionSettings) -> None:
    await provision_region(region, HOSTS, password)
    status = account(region, "status")
    for table in ("album", "artist", "client"):
        assert await may(status, f"SELECT {table}_id, version FROM {table}")
        assert not await may(status, f"SELECT digest FROM {table}")


@pytest.mark.parametrize("name", ["metadata", "availability", "compare", "status"])
async def test_who_reads_may_not_write(region: RegionSettings, name: str) -> None:
    await provision_region(region, HOSTS, password)
    for table in ("generation", "track_metadata", "track_availability", "next_offset"):
        assert not await may(account(region, name), f"DELETE FROM {table}")


async def test_the_gateway_counts_limits_and_cannot_change_clients(region: RegionSettings) -> None:
    await provision_region(region, HOSTS, password)
    gateway = account(region, "gateway")
    assert await may(gateway, "INSERT INTO quota_day VALUES (1, UTC_DATE(), 0, NULL)")
    assert await may(gateway, "SELECT granted FROM quota_day WHERE client_id = 1 FOR UPDATE")
    assert await may(gateway, "UPDATE quota_day SET granted = 1")
    assert await may(gateway, "DELETE FROM quota_day")
    assert not await may(gateway, "UPDATE client SET daily_limit = NULL")


async def test_the_persister_stores_and_adds_to_the_schema_and_drops_nothing(region: RegionSettings) -> None:
    await provision_region(region, HOSTS, password)
    persister = account(region, "persister")
    assert await apply_schema(persister) == []
    assert await may(persister, "INSERT INTO album_metadata VALUES (1, 1, '{}')")
    assert await may(persister, "ALTER TABLE album_metadata ADD COLUMN more INT")
    assert not await may(persister, "DROP TABLE album_metadata")


async def test_an_account_may_do_nothing_in_another_database_of_a_similar_name(region: RegionSettings) -> None:
    await provision_region(region, HOSTS, password)
    similar = region.model_copy(update={"database": region.database.replace("_", "x")})
    async with mysql.connection(similar, database=None) as connection:
        await connection.query(f"CREATE DATABASE {similar.database}")
        try:
            assert not await may(account(region, "persister"), f"CREATE TABLE {similar.database}.t (id INT)")
        finally:
            await connection.query(f"DROP DATABASE {similar.database}")


async def test_provisioning_again_with_other_passwords_changes_them(region: RegionSettings) -> None:
    await provision_region(region, HOSTS, lambda _: "the-old-one")
    await provision_region(region, HOSTS, password)
    assert await may(account(region, "metadata"), "SELECT 1")


async def test_an_account_is_let_in_from_the_named_hosts_only(region: RegionSettings) -> None:
    await provision_region(region, "10.1.%", password)
    with pytest.raises(Unusable, match="crossfade_metadata@127"):
        await may(account(region, "metadata"), "SELECT 1")


async def test_passwords_are_made_up_once_and_kept_for_the_owner_alone(
    region: RegionSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROSSFADE_REGION_PORT", str(region.port))
    monkeypatch.setenv("CROSSFADE_REGION_USER", region.user)
    monkeypatch.setenv("CROSSFADE_REGION_PASSWORD", region.password.get_secret_value())
    monkeypatch.setenv("CROSSFADE_REGION_DATABASE", region.database)
    folder = Folder(tmp_path / ".crossfade")
    await provision(Part.REGION, folder)
    kept = {file.name: file.read_text() for file in folder.secrets.iterdir()}
    await provision(Part.REGION, folder)
    assert {file.name: file.read_text() for file in folder.secrets.iterdir()} == kept
    assert {file.stat().st_mode & 0o777 for file in folder.secrets.iterdir()} == {0o600}
    gateway = {"user": "crossfade_gateway", "password": SecretStr(kept["crossfade_gateway"])}
    assert await may(region.model_copy(update=gateway), "SELECT 1 FROM client")


async def test_what_is_printed_makes_the_same_as_provisioning_does(region: RegionSettings) -> None:
    async with mysql.connection(region, database=None) as connection:
        await connection.query("SET SESSION sql_notes = 0")
        for statement in split(region_script(region.database, HOSTS)):
            await connection.query(statement)
        by_hand = await grants(region)
        await forget_accounts(region)
    assert await apply_schema(region) == []
    await provision_region(region, HOSTS, lambda account: f"<password of {account}>")
    assert await grants(region) == by_hand


async def test_the_producers_account_can_follow_london(london: LondonSettings) -> None:
    await grant(london, "london", HOSTS, password)
    producer = account(london, "producer")
    async with mysql.connection(producer, conv=CONVERSIONS) as connection:
        instance = await identify(connection)
        assert await check_source(connection, instance, WATCHED) == []
        start = (await MomentReader(connection, instance).read()).position
    assert isinstance(start, MariaDBPosition | MySQLPosition)
    async with mysql.connection(london) as connection:
        await connection.query("INSERT INTO album VALUES (1)")
    changes = stream(producer, start, WATCHED, server_id=99)
    assert await anext(changes)
    await changes.aclose()


async def test_nobody_of_crossfade_can_write_to_london(london: LondonSettings) -> None:
    for template, name in (("london", "producer"), ("origin", "origin")):
        await grant(london, template, HOSTS, password)
        assert await may(account(london, name), "SELECT 1 FROM album")
        for statement in ("INSERT INTO album VALUES (2)", "DELETE FROM album", "DROP TABLE album", "TRUNCATE album"):
            assert not await may(account(london, name), statement)


async def test_topics_are_made_once(kafka: Kafka) -> None:
    wanted = [replace(topic, name=f"{topic.name}.{uuid4().hex}") for topic in topics(partitions=2, brokers=1)]
    async with log.admin(KafkaSettings(bootstrap=kafka.bootstrap)) as admin:
        assert set(await create_missing(admin, wanted)) == {topic.name for topic in wanted}
        assert await create_missing(admin, wanted) == []


async def test_a_topic_that_would_lose_messages_is_named_and_left_as_it_is(kafka: Kafka) -> None:
    short, missing = (f"catalogue.albums.{uuid4().hex}" for _ in range(2))
    wanted = [Topic(name, 1, 1, {"retention.ms": "-1"}) for name in (short, missing)]
    async with log.admin(KafkaSettings(bootstrap=kafka.bootstrap)) as admin:
        await admin.create_topics([NewTopic(short, 1, 1, topic_configs={"retention.ms": "1000"})])
        await until(lambda: is_listed(admin, short))
        with pytest.raises(Unusable, match=f"{short} has retention.ms=1000 and needs -1"):
            await create_missing(admin, wanted)
        assert missing not in await admin.list_topics()


async def is_listed(admin: AIOKafkaAdminClient, topic: str) -> bool:
    return topic in await admin.list_topics()


async def test_a_kafka_that_cannot_copy_as_often_as_wanted_says_so(kafka: Kafka) -> None:
    async with log.admin(KafkaSettings(bootstrap=kafka.bootstrap)) as admin:
        with pytest.raises(Unusable, match=r"cannot be made: .*replication factor"):
            await create_missing(admin, [Topic(f"three.{uuid4().hex}", 1, 3, {})])


async def forget_accounts(root: RegionSettings | LondonSettings) -> None:
    async with mysql.connection(root, database=None) as connection:
        for user, host in await mysql.rows(connection, ACCOUNTS):
            await connection.query(f"DROP USER '{user}'@'{host}'")


async def grants(server: RegionSettings) -> set[str]:
    """Every right of Crossfade's accounts."""
    async with mysql.connection(server, database=None) as connection:
        users = await mysql.rows(connection, ACCOUNTS)
        found = [await mysql.rows(connection, f"SHOW GRANTS FOR '{user}'@'{host}'") for user, host in users]
    return {line for lines in found for (line,) in lines}

"""How far the region is, read from a real log and a real region."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr

from deploy.embedded.kafka import KafkaFiles, KafkaServer
from deploy.embedded.ports import free_ports
from deploy.embedded.running import running
from deploy.provision.databases import CREATE_DATABASE
from deploy.provision.topics import create_topics
from deploy.supervisor.lag import Partition
from deploy.supervisor.progress import read_partitions
from services.persister.schema import apply_schema
from shared import kafka as log
from shared import mysql
from shared.settings import KafkaSettings, RegionSettings
from shared.wire import TOPICS
from tests.servers import Database

ALBUMS = TOPICS["album"]
HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
async def settings(kafka_programs: KafkaFiles, servers_folder: Path) -> AsyncIterator[KafkaSettings]:
    """A log of its own, since the topics' names are fixed; each has one partition."""
    port, controller_port = free_ports(2)
    server = KafkaServer(kafka_programs, servers_folder / "progress", port, controller_port)
    async with running(server, servers_folder / "progress.log"):
        settings = KafkaSettings(bootstrap=server.bootstrap)
        await create_topics(settings, 1)
        async with log.producer(settings) as producer:
            hour_ago = int(time.time() * 1000) - HOUR_MS
            await producer.send_and_wait(ALBUMS, b"{}", b"album/1", timestamp_ms=hour_ago)
            await producer.send_and_wait(ALBUMS, b"{}", b"album/2")
        yield settings


@pytest.fixture
async def region(region_server: Database) -> AsyncIterator[RegionSettings]:
    root = region_server.root
    region = RegionSettings(
        host=root.host,
        port=root.port,
        user=root.user,
        password=SecretStr(root.password),
        database=f"progress_{uuid4().hex}",
    )
    async with mysql.connection(region, database=None) as connection:
        await connection.query(CREATE_DATABASE.format(database=region.database))
        await apply_schema(region)
        yield region
        await connection.query(f"DROP DATABASE {region.database}")


async def stored(region: RegionSettings, next_offset: int, cluster_id: str, topic_id: str) -> None:
    """The region's row for the only partition of albums."""
    values = f"'{ALBUMS}', 0, '{cluster_id}', '{topic_id}', {next_offset}"
    async with mysql.connection(region) as connection:
        await connection.query(
            f"INSERT INTO next_offset (topic, partition_id, cluster_id, topic_id, next_offset) VALUES ({values})"
        )


async def albums(settings: KafkaSettings, region: RegionSettings) -> Partition:
    (found,) = (each for each in await read_partitions(settings, region) if each.topic == ALBUMS)
    return found


async def test_in_a_new_region_every_record_waits_since_the_first_was_written(
    settings: KafkaSettings, region: RegionSettings
) -> None:
    found = await albums(settings, region)
    assert (found.next_offset, found.end_offset) == (0, 2)
    assert found.oldest_s == pytest.approx(HOUR_MS / 1000, abs=60)


async def test_a_record_that_waits_is_as_old_as_it_itself_is(settings: KafkaSettings, region: RegionSettings) -> None:
    cluster_id, topic_ids = await log.identify(settings, [ALBUMS])
    await stored(region, 1, cluster_id, topic_ids[ALBUMS])
    found = await albums(settings, region)
    assert found.waiting == 1
    assert found.oldest_s == pytest.approx(0, abs=60)


async def test_where_all_is_stored_nothing_waits(settings: KafkaSettings, region: RegionSettings) -> None:
    cluster_id, topic_ids = await log.identify(settings, [ALBUMS])
    await stored(region, 2, cluster_id, topic_ids[ALBUMS])
    found = await albums(settings, region)
    assert (found.waiting, found.oldest_s) == (0, None)


async def test_offsets_in_another_log_say_nothing_about_this_one(
    settings: KafkaSettings, region: RegionSettings
) -> None:
    await stored(region, 2, "another-cluster", "another-topic")
    assert (await albums(settings, region)).waiting == 2

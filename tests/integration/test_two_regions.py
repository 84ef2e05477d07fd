"""Two regions that follow the same London, each with its own Kafka, database, services and lag."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from deploy.embedded.kafka import KafkaFiles, KafkaServer
from deploy.embedded.ports import free_port, free_ports
from deploy.embedded.process import ProcessId
from deploy.embedded.running import running
from deploy.supervisor.progress import FOLLOW_LAG
from shared.settings import KafkaSettings
from tests.admin import metric
from tests.changes import change_london
from tests.replication import World, fill, renew_log, world
from tests.servers import Database, Kafka
from tests.waiting import until

ALBUMS = 20
NOTICED_S = 20


@dataclass
class Region:
    """What runs for a region, and its producer's admin port."""

    world: World
    producer: int

    async def start(self) -> None:
        await self.world.start("services.persister")
        await self.world.start("services.producer", CROSSFADE_ADMIN_PORT=str(self.producer))

    async def lag_s(self) -> float:
        return await metric(self.producer, FOLLOW_LAG)

    async def lags(self) -> bool:
        return await self.lag_s() > 2


@pytest.fixture
async def one(kafka: Kafka, london_server: Database, region_server: Database, tmp_path: Path) -> AsyncIterator[Region]:
    async with world(kafka.bootstrap, london_server.root, region_server.root, tmp_path) as made:
        await fill(made, ALBUMS)
        yield Region(made, free_port())


@dataclass(frozen=True)
class OwnKafka:
    """A Kafka that may be made to hang."""

    bootstrap: str
    process: ProcessId

    def hang(self) -> None:
        os.kill(self.process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)


@pytest.fixture
async def other_kafka(kafka_programs: KafkaFiles, tmp_path: Path) -> AsyncIterator[OwnKafka]:
    port, controller_port = free_ports(2)
    server = KafkaServer(kafka_programs, tmp_path / "kafka", port, controller_port)
    async with running(server, tmp_path / "kafka.log") as process:
        own = OwnKafka(server.bootstrap, process)
        yield own
        own.go_on()


@pytest.fixture
async def other(one: Region, other_kafka: OwnKafka, tmp_path: Path) -> AsyncIterator[Region]:
    """Another region of the first one's London."""
    made = replace(
        one.world,
        log=KafkaSettings(bootstrap=other_kafka.bootstrap),
        region=one.world.region.model_copy(update={"database": f"{one.world.region.database}_other"}),
        folder=tmp_path / "other",
        processes=[],
    )
    made.folder.mkdir()
    await one.world.in_region(f"CREATE DATABASE {made.region.database}")
    await renew_log(made.log)
    yield Region(made, free_port())
    await made.end()


async def test_each_of_two_regions_equals_london_also_while_the_other_hangs(
    one: Region, other: Region, other_kafka: OwnKafka
) -> None:
    for region in (one, other):
        await region.start()
        await region.world.until_equal()
    await change_london(one.world)
    for region in (one, other):
        await region.world.until_equal()
    other_kafka.hang()
    await change_london(one.world)
    await one.world.until_equal()
    await until(other.lags, deadline_s=NOTICED_S)
    assert not await one.lags()
    assert await other.world.differences()
    other_kafka.go_on()
    await other.world.until_equal()

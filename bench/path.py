"""The way of the documents, whole and as in production: a producer that follows London, the log, and a persister."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from os import getpid
from pathlib import Path
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from asyncmy.connection import Connection
from pydantic import SecretStr

from bench.servers import Servers, Service, renew_database, renew_topics
from deploy.embedded.errors import ServerFailed
from deploy.embedded.process import ProcessId
from deploy.embedded.ready import wait_until
from deploy.embedded.running import READY_S, running
from services.persister.settings import PersisterSettings
from services.producer.main import LINGER_MS
from services.producer.mapping import load_mapping
from services.producer.positions import read_states
from services.producer.produce import Producing
from services.producer.progress import follow_state
from services.producer.settings import ProducerSettings
from services.producer.snapshot import Progress
from services.producer.source import London, open_london
from shared import kafka, mysql
from shared.lifecycle import Life
from shared.secret import Sealer, SecretSettings, new_key
from shared.settings import KafkaSettings, ProcessSettings
from shared.wire import TOPICS

MAPPING: Final = Path(__file__).parents[1] / "mappings" / "sevendigital"
_LOOK_S: Final = 0.005


@dataclass(frozen=True)
class DocumentsPath:
    """A running path into a region that was empty at first; the producer is a part of this process."""

    servers: Servers
    producing: Producing
    secret: SecretSettings
    persister: ProcessId
    log: AIOKafkaConsumer
    region: Connection
    """Ways to see how far the log and the region are, open before anything is measured."""

    @property
    def pids(self) -> Mapping[str, int]:
        """Every process that has a part in it."""
        return {**self.servers.pids, "producer": getpid(), "persister": self.persister.pid}

    def london(self) -> AbstractAsyncContextManager[London]:
        """London read through the same mapping, apart from the producer."""
        return open_london(self.servers.london, load_mapping(MAPPING), Sealer(self.secret).seal)

    async def snapshot(self) -> None:
        """Returns when all that a snapshot published is committed in the region."""
        await self.producing.snapshot(_ignore)
        await self.arrived()

    async def arrived(self) -> None:
        """Returns when everything that now stands in the log is committed in the region. Raises ServerFailed when the
        persister ends before that."""
        with kafka.translated(self.servers.kafka):
            ends = await self.log.end_offsets(_partitions(self.log))
        with mysql.translated(self.servers.region):
            while not await _has_reached(self.region, ends):
                if not self.persister.alive():
                    raise ServerFailed("The persister ended before all documents were in the region.")
                await asyncio.sleep(_LOOK_S)


@asynccontextmanager
async def documents_path(servers: Servers, folder: Path) -> AsyncIterator[DocumentsPath]:
    """Into an empty region, through empty topics."""
    await renew_topics(servers.kafka)
    await renew_database(servers.region, servers.region.database)
    secret = SecretSettings(secret_key=SecretStr(new_key()))
    persister = Service("persister", (servers.kafka, servers.region, PersisterSettings()))
    async with (
        running(persister, folder / "persister.log") as process,
        kafka.producer(servers.kafka, linger_ms=LINGER_MS) as producer,
        kafka.consumer(servers.kafka, *TOPICS.values()) as log,
        mysql.connection(servers.region) as region,
    ):
        # It only looks, and would read what it looks at.
        log.pause(*_partitions(log))
        producing = Producing(
            settings=ProducerSettings(mapping=MAPPING),
            london=servers.london,
            log=servers.kafka,
            secret=secret,
            producer=producer,
        )
        async with _following(producing, servers.kafka):
            yield DocumentsPath(servers, producing, secret, process, log, region)


@asynccontextmanager
async def _following(producing: Producing, log: KafkaSettings) -> AsyncIterator[None]:
    life = Life(ProcessSettings())
    following = asyncio.create_task(producing.follow(life), name="follow")
    try:
        await wait_until(lambda: _is_followed(log), READY_S, "the producer")
        yield
    finally:
        life.stopping.set()
        await following


async def _is_followed(log: KafkaSettings) -> bool:
    return follow_state(await read_states(log)) is not None


def _partitions(consumer: AIOKafkaConsumer) -> list[TopicPartition]:
    return [
        TopicPartition(topic, number) for topic in TOPICS.values() for number in consumer.partitions_for_topic(topic)
    ]


async def _has_reached(connection: Connection, ends: Mapping[TopicPartition, int]) -> bool:
    found = await mysql.rows(connection, "SELECT topic, partition_id, next_offset FROM next_offset")
    reached = {TopicPartition(topic, partition): next for topic, partition, next in found}
    return all(reached.get(partition, 0) >= end for partition, end in ends.items())


def _ignore(progress: Progress) -> None:
    """A bench shows no progress of its own."""

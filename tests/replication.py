"""A London, a log and a region of a test's own, on the shared servers, with the real producer and persister."""

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from aiokafka import TopicPartition
from asyncmy.connection import Connection
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from demo import london as demo_london
from demo.generate import Catalogue, write_catalogue
from deploy.embedded.database import Login
from deploy.provision.topics import create_topics, topics
from services.persister.rows import album_rows
from services.persister.schema import apply_schema
from services.producer.mapping import load_mapping
from services.producer.source import BEFORE_ALL, open_london
from shared import kafka, mysql, secret
from shared.digest import digest
from shared.secret import Sealer, SecretSettings
from shared.settings import KafkaSettings, LondonSettings, RegionSettings, variable
from shared.wire import DOCUMENTS, Headers, Record, parse
from tests.waiting import until

ROOT = Path(__file__).parents[1]
MAPPING = ROOT / "mappings" / "sevendigital"
PARTITIONS = 3
TOPIC_NAMES = frozenset(topic.name for topic in topics(PARTITIONS, 1))
CAUGHT_UP_S = 60
STOP_S = 15

Rows = dict[tuple[str, int], Any]
"""By document type and id the digest of a document, by table and id what a row holds."""

_numbers = count(1)


@dataclass
class World:
    """The settings of a London, a log and a region, and the processes started between them."""

    london: LondonSettings
    region: RegionSettings
    log: KafkaSettings
    secret: SecretSettings
    folder: Path
    mapping: Path = MAPPING
    processes: list[Process] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """What every service needs, and nothing of this process's own settings."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CROSSFADE_")}
        settings = _variables(self.london) | _variables(self.region) | _variables(self.log) | _variables(self.secret)
        return kept | settings | {"CROSSFADE_PRODUCER_MAPPING": str(self.mapping)}

    async def start(self, module: str, **settings: str) -> Process:
        """A service as its own process; its log is a file of its own in the folder."""
        log = self.folder / f"{module}.{next(_numbers)}.log"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", module), env=self.environment | settings, stderr=output
            )
        self.processes.append(process)
        return process

    async def run(self, *arguments: str) -> tuple[int, str]:
        """The operator's command: its exit code and all that it printed."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "crossfade.main", *arguments),
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self.processes.append(process)
        output, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, output.decode()

    def logs(self) -> str:
        return "\n".join(file.read_text() for file in sorted(self.folder.glob("*.log")))

    async def end(self) -> None:
        """Stops what runs: in order, so that consumer groups are left and not found again by the next test."""
        running = [process for process in self.processes if process.returncode is None]
        for process in running:
            process.terminate()
        for process in running:
            try:
                await asyncio.wait_for(process.wait(), STOP_S)
            except TimeoutError:
                process.kill()
                await process.wait()

    @asynccontextmanager
    async def in_london(self) -> AsyncIterator[Connection]:
        async with mysql.connection(self.london) as connection:
            yield connection

    async def in_region(self, sql: str) -> list[tuple[Any, ...]]:
        async with mysql.connection(self.region) as connection:
            return await mysql.rows(connection, sql)

    async def holds(self, sql: str, rows: list[tuple[Any, ...]]) -> bool:
        """Whether the region gives these rows; False while it has no tables."""
        return bool(await self.in_region("SHOW TABLES LIKE 'quota_lease'")) and await self.in_region(sql) == rows

    async def send(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers) -> None:
        async with kafka.producer(self.log) as producer:
            await producer.send_and_wait(topic, value, key, headers=headers)

    async def read(self, topic: str, count: int) -> list[Any]:
        """The first `count` messages of a topic, waited for."""
        found: list[Any] = []
        async with kafka.consumer(self.log, topic) as consumer, asyncio.timeout(CAUGHT_UP_S):
            while len(found) < count:
                for messages in (await consumer.getmany(timeout_ms=200)).values():
                    found += messages
        return found

    async def size(self, topic: str) -> int:
        """How many messages a topic has."""
        async with kafka.consumer(self.log, topic) as consumer:
            partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
            return sum((await consumer.end_offsets(partitions)).values())

    async def equal(self) -> bool:
        return not await self.differences()

    async def until_equal(self) -> None:
        try:
            await until(self.equal, deadline_s=CAUGHT_UP_S, every_s=0.1)
        except TimeoutError:
            raise AssertionError(f"{await self.differences()}\n{self.logs()}") from None

    async def differences(self) -> list[str]:
        """Every document and row in which the region is not what London says now."""
        return differences(await self._expected(), await rows_of_region(self.region))

    async def _expected(self) -> Rows:
        expected: Rows = {}
        mapping = load_mapping(self.mapping)
        async with open_london(self.london, mapping, Sealer(self.secret).seal) as london:
            for type in mapping.documents:
                ids = await london.page(type, BEFORE_ALL, 1_000_000)
                for record in await london.read(type, ids, 0) if ids else []:
                    expected |= rows_of_record(record)
        return expected


def differences(expected: Rows, found: Rows) -> list[str]:
    """Every document and row in which what was found is another than what was expected."""
    keys = sorted(expected.keys() | found.keys(), key=str)
    return [
        f"{key}: {expected.get(key)!r} and not {found.get(key)!r}"
        for key in keys
        if expected.get(key) != found.get(key)
    ]


async def rows_of_region(region: RegionSettings) -> Rows:
    """What a region holds; nothing while it has no tables."""
    found: Rows = {}
    async with mysql.connection(region) as connection:
        if not await mysql.rows(connection, "SHOW TABLES LIKE 'quota_lease'"):
            return found
        for type in DOCUMENTS:
            for id, stored in await mysql.rows(connection, f"SELECT {type}_id, digest FROM {type} WHERE NOT deleted"):
                found[type, id] = stored
        for table in ("album_metadata", "album_availability"):
            for id, document in await mysql.rows(connection, f"SELECT album_id, document FROM {table}"):
                found[table, id] = document.encode()
        for table in ("track_metadata", "track_availability"):
            rows = await mysql.rows(connection, f"SELECT track_id, album_id, document FROM {table}")
            found |= {(table, id): (album_id, document.encode()) for id, album_id, document in rows}
    return found


def rows_of_record(record: Record) -> Rows:
    """What a region has to hold of a document; nothing of one that is deleted."""
    if record.value is None:
        return {}
    own: Rows = {(record.type, record.id): digest(record.value)}
    return own | _rows(record.id, record.value) if record.type == "album" else own


def _rows(album_id: int, value: bytes) -> Rows:
    rows = album_rows(parse("album", value))
    expected: Rows = {
        ("album_metadata", album_id): rows.metadata,
        ("album_availability", album_id): rows.availability,
    }
    for track in rows.tracks:
        expected["track_metadata", track.track_id] = (album_id, track.metadata)
        expected["track_availability", track.track_id] = (album_id, track.availability)
    return expected


@asynccontextmanager
async def world(kafka_bootstrap: str, london: Login, region: Login, folder: Path) -> AsyncIterator[World]:
    """A world whose London has its tables and no rows; everything in it is new."""
    number = next(_numbers)
    made = World(
        london=LondonSettings(**_login(london), database=f"london_{number}"),
        region=RegionSettings(**_login(region), database=f"region_{number}"),
        log=KafkaSettings(bootstrap=kafka_bootstrap),
        secret=SecretSettings(secret_key=SecretStr(secret.new_key())),
        folder=folder,
    )
    await demo_london.create(made.london)
    async with mysql.connection(made.region.model_copy(update={"database": "information_schema"})) as connection:
        await connection.query(f"CREATE DATABASE {made.region.database}")
    await renew_log(made.log)
    try:
        yield made
    finally:
        await made.end()


@asynccontextmanager
async def region_without_documents(server: Login) -> AsyncIterator[RegionSettings]:
    """A region that has its tables, and nothing around it."""
    settings = RegionSettings(**_login(server), database=f"region_{next(_numbers)}")
    async with mysql.connection(settings, database=None) as connection:
        await connection.query(f"CREATE DATABASE {settings.database}")
        await apply_schema(settings)
        yield settings
        await connection.query(f"DROP DATABASE {settings.database}")


async def renew_log(settings: KafkaSettings) -> None:
    """Empty topics in the place of those that are there."""
    await remove_topics(settings, TOPIC_NAMES)
    await create_topics(settings, PARTITIONS)


async def remove_topics(settings: KafkaSettings, names: Set[str]) -> None:
    """Returns when they are gone."""
    async with kafka.admin(settings) as admin:
        await admin.delete_topics(sorted(names & set(await admin.list_topics())))

        async def gone() -> bool:
            return not names & set(await admin.list_topics())

        await until(gone)


async def fill(world: World, albums: int, seed: int = 1) -> None:
    """A generated catalogue in London."""
    async with world.in_london() as connection:
        async for _ in write_catalogue(connection, Catalogue(albums, seed)):
            pass


def _login(login: Login) -> Mapping[str, Any]:
    return {"host": login.host, "port": login.port, "user": login.user, "password": SecretStr(login.password)}


def _variables(settings: BaseSettings) -> dict[str, str]:
    return {
        variable(type(settings), name): value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for name, value in settings
    }

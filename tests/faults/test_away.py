"""What producer and persister say while London, Kafka or the region's database is away: ended, or hanging."""

import math
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deploy.embedded.database import DatabaseFiles, Role
from deploy.embedded.kafka import KafkaFiles, KafkaServer
from deploy.embedded.mariadb import MariaDBServer
from deploy.embedded.ports import free_port, free_ports
from deploy.embedded.process import ProcessId
from deploy.embedded.running import Server, running
from deploy.supervisor.health import why_not_ready
from deploy.supervisor.progress import FOLLOW_LAG
from shared.wire import TOPICS
from tests.admin import metric
from tests.replication import World, fill, world
from tests.waiting import until

NOTICED_S = 12
"""Within seconds, on a machine that does other things, too."""

BACK_S = 60
ALBUMS = 5


@dataclass
class Own:
    """A server that a test may take away and give back."""

    server: Server
    log: Path
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    process: ProcessId | None = None

    async def start(self) -> None:
        self.process = await self.stack.enter_async_context(running(self.server, self.log))

    async def end(self) -> None:
        self.process = None
        await self.stack.aclose()

    async def hang(self) -> None:
        assert self.process
        os.kill(self.process.pid, signal.SIGSTOP)

    async def give_back(self) -> None:
        if self.process:
            os.kill(self.process.pid, signal.SIGCONT)
        else:
            await self.start()


AWAY = {"ended": Own.end, "hanging": Own.hang}


@dataclass
class Here:
    """A world whose servers are its own, with one producer and one persister, by their admin ports."""

    world: World
    servers: dict[str, Own]
    producer: int
    persister: int

    async def until_ready(self) -> None:
        for port in (self.producer, self.persister):
            await until(lambda port=port: is_ready(port), deadline_s=BACK_S)  # type: ignore[misc]

    async def until_says(self, port: int, what: str) -> None:
        async def says() -> bool:
            return what in (await why_not_ready(port) or "")

        await until(says, deadline_s=NOTICED_S)

    async def until_alarm(self, *, raised: bool) -> None:
        async def is_so() -> bool:
            return await metric(self.producer, "crossfade_alarm", alarm="not_following") == raised

        await until(is_so, deadline_s=NOTICED_S)

    async def follow_lag_s(self) -> float:
        return await metric(self.producer, FOLLOW_LAG)

    async def region_lag(self) -> float:
        return await metric(self.persister, "crossfade_region_lag_records", topic=TOPICS["album"])


@pytest.fixture(scope="module")
async def servers(
    kafka_programs: KafkaFiles, mariadb_programs: DatabaseFiles, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[str, Own]]:
    folder = tmp_path_factory.mktemp("away")
    port, controller_port = free_ports(2)
    made: dict[str, Own] = {
        "kafka": Own(KafkaServer(kafka_programs, folder / "kafka", port, controller_port), folder / "kafka.log")
    }
    for role in (Role.LONDON, Role.REGION):
        server = MariaDBServer(mariadb_programs, folder / role.value, free_port(), role)
        made[role.value] = Own(server, folder / f"{role.value}.log")
    for own in made.values():
        await own.start()
    yield made
    for own in made.values():
        await own.end()


@pytest.fixture
async def here(servers: dict[str, Own], tmp_path: Path) -> AsyncIterator[Here]:
    kafka, london, region = (servers[name].server for name in ("kafka", "london", "region"))
    assert isinstance(kafka, KafkaServer)
    assert isinstance(london, MariaDBServer)
    assert isinstance(region, MariaDBServer)
    async with world(kafka.bootstrap, london.root, region.root, tmp_path) as made:
        await fill(made, ALBUMS)
        found = Here(made, servers, *free_ports(2))
        await made.start("services.persister", CROSSFADE_ADMIN_PORT=str(found.persister))
        await made.start(
            "services.producer", CROSSFADE_ADMIN_PORT=str(found.producer), CROSSFADE_PRODUCER_ALARM_AFTER_S="1"
        )
        await made.until_equal()
        await found.until_ready()
        try:
            yield found
        finally:
            for own in servers.values():
                await own.give_back()


async def is_ready(port: int) -> bool:
    return await why_not_ready(port) is None


async def grows(read: Callable[[], Awaitable[float]], by: float) -> None:
    before = await read()

    async def grown() -> bool:
        return await read() >= before + by

    await until(grown, deadline_s=NOTICED_S)


@pytest.fixture(params=AWAY)
def how(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_while_london_is_away_the_producer_says_since_when_and_its_lag_grows(here: Here, how: str) -> None:
    assert await here.follow_lag_s() < 2
    assert await metric(here.producer, "crossfade_records_published_total", topic=TOPICS["album"]) >= ALBUMS
    await AWAY[how](here.servers["london"])
    await here.until_says(here.producer, "London has not been followed since 20")
    await grows(here.follow_lag_s, by=3)
    assert await is_ready(here.persister)
    await here.until_alarm(raised=True)
    await here.servers["london"].give_back()
    await here.until_ready()
    assert await here.follow_lag_s() < 2
    await here.until_alarm(raised=False)


async def test_while_kafka_is_away_neither_is_ready_and_no_old_lag_is_told(here: Here, how: str) -> None:
    await AWAY[how](here.servers["kafka"])
    await here.until_says(here.persister, "Kafka has not answered since 20")
    await here.until_says(here.producer, "London has not been followed since 20")
    await grows(here.follow_lag_s, by=3)
    await here.until_alarm(raised=True)
    assert math.isnan(await here.region_lag())
    await here.servers["kafka"].give_back()
    await here.until_ready()
    assert await here.follow_lag_s() < 2

    async def caught_up() -> bool:
        return await here.region_lag() == 0

    await until(caught_up, deadline_s=BACK_S)


async def test_while_the_region_is_away_the_persister_says_since_when_and_counts_what_it_lacks(
    here: Here, how: str
) -> None:
    await AWAY[how](here.servers["region"])
    await here.until_says(here.persister, "the region's database has not answered since 20")
    async with here.world.in_london() as london:
        await london.query("UPDATE `release` SET title = 'While The Region Was Away'")

    async def counted() -> bool:
        return await here.region_lag() >= ALBUMS

    await until(counted, deadline_s=NOTICED_S)
    await here.servers["region"].give_back()
    await here.until_ready()
    await here.world.until_equal()

"""Random writers in London, while producers and persisters are killed, and paused until others have taken over."""

import asyncio
import random
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.changes import writing
from tests.replication import World, fill, world
from tests.servers import Database, Kafka

ALBUMS = 100
FAULTS = 10
MODULES = ("services.persister", "services.persister", "services.producer", "services.producer")


@pytest.fixture
async def here(kafka: Kafka, london_server: Database, region_server: Database, tmp_path: Path) -> AsyncIterator[World]:
    async with world(kafka.bootstrap, london_server.root, region_server.root, tmp_path) as made:
        await fill(made, ALBUMS)
        yield made


async def test_the_region_equals_london_whoever_was_killed_or_paused_meanwhile(here: World) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201  # shown when the test fails
    rng = random.Random(seed)
    running = [await here.start(module) for module in MODULES]
    async with writing(here, seed):
        for _ in range(FAULTS):
            await asyncio.sleep(rng.uniform(0.3, 1.5))
            place = rng.randrange(len(MODULES))
            if rng.random() < 0.3:
                await pause(running[place], rng.uniform(0.5, 8))
            else:
                running[place].send_signal(signal.SIGCONT)
                running[place].kill()
                await running[place].wait()
                running[place] = await here.start(MODULES[place])
    await here.until_equal()
    assert [process.returncode for process in running] == [None] * len(MODULES), here.logs()


async def pause(process: Process, seconds: float) -> None:
    """Stops a process and lets it come back later, as one does that was swapped out."""
    process.send_signal(signal.SIGSTOP)
    asyncio.get_running_loop().call_later(seconds, resume, process)


def resume(process: Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGCONT)

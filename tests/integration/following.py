"""How a world is followed: until it is stopped, refused, or in a new epoch."""

import asyncio
from asyncio.subprocess import Process

from asyncmy.connection import Connection

from services.producer.positions import read_states
from services.producer.progress import follow_state
from services.producer.source import CONVERSIONS, MomentReader, identify
from shared import mysql
from shared.position import Position
from tests.replication import World
from tests.waiting import until

ENDED_S = 30


async def follow(world: World) -> Process:
    """The region equals London; the producer that follows it."""
    await world.start("services.persister")
    producer = await world.start("services.producer")
    await world.until_equal()
    return producer


async def stop(producer: Process) -> None:
    producer.terminate()
    assert await ended(producer) == 0


async def ended(process: Process) -> int:
    """The exit code of a process that ends, or is about to."""
    return await asyncio.wait_for(process.wait(), ENDED_S)


async def follow_and_stop(world: World) -> None:
    """The region equals London, and the producer that followed it has ended."""
    await stop(await follow(world))


async def refusal(world: World) -> str:
    """The logs, after a producer has refused to follow."""
    assert await ended(await world.start("services.producer")) == 1
    return world.logs()


async def follow_in_a_new_epoch(world: World) -> None:
    code, output = await world.run("produce", "snapshot", "--new-epoch")
    assert code == 0, output
    await world.start("services.producer")
    await world.until_equal()


async def until_saved(world: World) -> None:
    """Returns when it is remembered that London was followed up to now."""
    async with mysql.connection(world.london, conv=CONVERSIONS) as connection:
        instance = await identify(connection)
        reached = (await MomentReader(connection, instance).read()).position

    async def is_saved() -> bool:
        state = follow_state(await read_states(world.log))
        return state is not None and instance.parse_position(state.position).contains(reached)

    await until(is_saved)


async def position(world: World) -> Position:
    async with mysql.connection(world.london, conv=CONVERSIONS) as connection:
        return (await MomentReader(connection, await identify(connection)).read()).position


async def next_second(london: Connection) -> None:
    """Returns when London's clock shows another second."""
    [(before,)] = await mysql.rows(london, "SELECT UNIX_TIMESTAMP()")

    async def is_later() -> bool:
        return await mysql.rows(london, "SELECT UNIX_TIMESTAMP()") != [(before,)]

    await until(is_later)


async def has_logged(world: World, text: str) -> bool:
    return text in world.logs()

"""Two persisters' stores, each through its own connection, in each other's way on a real server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from asyncmy.connection import Connection
from pydantic import SecretStr

from services.persister.batch import Batch, Message, Place, halves, prepare
from services.persister.schema import apply_schema
from services.persister.store import LogIdentity, Store, open_store
from shared import mysql
from shared.settings import RegionSettings
from shared.wire import TOPICS, Record, encode
from tests.documents import album, record
from tests.servers import Database
from tests.waiting import until

PLACE: Place = (TOPICS["album"], 0)
OTHER: Place = (TOPICS["album"], 1)
LOG = LogIdentity("cluster", {TOPICS["album"]: "topic"})


@pytest.fixture
async def region(regions_server: Database) -> AsyncIterator[RegionSettings]:
    """A region without documents."""
    root = regions_server.root
    settings = RegionSettings(
        host=root.host,
        port=root.port,
        user=root.user,
        password=SecretStr(root.password),
        database=f"region_{uuid4().hex}",
    )
    async with mysql.connection(settings, database=None) as connection:
        await connection.query(f"CREATE DATABASE {settings.database}")
        await apply_schema(settings)
        yield settings
        await connection.query(f"DROP DATABASE {settings.database}")


@pytest.fixture
async def one(region: RegionSettings) -> AsyncIterator[Store]:
    async with open_store(region) as store:
        await store.read_offsets(LOG, [PLACE, OTHER])
        yield store


@pytest.fixture
async def other(region: RegionSettings) -> AsyncIterator[Store]:
    async with open_store(region) as store:
        yield store


@pytest.fixture
async def session(region: RegionSettings) -> AsyncIterator[Connection]:
    """Somebody else's connection."""
    async with mysql.connection(region) as connection:
        yield connection


def batch(previous: int, *records: Record, place: Place = PLACE) -> Batch:
    """What follows in a partition from an offset on."""
    messages = [Message(offset, *encode(one)) for offset, one in enumerate(records, start=previous)]
    return prepare({place: messages}, {place: previous})


@asynccontextmanager
async def holding(session: Connection, *statements: str) -> AsyncIterator[None]:
    """A transaction of somebody else's that has done this and is then undone."""
    await session.query("START TRANSACTION")
    for statement in statements:
        await session.query(statement)
    yield
    await session.query("ROLLBACK")


async def until_waiting(session: Connection, count: int, *unless: asyncio.Task[Any]) -> None:
    """Returns when so many transactions wait for a lock, or one of the tasks is done."""

    async def holds() -> bool:
        waiting = "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"
        return await mysql.rows(session, waiting) >= [(count,)] or any(task.done() for task in unless)

    # The server looks anew only where it was not asked for 0.1 s.
    await until(holds, every_s=0.11)


async def test_who_stores_record_by_record_shuts_out_another_owner_of_the_partition(
    region: RegionSettings, one: Store, other: Store, session: Connection
) -> None:
    stale, _ = halves(batch(0, *(record("album", album(id, [id]), 6) for id in (3, 4, 5, 6))))
    newer = batch(0, record("album", album(3, []), 7))
    async with holding(session, "INSERT INTO album VALUES (4, 1, 0, NULL, '[]')"):
        storing = asyncio.create_task(one.store(stale, LOG))
        await until_waiting(session, 1, storing)
        taking_over = asyncio.create_task(other.store(newer, LOG))
        await until_waiting(session, 2, taking_over)
    await asyncio.gather(storing, taking_over)
    assert await mysql.rows(session, "SELECT track_id FROM track_metadata WHERE album_id = 3") == []

"""What every store of the daily limit's rows must do: the one in memory, MariaDB's and MySQL's."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from typing import Protocol

import pytest
from asyncmy.connection import Connection
from asyncmy.pool import Pool
from pydantic import SecretStr

from services.gateway.lease_store import (
    BEGIN_EXCHANGE,
    OPEN_DAY,
    OPEN_LEASE,
    WRITE_ROWS,
    LeaseStore,
    RegionLeaseStore,
)
from services.gateway.main import READ_COMMITTED
from services.gateway.quota import Ask, Lease, Told
from services.persister.schema import apply_schema
from shared import mysql
from shared.settings import RegionSettings
from tests.contract.lease_stores import Day, LeaseStoreInMemory, RowsInMemory
from tests.servers import Database
from tests.waiting import until

INSTANCE, OTHER = b"a" * 16, b"b" * 16
CLIENT_IDS = count(1)

LOCKS_SHOWN_EVERY_S = 0.2
"""The server shows who waits as it was a moment ago, and goes on showing it to one who asks more often than this."""


class Rows(Protocol):
    """A region's tables, as these tests arrange them."""

    def store(self, instance: bytes) -> LeaseStore: ...

    async def put_client(self, client_id: int, limit: int | None, *, deleted: bool = False) -> None: ...

    async def put_day(self, client_id: int, day: date, lease: Lease) -> None:
        """The rows of a day on which INSTANCE alone was granted anything."""


class InMemory:
    def __init__(self) -> None:
        self._rows = RowsInMemory()

    def store(self, instance: bytes) -> LeaseStore:
        return LeaseStoreInMemory(self._rows, instance)

    async def put_client(self, client_id: int, limit: int | None, *, deleted: bool = False) -> None:
        self._rows.limits[client_id] = 0 if deleted else limit

    async def put_day(self, client_id: int, day: date, lease: Lease) -> None:
        self._rows.days[client_id, day] = Day(lease.granted)
        self._rows.leases[client_id, day, INSTANCE] = lease


class InRegion:
    def __init__(self, server: RegionSettings, pool: Pool) -> None:
        self.server = server
        self._pool = pool

    def store(self, instance: bytes) -> LeaseStore:
        return RegionLeaseStore(self.server, self._pool, instance)

    async def put_client(self, client_id: int, limit: int | None, *, deleted: bool = False) -> None:
        async with mysql.connection(self.server) as connection, connection.cursor() as cursor:
            await cursor.execute(
                "REPLACE INTO client (client_id, version, deleted, daily_limit) VALUES (%s, 1, %s, %s)",
                (client_id, deleted, limit),
            )

    async def put_day(self, client_id: int, day: date, lease: Lease) -> None:
        async with mysql.connection(self.server) as connection, connection.cursor() as cursor:
            await cursor.execute(OPEN_DAY, (client_id, day))
            await cursor.execute(OPEN_LEASE, (client_id, day, INSTANCE))
            await cursor.execute("UPDATE quota_lease SET seq = %s WHERE client_id = %s", (lease.seq, client_id))
            await cursor.execute(WRITE_ROWS, (lease.granted, None, lease.granted, client_id, day, INSTANCE))


async def in_region(database: Database) -> AsyncIterator[InRegion]:
    name = f"leases_{secrets.token_hex(4)}"
    root = database.root
    server = RegionSettings(
        host=root.host, port=root.port, user=root.user, password=SecretStr(root.password), database=""
    )
    async with mysql.connection(server) as connection:
        await connection.query(f"CREATE DATABASE {name}")
    server = server.model_copy(update={"database": name})
    await apply_schema(server)
    async with mysql.pool(server, 8, init_command=READ_COMMITTED) as pool:
        yield InRegion(server, pool)


@pytest.fixture(scope="module")
async def mariadb_rows(region_server: Database) -> AsyncIterator[InRegion]:
    async for rows in in_region(region_server):
        yield rows


@pytest.fixture(scope="module")
async def mysql_rows(mysql_region_server: Database) -> AsyncIterator[InRegion]:
    async for rows in in_region(mysql_region_server):
        yield rows


@pytest.fixture(params=["memory", "mariadb", "mysql"])
def rows(request: pytest.FixtureRequest) -> Rows:
    if request.param == "memory":
        return InMemory()
    found: InRegion = request.getfixturevalue(f"{request.param}_rows")
    return found


@pytest.fixture(params=["mariadb", "mysql"])
def region_rows(request: pytest.FixtureRequest) -> InRegion:
    found: InRegion = request.getfixturevalue(f"{request.param}_rows")
    return found


async def new_client(rows: Rows, limit: int | None) -> int:
    client_id = next(CLIENT_IDS)
    await rows.put_client(client_id, limit)
    return client_id


def ask(told: Told, *, want: int = 1, used: int | None = None) -> Ask:
    """The exchange after what was told, with everything used unless said otherwise."""
    used = told.lease.granted if used is None else used
    return Ask(day=told.today.day, seq=told.lease.seq, used=used, want=want, floor=min(1, want))


async def take(store: LeaseStore, client_id: int, want: int) -> Told:
    """A lease of `want`, by as many exchanges as it takes to get past a sixteenth of the room."""
    told = await store.exchange(client_id, ask(await store.read(client_id), want=0))
    while told.lease.granted < want and told.today.room:
        told = await store.exchange(client_id, replace(ask(told, used=0, want=want), floor=want))
    return told


async def test_reading_a_day_for_the_first_time_finds_nothing_granted(rows: Rows) -> None:
    client_id = await new_client(rows, 4000)
    told = await rows.store(INSTANCE).read(client_id)
    assert (told.today.limit, told.today.granted, told.today.full_since) == (4000, 0, None)
    assert told.lease == Lease(seq=0, granted=0)


async def test_an_exchange_grants_what_is_wanted_and_counts_it_in_both_rows(rows: Rows) -> None:
    client_id, store = await new_client(rows, 4000), rows.store(INSTANCE)
    first = await store.exchange(client_id, ask(await store.read(client_id)))
    second = await store.exchange(client_id, ask(first))
    assert (second.today.granted, second.lease) == (2, Lease(seq=2, granted=2))
    assert (await store.read(client_id)).lease == second.lease


async def test_an_exchange_gives_back_what_is_open(rows: Rows) -> None:
    client_id, store = await new_client(rows, 160), rows.store(INSTANCE)
    held = await take(store, client_id, 10)
    told = await store.exchange(client_id, ask(held, used=4, want=0))
    assert (told.today.granted, told.lease.granted) == (4, 4)


async def test_gateways_together_are_granted_the_limit_and_no_more(rows: Rows) -> None:
    client_id = await new_client(rows, 3)
    one, other = rows.store(INSTANCE), rows.store(OTHER)
    await take(one, client_id, 2)
    assert (await take(other, client_id, 5)).lease.granted == 1
    assert (await one.read(client_id)).today.granted == 3


async def test_exchanges_at_the_same_moment_do_not_lose_each_other(rows: Rows) -> None:
    client_id = await new_client(rows, 30)

    async def take_one_by_one(store: LeaseStore) -> Told:
        told = await store.read(client_id)
        for _ in range(12):
            told = await store.exchange(client_id, ask(told))
        return told

    told = await asyncio.gather(*(take_one_by_one(rows.store(bytes([one]) * 16)) for one in range(4)))
    assert sum(each.lease.granted for each in told) == 30
    assert (await rows.store(INSTANCE).read(client_id)).today.granted == 30


async def test_an_exchange_that_is_repeated_changes_nothing_and_tells_the_row_as_it_is(rows: Rows) -> None:
    client_id, store = await new_client(rows, 4000), rows.store(INSTANCE)
    asked = ask(await store.read(client_id))
    first = await store.exchange(client_id, asked)
    again = await store.exchange(client_id, asked)
    assert (again.today.granted, again.lease) == (first.today.granted, first.lease) == (1, Lease(seq=1, granted=1))


async def test_an_exchange_of_another_day_changes_nothing_and_tells_todays_rows(rows: Rows) -> None:
    client_id, store = await new_client(rows, 4000), rows.store(INSTANCE)
    today = (await store.read(client_id)).today
    yesterday = today.day - timedelta(days=1)
    await rows.put_day(client_id, yesterday, Lease(seq=0, granted=5))
    told = await store.exchange(client_id, Ask(day=yesterday, seq=0, used=5, want=1, floor=1))
    assert (told.today.day, told.today.granted, told.lease) == (today.day, 0, Lease())


async def test_full_since_is_the_first_exchange_that_found_no_room_and_room_clears_it(rows: Rows) -> None:
    client_id, store = await new_client(rows, 1), rows.store(INSTANCE)
    held = await take(store, client_id, 1)
    assert held.today.full_since is None
    found_none = await rows.store(OTHER).exchange(client_id, ask(await rows.store(OTHER).read(client_id)))
    again = await rows.store(OTHER).exchange(client_id, ask(found_none))
    assert found_none.today.full_since is not None
    assert again.today.full_since is not None
    assert abs(again.today.full_since - found_none.today.full_since) < timedelta(milliseconds=1)
    await store.exchange(client_id, ask(held, used=0, want=0))
    assert (await store.read(client_id)).today.full_since is None


async def test_the_limit_is_read_in_every_exchange(rows: Rows) -> None:
    client_id, store = await new_client(rows, 1), rows.store(INSTANCE)
    full = await take(store, client_id, 1)
    await rows.put_client(client_id, 2)
    told = await store.exchange(client_id, ask(full))
    assert (told.today.limit, told.today.granted, told.lease.granted) == (2, 2, 2)


async def test_a_client_whose_limit_was_removed_gives_back_and_is_granted_nothing(rows: Rows) -> None:
    client_id, store = await new_client(rows, 160), rows.store(INSTANCE)
    held = await take(store, client_id, 5)
    await rows.put_client(client_id, None)
    told = await store.exchange(client_id, ask(held, used=2))
    assert (told.today.limit, told.today.granted, told.today.full_since, told.lease.granted) == (None, 2, None, 2)


async def test_a_deleted_client_has_no_room(rows: Rows) -> None:
    client_id, store = await new_client(rows, 5), rows.store(INSTANCE)
    before = await store.read(client_id)
    await rows.put_client(client_id, None, deleted=True)
    told = await store.exchange(client_id, ask(before))
    assert (told.today.limit, told.lease.granted) == (0, 0)


async def test_looking_shows_days_that_have_no_row_yet_and_no_unknown_client(rows: Rows) -> None:
    fresh, used = await new_client(rows, 7), await new_client(rows, 9)
    store = rows.store(INSTANCE)
    await take(store, used, 1)
    days = await store.look([fresh, used, 10**9])
    assert {client_id: (day.limit, day.granted) for client_id, day in days.items()} == {fresh: (7, 0), used: (9, 1)}


async def test_reading_waits_for_an_exchange_of_the_same_gateway_that_is_still_ending(region_rows: InRegion) -> None:
    client_id, store = await new_client(region_rows, 5), region_rows.store(INSTANCE)
    today = (await store.read(client_id)).today
    async with mysql.connection(region_rows.server) as ending, mysql.connection(region_rows.server) as watching:
        await ending.begin()
        async with ending.cursor() as cursor:
            await cursor.execute(BEGIN_EXCHANGE, (0, client_id, today.day, INSTANCE, 0))
        reading = asyncio.create_task(store.read(client_id))
        await until_one_waits(watching)
        assert not reading.done()
        await ending.commit()
        assert (await reading).lease.seq == 1


async def until_one_waits(connection: Connection) -> None:
    async def waits() -> bool:
        sql = "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"
        [(waiting,)] = await mysql.rows(connection, sql)
        return bool(waiting)

    await until(waits, every_s=LOCKS_SHOWN_EVERY_S)

"""Who waits for the database, how many, and what becomes of them when it fails."""

import asyncio
from collections import Counter
from collections.abc import Iterable

import pytest

from services.gateway.daily_limit import DailyLimits
from services.gateway.quota import Ask, Policy, Today, Told, Verdict
from shared.errors import DatabaseAway, Deadlock
from shared.lifecycle import Life
from shared.settings import ProcessSettings
from tests.contract.lease_stores import LeaseStoreInMemory, RowsInMemory
from tests.waiting import until

CLIENT = 1
INSTANCE = b"i" * 16
ADMITTED, OVER, UNAVAILABLE = Verdict.ADMITTED, Verdict.OVER_LIMIT, Verdict.UNAVAILABLE

QUICK = Policy(settling_s=0.05, refusing_s=0.05, retry_s=0.01, poll_s=0.01)


class Store(LeaseStoreInMemory):
    """Lets each call through when the test opens the door, or raises the next of `errors`; counts what it is asked."""

    def __init__(self, rows: RowsInMemory) -> None:
        super().__init__(rows, INSTANCE)
        self.rows = rows
        self.open = asyncio.Event()
        self.open.set()
        self.errors: list[Exception] = []
        self.calls: Counter[str] = Counter()

    async def exchange(self, client_id: int, ask: Ask) -> Told:
        await self._admit("exchange")
        return await super().exchange(client_id, ask)

    async def read(self, client_id: int) -> Told:
        await self._admit("read")
        return await super().read(client_id)

    async def look(self, client_ids: Iterable[int]) -> dict[int, Today]:
        await self._admit("look")
        return await super().look(client_ids)

    async def _admit(self, call: str) -> None:
        self.calls[call] += 1
        await self.open.wait()
        if self.errors:
            raise self.errors.pop(0)

    @property
    def granted(self) -> int:
        return sum(day.granted for day in self.rows.days.values())


@pytest.fixture
def store() -> Store:
    return Store(RowsInMemory(limits={CLIENT: 100}))


async def several(limits: DailyLimits, count: int) -> list[asyncio.Task[Verdict]]:
    tasks = [asyncio.create_task(limits.admit(CLIENT)) for _ in range(count)]
    await asyncio.sleep(0)
    return tasks


async def test_requests_that_wait_together_are_admitted_one_exchange_each(store: Store) -> None:
    limits = DailyLimits(store, QUICK)
    verdicts = await asyncio.gather(*await several(limits, 20))
    assert set(verdicts) == {ADMITTED}
    assert (store.granted, store.calls["exchange"]) == (20, 20)


async def test_the_first_in_line_are_served_when_the_rest_is_over_the_limit(store: Store) -> None:
    store.rows.limits[CLIENT] = 3
    limits = DailyLimits(store, QUICK)
    assert await asyncio.gather(*await several(limits, 5)) == [ADMITTED] * 3 + [OVER] * 2


async def test_more_than_may_wait_are_turned_away(store: Store) -> None:
    limits = DailyLimits(store, Policy(most_waiting=64))
    store.open.clear()
    waiting = await several(limits, 64)
    assert await limits.admit(CLIENT) is UNAVAILABLE
    store.open.set()
    assert set(await asyncio.gather(*waiting)) == {ADMITTED}


async def test_clients_do_not_wait_for_each_other(store: Store) -> None:
    store.rows.limits[2] = 100
    limits = DailyLimits(store, QUICK)
    assert await limits.admit(2) is ADMITTED
    store.open.clear()
    waiting = await several(limits, 1)
    store.open.set()
    assert await limits.admit(2) is ADMITTED
    assert await waiting[0] is ADMITTED


async def test_all_that_wait_are_unavailable_when_the_database_is_away_and_admitted_when_it_is_back(
    store: Store,
) -> None:
    limits = DailyLimits(store, QUICK)
    store.errors = [DatabaseAway("away")]
    assert set(await asyncio.gather(*await several(limits, 3))) == {UNAVAILABLE}

    async def admitted() -> bool:
        return await limits.admit(CLIENT) is ADMITTED

    await until(admitted)
    assert store.granted == 1


async def test_a_database_that_is_away_is_not_asked_by_every_request(store: Store) -> None:
    limits = DailyLimits(store, Policy(retry_s=60))
    store.errors = [DatabaseAway("away")]
    assert [await limits.admit(CLIENT) for _ in range(10)] == [UNAVAILABLE] * 10
    assert store.calls["read"] == 1


async def test_a_deadlock_turns_nobody_away(store: Store) -> None:
    limits = DailyLimits(store, QUICK)
    store.errors = [Deadlock("rolled back"), Deadlock("rolled back")]
    assert set(await asyncio.gather(*await several(limits, 3))) == {ADMITTED}
    assert store.granted == 3


async def test_a_fault_of_the_program_leaves_nobody_waiting(store: Store) -> None:
    limits = DailyLimits(store, QUICK)
    store.errors = [ZeroDivisionError()]
    assert await limits.admit(CLIENT) is UNAVAILABLE


async def test_a_request_that_was_given_up_is_not_counted_to_another(store: Store) -> None:
    limits = DailyLimits(store, QUICK)
    store.open.clear()
    first, second = await several(limits, 2)
    first.cancel()
    store.open.set()
    assert await second is ADMITTED
    assert store.granted == 1


async def test_stopping_gives_back_what_is_held_however_often_it_takes(store: Store) -> None:
    limits = DailyLimits(store, Policy(largest_lease=5, retry_s=0.01))
    await asyncio.gather(*await several(limits, 5))
    assert await limits.admit(CLIENT) is ADMITTED
    assert store.granted > 6
    store.errors = [DatabaseAway("away")] * 3
    await limits.give_back()
    assert store.granted == 6
    assert await limits.admit(CLIENT) is UNAVAILABLE


async def test_what_is_held_in_excess_is_given_back_without_a_request(store: Store) -> None:
    limits = DailyLimits(store, Policy(largest_lease=5, poll_s=0.01))
    await asyncio.gather(*await several(limits, 5))
    assert await limits.admit(CLIENT) is ADMITTED
    [day] = store.rows.days.values()
    held = day.granted - 6
    assert held > 0
    store.rows.limits[CLIENT] = day.granted

    async def given_back() -> bool:
        return store.granted == 6

    life = Life(ProcessSettings())
    recall = asyncio.create_task(limits.recall(life))
    await until(given_back)
    life.stopping.set()
    await recall


async def test_figures_are_looked_up_when_they_are_older_than_a_second_and_not_before(store: Store) -> None:
    limits = DailyLimits(store, Policy(refusing_s=60))
    first = await limits.figures(CLIENT)
    assert first and (first.limit, first.current) == (100, 0)
    await limits.admit(CLIENT)
    second = await limits.figures(CLIENT)
    assert second and second.current == 1
    assert store.calls["look"] == 1


async def test_figures_are_the_last_known_while_the_database_is_away(store: Store) -> None:
    limits = DailyLimits(store, QUICK)
    await limits.admit(CLIENT)

    async def looked_again() -> bool:
        store.errors = [DatabaseAway("away")]
        figures = await limits.figures(CLIENT)
        assert figures and figures.current == 1
        return store.calls["look"] > 0

    await until(looked_again)


async def test_there_are_no_figures_before_the_database_was_heard(store: Store) -> None:
    store.errors = [DatabaseAway("away")]
    assert await DailyLimits(store, QUICK).figures(CLIENT) is None

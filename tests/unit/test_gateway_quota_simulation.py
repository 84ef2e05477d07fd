"""Several gateways under random requests, errors, deaths, stops and days: what holds whatever happens."""

import random
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pytest

from services.gateway.quota import Ask, Ledger, Policy, Told, Verdict
from shared.errors import DatabaseAway
from tests.contract.lease_stores import Fault, RowsInMemory

CLIENT = 1
LIMIT = 60
DAY_STARTS = datetime.fromisoformat("2026-11-24T23:59:30")
LONGEST_EXCHANGE_S = 0.1
FAULTS = (Fault.LOST_BEFORE, Fault.LOST_AFTER)


@dataclass
class Gateway:
    """One process: its ledger, its requests that wait, and the exchange that is under way, since when."""

    instance: bytes
    ledger: Ledger
    waiting: int = 0
    asked: tuple[Ask | None] | None = None
    asked_at: float = 0.0
    failed_at: float = 0.0


@dataclass
class World:
    """The rows, the gateways and the clocks; what was admitted of each day, by the database's clock."""

    seed: int
    policy: Policy
    now: float = 50.0
    polled_at: float = 50.0
    admitted: Counter[date] = field(default_factory=Counter)
    admitted_when_refusing: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.rows = RowsInMemory(clock=self.clock, limits={CLIENT: LIMIT}, faults=deque())
        self.gateways = [self.start() for _ in range(3)]

    def clock(self) -> datetime:
        return DAY_STARTS + timedelta(seconds=self.now - 50.0)

    def start(self) -> Gateway:
        return Gateway(self.random.randbytes(16), Ledger(self.policy))

    def request(self, gateway: Gateway) -> None:
        verdict = gateway.ledger.arrive(self.now)
        if verdict is None and gateway.waiting < self.policy.most_waiting:
            gateway.waiting += 1
        self.note(verdict)

    def ask(self, gateway: Gateway) -> None:
        if gateway.asked is None and (gateway.waiting or gateway.ledger.due):
            gateway.asked, gateway.asked_at = (gateway.ledger.ask(self.now, gateway.waiting),), self.now

    def end(self, gateway: Gateway) -> None:
        """The exchange under way comes to its end, with luck or without. Whoever fails twice while the others settle
        cannot give back in time, and counts as dead."""
        if gateway.asked is None:
            return
        if self.now > gateway.failed_at + 2 * self.policy.settling_s and self.random.random() < 0.1:
            gateway.failed_at = self.now
            self.rows.faults.append(self.random.choice(FAULTS))
        (asked,), gateway.asked = gateway.asked, None
        try:
            gateway.ledger.told(self.exchange(gateway, asked), self.now)
        except DatabaseAway:
            gateway.ledger.fail(self.now)
        self.release(gateway)

    def exchange(self, gateway: Gateway, asked: Ask | None) -> Told:
        if asked is None:
            return self.rows.read(CLIENT, gateway.instance)
        return self.rows.exchange(CLIENT, gateway.instance, asked)

    def release(self, gateway: Gateway) -> None:
        while gateway.waiting and (verdict := gateway.ledger.verdict(self.now)):
            gateway.waiting -= 1
            self.note(verdict)

    def note(self, verdict: Verdict | None) -> None:
        today = self.clock().date()
        if verdict is Verdict.ADMITTED:
            self.admitted[today] += 1
        if verdict is Verdict.OVER_LIMIT:
            self.admitted_when_refusing.add(self.admitted[today])

    def kill(self, gateway: Gateway) -> None:
        """Dies at once; an exchange under way may still happen."""
        if gateway.asked and gateway.asked[0] and self.random.random() < 0.5:
            self.rows.exchange(CLIENT, gateway.instance, gateway.asked[0])
        self.gateways[self.gateways.index(gateway)] = self.start()

    def stop(self, gateway: Gateway) -> None:
        """Stops in order: what is under way ends, and all is given back."""
        gateway.ledger.stop()
        self.end(gateway)
        while gateway.ledger.owes:
            gateway.asked = (gateway.ledger.ask(self.now, 0),)
            self.end(gateway)
        self.gateways[self.gateways.index(gateway)] = self.start()

    def end_what_takes_long(self) -> None:
        for gateway in self.gateways:
            if self.now >= gateway.asked_at + LONGEST_EXCHANGE_S:
                self.end(gateway)

    def poll(self) -> None:
        """What every gateway does four times a second: looks, and gives back what it should not hold."""
        self.polled_at = self.now
        for gateway in self.gateways:
            gateway.ledger.seen(self.rows.look([CLIENT])[CLIENT], self.now)
            self.ask(gateway)

    def step(self, *, deaths: bool) -> None:
        self.now += self.random.choice((0.001, 0.01, 0.02, 0.06))
        gateway = self.random.choice(self.gateways)
        self.random.choices((self.request, self.ask, self.end), weights=(4, 6, 6))[0](gateway)
        self.end_what_takes_long()
        if self.now >= self.polled_at + self.policy.poll_s:
            self.poll()
        if deaths and self.random.random() < 0.01:
            self.random.choice((self.kill, self.stop))(gateway)


def run(world: World, *, deaths: bool) -> None:
    for _ in range(4000):
        world.step(deaths=deaths)


SEEDS = [random.SystemRandom().randrange(2**32) for _ in range(10)]
POLICIES = (Policy(), Policy(largest_lease=16))


@pytest.mark.parametrize("policy", POLICIES, ids=["leases of one", "larger leases"])
@pytest.mark.parametrize("seed", [*range(10), *SEEDS])
def test_whatever_dies_or_fails_no_day_admits_more_than_the_limit(seed: int, policy: Policy) -> None:
    world = World(seed, policy)
    run(world, deaths=True)
    assert max(world.admitted.values()) <= LIMIT
    assert all(day.granted <= LIMIT for day in world.rows.days.values())


@pytest.mark.parametrize("policy", POLICIES, ids=["leases of one", "larger leases"])
@pytest.mark.parametrize("seed", [*range(10), *SEEDS])
def test_while_nothing_dies_a_day_admits_all_of_the_limit_before_it_refuses(seed: int, policy: Policy) -> None:
    world = World(seed, policy)
    run(world, deaths=False)
    assert world.admitted_when_refusing == {LIMIT}
    assert set(world.admitted.values()) == {LIMIT}

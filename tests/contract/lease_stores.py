"""The daily limit's rows in memory, for tests; the contract's tests hold them against the real ones."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import Enum

from services.gateway import quota
from services.gateway.quota import Ask, Lease, Today, Told
from shared.errors import DatabaseAway


def wall_clock() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


class Fault(Enum):
    LOST_BEFORE = "the database went away before the transaction ended"
    LOST_AFTER = "the transaction ended, and its asker never heard of it"


@dataclass
class Day:
    granted: int = 0
    full_since: datetime | None = None


@dataclass
class RowsInMemory:
    """What the region's tables would hold; `faults` befall the next exchanges and readings, in order."""

    clock: Callable[[], datetime] = wall_clock
    limits: dict[int, int | None] = field(default_factory=dict)
    days: dict[tuple[int, date], Day] = field(default_factory=dict)
    leases: dict[tuple[int, date, bytes], Lease] = field(default_factory=dict)
    faults: deque[Fault | None] = field(default_factory=deque)

    def exchange(self, client_id: int, instance: bytes, ask: Ask) -> Told:
        fault = self._fail_before()
        told = self._exchanged(client_id, instance, ask)
        self._fail_after(fault)
        return told

    def read(self, client_id: int, instance: bytes) -> Told:
        fault = self._fail_before()
        told = self._read(client_id, instance)
        self._fail_after(fault)
        return told

    def look(self, client_ids: Iterable[int]) -> dict[int, Today]:
        return {client_id: self._today(client_id) for client_id in client_ids if client_id in self.limits}

    def _exchanged(self, client_id: int, instance: bytes, ask: Ask) -> Told:
        today = self._today(client_id)
        lease = self.leases.get((client_id, ask.day, instance))
        if lease is None or lease.seq != ask.seq or today.day != ask.day:
            return self._read(client_id, instance)
        told = quota.exchange(ask, today, lease)
        self.days[client_id, ask.day] = Day(told.today.granted, told.today.full_since)
        self.leases[client_id, ask.day, instance] = told.lease
        return told

    def _read(self, client_id: int, instance: bytes) -> Told:
        today = self._today(client_id)
        self.days.setdefault((client_id, today.day), Day())
        return Told(today, self.leases.setdefault((client_id, today.day, instance), Lease()))

    def _today(self, client_id: int) -> Today:
        today = Today(self.clock(), self.limits[client_id], 0, None)
        day = self.days.get((client_id, today.day), Day())
        return replace(today, granted=day.granted, full_since=day.full_since)

    def _fail_before(self) -> Fault | None:
        fault = self.faults.popleft() if self.faults else None
        if fault is Fault.LOST_BEFORE:
            raise DatabaseAway(fault.value)
        return fault

    def _fail_after(self, fault: Fault | None) -> None:
        if fault is Fault.LOST_AFTER:
            raise DatabaseAway(fault.value)


class LeaseStoreInMemory:
    """One gateway's way to the rows in memory."""

    def __init__(self, rows: RowsInMemory, instance: bytes) -> None:
        self._rows = rows
        self._instance = instance

    async def exchange(self, client_id: int, ask: Ask) -> Told:
        return self._rows.exchange(client_id, self._instance, ask)

    async def read(self, client_id: int) -> Told:
        return self._rows.read(client_id, self._instance)

    async def look(self, client_ids: Iterable[int]) -> dict[int, Today]:
        return self._rows.look(client_ids)

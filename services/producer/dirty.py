"""What London's transactions made dirty, and up to where all of that was dealt with. No I/O.

A changed row is only a signal: it leads to documents, which are then read again (docs/convergence.md). Transactions
that arrive while others are being dealt with are taken together, so a document that changes often is read seldom.
"""

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from services.producer.binlog import Transaction
from services.producer.binlog_columns import Value
from services.producer.routes import Route
from shared.position import Position
from shared.wire import DocumentType


@dataclass(slots=True)
class Signals:
    """Transactions taken together: the values that routes lead on from, and the position that a snapshot has to contain
    to have seen them all. `sweeps` are sentences why the whole catalogue must be read again."""

    numbers: list[int] = field(default_factory=list)
    position: Position | None = None
    values: dict[Route, set[Value]] = field(default_factory=lambda: defaultdict(set))
    sweeps: list[str] = field(default_factory=list)

    def add(self, number: int, transaction: Transaction, routes: Iterable[Route]) -> None:
        self.numbers.append(number)
        self.position = self.position.union(transaction.position) if self.position else transaction.position
        if transaction.sweep:
            self.sweeps.append(transaction.sweep)
        for route in routes:
            if found := transaction.touched.get(route.table, {}).get(route.column):
                self.values[route] |= found


@dataclass(slots=True)
class Round:
    """What the slow lane reads next: documents by type, or everything, and the transactions that wait for it."""

    numbers: list[int] = field(default_factory=list)
    ids: dict[DocumentType, set[int]] = field(default_factory=lambda: defaultdict(set))
    is_sweep: bool = False


@dataclass(slots=True)
class _Entry:
    transaction: Transaction
    is_finished: bool = False


class Ledger:
    """London's transactions in order, finished in any order; `reached` is where a restart goes on. `event` is the last
    transaction known before it, and `event_time` London's clock then, in seconds."""

    def __init__(self, start: Position, event: str, event_time: int) -> None:
        self.reached = start
        self.event = event
        self.event_time = event_time
        self._entries: deque[_Entry] = deque()
        self._first = 0

    def enter(self, transaction: Transaction) -> int:
        """The number by which the transaction is finished later."""
        self._entries.append(_Entry(transaction))
        return self._first + len(self._entries) - 1

    def finish(self, numbers: Iterable[int]) -> None:
        """Everything that these transactions made dirty is acknowledged in the log."""
        for number in numbers:
            self._entries[number - self._first].is_finished = True
        while self._entries and self._entries[0].is_finished:
            done = self._entries.popleft().transaction
            self._first += 1
            self.reached = done.resume
            # Otherwise the place to go on stays before a transaction that is prepared.
            if done.resume.contains(done.position):
                self.event, self.event_time = str(done.position), done.time

    @property
    def oldest_time(self) -> int | None:
        """London's clock at the oldest unfinished transaction; None when all are finished."""
        return self._entries[0].transaction.time if self._entries else None

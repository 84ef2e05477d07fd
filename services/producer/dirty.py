"""What London's transactions made dirty, and up to where all of that was dealt with. No I/O.

A changed row is only a signal: it leads to documents, which are then read again (docs/convergence.md). Transactions
that arrive while others are being dealt with are taken together, so a document that changes often is read seldom.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Final, NamedTuple

from services.producer.binlog import Transaction
from services.producer.binlog_columns import Value
from services.producer.routes import Route
from shared.position import Position
from shared.wire import DocumentType

MOST_UNFINISHED: Final = 50_000
"""Transactions that are read ahead of what is acknowledged, as while Kafka is away."""


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
    """What the slow lane reads next: documents by type, and the transactions that wait for it."""

    numbers: list[int] = field(default_factory=list)
    ids: dict[DocumentType, set[int]] = field(default_factory=lambda: defaultdict(set))


class Reached(NamedTuple):
    """A place to go on: `event` is the last transaction known before it, and `event_time` London's clock then, in
    seconds."""

    position: Position
    event: str
    event_time: int

    def past(self, transaction: Transaction) -> "Reached":
        """The place after a transaction that followed."""
        # Otherwise the place stays before a transaction that is prepared.
        if not transaction.resume.contains(transaction.position):
            return self._replace(position=transaction.resume)
        return Reached(transaction.resume, str(transaction.position), transaction.time)


class Ledger:
    """London's transactions in order, finished in any order."""

    def __init__(self, start: Reached) -> None:
        self._latest = start
        # Of each, the place before it.
        self._unfinished: dict[int, Reached] = {}
        self._numbers = count()

    def enter(self, transaction: Transaction) -> int:
        """The number by which the transaction is finished later."""
        number = next(self._numbers)
        self._unfinished[number] = self._latest
        self._latest = self._latest.past(transaction)
        return number

    def finish(self, numbers: Iterable[int]) -> None:
        """Everything that these transactions made dirty is acknowledged in the log."""
        for number in numbers:
            del self._unfinished[number]

    @property
    def has_room(self) -> bool:
        """Whether few enough are unfinished: beyond that London's server keeps them, not this process."""
        return len(self._unfinished) < MOST_UNFINISHED

    @property
    def reached(self) -> Reached:
        """Where a restart goes on: everything before is finished."""
        return next(iter(self._unfinished.values()), self._latest)

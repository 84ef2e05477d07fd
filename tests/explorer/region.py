"""The region's database as production code meets it: rows, and over each connection a transaction at READ COMMITTED.

Modelled is what MySQL and MariaDB do: a transaction changes rows in place and locks them until its end; a statement
that is after a row which another has locked waits; one that only reads sees what was committed; of two transactions
that wait for each other one is rolled back. A test compares it with a real server over two connections.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple, Self, cast

from asyncmy.errors import OperationalError

from services.persister.store import Store
from tests.explorer.fiber import ask
from tests.explorer.sql import Key, Row, Select, parse

Held = tuple[tuple[str, Any], ...]
"""A row: its columns and their values."""

Before = frozenset[tuple[Key, Held | None]]
"""The rows that a transaction has locked, as they were before it."""

DEADLOCK: Final = OperationalError(1213, "Deadlock found when trying to get lock")
CONTROLS: Final = ("START TRANSACTION", "COMMIT", "ROLLBACK")


class Run(NamedTuple):
    """A question: what a statement gives."""

    sql: str
    parameters: tuple[Any, ...]


class Answer(NamedTuple):
    """How many rows matched, and those that a SELECT gives."""

    matched: int = 0
    rows: tuple[tuple[Any, ...], ...] = ()


class Region(NamedTuple):
    """Rows as they stand, also where they are not committed, and by connection its transaction, if one is open."""

    rows: frozenset[tuple[Key, Held]]
    open: tuple[Before | None, ...]

    def committed(self) -> dict[Key, Row]:
        return self._seen_by(None)

    def _seen_by(self, connection: int | None) -> dict[Key, Row]:
        """What was committed, and what the connection's own transaction did."""
        rows = dict(self.rows)
        for other, before in enumerate(self.open):
            if other != connection:
                _undo(rows, before or frozenset())
        return {key: dict(row) for key, row in rows.items()}

    def blocking(self, connection: int, question: Run) -> int | None:
        """The connection that has locked what the statement is after."""
        if question.sql in CONTROLS:
            return None
        wanted = parse(question.sql).keys(question.parameters)
        for other, before in enumerate(self.open):
            if other != connection and before and any(key in wanted for key, _ in before):
                return other
        return None

    def run(self, connection: int, question: Run) -> tuple["Region", Answer]:
        """The region after a statement that nothing blocks, and what it gives."""
        match question.sql:
            case "START TRANSACTION":
                return self._with(connection, frozenset()), Answer()
            case "COMMIT":
                return self._with(connection, None), Answer()
            case "ROLLBACK":
                return self.rolled_back(connection), Answer()
        statement = parse(question.sql)
        if isinstance(statement, Select):
            return self._selected(connection, statement)
        [key] = statement.keys(question.parameters)
        row = dict(self.rows).get(key)
        before = None if row is None else dict(row)
        if not statement.matches(before, question.parameters):
            return self, Answer()
        after = statement.change(before, question.parameters)
        return self._changed(connection, key, row, None if after is None else tuple(after.items())), Answer(1)

    def rolled_back(self, connection: int) -> "Region":
        """The region after a transaction was given up, or its connection lost."""
        rows = dict(self.rows)
        _undo(rows, self.open[connection] or frozenset())
        return Region(frozenset(rows.items()), self.open)._with(connection, None)

    def _selected(self, connection: int, statement: Select) -> tuple["Region", Answer]:
        if not statement.ids:
            found = [
                row for (table, _), row in sorted(self._seen_by(connection).items()) if table == statement.table.name
            ]
            return self, Answer(len(found), tuple(map(statement.give, found)))
        rows = dict(self.rows)
        keys = [key for key in statement.keys(()) if key in rows]
        locked = self._locked(connection, [(key, rows[key]) for key in keys])
        return locked, Answer(len(keys), tuple(statement.give(dict(rows[key])) for key in keys))

    def _changed(self, connection: int, key: Key, before: Held | None, after: Held | None) -> "Region":
        rows = {one for one in self.rows if one[0] != key}
        if after is not None:
            rows.add((key, after))
        return self._locked(connection, [(key, before)])._replace(rows=frozenset(rows))

    def _locked(self, connection: int, rows: Iterable[tuple[Key, Held | None]]) -> "Region":
        held = self.open[connection]
        if held is None:
            return self
        known = dict(held)
        return self._with(connection, held | {(key, before) for key, before in rows if key not in known})

    def _with(self, connection: int, transaction: Before | None) -> "Region":
        return self._replace(open=(*self.open[:connection], transaction, *self.open[connection + 1 :]))


def _undo(rows: dict[Key, Held], before: Before) -> None:
    for key, row in before:
        if row is None:
            rows.pop(key, None)
        else:
            rows[key] = row


class _Connection:
    """Stands for asyncmy's connection."""

    async def query(self, sql: bytes) -> None:
        await ask(Run(sql.decode(), ()))

    def cursor(self) -> "_Cursor":
        return _Cursor()


class _Cursor:
    def __init__(self) -> None:
        self._rows: Sequence[tuple[Any, ...]] = ()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        answer: Answer = await ask(Run(sql, tuple(parameters)))
        self._rows = answer.rows
        return answer.matched

    async def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Row by row, as servers do, so that another transaction can come between."""
        for row in rows:
            await self.execute(sql, row)

    async def fetchall(self) -> Sequence[tuple[Any, ...]]:
        return self._rows


def open_store() -> Store:
    """Production code's store over the stand-in."""
    return Store(cast(Any, _Connection()), cast(Any, None))

"""London as production code meets it: a history of a few transactions, each of which comes in three steps.

A transaction is *logged* (the binlog tells of it), then *visible* (a snapshot shows it), then *counted* (a position
that is read holds it): that it is not counted before it is visible is what reading a position promises
(docs/convergence.md). What is visible after each transaction is a database of its own, in which the mapping's SQL runs.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from enum import Enum
from itertools import product
from pathlib import Path
from typing import Any, Final, Self, cast

from services.producer.binlog import Transaction
from services.producer.mapping import load_mapping
from services.producer.source import Instance, London
from shared.position import MySQLPosition
from tests.explorer.fiber import ask

UUID: Final = "6a1f3c9e-0000-0000-0000-000000000001"
INSTANCE: Final = Instance(is_mariadb=False, version="8.4", id=UUID)
TIME: Final = "2026-01-01 00:00:00.000000"
MAPPING: Final = load_mapping(Path(__file__).parent / "mapping")
BEFORE: Final = 1
"""Transactions that London has executed before the first of a history, since a version begins at 1. What is printed
counts them, too."""

_TABLES: Final = ("album", "track", "song")
_SCHEMA: Final = """
    CREATE TABLE album (album_id INTEGER PRIMARY KEY, title TEXT);
    CREATE TABLE track (track_id INTEGER PRIMARY KEY, album_id INTEGER);
    CREATE TABLE song (track_id INTEGER PRIMARY KEY, title TEXT);
    INSERT INTO album VALUES (1, 'one'), (2, 'two');
    INSERT INTO track VALUES (12, 1);
    INSERT INTO song VALUES (12, 'song');
"""

CHANGES: Final = {
    "the track moves": "UPDATE track SET album_id = 3 - album_id",
    "the song is renamed": "UPDATE song SET title = title || '!'",
    "album 1 is withdrawn": "DELETE FROM album WHERE album_id = 1; DELETE FROM track WHERE album_id = 1",
    "album 1 comes back": "INSERT OR IGNORE INTO album VALUES (1, 'one'); INSERT OR IGNORE INTO track VALUES (12, 1)",
}
"""What a transaction of London can be."""


class Question(Enum):
    """What production code asks of London, to which the answer depends on the moment: a number of transactions."""

    POSITION = "how many are counted"
    SNAPSHOT = "how many are visible, in one consistent snapshot from now on"
    GLANCE = "how many are visible, to one statement"


class History:
    """What London's transactions do, in their order."""

    def __init__(self, changes: Sequence[str]) -> None:
        self.changes = changes
        self._shown = [_database(changes[:count]) for count in range(len(changes) + 1)]

    def __len__(self) -> int:
        return len(self.changes)

    def query(self, visible: int, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Columns and rows of a statement when so many transactions are visible."""
        cursor = self._shown[visible].execute(sql)
        return [column[0] for column in cursor.description], cursor.fetchall()

    def transaction(self, number: int) -> Transaction:
        """The binlog's transaction, numbered from 1: its wanted columns as they were before and after."""
        return Transaction(
            position=_gtids(BEFORE + number, BEFORE + number),
            resume=position(number),
            time=0,
            touched=self._touched(number),
            sweep=None,
        )

    def changes_something(self, number: int) -> bool:
        return any(found for columns in self._touched(number).values() for found in columns.values())

    def _touched(self, number: int) -> dict[str, dict[str, set[Any]]]:
        touched: dict[str, dict[str, set[Any]]] = {}
        for table, wanted in MAPPING.wanted.items():
            columns, before = self.query(number - 1, f"SELECT * FROM {table}")
            _, after = self.query(number, f"SELECT * FROM {table}")
            changed = set(before) ^ set(after)
            values = {column: {row[columns.index(column)] for row in changed} for column in wanted}
            touched[table] = values
        return touched


def position(number: int) -> MySQLPosition:
    """Where London stands after so many transactions of a history."""
    return _gtids(1, BEFORE + number)


def number(position: MySQLPosition) -> int:
    """How many transactions of a history it holds."""
    return position.count - BEFORE


def _gtids(first: int, last: int) -> MySQLPosition:
    return MySQLPosition.parse(f"{UUID}:{first}-{last}")


def _database(changes: Iterable[str]) -> sqlite3.Connection:
    made = sqlite3.connect(":memory:")
    made.executescript(_SCHEMA)
    for change in changes:
        made.executescript(CHANGES[change])
    return made


def histories(length: int) -> list[tuple[str, ...]]:
    """All histories of so many transactions each of which changes something."""
    found = product(CHANGES, repeat=length)
    return [changes for changes in found if all(map(History(changes).changes_something, range(1, length + 1)))]


class _Connection:
    """Stands for a connection to MySQL: its questions are those to which the answer depends on the moment."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._snapshot: int | None = None

    async def query(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        if sql.startswith("SELECT @@GLOBAL.gtid_executed"):
            return ["position", "time"], [(str(position(await ask(Question.POSITION))), TIME)]
        if sql.startswith("START TRANSACTION"):
            self._snapshot = await ask(Question.SNAPSHOT)
        elif sql == "COMMIT":
            self._snapshot = None
        elif not sql.startswith("SET SESSION"):
            visible = self._snapshot if self._snapshot is not None else await ask(Question.GLANCE)
            return self._history.query(visible, sql)
        return [], []

    def cursor(self) -> "_Cursor":
        return _Cursor(self)


class _Cursor:
    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self.description: list[tuple[str]] = []
        self._rows: list[tuple[Any, ...]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def execute(self, sql: str) -> None:
        columns, self._rows = await self._connection.query(sql)
        self.description = [(column,) for column in columns]

    async def fetchall(self) -> list[tuple[Any, ...]]:
        return self._rows


def open_london(history: History) -> London:
    """Production code's London over the stand-in."""
    connection, nowhere = cast(Any, _Connection(history)), cast(Any, None)
    return London(connection, nowhere, INSTANCE, MAPPING, lambda _, secret: secret)

"""Row events: of each row's images only the values of the wanted columns, everything else is stepped over by its size.

A value in a row image is either of a fixed size or has its length before it in 1 to 4 bytes. A table map event tells
which, and, where London writes `binlog_row_metadata=FULL`, the columns' names, signs and character sets. So nothing
need be known of London's schema, and no change of it can shift a column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

from services.producer.binlog_events import Undecodable, length_encoded

Value = int | str | bytes
"""A value of a wanted column: a whole number, text, or the bytes of a binary column."""

TINY, SHORT, LONG, LONGLONG, INT24 = 1, 2, 3, 8, 9
FLOAT, DOUBLE, VARCHAR, DECIMAL, ENUM, SET, BLOB, VAR_STRING, STRING = 4, 5, 15, 246, 247, 248, 252, 253, 254

_INTEGERS: Final = {TINY: 1, SHORT: 2, INT24: 3, LONG: 4, LONGLONG: 8}
_SIGNED: Final = frozenset({*_INTEGERS, FLOAT, DOUBLE, DECIMAL})
_COLLATED: Final = frozenset({VARCHAR, BLOB, VAR_STRING, STRING})


class Storage(NamedTuple):
    """How a value lies in a row image: `size` bytes, or, where `prefix` is not 0, its length in `prefix` bytes and then
    that many."""

    size: int
    prefix: int = 0


_DIGITS_BYTES: Final = (0, 1, 1, 2, 2, 3, 3, 4, 4, 4)
"""Bytes that a DECIMAL takes for its 0 to 8 digits outside the groups of 9, and for a group."""


def _decimal_bytes(digits: int) -> int:
    return digits // 9 * 4 + _DIGITS_BYTES[digits % 9]


def _fixed(size: int) -> tuple[int, Callable[[bytes], Storage]]:
    return 0, lambda _: Storage(size)


def _temporal(seconds_bytes: int) -> tuple[int, Callable[[bytes], Storage]]:
    """With the number of its decimals in the metadata, two to a byte."""
    return 1, lambda meta: Storage(seconds_bytes + (meta[0] + 1) // 2)


def _text(longest: int) -> Storage:
    return Storage(0, 1 if longest < 256 else 2)


def _string(meta: bytes) -> Storage:
    type, longest = _real_string(meta)
    return Storage(longest) if type in (ENUM, SET) else _text(longest)


def _real_string(meta: bytes) -> tuple[int, int]:
    """The type behind STRING (itself, ENUM or SET), and the most bytes that it takes: the bits above 255 stand
    inverted in the type."""
    type, longest = meta
    return type | 0x30, longest | ((type & 0x30) ^ 0x30) << 4


_SIZED: Final = (1, lambda meta: Storage(meta[0]))
_PREFIXED: Final = (1, lambda meta: Storage(0, meta[0]))
_VARYING: Final = (2, lambda meta: _text(int.from_bytes(meta, "little")))

_STORAGES: Final[Mapping[int, tuple[int, Callable[[bytes], Storage]]]] = {
    **{type: _fixed(size) for type, size in _INTEGERS.items()},
    FLOAT: _SIZED,
    DOUBLE: _SIZED,
    10: _fixed(3),  # DATE
    13: _fixed(1),  # YEAR
    14: _fixed(3),  # NEWDATE
    VARCHAR: _VARYING,
    16: (2, lambda meta: Storage(meta[1] + (meta[0] > 0))),  # BIT: whole bytes, and bits beyond them
    17: _temporal(4),  # TIMESTAMP
    18: _temporal(5),  # DATETIME
    19: _temporal(3),  # TIME
    140: _PREFIXED,  # MariaDB's compressed BLOB
    141: _VARYING,  # MariaDB's compressed VARCHAR
    242: _PREFIXED,  # VECTOR
    245: _PREFIXED,  # JSON
    DECIMAL: (2, lambda meta: Storage(_decimal_bytes(meta[0] - meta[1]) + _decimal_bytes(meta[1]))),
    BLOB: _PREFIXED,
    VAR_STRING: _VARYING,
    STRING: (2, _string),
    255: _PREFIXED,  # GEOMETRY
}
"""By the type of a column: how many bytes of metadata a table map has for it, and the storage that they tell."""


class Column(NamedTuple):
    """`read` makes a value of its bytes; None for types whose values are not read."""

    name: str
    storage: Storage
    read: Callable[[bytes], Value] | None


class Plan(NamedTuple):
    """The way through one row image: for each step the bytes to pass over, the value's storage, and the place of the
    value among the wanted ones, None if it is not wanted; in the end bytes to pass over."""

    steps: tuple[tuple[int, int, int, int | None], ...]
    tail: int


class Layout:
    """The columns of a mapped table as one table map event describes them.

    `table` and `wanted` are the names as the mapping writes them, in London they may differ in case.
    """

    def __init__(self, table: str, columns: Sequence[Column], wanted: Sequence[str]) -> None:
        self.table = table
        self._columns = columns
        self._slots = _slots(table, columns, wanted)
        self._wanted = wanted
        self._reads = [column.read for column in columns]
        self._plans: dict[tuple[bytes, bytes], Plan] = {}

    def values(self, body: bytes, start: int, *, is_update: bool, is_partial: bool) -> dict[str, set[Value]]:
        """The distinct values by wanted column, NULL left out, in the rows of an event before and after it.

        `body[start:]` is the width of the table, the bitmaps of the columns that are there, and the rows. Raises
        Undecodable for rows without the wanted columns, or of another form than the table map says.
        """
        images, position = self._images(body, start, 2 if is_update else 1)
"""
"""

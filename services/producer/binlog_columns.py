"""Column types in row events: the size of their values, and the reading of the types that can be keys.

A value in a row image is either of a fixed size or has its length before it, in 1 to 4 bytes; a type and the few bytes
of metadata that a table map event has for it tell which.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, NamedTuple

Value = int | str | bytes
"""A whole number, text, or the bytes of a binary column."""

Read = Callable[[bytes], Value]

TINY, SHORT, LONG, LONGLONG, INT24 = 1, 2, 3, 8, 9
FLOAT, DOUBLE, YEAR, VARCHAR, JSON, DECIMAL, ENUM, SET, BLOB, STRING, GEOMETRY = (
    *(4, 5, 13, 15, 245),
    *(246, 247, 248, 252, 254, 255),
)
COMPRESSED_BLOB, COMPRESSED_VARCHAR = 140, 141
"""MariaDB's."""

_INTEGERS: Final = {TINY: 1, SHORT: 2, INT24: 3, LONG: 4, LONGLONG: 8}


class Storage(NamedTuple):
    """A value is `size` bytes, or, where `prefix` is not 0, its length in `prefix` bytes and then that many."""

    size: int
    prefix: int = 0


class Sizing(NamedTuple):
    """How many bytes of metadata a table map has for a type, and the storage that they tell."""

    metadata_bytes: int
    storage: Callable[[bytes], Storage]


def _real_string(metadata: bytes) -> tuple[int, int]:
    """The type behind STRING (itself, ENUM or SET), and the most bytes that a value takes; of the latter, the bits
    above 255 stand inverted in the type."""
    type, longest = metadata
    return type | 0x30, longest | ((type & 0x30) ^ 0x30) << 4


def _string(metadata: bytes) -> Storage:
    type, longest = _real_string(metadata)
    return Storage(longest) if type in (ENUM, SET) else _text(longest)


def _text(longest: int) -> Storage:
    return Storage(0, prefix=1 if longest < 256 else 2)


_LEFT_DIGITS_BYTES: Final = (0, 1, 1, 2, 2, 3, 3, 4, 4)


def _digits_bytes(count: int) -> int:
    """What a DECIMAL takes for its digits on one side of the point: 4 bytes for each 9, fewer for those left."""
    return count // 9 * 4 + _LEFT_DIGITS_BYTES[count % 9]


def _fixed(size: int) -> Sizing:
    return Sizing(0, lambda _: Storage(size))


def _temporal(size: int) -> Sizing:
    """Of `size` bytes, and one more for each two decimals."""
    return Sizing(1, lambda metadata: Storage(size + (metadata[0] + 1) // 2))


_FLOATING: Final = Sizing(1, lambda metadata: Storage(metadata[0]))
_PREFIXED: Final = Sizing(1, lambda metadata: Storage(0, prefix=metadata[0]))
_VARYING: Final = Sizing(2, lambda metadata: _text(int.from_bytes(metadata, "little")))

SIZINGS: Final[Mapping[int, Sizing]] = {
    **{type: _fixed(size) for type, size in _INTEGERS.items()},
    FLOAT: _FLOATING,
    DOUBLE: _FLOATING,
    10: _fixed(3),  # DATE
    YEAR: _fixed(1),
    VARCHAR: _VARYING,
    16: Sizing(2, lambda metadata: Storage(metadata[1] + (metadata[0] > 0))),  # BIT: whole bytes, bits beyond them
    17: _temporal(4),  # TIMESTAMP
    18: _temporal(5),  # DATETIME
    19: _temporal(3),  # TIME
    COMPRESSED_BLOB: _PREFIXED,
    COMPRESSED_VARCHAR: _VARYING,
    242: _PREFIXED,  # VECTOR
    JSON: _PREFIXED,
    DECIMAL: Sizing(2, lambda metadata: Storage(_digits_bytes(metadata[0] - metadata[1]) + _digits_bytes(metadata[1]))),
    BLOB: _PREFIXED,
    STRING: Sizing(2, _string),
    GEOMETRY: _PREFIXED,
}
"""By type. TIMESTAMP, TIME and DATETIME as they were before MySQL 5.6 (7, 11, 12) are left out: MariaDB's may have
decimals, and a table map does not tell how many."""


SIGNED: Final = frozenset({*_INTEGERS, FLOAT, DOUBLE, DECIMAL, YEAR})
"""Types of which a table map says if they are UNSIGNED."""


def has_collation(type: int, metadata: bytes, *, is_mariadb: bool) -> bool:
    """Whether a table map gives such columns a collation."""
    return _is_text(type, metadata) or (is_mariadb and type in (GEOMETRY, COMPRESSED_BLOB, COMPRESSED_VARCHAR))


def _is_text(type: int, metadata: bytes) -> bool:
    return type in (VARCHAR, BLOB) or (type == STRING and _real_string(metadata)[0] == STRING)


def reading(type: int, metadata: bytes, *, is_unsigned: bool, collation: int) -> Read | None:
    """What makes a value of the bytes of one; None for a type or collation whose values are not read."""
    if type in _INTEGERS:
        return partial(int.from_bytes, byteorder="little", signed=not is_unsigned)
    if type == DECIMAL and metadata[1] == 0:
        return _whole_decimal
    if not _is_text(type, metadata):
        return None
    if collation == _BINARY_COLLATION:
        # The zeros at the end of a BINARY are cut off in a row image.
        return _padded(_real_string(metadata)[1]) if type == STRING else bytes
    codec = codec_of(collation)
    return partial(str, encoding=codec) if codec else None


def _padded(length: int) -> Read:
    return lambda value: value.ljust(length, b"\0")


def _whole_decimal(value: bytes) -> int:
    """Big-endian groups of 9 digits with the bit of the sign inverted; of a negative number, all bits are."""
    sign = 1 << len(value) * 8 - 1
    bits = int.from_bytes(value, "big") ^ sign
    is_negative = bits & sign
    if is_negative:
        bits ^= 2 * sign - 1
    number, unit = 0, 1
    while bits:
        number += (bits & 0xFFFF_FFFF) * unit
        bits, unit = bits >> 32, unit * 10**9
    return -number if is_negative else number


_BINARY_COLLATION: Final = 63
_NOPAD: Final = range(1024, 2048)
"""MariaDB's collations that do not pad are the others' numbers with 1024 added."""

_CODECS: Final[Mapping[int, str]] = {
    **dict.fromkeys([33, 45, 46, 76, 83, *range(192, 248), *range(255, 324)], "utf-8"),
    **dict.fromkeys([*range(576, 579), *range(608, 611), *range(2048, 2248), *range(2304, 2504)], "utf-8"),
    **dict.fromkeys([5, 8, 15, 31, 47, 48, 49, 94], "cp1252"),
    **dict.fromkeys([11, 65], "ascii"),
}


def codec_of(collation: int) -> str | None:
    """Python's name of a collation's character set, for utf8mb3, utf8mb4, latin1 and ascii."""
    return _CODECS.get(collation - _NOPAD.start if collation in _NOPAD else collation)

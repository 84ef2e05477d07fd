"""Named statements from a `.sql` file, filled with literals in one pass over bytes.

A statement begins at `-- name: NAME`; comment lines below it say what it is for. Literals follow the rules of a session
whose sql_mode holds NO_BACKSLASH_ESCAPES (`SQL_MODE`), under which only the quote itself has to be doubled.
"""

import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Final

SQL_MODE: Final = "STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,NO_BACKSLASH_ESCAPES"
"""Strict, so that a value that does not fit is an error and never a cut one."""

Value = int | str | bytes | None
_PLACEHOLDER: Final = re.compile(rb":([a-z_]+)\b")


class Statement:
    """One statement with `:name` placeholders; they stand outside of quotes."""

    def __init__(self, text: str) -> None:
        self._parts = _PLACEHOLDER.split(text.encode())

    def fill(self, **values: bytes) -> bytes:
        """The statement with each placeholder replaced by SQL, as the functions below make it."""
        parts = list(self._parts)
        parts[1::2] = [values[name.decode()] for name in parts[1::2]]
        return b"".join(parts)

    def bind(self, **values: Value) -> bytes:
        """The statement with each placeholder replaced by one literal."""
        return self.fill(**{name: literal(value) for name, value in values.items()})


def load(package: str, file: str) -> Mapping[str, Statement]:
    """The statements of a file that lies in a package, by name."""
    sections = re.split(r"^-- name: (\w+)$", files(package).joinpath(file).read_text("utf-8"), flags=re.MULTILINE)
    return {name: Statement(_code(text)) for name, text in zip(sections[1::2], sections[2::2], strict=True)}


def literal(value: Value) -> bytes:
    """One value. Bytes are taken for text in UTF-8; see `binary` for others."""
    if value is None:
        return b"NULL"
    if isinstance(value, int):
        return b"%d" % value
    return b"'%b'" % escaped(value.encode() if isinstance(value, str) else value)


def escaped(text: bytes) -> bytes:
    """Text in UTF-8 as it stands between two quotes."""
    return text.replace(b"'", b"''")


def binary(value: bytes | None) -> bytes:
    """A value of a BINARY column."""
    return b"NULL" if value is None else b"x'%b'" % value.hex().encode()


def row(*literals: bytes) -> bytes:
    return b"(%b)" % b",".join(literals)


def numbers(values: Iterable[int]) -> bytes:
    """A list for IN (...), empty as NULL, which nothing equals."""
    return b",".join(b"%d" % value for value in values) or b"NULL"


def _code(text: str) -> str:
    return "\n".join(line for line in text.strip().splitlines() if not line.startswith("--")).strip()

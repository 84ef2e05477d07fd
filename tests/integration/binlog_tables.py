"""Tables of random columns and random rows in them, over every type that a server has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

Literal = Callable[[Random], str]
"""Makes an SQL literal for a column of a type."""


@dataclass(frozen=True)
class Type:
    """A column type in one of its many declarations, and literals of it."""

    declaration: str
    literal: Literal


def _integer(name: str, bits: int) -> Callable[[Random], Type]:
    def draw(random: Random) -> Type:
        if random.random() < 0.5:
            return Type(f"{name} UNSIGNED", lambda r: str(r.choice([0, 1, 2**bits - 1, r.randrange(2**bits)])))
        half = 2 ** (bits - 1)
        return Type(name, lambda r: str(r.choice([-half, -1, 0, half - 1, r.randrange(-half, half)])))

    return draw


def _decimal(random: Random, scale: int | None = None) -> Type:
    precision = random.randint(1, 65)
    scale = random.randint(0, min(precision, 30)) if scale is None else scale

    def literal(r: Random) -> str:
        digits = "".join(r.choice("0123456789") for _ in range(r.randint(1, precision))).rjust(scale + 1, "0")
        digits = digits[-precision:] if precision > scale else f"0{digits[-scale:]}"
        return r.choice(["", "-"]) + (f"{digits[:-scale]}.{digits[-scale:]}" if scale else digits)

    return Type(f"DECIMAL({precision}, {scale})", literal)


def whole_decimal(random: Random) -> Type:
    return _decimal(random, 0)


def _characters(r: Random, alphabet: str, most: int) -> str:
    length = r.choice([0, 1, most, r.randint(0, most)])
    return "'" + "".join(r.choice(alphabet) for _ in range(length)) + "'"


def _text(charset: str, alphabet: str) -> Callable[[Random], Type]:
    def draw(random: Random) -> Type:
        length = random.choice([1, 40, 63, 64, 85, 86, 200, 255])
        name = random.choice([f"CHAR({length})", f"VARCHAR({length})", f"VARCHAR({length + 200})", "TEXT", "LONGTEXT"])
        return Type(f"{name} CHARACTER SET {charset}", lambda r: _characters(r, alphabet, min(length, 60)))

    return draw


def _bytes(random: Random) -> Type:
    length = random.choice([1, 16, 200, 255])
    names = [f"BINARY({length})", f"VARBINARY({length})", f"VARBINARY({length + 100})"]
    name = random.choice([*names, "TINYBLOB", "BLOB", "MEDIUMBLOB", "LONGBLOB"])
    return Type(name, lambda r: f"0x{r.randbytes(r.randint(1, min(length, 40))).hex()}00")


def _bits(random: Random) -> Type:
    bits = random.randint(1, 64)
    return Type(f"BIT({bits})", lambda r: f"b'{r.randrange(2**bits):b}'")


def _moment(name: str, text: Literal) -> Callable[[Random], Type]:
    def draw(random: Random) -> Type:
        decimals = random.randint(0, 6)
        return Type(f"{name}({decimals}) NULL", lambda r: f"'{text(r)}.{r.randrange(10**6):06}'")

    return draw


def _clock(r: Random) -> str:
    return f"{r.randint(0, 23):02}:{r.randint(0, 59):02}:{r.randint(0, 59):02}"


def _date(r: Random) -> str:
    return f"{r.randint(1971, 2037)}-{r.randint(1, 12):02}-{r.randint(1, 28):02}"


def _enum(random: Random) -> Type:
    members = [f"'m{number}'" for number in range(random.choice([2, 300]))]
    return Type(f"ENUM({', '.join(members)})", lambda r: r.choice(members))


def _set(random: Random) -> Type:
    members = [f"m{number}" for number in range(random.choice([3, 9, 33, 64]))]
    quoted = ", ".join(f"'{member}'" for member in members)
    return Type(f"SET({quoted})", lambda r: "'" + ",".join(r.sample(members, r.randint(0, 3))) + "'")


def _json(r: Random) -> str:
    return f'\'{{"a": {r.randrange(1000)}, "b": "{"x" * r.choice([0, 3, 300])}"}}\''


def _point(r: Random) -> str:
    return f"ST_GeomFromText('POINT({r.randint(0, 80)} {r.randint(0, 80)})')"


def _uuid(r: Random) -> str:
    text = r.randbytes(16).hex()
    return f"'{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}'"


READ: tuple[Callable[[Random], Type], ...] = (
    _integer("TINYINT", 8),
    _integer("SMALLINT", 16),
    _integer("MEDIUMINT", 24),
    _integer("INT", 32),
    _integer("BIGINT", 64),
    whole_decimal,
    _text("utf8mb4", "abcdé😀日 _"),
    _text("utf8mb3", "abcdé日_"),
    _text("latin1", "abcdé€_"),
    _text("ascii", "abcd_"),
    _bytes,
)
"""Types whose values are read."""

PASSED: tuple[Callable[[Random], Type], ...] = (
    *READ,
    _decimal,
    lambda _: Type("FLOAT", lambda r: str(r.random())),
    lambda _: Type("DOUBLE", lambda r: str(r.random())),
    lambda _: Type("YEAR", lambda r: str(r.randint(1901, 2155))),
    lambda _: Type("DATE", lambda r: f"'{_date(r)}'"),
    _moment("TIME", _clock),
    _moment("DATETIME", lambda r: f"{_date(r)} {_clock(r)}"),
    _moment("TIMESTAMP", lambda r: f"{_date(r)} {_clock(r)}"),
    _text("ucs2", "abcdé"),
    _bits,
    _enum,
    _set,
    lambda _: Type("JSON", _json),
    lambda _: Type("POINT", _point),
    lambda _: Type("GEOMETRY", _point),
)
"""Types that both kinds of server have."""

MARIADB: tuple[Callable[[Random], Type], ...] = (
    lambda _: Type("INET6", lambda r: f"'2001:db8::{r.randrange(2**16):x}'"),
    lambda _: Type("UUID", _uuid),
    lambda _: Type("VARCHAR(300) COMPRESSED", lambda r: f"'{'ab' * r.choice([0, 1, 140])}'"),
    lambda _: Type("VARBINARY(254) COMPRESSED", lambda r: f"'{'ab' * r.choice([0, 1, 120])}'"),
    lambda _: Type("VARBINARY(255) COMPRESSED", lambda r: f"'{'ab' * r.choice([0, 1, 120])}'"),
    lambda _: Type("BLOB COMPRESSED", lambda r: f"'{'ab' * r.choice([0, 1, 400])}'"),
)


@dataclass(frozen=True)
class Column:
    name: str
    type: Type
    is_wanted: bool


@dataclass(frozen=True)
class Table:
    """A table with a numeric key `id`, columns in random order, and one that is computed."""

    name: str
    columns: list[Column]

    @property
    def wanted(self) -> list[str]:
        return [column.name for column in self.columns if column.is_wanted]

    def definition(self, random: Random) -> str:
        declarations = [f"{column.name} {column.type.declaration}" for column in self.columns]
        declarations += ["id INT UNSIGNED NOT NULL PRIMARY KEY", "turn INT NOT NULL DEFAULT 0"]
        declarations += [f"computed BIGINT AS (turn + 1) {random.choice(['VIRTUAL', 'STORED'])}"]
        random.shuffle(declarations)
        return f"CREATE TABLE {self.name} ({', '.join(declarations)})"

    def insertion(self, random: Random, ids: list[int]) -> str:
        names = ", ".join(["id", *(column.name for column in self.columns)])
        rows = ", ".join(f"({', '.join([str(id), *self._values(random)])})" for id in ids)
        return f"INSERT INTO {self.name} ({names}) VALUES {rows}"

    def update(self, random: Random, ids: list[int]) -> str:
        changed = random.sample(self.columns, random.randint(1, len(self.columns)))
        values = dict(zip((column.name for column in self.columns), self._values(random), strict=True))
        assignments = ", ".join(f"{column.name} = {values[column.name]}" for column in changed)
        return f"UPDATE {self.name} SET turn = turn + 1, {assignments} WHERE id IN ({', '.join(map(str, ids))})"

    def deletion(self, ids: list[int]) -> str:
        return f"DELETE FROM {self.name} WHERE id IN ({', '.join(map(str, ids))})"

    def _values(self, random: Random) -> list[str]:
        return ["NULL" if random.random() < 0.2 else column.type.literal(random) for column in self.columns]


def random_table(name: str, random: Random, *, is_mariadb: bool) -> Table:
    passed = [*PASSED, *(MARIADB if is_mariadb else ())]
    drawn = [(random.choice(READ)(random), True) for _ in range(random.randint(1, 4))]
    drawn += [(random.choice(passed)(random), False) for _ in range(random.randint(0, 14))]
    random.shuffle(drawn)
    columns = [Column(f"c{place}", type, is_wanted) for place, (type, is_wanted) in enumerate(drawn)]
    return Table(name, columns)

"""The statements of the persister's `queries.sql`, read, and carried out on single rows.

Only what those statements use is understood; anything else is an error. Each tells which primary keys it is after.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from operator import eq, ge, gt
from typing import Any, Final

Row = Mapping[str, Any]
Key = tuple[str, tuple[Any, ...]]
"""Table and primary key."""

Parameters = Sequence[Any]
Value = Callable[[Row, Row, Parameters], Any]
"""An expression: of the row that stands there, the row that was to be inserted, and the parameters."""

Assignments = Sequence[tuple[str, Value]]
"""They are made from left to right, and see those made before."""

_TOKEN: Final = re.compile(r"\s*(%s|\w+|'[^']*'|>=|[(),=>])")
_OPERATORS: Final = {"=": eq, ">": gt, ">=": ge}
_FORMS: Final = {
    "put": re.compile(r"INSERT INTO (\w+) \((.+?)\)\s+VALUES \((.+?)\)\s+ON DUPLICATE KEY UPDATE\s+(.+)", re.DOTALL),
    "update": re.compile(r"UPDATE (\w+) SET (.+?)\s+WHERE (.+)", re.DOTALL),
    "delete": re.compile(r"DELETE FROM (\w+) WHERE (.+)", re.DOTALL),
    "lock": re.compile(r"SELECT (.+) FROM (\w+) WHERE \w+ IN \((.+)\) ORDER BY \w+ FOR UPDATE"),
    "read": re.compile(r"SELECT (.+) FROM (\w+)"),
}


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the persister's schema; `columns` holds the default of each, None where it has none."""

    name: str
    primary: tuple[str, ...]
    columns: Row

    def key(self, row: Row) -> Key:
        return self.name, tuple(row[column] for column in self.primary)


@dataclass(frozen=True, slots=True)
class Put:
    """INSERT … ON DUPLICATE KEY UPDATE of one row."""

    table: Table
    values: Assignments
    assignments: Assignments

    def keys(self, parameters: Parameters) -> list[Key]:
        return [self.table.key(self._new(parameters))]

    def matches(self, _row: Row | None, _parameters: Parameters) -> bool:
        return True

    def change(self, row: Row | None, parameters: Parameters) -> Row:
        new = self._new(parameters)
        return _assign(row, new, self.assignments, parameters) if row else new

    def _new(self, parameters: Parameters) -> Row:
        return _assign(self.table.columns, {}, self.values, parameters)


@dataclass(frozen=True, slots=True)
class Edit:
    """UPDATE, or DELETE where there is nothing to assign, of the row with a primary key, if it is as `where` says."""

    table: Table
    assignments: Assignments
    key: Assignments
    where: Sequence[Value]

    def keys(self, parameters: Parameters) -> list[Key]:
        return [self.table.key(_assign({}, {}, self.key, parameters))]

    def matches(self, row: Row | None, parameters: Parameters) -> bool:
        return row is not None and all(holds(row, {}, parameters) for holds in self.where)

    def change(self, row: Row | None, parameters: Parameters) -> Row | None:
        return _assign(row or {}, {}, self.assignments, parameters) if self.assignments else None


@dataclass(frozen=True, slots=True)
class Select:
    """Columns of the rows with these ids, which are locked; without ids, of all rows, which are only read."""

    table: Table
    columns: Sequence[str]
    ids: Sequence[int]

    def keys(self, _parameters: Parameters) -> list[Key]:
        return [(self.table.name, (id,)) for id in self.ids]

    def give(self, row: Row) -> tuple[Any, ...]:
        return tuple(row[column] for column in self.columns)


Statement = Put | Edit | Select


@cache
def parse(sql: str) -> Statement:
    """The statement of a text; ValueError for one that is not understood."""
    for form, pattern in _FORMS.items():
        if found := pattern.fullmatch(sql.strip()):
            return _FORM[form](*found.groups())
    raise ValueError(f"not understood: {sql}")


def _put(table: str, columns: str, values: str, assignments: str) -> Put:
    return Put(tables()[table], _Reading(values).values(_names(columns)), _Reading(assignments).assignments())


def _update(table: str, assignments: str, where: str) -> Edit:
    reading = _Reading(assignments)
    made = reading.assignments()
    return _edit(table, made, _Reading(where, reading.parameters))


def _delete(table: str, where: str) -> Edit:
    return _edit(table, [], _Reading(where))


def _edit(table: str, assignments: Assignments, reading: "_Reading") -> Edit:
    found = tables()[table]
    where, equal = reading.conditions()
    return Edit(found, assignments, [one for one in equal if one[0] in found.primary], where)


def _lock(columns: str, table: str, ids: str) -> Select:
    return Select(tables()[table], _names(columns), [int(id) for id in ids.split(",")])


def _read(columns: str, table: str) -> Select:
    return Select(tables()[table], _names(columns), ())


_FORM: Final[Mapping[str, Callable[..., Statement]]] = {
    "put": _put,
    "update": _update,
    "delete": _delete,
    "lock": _lock,
    "read": _read,
}


class _Reading:
    """Reads expressions off a text; `parameters` counts those that stand before the next one."""

    def __init__(self, text: str, parameters: int = 0) -> None:
        self._tokens = _TOKEN.findall(text)
        self.parameters = parameters

    def passes(self, token: str) -> bool:
        """Whether the next token is this one, which then is passed."""
        is_next = self._tokens[:1] == [token]
        del self._tokens[:is_next]
        return is_next

    def values(self, columns: Iterable[str]) -> Assignments:
        """One for each column."""
        found = []
        for column in columns:
            found.append((column, self.value()))
            self.passes(",")
        return found

    def assignments(self) -> Assignments:
        found: list[tuple[str, Value]] = []
        while self._tokens:
            column = self._take()
            self._expect("=")
            found += self.values([column])
        return found

    def conditions(self) -> tuple[list[Value], list[tuple[str, Value]]]:
        """All of them, and those that say what a column equals."""
        found: list[Value] = []
        equal: list[tuple[str, Value]] = []
        while self._tokens:
            column, operator, *_ = self._tokens
            if operator == "=":
                equal.append((column, _Reading(self._tokens[2], self.parameters).value()))
            found.append(self._condition())
            self.passes("AND")
        return found, equal

    def value(self) -> Value:
        token = self._take()
        if token == "%s":
            place, self.parameters = self.parameters, self.parameters + 1
            return lambda row, new, parameters: parameters[place]
        if self.passes("("):
            return self._call(token)
        if token[0] in "'0123456789":
            constant = token.strip("'") if token[0] == "'" else int(token)
            return lambda row, new, parameters: constant
        return lambda row, new, parameters: row[token]

    def _call(self, function: str) -> Value:
        match function:
            case "VALUES":
                column = self._take()
                self._expect(")")
                return lambda row, new, parameters: new[column]
            case "GREATEST":
                one, other = self._arguments(2)
                return lambda *at: max(one(*at), other(*at))
            case "IF":
                holds = self._condition()
                self._expect(",")
                then, other = self._arguments(2)
                return lambda *at: then(*at) if holds(*at) else other(*at)
        raise ValueError(f"not understood: {function}()")

    def _arguments(self, count: int) -> list[Value]:
        found = [self.value()]
        while len(found) < count:
            self._expect(",")
            found.append(self.value())
        self._expect(")")
        return found

    def _condition(self) -> Value:
        left, holds, right = self.value(), _OPERATORS[self._take()], self.value()
        return lambda *at: holds(left(*at), right(*at))

    def _take(self) -> str:
        return str(self._tokens.pop(0))

    def _expect(self, token: str) -> None:
        if not self.passes(token):
            raise ValueError(f"{token} does not stand before {self._tokens}")


def _assign(row: Row, new: Row, assignments: Assignments, parameters: Parameters) -> Row:
    changed = dict(row)
    for column, value in assignments:
        changed[column] = value(changed, new, parameters)
    return changed


def _names(text: str) -> list[str]:
    return re.findall(r"\w+", text)


@cache
def tables() -> Mapping[str, Table]:
    """The tables of the persister's schema."""
    schema = files("services.persister").joinpath("schema")
    text = "\n".join(file.read_text("utf-8") for file in schema.iterdir())
    return {
        name: _table(name, body)
        for name, body in re.findall(r"CREATE TABLE IF NOT EXISTS (\w+) \((.+?)\n\)", text, re.DOTALL)
    }


def _table(name: str, body: str) -> Table:
    columns = {column: _default(rest) for column, rest in re.findall(r"^ {4}([a-z_]+) +(.+)$", body, re.MULTILINE)}
    [primary] = re.findall(r"PRIMARY KEY \((.+)\)", body) or re.findall(r"(\w+) .+ PRIMARY KEY", body)
    return Table(name, tuple(_names(primary)), columns)


def _default(rest: str) -> Any:
    found = re.search(r"DEFAULT ('.*'|\d+)", rest)
    return None if found is None else found[1].strip("'") if "'" in found[1] else int(found[1])

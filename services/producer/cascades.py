"""Foreign keys through which servers change rows without a row event of theirs (docs/convergence.md).

The parent's own row event then has to lead to the documents: directly, or by a sweep. A fan-out query will not do: it
runs when the children are changed or gone. No I/O.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.producer.binlog_columns import Value
from services.producer.binlog_rows import Kind
from services.producer.routes import Route


@dataclass(frozen=True, slots=True)
class Cascade:
    """A foreign key, from `own_columns` of `table` to `columns` of `parent`, by which a change of the parent changes
    the table unseen. A table of another schema is named `schema.table`."""

    table: str
    own_columns: tuple[str, ...]
    parent: str
    columns: tuple[str, ...]
    rule: str

    def is_on(self, verb: str) -> bool:
        """Whether it changes rows ON DELETE or ON UPDATE."""
        return re.search(rf"ON {verb} (?:CASCADE|SET)", self.rule) is not None


_NAME: Final = r"`(?:[^`]|``)+`"
_NAMES: Final = rf"{_NAME}(?:, {_NAME})*"
_FOREIGN_KEY: Final = re.compile(
    rf"^\s*CONSTRAINT {_NAME} FOREIGN KEY \((?P<own>{_NAMES})\) "
    rf"REFERENCES (?:(?P<schema>{_NAME})\.)?(?P<parent>{_NAME}) \((?P<columns>{_NAMES})\)"
    r".*?(?P<rule>ON (?:DELETE|UPDATE) (?:CASCADE|SET NULL|SET DEFAULT).*?),?$",
    re.MULTILINE,
)


def parse_cascades(table: str, definition: str) -> list[Cascade]:
    """The cascades in what SHOW CREATE TABLE says of a table."""
    own_schema, dot, _ = table.rpartition(".")
    found = []
    for match in _FOREIGN_KEY.finditer(definition):
        schema = f"{_names(match['schema'])[0]}." if match["schema"] else own_schema + dot
        parent = schema + _names(match["parent"])[0]
        found.append(Cascade(table, _names(match["own"]), parent, _names(match["columns"]), match["rule"]))
    return found


def _names(quoted: str) -> tuple[str, ...]:
    return tuple(name[1:-1].replace("``", "`") for name in re.findall(_NAME, quoted))


@dataclass(frozen=True, slots=True)
class Watch:
    """What happens to a table's rows that changes `children` unseen: that they are deleted, or that the values of
    `columns` (in lower case) change."""

    is_on_delete: bool
    columns: frozenset[str]
    children: frozenset[str]

    def is_met(self, kind: Kind, images: Sequence[Mapping[str, set[Value]]]) -> bool:
        """`images` has the values of a row event: of each column, before and, for an update, after it."""
        if not kind.is_update:
            return kind.is_delete and self.is_on_delete
        before, after = images
        return any(name.lower() in self.columns and before[name] != after[name] for name in before)


Watches = Mapping[str, Watch]
"""By table, in lower case."""


def watches(cascades: Iterable[Cascade], routes: Sequence[Route]) -> Watches:
    """The tables of which a change has to lead to a sweep."""
    found: dict[str, Watch] = {}
    for cascade in cascades:
        if not _leads_to_the_same(cascade, routes):
            parent = cascade.parent.lower()
            found[parent] = _with(found.get(parent, Watch(False, frozenset(), frozenset())), cascade)
    return found


def _with(watch: Watch, cascade: Cascade) -> Watch:
    columns = {name.lower() for name in cascade.columns} if cascade.is_on("UPDATE") else set()
    return Watch(
        watch.is_on_delete or cascade.is_on("DELETE"), watch.columns | columns, watch.children | {cascade.table}
    )


def _leads_to_the_same(cascade: Cascade, routes: Iterable[Route]) -> bool:
    """Whether the parent's row itself tells the documents that the children lead to: these follow from the key that
    refers to it, and their id from a column of its own."""
    from_children = [route for route in routes if route.table.lower() == cascade.table.lower()]
    told = {r.type for r in routes if r.table.lower() == cascade.parent.lower() and r.query is None}
    keys = {name.lower() for name in cascade.own_columns}
    return bool(from_children) and all(r.type in told and r.column.lower() in keys for r in from_children)


def with_watched(wanted: Mapping[str, Sequence[str]], watched: Watches) -> dict[str, tuple[str, ...]]:
    """The wanted columns of tables, with those that are watched."""
    names = {table.lower(): table for table in wanted}
    found = {table: tuple(columns) for table, columns in wanted.items()}
    for table, watch in watched.items():
        columns = found.get(names.get(table, table), ())
        more = watch.columns - {column.lower() for column in columns}
        found[names.get(table, table)] = (*columns, *sorted(more))
    return found

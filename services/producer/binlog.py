"""London's binlog as transactions: which values of the wanted columns each of them touched.

Rows of the binlog are only a signal which documents are dirty (docs/convergence.md), so one thing counts: that no
change is missed. A transaction of which anything cannot be decoded asks for a sweep, the reading of the whole
catalogue; what does not tell its transaction stops the stream. No I/O.
"""

import struct
import zlib
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import cramjam

from services.producer import binlog_events as events
from services.producer import binlog_gtids as gtids
from services.producer.binlog_columns import Value
from services.producer.binlog_events import Event, Type, Undecodable, Xid
from services.producer.binlog_rows import KINDS, Layout, columns, table_id, table_name
from services.producer.binlog_statements import Statements
from services.producer.cascades import Watches, with_watched
from shared.errors import SourceUnfit
from shared.position import MariaDBPosition, Position

Touched = Mapping[str, Mapping[str, Set[Value]]]
"""By table and wanted column, named as the mapping does, the distinct values of changed rows, before and after; without
NULL."""

MAX_VALUES: Final = 1_000_000
"""A transaction that touched more values asks for a sweep instead, so that memory stays bounded."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction that London committed; or prepared, for XA, and then it touched nothing yet.

    `position` holds this transaction alone: content read at a position that contains it has seen it. `resume` is where
    to go on after a restart, once this one and all before it are dealt with: it stays before the oldest transaction
    that is prepared. `time` is the commit in seconds by London's clock. `sweep` is a sentence why the whole catalogue
    must be read again, whatever was touched.
    """

    position: Position
    resume: Position
    time: int
    touched: Touched
    sweep: str | None


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """London is there, and idle: nothing was committed since the item before."""


@dataclass(slots=True)
class _Group:
    """What was read since the last transaction ended; of a group that never ends it stays for the next one, since a
    value too many is never wrong."""

    position: Position | None = None
    is_block: bool = False
    touched: dict[str, dict[str, set[Value]]] = field(default_factory=dict)
    sweep: str | None = None


@dataclass(frozen=True, slots=True)
class _Prepared:
    """An XA transaction that waits for XA COMMIT or XA ROLLBACK; `before` is the position before it."""

    before: Position
    touched: dict[str, dict[str, set[Value]]]
    sweep: str | None


_CONTROLS: Final = ("COMMIT", "ROLLBACK", "SAVEPOINT ", "RELEASE SAVEPOINT ", "XA END ")
"""How statements begin that divide a transaction and change nothing else."""

_HEARTBEAT: Final = Heartbeat()

_PASSED: Final = frozenset(
    {
        *(Type.STOP, Type.ROTATE, Type.PREVIOUS_GTIDS, Type.GTID_LIST, Type.BINLOG_CHECKPOINT, Type.START_ENCRYPTION),
        *(Type.INTVAR, Type.RAND, Type.USER_VAR, Type.BEGIN_LOAD_QUERY, Type.APPEND_BLOCK, Type.DELETE_FILE),
        *(Type.ROWS_QUERY, Type.ANNOTATE_ROWS, Type.TRANSACTION_CONTEXT, Type.VIEW_CHANGE, Type.IGNORABLE),
    }
)
"""Events that change nothing themselves."""

_MALFORMED: Final = (Undecodable, ValueError, IndexError, struct.error, zlib.error, cramjam.DecompressionError)
"""What reading bytes raises that are not of the expected form."""

_NO_ROWS: Final[Mapping[bytes, Layout | None]] = {
    id.to_bytes(6, "little"): None for id in (2**24 - 1, 2**32 - 1, 2**48 - 1)
}
"""Servers end a statement that changed no row with a row event of one of these tables."""


class Reader:
    """Reads one stream's events in order, the first being the one after `start`.

    `wanted` names the mapped tables of a schema and the columns of each whose values lead to documents, and `watched`
    the tables whose changes change others unseen.
    """

    def __init__(
        self, start: Position, schema: str, wanted: Mapping[str, Sequence[str]], watched: Watches | None = None
    ) -> None:
        self._followed = start
        self._is_mariadb = isinstance(start, MariaDBPosition)
        self._schema = schema.lower()
        self._watched = watched or {}
        wanted = with_watched(wanted, self._watched)
        self._wanted = {table.lower(): (table, names) for table, names in wanted.items()}
        self._statements = Statements(schema, wanted)
        self._has_checksums = False
        self._group = _Group()
        self._prepared: dict[Xid, _Prepared] = {}
        self._tables = dict(_NO_ROWS)
        self._layout = lru_cache(maxsize=1024)(self._new_layout)
        self._readings = self._by_type()

    def read(self, raw: bytes) -> Transaction | Heartbeat | None:
        """What the event completes, if anything. Raises SourceUnfit where London cannot be followed."""
        # Where the server makes up these two itself, no format description has told yet if they have a checksum.
        is_unchecked = events.type_of(raw) in (Type.ROTATE, Type.FORMAT_DESCRIPTION)
        try:
            return self._take(events.parse(raw, has_checksum=self._has_checksums and not is_unchecked))
        except _MALFORMED as error:
            raise SourceUnfit(f"London's binlog has an event that cannot be decoded: {error}") from error

    def _by_type(self) -> Mapping[int, Callable[[Event], Transaction | Heartbeat | None]]:
        return {
            Type.HEARTBEAT: lambda _: _HEARTBEAT,
            Type.HEARTBEAT_V2: lambda _: _HEARTBEAT,
            Type.FORMAT_DESCRIPTION: self._format_description,
            Type.MARIADB_GTID: self._mariadb_gtid,
            Type.GTID: lambda event: self._begin(gtids.mysql_gtid(event.body), is_block=False),
            Type.GTID_TAGGED: lambda event: self._begin(gtids.mysql_tagged_gtid(event.body), is_block=False),
            Type.ANONYMOUS_GTID: self._anonymous_gtid,
            **dict.fromkeys((Type.QUERY, Type.QUERY_COMPRESSED, Type.EXECUTE_LOAD_QUERY), self._statement),
            Type.TABLE_MAP: self._table_map,
            **dict.fromkeys(KINDS, self._rows),
            Type.TRANSACTION_PAYLOAD: self._payload,
            Type.XID: self._end,
            Type.XA_PREPARE: self._prepare,
            Type.INCIDENT: self._incident,
        }

    def _take(self, event: Event) -> Transaction | Heartbeat | None:
        if (reading := self._readings.get(event.type)) is not None:
            return reading(event)
        if event.type not in _PASSED and not event.flags & events.IGNORABLE_FLAG:
            self._doubt(f"the binlog has an event of type {event.type}, which this program does not know")
        return None

    def _doubt(self, reason: str) -> None:
        self._group.sweep = self._group.sweep or reason

    def _format_description(self, event: Event) -> None:
        self._has_checksums = events.announces_checksums(event.body)

    def _mariadb_gtid(self, event: Event) -> None:
        position, is_block = gtids.mariadb_gtid(event)
        if self._followed.contains(position):
            raise SourceUnfit(
                f"London's transaction {position} comes after {self._followed}, so its numbers do not only grow: "
                "SET GLOBAL gtid_strict_mode = ON, then `crossfade produce snapshot --new-epoch`"
            )
        self._begin(position, is_block=is_block)

    def _anonymous_gtid(self, _: Event) -> None:
        raise SourceUnfit("London writes transactions without a GTID: SET GLOBAL gtid_mode = ON, step by step")

    def _begin(self, position: Position, *, is_block: bool) -> None:
        unfinished = self._group.position
        self._group.position = position if unfinished is None else position.union(unfinished)
        self._group.is_block = is_block

    def _end(self, event: Event) -> Transaction | None:
        group = self._group
        if group.position is None:
            return None
        self._group, self._tables = _Group(), dict(_NO_ROWS)
        self._followed = self._followed.union(group.position)
        oldest = next(iter(self._prepared.values()), None)
        resume = oldest.before if oldest else self._followed
        return Transaction(group.position, resume, event.time, group.touched, group.sweep)

    def _statement(self, event: Event) -> Transaction | None:
        schema, text = events.statement(event.type, event.body)
        if text.startswith(("BEGIN", "XA START ")):
            self._group.is_block = True
        elif text.startswith(("XA COMMIT ", "XA ROLLBACK ")):
            self._finish(text)
        elif not text.startswith(_CONTROLS) and (reason := self._statements.reason_to_sweep(schema, text)):
            self._doubt(reason)
        return self._end(event) if text in ("COMMIT", "ROLLBACK") or not self._group.is_block else None

    def _prepare(self, event: Event) -> Transaction | None:
        xid, commits_at_once = events.prepared_xid(event.body)
        if not commits_at_once:
            self._prepared[xid] = _Prepared(self._followed, self._group.touched, self._group.sweep)
            self._group.touched = {}
        return self._end(event)

    def _finish(self, text: str) -> None:
        prepared = self._prepared.pop(events.finished_xid(text), None)
        if text.startswith("XA ROLLBACK"):
            return
        if prepared is None:
            self._doubt(f"{text} ends a transaction that was prepared before the binlog was followed")
            return
        if prepared.sweep:
            self._doubt(prepared.sweep)
        for table, values in prepared.touched.items():
            self._touch(table, values)

    def _table_map(self, event: Event) -> None:
        id = table_id(event.body)
        self._tables[id] = None
        try:
            self._tables[id] = self._layout(event.body)
        except _MALFORMED as error:
            self._doubt(str(error))

    def _new_layout(self, body: bytes) -> Layout | None:
        """The layout that a table map event tells, None for a table that is not mapped."""
        name = table_name(body)
        full = name.table if name.schema.lower() == self._schema else f"{name.schema}.{name.table}"
        if full.lower() not in self._wanted:
            return None
        table, wanted = self._wanted[full.lower()]
        try:
            return Layout(table, columns(body, name.end, is_mariadb=self._is_mariadb), wanted)
        except _MALFORMED as error:
            raise Undecodable(f"table {table} cannot be followed: {error}") from error

    def _rows(self, event: Event) -> None:
        id = table_id(event.body)
        if id not in self._tables:
            self._doubt("the binlog has rows of a table that it does not describe")
        layout = self._tables.get(id)
        if layout is None or self._group.sweep:
            return
        try:
            images = layout.values(event.body, KINDS[event.type])
        except _MALFORMED as error:
            self._doubt(f"rows of table {layout.table} cannot be decoded: {error}")
            return
        for values in images:
            self._touch(layout.table, values)
        watch = self._watched.get(layout.table.lower())
        if watch and watch.is_met(KINDS[event.type], images):
            children = ", ".join(sorted(watch.children))
            self._doubt(f"a change of table {layout.table} changed rows of {children} by a foreign key")

    def _touch(self, table: str, values: Mapping[str, Set[Value]]) -> None:
        touched = self._group.touched
        columns = touched.setdefault(table, {})
        for name, found in values.items():
            columns.setdefault(name, set()).update(found)
        if sum(len(found) for columns in touched.values() for found in columns.values()) > MAX_VALUES:
            touched.clear()
            self._doubt(f"a transaction touched more than {MAX_VALUES} values")

    def _payload(self, event: Event) -> Transaction | Heartbeat | None:
        try:
            inner = list(events.unpack(event.body))
        except _MALFORMED as error:
            self._doubt(f"a compressed transaction cannot be unpacked: {error}")
            return self._end(event)
        completed = None
        for part in inner:
            completed = self._take(part) or completed
        return completed

    def _incident(self, event: Event) -> Transaction | None:
        self._doubt("London's server says that changes are missing in its binlog")
        return self._end(event)

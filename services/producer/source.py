"""Reads documents from London: a position first, then a snapshot, then the content (docs/convergence.md).

The position is thereby a lower bound of what the content has seen, which is all that versions need. Nothing is written
or locked, and a snapshot lasts well under a second.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, Final

from asyncmy import converters
from asyncmy.connection import Connection
from asyncmy.constants import FIELD_TYPE

from services.producer import documents
from services.producer.binlog_columns import Value
from services.producer.columns import Rows, arrange
from services.producer.documents import QueryRows, Seal
from services.producer.mapping import QUERIES, LondonMapping
from services.producer.routes import Route, Sql
from shared import mysql
from shared.batched import batched
from shared.digest import canonical
from shared.errors import Deadlock, Retry, SourceUnfit, Unusable
from shared.mysql import ServerSettings
from shared.position import MariaDBPosition, MySQLPosition, Position, version
from shared.retry import delays
from shared.wire import DocumentType, Record

# Decimals and instants stay the text that the server sends: documents hold them as text.
CONVERSIONS: Final = {
    code: convert
    for code, convert in converters.conversions.items()
    if code
    not in {
        FIELD_TYPE.DECIMAL,
        FIELD_TYPE.NEWDECIMAL,
        FIELD_TYPE.DATE,
        FIELD_TYPE.DATETIME,
        FIELD_TYPE.TIMESTAMP,
    }
}
BEFORE_ALL: Final = 0
"""Every id is greater: what has another one, as `0` for none, is no document."""

_POSITION_ATTEMPTS: Final = 50
_POSITION_PAUSE_S: Final = 0.01
_VALUES_A_QUERY: Final = 1000


class PositionUnclear(Retry):
    """The server could not tell its position just now."""


class OtherServer(Retry):
    """Another server answers at London's address than the one that is followed."""


@dataclass(frozen=True, slots=True)
class Instance:
    """What a server says of itself; its flavour decides how a position is read. `id` is MySQL's server_uuid or
    MariaDB's server_id."""

    is_mariadb: bool
    version: str
    id: str

    def parse_position(self, text: str) -> Position:
        """Raises PositionError."""
        return MariaDBPosition.parse(text) if self.is_mariadb else MySQLPosition.parse(text)


@dataclass(frozen=True, slots=True)
class Moment:
    """Where London's history stood, and London's clock then (`yyyy-MM-ddTHH:mm:ss.ffffffZ`)."""

    position: Position
    time: str


class London:
    """London's database, read through a mapping on one connection. Not for two tasks at once."""

    def __init__(
        self, connection: Connection, server: ServerSettings, instance: Instance, mapping: LondonMapping, seal: Seal
    ) -> None:
        self.instance = instance
        self._connection = connection
        self._moments = MomentReader(connection, instance)
        self._server = server
        self._mapping = mapping
        self._assemble: Mapping[DocumentType, Callable[[QueryRows], Iterator[Any]]] = {
            "album": documents.albums,
            "artist": documents.artists,
            "client": partial(documents.clients, seal=seal),
        }
        self._last: Position | None = None

    async def moment(self) -> Moment:
        """Where London stands, not ahead of what a snapshot opened from now on shows. Raises SourceUnfit when London
        went back: the server is another one, or was restored."""
        with mysql.translated(self._server):
            moment = await self._moments.read()
        if self._last is not None and not moment.position.contains(self._last):
            raise SourceUnfit(f"London stood at {self._last} and now says {moment.position}: its history went back")
        self._last = moment.position
        return moment

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Moment]:
        """A consistent snapshot around the block; the moment yielded is a lower bound of what it shows."""
        await self._query("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        moment = await self.moment()
        await self._query("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        try:
            yield moment
        finally:
            await self._query("COMMIT")

    async def page(self, type: DocumentType, after: int, limit: int) -> list[int]:
        """Up to `limit` ids of London above `after`, ascending."""
        ids = self._mapping.documents[type].ids
        return [row[0] for row in await self._query(ids.bind(after=after, limit=limit))]

    async def pages(self, type: DocumentType, size: int) -> AsyncIterator[list[int]]:
        """All ids of London, ascending, up to `size` at a time."""
        after = BEFORE_ALL
        while page := await self.page(type, after, size):
            yield page
            after = page[-1]

    async def led_to(self, route: Route, values: Collection[Value]) -> set[int]:
        """The ids of documents that a route leads to from these values of its column."""
        if route.holds_id:
            return _ids(values)
        found: set[int] = set()
        for some in batched(values, _VALUES_A_QUERY):
            found |= _ids(chain.from_iterable(await self._query(route.statement(some))))
        return found

    async def rows(self, type: DocumentType, ids: Sequence[int]) -> QueryRows:
        """What the mapping's queries give for these documents."""
        found: dict[str, Rows] = {}
        queries = self._mapping.documents[type].queries
        for name in QUERIES[type]:
            if name in queries:
                ids_by_name = {f"{type}_ids": ids, "track_ids": [row[1] for row in found.get("tracks", [])]}
                found[name] = await self._arranged(name, queries[name], ids_by_name)
        return found

    async def read(self, type: DocumentType, ids: Sequence[int], epoch: int) -> Iterator[Record]:
        """One record for each id as London has it now; see `records`."""
        for wait_s in delays(0.01, 0.5):
            try:
                async with self.snapshot() as moment:
                    found = await self.rows(type, ids)
                return self.records(type, ids, found, epoch, moment)
            except Deadlock:
                # A table was altered under the snapshot.
                await asyncio.sleep(wait_s)
        raise AssertionError("delays() has no end")

    def records(
        self, type: DocumentType, ids: Collection[int], rows: QueryRows, epoch: int, moment: Moment
    ) -> Iterator[Record]:
        """One record for each id: its document at the moment's version, or a tombstone where London has none. Each is
        made when it is asked for. Raises Unusable for a document that the query was not asked for."""
        source, at = f"/london/{self.instance.id}/{self._mapping.name}", version(epoch, moment.position)
        missing, id_name = set(ids), f"{type}_id"
        for document in self._assemble[type](rows):
            id = getattr(document, id_name)
            if id not in missing:
                raise Unusable(f"query {QUERIES[type][0]!r} gives {type} {id}, for which it was not asked")
            missing.remove(id)
            yield Record(type, id, at, canonical(document), source, moment.time)
        for id in sorted(missing):
            yield Record(type, id, at, None, source, moment.time)

    async def _arranged(self, name: str, sql: Sql, values: Mapping[str, Sequence[int]]) -> Rows:
        with mysql.translated(self._server):
            async with self._connection.cursor() as cursor:
                await cursor.execute(sql.bind(**values))
                aliases = [column[0] for column in cursor.description]
                return arrange(name, aliases, await cursor.fetchall())

    async def _query(self, sql: str) -> list[tuple[Any, ...]]:
        with mysql.translated(self._server):
            return await mysql.rows(self._connection, sql)


def _ids(values: Iterable[Value | None]) -> set[int]:
    """Those that can be the id of a document (`shared.fields.Id`); a fan-out may give NULL."""
    return {id for value in values if value is not None and BEFORE_ALL < (id := int(value)) < 2**63}


@asynccontextmanager
async def open_london(
    server: ServerSettings, mapping: LondonMapping, seal: Seal, expected: str | None = None
) -> AsyncIterator[London]:
    """Connects; leaving the block closes the connection. Raises OtherServer where not the instance of id `expected`
    answers."""
    async with mysql.connection(server, conv=CONVERSIONS) as connection:
        with mysql.translated(server):
            instance = await identify(connection)
        if expected not in {None, instance.id}:
            raise OtherServer(
                f"{server.host}:{server.port} is server {instance.id} now, and {expected} is followed: "
                "what it says belongs to another epoch, which begins when a producer follows it"
            )
        yield London(connection, server, instance, mapping, seal)


async def identify(connection: Connection) -> Instance:
    [(text, server_id)] = await mysql.rows(connection, "SELECT VERSION(), @@server_id")
    if "mariadb" in text.lower():
        return Instance(True, text, str(server_id))
    [(uuid,)] = await mysql.rows(connection, "SELECT @@server_uuid")
    return Instance(False, text, uuid)


class MomentReader:
    """Reads moments on one connection, a session without a snapshot."""

    def __init__(self, connection: Connection, instance: Instance) -> None:
        self._connection = connection
        self._instance = instance
        self._read = self._read_mariadb if instance.is_mariadb else self._read_mysql
        self._place: tuple[str, str] | None = None
        self._text = ""

    async def read(self) -> Moment:
        """Every transaction in its position is seen by a snapshot opened afterwards. Raises PositionUnclear."""
        for _ in range(_POSITION_ATTEMPTS):
            text, time = await self._read()
            if text:
                return Moment(self._instance.parse_position(text), f"{time.replace(' ', 'T')}Z")
            await asyncio.sleep(_POSITION_PAUSE_S)
        raise PositionUnclear("London tells no binlog position")

    async def _read_mysql(self) -> tuple[str, str]:
        [row] = await mysql.rows(self._connection, "SELECT @@GLOBAL.gtid_executed, UTC_TIMESTAMP(6)")
        return row

    async def _read_mariadb(self) -> tuple[str, str]:
        # gtid_binlog_pos would show commits that no SELECT sees yet.
        status = dict(await mysql.rows(self._connection, "SHOW STATUS LIKE 'binlog\\_snapshot\\_%'"))
        file, offset = status.get("Binlog_snapshot_file"), status.get("Binlog_snapshot_position")
        if not file or not offset:
            return "", ""
        # Before MariaDB 11.4 the function reads the file up to there, so it is not asked twice about one place.
        is_known = (file, offset) == self._place
        position = f"'{self._text}'" if is_known else f"BINLOG_GTID_POS('{file}', {offset})"
        [(text, time)] = await mysql.rows(self._connection, f"SELECT {position}, UTC_TIMESTAMP(6)")
        if text:
            self._place, self._text = (file, offset), text
        return text, time

"""The connection on which London's server sends its binlog, asked for as a replica asks for it."""

import asyncio
import struct
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager, suppress
from typing import Any, Final

from asyncmy.connection import Connection
from asyncmy.errors import OperationalError

from services.producer.binlog import Heartbeat, Reader, Transaction
from services.producer.binlog_gtids import encode_set
from services.producer.cascades import Watches
from shared.errors import DatabaseAway, SourceUnfit
from shared.mysql import ServerSettings, connection, translated
from shared.position import MySQLPosition, Position

HEARTBEAT_S: Final = 1
"""How often an idle server says that it is there."""

SILENCE_S: Final = 10
"""A server that says nothing for this long is away."""

_SEARCH_S: Final = 30
"""How long a server may take to find a transaction in its binlog."""

_PATIENCE_S: Final = 3600
"""How long the server lets this process not read on, as while the broker is away."""

_BINLOG_DUMP, _REGISTER_REPLICA, _BINLOG_DUMP_GTID = 0x12, 0x15, 0x1E
_OK: Final = 0
_REFUSALS: Final = {1236, 4052}
"""That the server cannot send this, and, from MariaDB, that another asks under the same server_id."""

_BINLOG_START: Final = 4
_ASKED_FOR: Final = b"crossfade"
"""The name by which SHOW REPLICAS lists this process."""


async def stream(
    server: ServerSettings,
    start: Position,
    wanted: Mapping[str, Sequence[str]],
    server_id: int,
    silence_s: float = SILENCE_S,
    *,
    watched: Watches | None = None,
    is_strict: bool = True,
) -> AsyncGenerator[Transaction | Heartbeat, None]:
    """The transactions that London's server committed after `start`, and a heartbeat for each second without one.

    `wanted` has the mapped tables and their wanted columns, `watched` the tables whose changes change others unseen.
    `server_id` must be unlike that of every other server and process that reads London's binlog, else the newer
    connection ends the older. `is_strict` refuses a `start` that MariaDB's binlog does not have. Closing the generator
    closes the connection. Raises DatabaseAway when the server goes away or sends nothing for `silence_s`, and
    SourceUnfit when what follows `start` cannot be had, as after RESET MASTER or when the binlog was purged.
    """
    reader = Reader(start, server.database, wanted, watched)
    with translated(server), _refusals(server, start):
        async with connection(server) as opened:
            wire = _Wire(opened, silence_s)
            await _ask(wire, start, server_id, is_strict=is_strict)
            async for event in wire.events():
                if (item := reader.read(event)) is not None:
                    with wire.paused():
                        yield item


async def commit_time(server: ServerSettings, position: Position, transaction: Position, server_id: int) -> int | None:
    """London's clock, in seconds, when it committed a transaction of `position`; None where its binlog has another one
    in that place, or none. Raises as `stream` does."""
    start = position.without(transaction)
    # On MariaDB the number before it may be another server's.
    async with aclosing(stream(server, start, {}, server_id, is_strict=False)) as items:
        first = await _first(items)
    return first.time if first and first.position == transaction else None


async def _first(items: AsyncIterator[Transaction | Heartbeat]) -> Transaction | None:
    """The first transaction; MySQL sends heartbeats also where it passes over some."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_SEARCH_S):
            async for item in items:
                if isinstance(item, Transaction):
                    return item
    return None


@contextmanager
def _refusals(server: ServerSettings, start: Position) -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        if error.args[0] not in _REFUSALS:
            raise
        raise SourceUnfit(f"{server.host}:{server.port} does not send what follows {start}: {error.args[1]}") from error


async def _ask(wire: "_Wire", start: Position, server_id: int, *, is_strict: bool) -> None:
    """Makes the server send what follows `start`, without an end."""
    await wire.query(_SESSION)
    await wire.command(_REGISTER_REPLICA, _registration(server_id))
    await wire.read()
    if isinstance(start, MySQLPosition):
        await wire.command(_BINLOG_DUMP_GTID, _gtid_request(start, server_id))
    else:
        await wire.query(_MARIADB_SESSION.format(start=start, is_strict=int(is_strict)))
        await wire.command(_BINLOG_DUMP, struct.pack("<IHI", _BINLOG_START, 0, server_id))


# MySQL reads the newer names, MariaDB the older ones; heartbeat periods are in nanoseconds.
_SESSION: Final = (
    f"SET SESSION net_write_timeout = {_PATIENCE_S}, @master_binlog_checksum = 'CRC32', "
    f"@source_binlog_checksum = 'CRC32', @master_heartbeat_period = {HEARTBEAT_S * 10**9}, "
    f"@source_heartbeat_period = {HEARTBEAT_S * 10**9}"
)

# Capability 4 is that of a replica that understands GTIDs; strict, the server refuses a start that it never had.
_MARIADB_SESSION: Final = (
    "SET @mariadb_slave_capability = 4, @slave_connect_state = '{start}', @slave_gtid_strict_mode = {is_strict}, "
    "@slave_gtid_ignore_duplicates = 0"
)


def _registration(server_id: int) -> bytes:
    """This process's entry in SHOW REPLICAS, without user, password, port, rank and source."""
    return struct.pack("<IB", server_id, len(_ASKED_FOR)) + _ASKED_FOR + struct.pack("<BBHII", 0, 0, 0, 0, 0)


def _gtid_request(start: MySQLPosition, server_id: int) -> bytes:
    """Flags, who asks, no file name, the position in it, and the set that is there already."""
    gtids = encode_set(start)
    return struct.pack("<HIIQI", 0, server_id, 0, _BINLOG_START, len(gtids)) + gtids


class _Wire:
    """What is needed of the driver's connection beyond queries; only here is it touched below its public interface."""

    def __init__(self, opened: Connection, silence_s: float) -> None:
        self._opened: Any = opened
        self._silence_s = silence_s

    async def query(self, sql: str) -> None:
        async with self._opened.cursor() as cursor:
            await cursor.execute(sql)

    async def command(self, code: int, payload: bytes) -> None:
        await self._opened._execute_command(code, payload)

    async def read(self) -> bytes:
        """The next packet, put together from its parts of 16 MiB."""
        try:
            # The driver's own read_timeout may swallow a cancellation on Python 3.11.
            async with asyncio.timeout(self._silence_s):
                packet: bytes = (await self._opened.read_packet()).get_all_data()
                return packet
        except TimeoutError as error:
            raise DatabaseAway(f"London's server sent nothing for {self._silence_s:g} s") from error

    async def events(self) -> AsyncIterator[bytes]:
        while (packet := await self.read())[0] == _OK:
            yield packet[1:]
        raise DatabaseAway("London's server ended the stream of its binlog")

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Nothing is taken from the network meanwhile; the driver would keep all that comes."""
        transport = self._opened._transport
        if not transport.is_closing():
            transport.pause_reading()
        try:
            yield
        finally:
            if not transport.is_closing():
                transport.resume_reading()

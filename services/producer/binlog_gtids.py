"""GTIDs as bytes: the events that begin a transaction, and the set that a server is asked to continue after."""

from __future__ import annotations

import struct
from typing import Final, NamedTuple
from uuid import UUID

from services.producer.binlog_events import Event
from shared.errors import SourceUnfit
from shared.position import MariaDBPosition, MySQLPosition

_STANDALONE: Final = 1


class MariaDBGtid(NamedTuple):
    """`is_block` says that more events follow until a commit; otherwise the group is one statement."""

    position: MariaDBPosition
    is_block: bool


def mariadb_gtid(event: Event) -> MariaDBGtid:
    sequence, domain, flags = struct.unpack_from("<QIB", event.body)
    return MariaDBGtid(MariaDBPosition({domain: (event.server_id, sequence)}), not flags & _STANDALONE)


def mysql_gtid(body: bytes) -> MySQLPosition:
    (number,) = struct.unpack_from("<q", body, 17)
    return MySQLPosition({str(UUID(bytes=body[1:17])): ((number, number),)})


_FLAGS, _UUID, _NUMBER, _TAG = range(4)


def mysql_tagged_gtid(body: bytes) -> MySQLPosition:
    """A GTID_TAGGED event's: a message of fields, each with its number before it, of integers of 1 to 9 bytes."""
    message = _Message(body)
    version, _size, _last_known = message.integer(), message.integer(), message.integer()
    if version != 1:
        raise SourceUnfit(f"London writes tagged GTIDs in format {version}, which this program does not know")
    message.field(_FLAGS)
    message.integer()
    message.field(_UUID)
    source = str(UUID(bytes=bytes(message.integer() for _ in range(16))))
    message.field(_NUMBER)
    # Signed numbers are written with their sign as the lowest bit.
    number = message.integer() >> 1
    message.field(_TAG)
    tag = message.take(message.integer()).decode()
    return MySQLPosition({f"{source}:{tag}" if tag else source: ((number, number),)})


class _Message:
    """Reads MySQL's serialised messages from the front."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._position = 0

    def integer(self) -> int:
        """As many ones as the first byte ends in, so many bytes follow it; eight ones leave no bit of it for the
        number."""
        first = self._body[self._position]
        more = (~first & first + 1).bit_length() - 1
        number = int.from_bytes(self.take(more + 1), "little")
        return number >> min(more + 1, 8)

    def take(self, length: int) -> bytes:
        start = self._position
        self._position += length
        return self._body[start : self._position]

    def field(self, expected: int) -> None:
        if (found := self.integer()) != expected:
            raise SourceUnfit(f"London writes field {found} of a tagged GTID where field {expected} is expected")


def encode_set(position: MySQLPosition) -> bytes:
    """The set in the form that COM_BINLOG_DUMP_GTID takes; tags need a server that knows them (MySQL 8.3)."""
    is_tagged = any(":" in source for source in position.intervals)
    count = len(position.intervals)
    head = struct.pack("<Q", count << 8 | 1 << 56 | 1) if is_tagged else struct.pack("<Q", count)
    return head + b"".join(
        _encode_source(source, is_tagged=is_tagged) + _encode_intervals(intervals)
        for source, intervals in sorted(position.intervals.items())
    )


def _encode_source(source: str, *, is_tagged: bool) -> bytes:
    uuid, _, tag = source.partition(":")
    return UUID(uuid).bytes + (bytes([len(tag) << 1]) + tag.encode() if is_tagged else b"")


def _encode_intervals(intervals: tuple[tuple[int, int], ...]) -> bytes:
    return struct.pack("<Q", len(intervals)) + b"".join(
        # The end is the first number that is not in the interval.
        struct.pack("<QQ", first, last + 1)
        for first, last in intervals
    )

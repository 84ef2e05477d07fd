"""Events of a binlog as bytes: their common header, and the ones that hold statements, XA identifiers or other events.

The formats are those of MySQL 8.0 and later and MariaDB 10.11 and later. Everything here is pure; a checksum or format
that is not understood raises SourceUnfit or Undecodable and is never passed over.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from enum import IntEnum
from typing import Final, NamedTuple

import cramjam

from shared.errors import SourceUnfit


class Undecodable(Exception):
    """What an event changed cannot be told; str() is a sentence for an operator."""


class Type(IntEnum):
    """Event types; those from 160 on are MariaDB's."""

    QUERY = 2
    STOP = 3
    ROTATE = 4
    INTVAR = 5
    APPEND_BLOCK = 9
    DELETE_FILE = 11
    RAND = 13
    USER_VAR = 14
    FORMAT_DESCRIPTION = 15
    XID = 16
    BEGIN_LOAD_QUERY = 17
    EXECUTE_LOAD_QUERY = 18
    TABLE_MAP = 19
    WRITE_ROWS_V1 = 23
    UPDATE_ROWS_V1 = 24
    DELETE_ROWS_V1 = 25
    INCIDENT = 26
    HEARTBEAT = 27
    IGNORABLE = 28
    ROWS_QUERY = 29
    WRITE_ROWS = 30
    UPDATE_ROWS = 31
    DELETE_ROWS = 32
    GTID = 33
    ANONYMOUS_GTID = 34
    PREVIOUS_GTIDS = 35
    TRANSACTION_CONTEXT = 36
    VIEW_CHANGE = 37
    XA_PREPARE = 38
    PARTIAL_UPDATE_ROWS = 39
    TRANSACTION_PAYLOAD = 40
    HEARTBEAT_V2 = 41
    GTID_TAGGED = 42
    ANNOTATE_ROWS = 160
    BINLOG_CHECKPOINT = 161
    MARIADB_GTID = 162
    GTID_LIST = 163
    START_ENCRYPTION = 164
    QUERY_COMPRESSED = 165
    WRITE_ROWS_COMPRESSED_V1 = 166
    UPDATE_ROWS_COMPRESSED_V1 = 167
    DELETE_ROWS_COMPRESSED_V1 = 168
    WRITE_ROWS_COMPRESSED = 169
    UPDATE_ROWS_COMPRESSED = 170
    DELETE_ROWS_COMPRESSED = 171


IGNORABLE_FLAG: Final = 0x80
"""Set on an event that, says its writer, may be passed over by who does not know it."""

MAX_PAYLOAD_BYTES: Final = 512 * 1024 * 1024
"""The largest compressed transaction that is unpacked in memory."""

_HEADER: Final = struct.Struct("<IBIIIH")
_CHECKSUM_BYTES: Final = 4
_BINLOG_VERSION: Final = 4


class Event(NamedTuple):
    """`time` is in seconds by London's clock; `body` has neither header nor checksum."""

    type: int
    time: int
    server_id: int
    flags: int
    body: bytes


def parse(raw: bytes, *, has_checksum: bool) -> Event:
    """The event that a binlog stream sends as these bytes. Raises SourceUnfit if it is damaged."""
    time, type, server_id, length, position, flags = _HEADER.unpack_from(raw)
    if length != len(raw) or (has_checksum and not _is_whole(raw)):
        raise SourceUnfit(f"London's binlog is damaged: the event that ends at byte {position} fails its checksum")
    return Event(type, time, server_id, flags, raw[_HEADER.size : -_CHECKSUM_BYTES if has_checksum else length])


def _is_whole(raw: bytes) -> bool:
    return zlib.crc32(memoryview(raw)[:-_CHECKSUM_BYTES]) == int.from_bytes(raw[-_CHECKSUM_BYTES:], "little")


def type_of(raw: bytes) -> int:
    return raw[4]


def announces_checksums(body: bytes) -> bool:
    """Whether the events after this format description have a checksum (CRC32)."""
    version, algorithm = int.from_bytes(body[:2], "little"), body[-_CHECKSUM_BYTES - 1]
    if version != _BINLOG_VERSION or algorithm not in (0, 1):
        raise SourceUnfit(f"London writes a binlog of version {version} with checksum {algorithm}: not understood")
    return algorithm == 1


class Statement(NamedTuple):
    """A statement in the binlog, and the schema that was current where it ran."""

    schema: str
    text: str


_STATEMENT_HEADER: Final = struct.Struct("<IIBHH")
_LOAD_HEADER_BYTES: Final = 13


def statement(type: int, body: bytes) -> Statement:
    """The statement of a QUERY, QUERY_COMPRESSED or EXECUTE_LOAD_QUERY event; what is not UTF-8 in it is replaced."""
    _, _, schema_length, _, status_length = _STATEMENT_HEADER.unpack_from(body)
    start = _STATEMENT_HEADER.size + status_length + (_LOAD_HEADER_BYTES if type == Type.EXECUTE_LOAD_QUERY else 0)
    schema = body[start : start + schema_length]
    text = body[start + schema_length + 1 :]
    if type == Type.QUERY_COMPRESSED:
        text = inflate(text)
    return Statement(schema.decode("utf-8", "replace"), text.decode("utf-8", "replace"))


class Xid(NamedTuple):
    """The name of an XA transaction."""

    format: int
    global_id: bytes
    branch: bytes


_XID_TEXT: Final = re.compile(r"XA (?:COMMIT|ROLLBACK) X'([0-9a-f]*)',X'([0-9a-f]*)',(\d+)", re.IGNORECASE)


def prepared_xid(body: bytes) -> tuple[Xid, bool]:
    """The transaction that an XA_PREPARE event prepares, and whether it commits it at once."""
    is_one_phase, format, global_length, branch_length = struct.unpack_from("<BIII", body)
    name = body[13:]
    return Xid(format, name[:global_length], name[global_length : global_length + branch_length]), bool(is_one_phase)


def finished_xid(text: str) -> Xid:
    """The transaction that the statement commits or rolls back, which servers write with its parts in hex."""
    if (match := _XID_TEXT.match(text)) is None:
        raise SourceUnfit(f"London's binlog has an XA statement that this program does not understand: {text[:200]}")
    return Xid(int(match[3]), bytes.fromhex(match[1]), bytes.fromhex(match[2]))


def inflate(packed: bytes) -> bytes:
    """What MariaDB compressed: a byte with the algorithm and the width of the length, the length, zlib's stream."""
    algorithm, width = packed[0] >> 4 & 7, packed[0] & 7
    if algorithm != 0:
        raise Undecodable(f"an event is compressed by algorithm {algorithm}, which this program does not know")
    return zlib.decompress(packed[1 + width :])


_END, _PAYLOAD_SIZE, _COMPRESSION, _UNCOMPRESSED_SIZE = 0, 1, 2, 3
_ZSTD, _UNCOMPRESSED = 0, 255


def unpack(body: bytes) -> Iterator[Event]:
    """The events inside a TRANSACTION_PAYLOAD event; they have no checksums of their own."""
    fields, start = _payload_fields(body)
    if (size := fields.get(_UNCOMPRESSED_SIZE, len(body))) > MAX_PAYLOAD_BYTES:
        raise Undecodable(f"a compressed transaction holds {size} bytes, more than are unpacked in memory")
    payload = _decompress(body[start:], fields.get(_COMPRESSION, _UNCOMPRESSED))
    position = 0
    while position < len(payload):
        length = int.from_bytes(payload[position + 9 : position + 13], "little")
        yield parse(payload[position : position + length], has_checksum=False)
        position += length


def _decompress(payload: bytes, compression: int) -> bytes:
    if compression == _UNCOMPRESSED:
        return payload
    if compression != _ZSTD:
        raise Undecodable(f"a transaction is compressed by algorithm {compression}, which this program does not know")
    return bytes(cramjam.zstd.decompress(payload))


def _payload_fields(body: bytes) -> tuple[dict[int, int], int]:
    """The numbers before the payload by their field, and where the payload starts."""
    fields: dict[int, int] = {}
    position = 0
    while True:
        field, position = length_encoded(body, position)
        if field == _END:
            return fields, position
        length, position = length_encoded(body, position)
        fields[field], _ = length_encoded(body, position)
        position += length


_WIDTHS: Final = {0xFC: 2, 0xFD: 3, 0xFE: 8}


def length_encoded(data: bytes, position: int) -> tuple[int, int]:
    """MySQL's integer of 1, 3, 4 or 9 bytes, and the position after it."""
    first = data[position]
    if (width := _WIDTHS.get(first)) is None:
        return first, position + 1
    end = position + 1 + width
    return int.from_bytes(data[position + 1 : end], "little"), end

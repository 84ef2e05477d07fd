"""Whether a region, or a copy, holds what London holds: compared by digests, table by table."""

import hashlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Final

from services.persister.rows import album_rows
from services.producer.source import London
from shared import mysql, wire
from shared.digest import digest
from shared.mysql import ServerSettings
from shared.wire import DocumentType, Record

Fingerprint = tuple[str, int, str]
"""A table of the region, the id of a row, and the SHA-256 of what counts in it, in hexadecimal."""

_PAGE: Final = 500
_TYPES: Final[tuple[DocumentType, ...]] = ("client", "artist", "album")

# What the persister says it stored, and what the APIs read.
_STORED: Final[Mapping[str, str]] = {
    "album": "SELECT album_id, LOWER(HEX(digest)) FROM album WHERE NOT deleted",
    "artist": "SELECT artist_id, CONCAT(LOWER(HEX(digest)), SHA2(document, 256)) FROM artist WHERE NOT deleted",
    "client": "SELECT client_id, CONCAT(LOWER(HEX(digest)), SHA2(document, 256)) FROM client WHERE NOT deleted",
    "album_metadata": "SELECT album_id, SHA2(document, 256) FROM album_metadata",
    "album_availability": "SELECT album_id, SHA2(document, 256) FROM album_availability",
    "track_metadata": "SELECT track_id, SHA2(CONCAT(album_id, document), 256) FROM track_metadata",
    "track_availability": "SELECT track_id, SHA2(CONCAT(album_id, document), 256) FROM track_availability",
}


async def expected(open_london: AbstractAsyncContextManager[London]) -> frozenset[Fingerprint]:
    """Every row that a region must have, made from London through its mapping."""
    async with open_london as london:
        return frozenset([one async for record in _records(london) for one in fingerprints(record)])


async def stored(region: ServerSettings) -> frozenset[Fingerprint]:
    """Every row that the region has."""
    async with mysql.connection(region) as connection:
        with mysql.translated(region):
            return frozenset(
                [
                    (table, id, found)
                    for table, query in _STORED.items()
                    for id, found in await mysql.rows(connection, query)
                ]
            )


async def checksums(server: ServerSettings, database: str) -> list[tuple[str, int]]:
    """Each table of a database with the server's own checksum of its rows."""
    async with mysql.connection(server, database=database) as connection:
        with mysql.translated(server):
            tables = [name for (name,) in await mysql.rows(connection, "SHOW TABLES")]
            names = ", ".join(f"`{name}`" for name in tables)
            found = await mysql.rows(connection, f"CHECKSUM TABLE {names}")
            return [(table.rpartition(".")[2], checksum) for table, checksum in found]


def fingerprints(record: Record) -> Iterator[Fingerprint]:
    """The rows that a document makes in the region."""
    value = record.value or b""
    if record.type != "album":
        yield record.type, record.id, digest(value).hex() * 2
        return
    rows = album_rows(wire.check(record))
    yield "album", record.id, digest(value).hex()
    yield "album_metadata", record.id, _sha256(rows.metadata)
    yield "album_availability", record.id, _sha256(rows.availability)
    for track in rows.tracks:
        yield "track_metadata", track.track_id, _sha256(b"%d" % record.id + track.metadata)
        yield "track_availability", track.track_id, _sha256(b"%d" % record.id + track.availability)


async def _records(london: London) -> AsyncIterator[Record]:
    for type in _TYPES:
        async for page in london.pages(type, _PAGE):
            for record in await london.read(type, page, epoch=0):
                yield record


def _sha256(row: bytes) -> str:
    return hashlib.sha256(row).hexdigest()

"""What a batch's winning records write: the statements, in bytes, rows in the order of their keys. No I/O."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.persister.batch import Prepared
from shared import sql
from shared.digest import canonical
from shared.sql import binary, escaped, literal, numbers, row
from shared.wire import DocumentType

QUERIES: Final = sql.load("services.persister", "queries.sql")

# Far below the smallest max_allowed_packet in use, 16 MiB, so that its memory is used again; a longer row goes alone.
_STATEMENT_BYTES: Final = 512 * 1024


@dataclass(frozen=True, slots=True)
class Stored:
    """What the region holds of a document; `track_ids` are an album's."""

    version: int
    track_ids: frozenset[int] = frozenset()


def writes(type: DocumentType, newer: Sequence[Prepared], stored: Mapping[int, Stored]) -> Iterator[bytes]:
    """The statements that make the region hold these records, which are newer than what is stored."""
    return _WRITES[type](sorted(newer, key=lambda prepared: prepared.record.id), stored)


def _albums(newer: Sequence[Prepared], stored: Mapping[int, Stored]) -> Iterator[bytes]:
    yield from _put("put_albums", map(_album_row, newer))
    yield from _put("put_album_metadata", (_album_part(p, p.rows.metadata) for p in newer if p.rows))
    yield from _put("put_album_availability", (_album_part(p, p.rows.availability) for p in newer if p.rows))
    tracks = sorted(
        (track.track_id, prepared.record.version, prepared.record.id, track)
        for prepared in newer
        if prepared.rows
        for track in prepared.rows.tracks
    )
    yield from _put("put_track_metadata", (_track_part(t, v, a, rows.metadata) for t, v, a, rows in tracks))
    yield from _put("put_track_availability", (_track_part(t, v, a, rows.availability) for t, v, a, rows in tracks))
    yield from _removals(newer, stored)


def _removals(newer: Sequence[Prepared], stored: Mapping[int, Stored]) -> Iterator[bytes]:
    if deleted := [prepared.record.id for prepared in newer if prepared.rows is None]:
        yield QUERIES["remove_album_metadata"].fill(ids=numbers(deleted))
        yield QUERIES["remove_album_availability"].fill(ids=numbers(deleted))
    for prepared in newer:
        album_id = prepared.record.id
        if album_id in stored and (gone := sorted(stored[album_id].track_ids - set(_track_ids(prepared)))):
            for name in ("remove_track_metadata", "remove_track_availability"):
                yield QUERIES[name].fill(ids=numbers(gone), album_id=literal(album_id))


def _artists(newer: Sequence[Prepared], stored: Mapping[int, Stored]) -> Iterator[bytes]:
    return _put("put_artists", map(_artist_row, newer))


def _clients(newer: Sequence[Prepared], stored: Mapping[int, Stored]) -> Iterator[bytes]:
    return _put("put_clients", map(_client_row, newer))


_Writes = Callable[[Sequence[Prepared], Mapping[int, Stored]], Iterator[bytes]]
_WRITES: Final[Mapping[DocumentType, _Writes]] = {"album": _albums, "artist": _artists, "client": _clients}


def _album_row(prepared: Prepared) -> bytes:
    return row(*_head(prepared), literal(canonical(_track_ids(prepared))), literal(prepared.record.version))


def _artist_row(prepared: Prepared) -> bytes:
    return row(*_head(prepared), literal(prepared.record.value), literal(prepared.record.version))


def _client_row(prepared: Prepared) -> bytes:
    client = prepared.document or {"consumer_key": None, "daily_limit": None}
    return row(
        *_head(prepared),
        literal(client["consumer_key"]),
        literal(client["daily_limit"]),
        literal(prepared.record.value),
        literal(prepared.record.version),
    )


def _head(prepared: Prepared) -> tuple[bytes, bytes, bytes]:
    """The id, whether it is deleted, and the digest."""
    return literal(prepared.record.id), literal(int(prepared.record.value is None)), binary(prepared.digest)


# These two write most of all rows; one format is half the work of joining literals.


def _album_part(prepared: Prepared, document: bytes) -> bytes:
    return b"(%d,'%b',%d)" % (prepared.record.id, escaped(document), prepared.record.version)


def _track_part(track_id: int, version: int, album_id: int, document: bytes) -> bytes:
    return b"(%d,%d,'%b',%d)" % (track_id, album_id, escaped(document), version)


def _track_ids(prepared: Prepared) -> list[int]:
    return prepared.rows.track_ids if prepared.rows else []


def _put(name: str, rows: Iterable[bytes]) -> Iterator[bytes]:
    """The statement with as many rows at a time as a packet takes."""
    held: list[bytes] = []
    size = 0
    for one in rows:
        if held and size + len(one) > _STATEMENT_BYTES:
            yield QUERIES[name].fill(rows=b",".join(held))
            held, size = [], 0
        held.append(one)
        size += len(one) + 1
    if held:
        yield QUERIES[name].fill(rows=b",".join(held))

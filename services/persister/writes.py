"""What a batch's winning records write: statements, and their rows in the order of keys. No I/O."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.persister.batch import Prepared
from shared.client import Client
from shared.digest import canonical
from shared.wire import DocumentType

Row = tuple[Any, ...]
"""Integers, text, bytes and None; of a row that is put, the last but one is its document, and the last its version."""

Write = tuple[str, Sequence[Row]]
"""The name of a statement in `queries.sql`, and the parameters of each of its rows."""

# Far below the smallest max_allowed_packet in use, 16 MiB, so that its memory is used again; a longer row goes alone.
_WRITE_BYTES: Final = 512 * 1024


@dataclass(frozen=True, slots=True)
class Stored:
    """What the region holds of a document; `track_ids` are an album's."""

    version: int
    track_ids: frozenset[int] = frozenset()


def writes(type: DocumentType, newer: Sequence[Prepared], stored: Mapping[int, Stored]) -> Iterator[Write]:
    """What makes the region hold these records, which are newer than what is stored."""
    return _WRITES[type](sorted(newer, key=lambda prepared: prepared.record.id), stored)


def _albums(newer: Sequence[Prepared], stored: Mapping[int, Stored]) -> Iterator[Write]:
    yield from _in_pieces("put_albums", map(_album_row, newer))
    parts = [(one.record.id, one.rows, one.record.version) for one in newer if one.rows]
    yield from _in_pieces("put_album_metadata", ((id, rows.metadata, version) for id, rows, version in parts))
    yield from _in_pieces("put_album_availability", ((id, rows.availability, version) for id, rows, version in parts))
    tracks = sorted((track.track_id, version, id, track) for id, rows, version in parts for track in rows.tracks)
    yield from _in_pieces("put_track_metadata", ((id, owner, own.metadata, v) for id, v, owner, own in tracks))
    yield from _in_pieces("put_track_availability", ((id, owner, own.availability, v) for id, v, owner, own in tracks))
    yield from _removals(newer, stored)


def _removals(newer: Sequence[Prepared], stored: Mapping[int, Stored]) -> Iterator[Write]:
    if deleted := [(prepared.record.id,) for prepared in newer if prepared.rows is None]:
        yield "remove_album_metadata", deleted
        yield "remove_album_availability", deleted
    if gone := [(track_id, one.record.id) for one in newer for track_id in _gone(one, stored.get(one.record.id))]:
        yield "remove_track_metadata", gone
        yield "remove_track_availability", gone


def _gone(prepared: Prepared, stored: Stored | None) -> Sequence[int]:
    """The tracks that an album had and that its newer record does not name."""
    return sorted(stored.track_ids.difference(_track_ids(prepared))) if stored else ()


def _artists(newer: Sequence[Prepared], stored: Mapping[int, Stored]) -> Iterator[Write]:
    return _in_pieces("put_artists", map(_artist_row, newer))


def _clients(newer: Sequence[Prepared], stored: Mapping[int, Stored]) -> Iterator[Write]:
    return _in_pieces("put_clients", map(_client_row, newer))


_Writes = Callable[[Sequence[Prepared], Mapping[int, Stored]], Iterator[Write]]
_WRITES: Final[Mapping[DocumentType, _Writes]] = {"album": _albums, "artist": _artists, "client": _clients}


def _album_row(prepared: Prepared) -> Row:
    return *_head(prepared), canonical(_track_ids(prepared)), prepared.record.version


def _artist_row(prepared: Prepared) -> Row:
    return *_head(prepared), prepared.record.value, prepared.record.version


def _client_row(prepared: Prepared) -> Row:
    client: Client | None = prepared.document
    key, limit = (client.consumer_key, client.daily_limit) if client else (None, None)
    return *_head(prepared), key, limit, prepared.record.value, prepared.record.version


def _head(prepared: Prepared) -> Row:
    """The id, whether it is deleted, and the digest."""
    return prepared.record.id, int(prepared.record.value is None), prepared.digest


def _track_ids(prepared: Prepared) -> list[int]:
    return prepared.rows.track_ids if prepared.rows else []


def _in_pieces(name: str, rows: Iterable[Row]) -> Iterator[Write]:
    """The statement with as many rows at a time as a packet takes."""
    held: list[Row] = []
    size = 0
    for row in rows:
        size += len(row[-2] or b"")
        if held and size > _WRITE_BYTES:
            yield name, held
            held, size = [], len(row[-2] or b"")
        held.append(row)
    if held:
        yield name, held

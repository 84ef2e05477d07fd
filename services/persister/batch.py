"""A batch: what one transaction stores of the log, prepared from its messages. No I/O."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from services.persister.decide import Decision, decide
from services.persister.rows import AlbumRows, album_rows
from shared import wire
from shared.digest import digest
from shared.errors import InvalidRecord
from shared.wire import DeadLetter, DocumentType, Headers, Marker, Record

Place = tuple[str, int]
"""Topic and partition."""


class Message(NamedTuple):
    """One message of the log, as any consumer gives it."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers


@dataclass(frozen=True, slots=True)
class Advance:
    """One partition's step: `previous` is compared and `next` set; `marker` is the last one met on the way."""

    place: Place
    previous: int
    next: int
    marker: Marker | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A record with what it writes: its document's digest, and the document, an album's as rows. All of these are None
    for a tombstone. `place` is where the record stood in the log, `TOPIC/PARTITION/OFFSET`."""

    record: Record
    place: str = ""
    digest: bytes | None = None
    document: Any = None
    rows: AlbumRows | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """`prepared` holds the winning record of each document, by type and id."""

    advances: Sequence[Advance]
    prepared: Mapping[DocumentType, Mapping[int, Prepared]]
    letters: Sequence[DeadLetter] = ()

    def records(self) -> list[Prepared]:
        return [one for records in self.prepared.values() for one in records.values()]


def prepare(messages: Mapping[Place, Sequence[Message]], stored: Mapping[Place, int]) -> Batch:
    """The batch of some partitions' messages; `stored` names the next offset in the region of each.

    What cannot be applied becomes a dead letter, and of several records of a document only the winner is kept.
    """
    reading = _Reading()
    advances = [reading.partition(place, stored[place], found) for place, found in messages.items() if found]
    return Batch(advances, reading.prepared, reading.letters)


class _Reading:
    """Messages taken in one by one."""

    def __init__(self) -> None:
        self.prepared: dict[DocumentType, dict[int, Prepared]] = defaultdict(dict)
        self.letters: list[DeadLetter] = []

    def partition(self, place: Place, previous: int, messages: Sequence[Message]) -> Advance:
        advance = Advance(place, previous, messages[-1].offset + 1)
        for message in messages:
            try:
                found = wire.decode(message.key, message.value, message.headers)
                if isinstance(found, Marker):
                    advance = replace(advance, marker=found)
                else:
                    self._take(found, _name(place, message))
            except InvalidRecord as error:
                self.letters.append(_letter(message, str(error), _name(place, message)))
        return advance

    def _take(self, record: Record, place: str) -> None:
        held = self.prepared[record.type].get(record.id)
        if decide(held.record.version if held else None, record) is Decision.APPLY:
            self.prepared[record.type][record.id] = prepare_record(record, place)


def prepare_record(record: Record, place: str) -> Prepared:
    """Raises InvalidRecord for a document that breaks its schema."""
    if record.value is None:
        return Prepared(record, place)
    document = wire.check(record)
    rows = album_rows(document) if record.type == "album" else None
    return Prepared(record, place, digest(record.value), document, rows)


def halves(batch: Batch) -> tuple[Batch, Batch]:
    """The batch's records in two batches that move no offset, to find the one that the region refuses. Storing them
    apart from the offset is safe: read again, they are stale."""
    records = batch.records()
    middle = len(records) // 2
    return _of(records[:middle]), _of(records[middle:])


def parked(prepared: Prepared, reason: str) -> DeadLetter:
    """The dead letter of a record that the region refused."""
    return DeadLetter(*wire.encode(prepared.record), reason, prepared.place)


def _of(records: Sequence[Prepared]) -> Batch:
    found: dict[DocumentType, dict[int, Prepared]] = defaultdict(dict)
    for one in records:
        found[one.record.type][one.record.id] = one
    return Batch((), found)


def _letter(message: Message, reason: str, place: str) -> DeadLetter:
    return DeadLetter(message.key, message.value, message.headers, reason, place)


def _name(place: Place, message: Message) -> str:
    topic, partition = place
    return f"{topic}/{partition}/{message.offset}"

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
    """A record with what it writes: its document's digest, and an album's rows or another's document. All of these are
    None for a tombstone. `place` is where the record stood in the log, `TOPIC/PARTITION/OFFSET`."""

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
    """The batch of some partitions' messages; `stored` names the next offset in the region of each."""
    reading = Reading(stored)
    for place, found in messages.items():
        reading.take(place, found)
    return reading.batch()


class Reading:
    """A batch in the making: messages are taken piece by piece, those of each partition in their order.

    What cannot be applied becomes a dead letter, and of several records of a document only the winner is kept.
    """

    def __init__(self, stored: Mapping[Place, int]) -> None:
        self._stored = stored
        self._advances: dict[Place, Advance] = {}
        self._prepared: dict[DocumentType, dict[int, Prepared]] = defaultdict(dict)
        self._letters: list[DeadLetter] = []

    def batch(self) -> Batch:
        return Batch(list(self._advances.values()), self._prepared, self._letters)

    def take(self, place: Place, messages: Sequence[Message]) -> None:
        if not messages:
            return
        next = messages[-1].offset + 1
        advance = self._advances.get(place) or Advance(place, self._stored[place], next)
        markers = [found for message in messages if (found := self._take(place, message))]
        self._advances[place] = replace(advance, next=next, marker=markers[-1] if markers else advance.marker)

    def reach(self, place: Place, offset: int) -> None:
        """The partition was read up to this offset. What stands before it and was not taken is no message: the log's
        own marks, with which transactions end."""
        advance = self._advances.get(place) or Advance(place, self._stored[place], self._stored[place])
        if offset > advance.next:
            self._advances[place] = replace(advance, next=offset)

    def _take(self, place: Place, message: Message) -> Marker | None:
        """A marker is given back; of a record, what it writes is kept."""
        try:
            found = wire.decode(message.key, message.value, message.headers)
            if isinstance(found, Marker):
                return found
            self._keep(found, _name(place, message))
        except InvalidRecord as error:
            self._letters.append(_letter(message, str(error), _name(place, message)))
        return None

    def _keep(self, record: Record, place: str) -> None:
        held = self._prepared[record.type].get(record.id)
        if decide(held.record.version if held else None, record) is Decision.APPLY:
            self._prepared[record.type][record.id] = prepare_record(record, place)


def prepare_record(record: Record, place: str) -> Prepared:
    """Raises InvalidRecord for a document that breaks its schema."""
    if record.value is None:
        return Prepared(record, place)
    document = wire.check(record)
    if record.type == "album":
        return Prepared(record, place, digest(record.value), rows=album_rows(document))
    return Prepared(record, place, digest(record.value), document=document)


def halves(batch: Batch) -> tuple[Batch, Batch]:
    """The batch's records in two batches that move no offset, to find the one that the region refuses. Storing them
    before the offset moves is safe: read again, they are stale. The offsets are compared all the same: of two owners,
    one stores at a time, also of albums that have no row yet which could be locked."""
    holds = [replace(advance, next=advance.previous, marker=None) for advance in batch.advances]
    records = batch.records()
    middle = len(records) // 2
    return _of(holds, records[:middle]), _of(holds, records[middle:])


def parked(prepared: Prepared, reason: str) -> DeadLetter:
    """The dead letter of a record that the region refused."""
    return DeadLetter(*wire.encode(prepared.record), reason, prepared.place)


def _of(advances: Sequence[Advance], records: Sequence[Prepared]) -> Batch:
    found: dict[DocumentType, dict[int, Prepared]] = defaultdict(dict)
    for one in records:
        found[one.record.type][one.record.id] = one
    return Batch(advances, found)


def _letter(message: Message, reason: str, place: str) -> DeadLetter:
    return DeadLetter(message.key, message.value, message.headers, reason, place)


def _name(place: Place, message: Message) -> str:
    topic, partition = place
    return f"{topic}/{partition}/{message.offset}"

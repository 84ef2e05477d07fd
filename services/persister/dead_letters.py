"""The dead letters of a log: which there are, which of them were redriven, and which can be. No I/O.

A letter's id is made from the message that was parked and the place where that stood. So a message that was parked
twice, by a persister that died before its offset moved or that read the log once more, is one letter.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from services.persister.batch import Message
from shared import wire
from shared.errors import CrossfadeError, InvalidRecord
from shared.wire import MAX_RECORD_BYTES, TOPICS, DocumentType, Encoded, Headers

State = Literal["waiting", "healed", "redriven"]
Subject = tuple[DocumentType, int]

_NOTE_KEY: Final = b"redriven"
_PREFIX: Final = "dead_letter_"
_REDRIVEN: Final = "dead_letter_redriven"
_REDRIVEN_FROM: Final = "redriven_from"
_ID_CHARACTERS: Final = 12
_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter without its value. `key` and `headers` are the parked message's own, `size` is that of its value in
    bytes; `subject` is None and `version` 0 where it does not say which document it is about. `reason`, `place` and
    `time` are as in `wire.encode_dead_letter`. It stands in `catalogue.dead-letters` at `partition` and `offset`."""

    id: str
    key: bytes | None
    headers: Headers
    subject: Subject | None
    version: int
    reason: str
    place: str
    time: str
    size: int
    partition: int
    offset: int


@dataclass
class Letters:
    """The letters by id, in the order of their reading, and what became of them: `redriven` has by id when that was,
    `versions` what the region holds of their documents."""

    letters: dict[str, Letter] = field(default_factory=dict)
    redriven: dict[str, str] = field(default_factory=dict)
    versions: Mapping[Subject, int] = field(default_factory=dict)

    def take(self, partition: int, message: Message) -> None:
        """A message of the topic: a letter, or the note that some were redriven."""
        told = _attributes(message.headers)
        if _REDRIVEN in told:
            self.redriven |= dict.fromkeys(told[_REDRIVEN].split(), told.get(f"{_PREFIX}time", ""))
        else:
            letter = _letter(partition, message, told)
            self.letters.setdefault(letter.id, letter)

    def state(self, letter: Letter) -> State:
        """A letter is healed when the region holds its document in that version or a newer one."""
        if letter.id in self.redriven:
            return "redriven"
        stored = self.versions.get(letter.subject, 0) if letter.subject else 0
        return "healed" if stored >= letter.version > 0 else "waiting"

    def find(self, id: str) -> Letter:
        """Raises CrossfadeError where there is none."""
        if id not in self.letters:
            raise CrossfadeError(f"there is no dead letter {id}; `crossfade dead-letters list --all` names all")
        return self.letters[id]

    def find_waiting(self, id: str) -> Letter:
        """Raises CrossfadeError where there is none, or it is redriven or healed."""
        letter = self.find(id)
        if self.state(letter) == "redriven":
            raise CrossfadeError(f"the dead letter {id} was redriven at {self.redriven[id]}")
        if self.state(letter) == "healed":
            raise CrossfadeError(f"the dead letter {id} is healed: the region holds that version, or a newer one")
        return letter

    def in_order(self) -> list[Letter]:
        """The oldest first."""
        return sorted(self.letters.values(), key=lambda letter: letter.time)

    def waiting(self) -> list[Letter]:
        return [letter for letter in self.in_order() if self.state(letter) == "waiting"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Which letters go into the log again, and which do not, each with the reason."""

    redriven: list[Letter]
    refused: list[tuple[Letter, str]]


def judge(letters: Iterable[Letter]) -> Outcome:
    """What becomes of letters that are to be redriven."""
    obstacles = [(letter, find_obstacle(letter)) for letter in letters]
    return Outcome(
        redriven=[letter for letter, why in obstacles if why is None],
        refused=[(letter, why) for letter, why in obstacles if why is not None],
    )


def find_obstacle(letter: Letter) -> str | None:
    """Why the letter cannot be redriven; None when it can."""
    if letter.place == "london":
        document = "it" if letter.subject is None else " ".join(map(str, letter.subject))
        return f"London could not send {document}; once mended there, its change is published like any other"
    if _topic(letter) not in TOPICS.values():
        return f"it says that it stood in {letter.place!r}, which is no topic of documents"
    if letter.size > MAX_RECORD_BYTES:
        return f"its value of {letter.size} bytes was not kept"
    return None


def redriven(letter: Letter, value: bytes | None) -> tuple[str, Encoded]:
    """The topic that the message goes back to, and the message as it was; a header tells where it comes from."""
    headers = [(name, text) for name, text in letter.headers if name != _REDRIVEN_FROM]
    return _topic(letter), (letter.key, value, [*headers, (_REDRIVEN_FROM, letter.id.encode())])


def encode_note(letters: Iterable[Letter], time: str) -> Encoded:
    """The message for `catalogue.dead-letters` which says that these were redriven, at `time`."""
    ids = " ".join(letter.id for letter in letters)
    return _NOTE_KEY, None, [(_REDRIVEN, ids.encode()), (f"{_PREFIX}time", time.encode())]


def pieces(letters: Iterable[Letter]) -> Iterator[list[Letter]]:
    """The letters, as many at a time as are sent in one transaction: no more bytes than one record may have."""
    piece: list[Letter] = []
    for letter in letters:
        size = sum(one.size for one in piece) + letter.size
        if piece and (len(piece) == _AT_ONCE or size > MAX_RECORD_BYTES):
            yield piece
            piece = []
        piece.append(letter)
    if piece:
        yield piece


def _letter(partition: int, message: Message, told: Mapping[str, str]) -> Letter:
    own = [(name, value) for name, value in message.headers if not name.startswith(_PREFIX)]
    subject, version = _subject(message.key, own)
    place = told.get(f"{_PREFIX}place", "")
    size = told.get(f"{_PREFIX}bytes", "")
    return Letter(
        id=_id(place, message.key, own, message.value),
        key=message.key,
        headers=own,
        subject=subject,
        version=version,
        reason=told.get(f"{_PREFIX}reason", ""),
        place=place,
        time=told.get(f"{_PREFIX}time", ""),
        size=int(size) if size.isdecimal() else len(message.value or b""),
        partition=partition,
        offset=message.offset,
    )


def _subject(key: bytes | None, headers: Headers) -> tuple[Subject | None, int]:
    try:
        type, id, version = wire.subject(key, headers)
    except InvalidRecord:
        return None, 0
    return (type, id), version


def _id(place: str, key: bytes | None, headers: Headers, value: bytes | None) -> str:
    parts = place.encode(), key, *(part for name, text in headers for part in (name.encode(), text)), value
    lengths = repr([None if part is None else len(part) for part in parts]).encode()
    return hashlib.sha256(lengths + b"".join(part or b"" for part in parts)).hexdigest()[:_ID_CHARACTERS]


def _attributes(headers: Headers) -> dict[str, str]:
    """What the topic's own headers say; one without a value says nothing."""
    return {
        name: value.decode(errors="replace")
        for name, value in headers
        if name.startswith(_PREFIX) and value is not None
    }


def _topic(letter: Letter) -> str:
    return letter.place.partition("/")[0]

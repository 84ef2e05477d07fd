"""Records in the log: a document, or its absence, with its version, as the key, value and headers of one message.

CloudEvents 1.0 in Kafka's binary mode: the value is the document's canonical bytes and the attributes are headers
`ce_*`; the extension attribute `version` orders records (docs/convergence.md). A deletion is a tombstone: null value.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec

from shared import album, client
from shared.album import Album
from shared.artist import Artist
from shared.client import Client
from shared.digest import canonical
from shared.errors import InvalidRecord
from shared.fields import Part

DocumentType = Literal["album", "artist", "client"]

DOCUMENTS: Final[Mapping[DocumentType, type[Part]]] = {"album": Album, "artist": Artist, "client": Client}
TOPICS: Final[Mapping[DocumentType, str]] = {
    "album": "catalogue.albums",
    "artist": "catalogue.artists",
    "client": "gateway.clients",
}
POSITIONS_TOPIC: Final = "catalogue.positions"
SNAPSHOT_TOPIC: Final = "catalogue.snapshot"
DEAD_LETTERS_TOPIC: Final = "catalogue.dead-letters"

_DOCUMENT_TYPES: Final[Mapping[str, DocumentType]] = {type: type for type in DOCUMENTS}

SCHEMA_VERSION: Final = 1
MAX_RECORD_BYTES: Final = 8 * 1024 * 1024
"""The largest message that the log takes; the brokers' own bound stands a little above it."""

MARKER_KEY: Final = b"marker"
_MARKER_TYPE: Final = "crossfade.marker.v1"

_DECODERS: Final[Mapping[DocumentType, msgspec.json.Decoder[Any]]] = {
    type: msgspec.json.Decoder(form) for type, form in DOCUMENTS.items()
}
_FAULTS: Final[Mapping[DocumentType, Callable[[Any], str | None]]] = {
    "album": album.find_fault,
    "artist": lambda _: None,
    "client": client.find_fault,
}

Headers = list[tuple[str, bytes]]
Encoded = tuple[bytes | None, bytes | None, Headers]
"""A message's key, value and headers."""


@dataclass(frozen=True, slots=True)
class Record:
    """What London said of one document at a version; `value` holds canonical bytes, or None for a deletion.
    `time` is London's clock when it was read, `yyyy-MM-ddTHH:mm:ss.ffffffZ`."""

    type: DocumentType
    id: int
    version: int
    value: bytes | None
    source: str
    time: str


@dataclass(frozen=True, slots=True)
class Marker:
    """Everything up to `position` stands before this message in its partition; `time` is London's clock."""

    position: int
    source: str
    time: str


def key_of(type: DocumentType, id: int) -> bytes:
    return b"%s/%d" % (type.encode(), id)


def encode(record: Record) -> Encoded:
    key = key_of(record.type, record.id)
    headers: Headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", b"%s@%d" % (key, record.version)),
        ("ce_source", record.source.encode()),
        ("ce_type", f"crossfade.{record.type}.v{SCHEMA_VERSION}".encode()),
        ("ce_time", record.time.encode()),
        ("ce_version", b"%d" % record.version),
        ("content-type", b"application/json"),
    ]
    return key, record.value, headers


def encode_marker(marker: Marker) -> Encoded:
    headers: Headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", b"marker@%d" % marker.position),
        ("ce_source", marker.source.encode()),
        ("ce_type", _MARKER_TYPE.encode()),
        ("ce_time", marker.time.encode()),
        ("ce_version", b"%d" % marker.position),
    ]
    return MARKER_KEY, None, headers


def decode(key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes]]) -> Record | Marker:
    """The record or marker of one message; its document is not looked at yet (see `check`).

    Raises InvalidRecord for what no writer of ours could have meant.
    """
    # Kafka lets a header have no value; to us it is missing then.
    attributes = {name: value for name, value in headers if value is not None}
    version = _version(attributes)
    source, time = _text(attributes, "ce_source"), _text(attributes, "ce_time")
    if key == MARKER_KEY:
        _require_type(attributes, _MARKER_TYPE)
        return Marker(position=version, source=source, time=time)
    type, id = _parse_key(key)
    _require_type(attributes, f"crossfade.{type}.v{SCHEMA_VERSION}")
    return Record(type=type, id=id, version=version, value=value, source=source, time=time)


def subject(key: bytes | None, headers: Iterable[tuple[str, bytes]]) -> tuple[DocumentType, int, int]:
    """Type, id and version of the document that a message is about, however little else can be made of it.

    Raises InvalidRecord where it does not say.
    """
    return *_parse_key(key), _version({name: value for name, value in headers if value is not None})


def check(record: Record) -> Any:
    """The document of a record that holds one.

    Raises InvalidRecord, naming the place in the document and what is wrong there, or the id that is not the key's.
    """
    document = parse(record.type, record.value or b"")
    if (found := getattr(document, f"{record.type}_id")) != record.id:
        raise InvalidRecord(f"the document is {record.type} {found}, the key says {record.id}")
    return document


def parse(type: DocumentType, value: bytes) -> Any:
    """The document that canonical bytes hold. Raises InvalidRecord, naming the place and what is wrong there: never a
    value of free text, since a client's has a consumer key."""
    try:
        document = _DECODERS[type].decode(value)
        fault = _FAULTS[type](document) or _find_unknown(document, value)
    except (ValueError, RecursionError) as error:
        raise InvalidRecord(_reason(error)) from error
    if fault:
        raise InvalidRecord(fault)
    return document


def _text(attributes: Mapping[str, bytes], name: str) -> str:
    try:
        return attributes[name].decode()
    except KeyError:
        raise InvalidRecord(f"header {name} is missing") from None
    except UnicodeDecodeError as error:
        raise InvalidRecord(f"header {name} is not UTF-8") from error


def _require_type(attributes: Mapping[str, bytes], expected: str) -> None:
    if (found := _text(attributes, "ce_type")) != expected:
        raise InvalidRecord(f"header ce_type is {found!r}; this program understands {expected!r}")


def _version(attributes: Mapping[str, bytes]) -> int:
    text = _text(attributes, "ce_version")
    if (version := _positive(text)) is None:
        raise InvalidRecord(f"header ce_version is {text[:40]!r}, not a version")
    return version


def _parse_key(key: bytes | None) -> tuple[DocumentType, int]:
    name, _, text = (key or b"").decode("utf-8", "replace").partition("/")
    if (type := _DOCUMENT_TYPES.get(name)) is None or (id := _positive(text)) is None:
        raise InvalidRecord(f"the key {(key or b'')[:60]!r} is not TYPE/ID of a document")
    return type, id


def _positive(text: str) -> int | None:
    """The number in 1..2**63-1 that the text is, with no sign, blank or leading zero; else None."""
    return int(text) if re.fullmatch("[1-9][0-9]{0,18}", text) and int(text) < 2**63 else None


def _reason(error: Exception) -> str:
    """What the decoder says, with the place first, as `tracks.0.artist`; `*` stands for any key."""
    what, _, where = str(error).partition(" - at `$")
    place = where.rstrip("`").replace("[...]", ".*").replace("[", ".").replace("]", "").lstrip(".")
    return f"{place or 'the document'}: {what}"


def _find_unknown(document: Part, value: bytes) -> str | None:
    """What the types passed over: a field that this program does not know, or one that stands twice."""
    if canonical(document) == value:
        return None
    return _first_unknown(msgspec.json.decode(value), msgspec.to_builtins(document), ())


def _first_unknown(found: Any, known: Any, place: tuple[str, ...]) -> str:
    pairs: Iterable[tuple[object, Any]] = ()
    if isinstance(found, dict):
        if unknown := [name for name in found if name not in known]:
            return f"{'.'.join((*place, unknown[0][:40]))}: this program does not know the field"
        pairs = found.items()
    elif isinstance(found, list):
        pairs = enumerate(found)
    for step, inner in pairs:
        if inner != known[step]:
            return _first_unknown(inner, known[step], (*place, str(step)))
    return "the document: its JSON is not in the canonical form"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that could not be applied, with why and where it stood (`place`: `TOPIC/PARTITION/OFFSET`, or `london`
    for what never reached the log); its key, value and headers are kept as they were."""

    key: bytes | None
    value: bytes | None
    headers: Headers
    reason: str
    place: str


def encode_dead_letter(letter: DeadLetter, time: str) -> Encoded:
    """The message for `catalogue.dead-letters`, parked at `time`; a value larger than the log takes is left out, and
    what has neither key nor value, as no client of ours can send it, gets an empty one."""
    value = letter.value if letter.value is not None and len(letter.value) <= MAX_RECORD_BYTES else None
    if letter.key is None and value is None:
        value = b""
    headers = [
        *letter.headers,
        ("dead_letter_reason", letter.reason[:2000].encode()),
        ("dead_letter_place", letter.place.encode()),
        ("dead_letter_time", time.encode()),
        ("dead_letter_bytes", b"%d" % len(letter.value or b"")),
    ]
    return letter.key, value, headers

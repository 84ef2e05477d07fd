"""Dead letters as lines of at most 80 columns for people, and as JSON for programs. Pure."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from textwrap import shorten, wrap
from typing import Any, Final

import orjson

from services.persister.dead_letters import Letter, Letters, Outcome, find_obstacle

WIDTH: Final = 80
_INDENT: Final = " " * 4
_LABEL: Final = 10


def listing(letters: Letters, shown: Sequence[Letter]) -> Iterator[str]:
    """Two lines a letter, then how many wait."""
    for letter in shown:
        state = letters.state(letter)
        yield f"{letter.id}  {letter.time[:19]}Z  {_document(letter)}{'' if state == 'waiting' else f', {state}'}"
        yield f"{_INDENT}{shorten(letter.reason, WIDTH - len(_INDENT), placeholder=' …')}"
    waiting = len(letters.waiting())
    yield f"{waiting:,} waiting, {len(letters.letters) - waiting:,} redriven or healed"


def whole(letters: Letters, letter: Letter, value: bytes | None) -> Iterator[str]:
    """All that is known of one letter; the record itself is not cut."""
    yield from _labelled("letter", f"{letter.id}, {letters.state(letter)} {letters.redriven.get(letter.id, '')}")
    yield from _labelled("record", f"{_document(letter)}, version {letter.version or 'unknown'}")
    yield from _labelled("parked", letter.time)
    yield from _labelled("stood in", _place(letter))
    yield from _labelled("reason", letter.reason)
    document = _parse(value)
    if (there := find_fragment(document, letter.reason)) is not None:
        yield from _labelled("there", shorten(_compact(there), 500, placeholder=" …"))
    if why := find_obstacle(letter):
        yield from _labelled("redrive", f"not possible: {why}")
    for name, header in letter.headers:
        yield from _labelled("header", f"{name}: {_text(header)}")
    yield from _labelled("value", _size(letter, value))
    if value is not None:
        yield _text(value) if document is None else orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


def outcome(found: Outcome) -> Iterator[str]:
    """What was redriven, and what was not."""
    yield f"{len(found.redriven):,} in the log again"
    for letter, why in found.refused:
        yield from wrap(f"{letter.id} is not redriven: {why}", WIDTH, subsequent_indent=_INDENT)


def as_json(letters: Letters, letter: Letter) -> dict[str, Any]:
    type, id = letter.subject or (None, None)
    return {
        "id": letter.id,
        "state": letters.state(letter),
        "redriven_at": letters.redriven.get(letter.id),
        "type": type,
        "document_id": id,
        "version": letter.version or None,
        "key": None if letter.key is None else _text(letter.key),
        "parked_at": letter.time,
        "place": letter.place,
        "reason": letter.reason,
        "bytes": letter.size,
        "obstacle": find_obstacle(letter),
    }


def record_as_json(letter: Letter, value: bytes | None) -> dict[str, Any]:
    """`there` is what stands in the document at the place that the reason names."""
    document = _parse(value)
    return {
        "headers": {name: _text(header) for name, header in letter.headers},
        "value": None if value is None else _text(value),
        "there": find_fragment(document, letter.reason),
    }


def outcome_as_json(found: Outcome) -> dict[str, Any]:
    return {
        "redriven": [letter.id for letter in found.redriven],
        "refused": {letter.id: why for letter, why in found.refused},
    }


def find_fragment(document: Any, reason: str) -> Any:
    """What stands in the document at the place that a reason begins with, as in `tracks.0.title: …`; None where the
    reason names none that the document has."""
    place, _, _ = reason.partition(":")
    found = document
    for step in place.split("."):
        try:
            found = found[int(step)] if isinstance(found, list) else found[step]
        except (LookupError, TypeError, ValueError):
            return None
    return found


def _labelled(label: str, text: str) -> Iterator[str]:
    lines = wrap(text, WIDTH - _LABEL) or [""]
    yield f"{label:<{_LABEL}}{lines[0]}"
    yield from (f"{'':<{_LABEL}}{line}" for line in lines[1:])


def _document(letter: Letter) -> str:
    if subject := letter.subject:
        return " ".join(map(str, subject))
    return "no key" if letter.key is None else f"unknown {_text(letter.key)[:30]!r}"


def _place(letter: Letter) -> str:
    topic, *rest = letter.place.split("/")
    return f"{topic}, partition {rest[0]}, offset {rest[1]}" if len(rest) == 2 else letter.place


def _size(letter: Letter, value: bytes | None) -> str:
    if value is None:
        return f"{letter.size:,} bytes, not kept" if letter.size else "none: a deletion"
    return f"{letter.size:,} bytes"


def _parse(value: bytes | None) -> Any:
    """None for what is no JSON."""
    with suppress(ValueError):
        return orjson.loads(value or b"")
    return None


def _compact(found: Any) -> str:
    return orjson.dumps(found).decode()


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "backslashreplace")

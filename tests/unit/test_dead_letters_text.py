"""How dead letters are told to people."""

from typing import Any

import pytest

from crossfade.dead_letters_text import WIDTH, find_fragment, listing, outcome, whole
from services.persister.batch import Message
from services.persister.dead_letters import Letters, Outcome
from shared.wire import DeadLetter, Record, encode, encode_dead_letter

TIME = "2026-01-01T00:00:01.000000Z"
DOCUMENT = {"album_id": 7, "tracks": [{"duration": "3:15"}]}


def letters(key: bytes | None = b"album/7", value: bytes | None = b'{"tracks":[{"duration":"3:15"}]}') -> Letters:
    _, _, headers = encode(Record("album", 7, 2**62, b"", "/test", TIME))
    reason = "tracks.0.duration: Expected `int`, got `str`, and so on in more words than a line of a terminal has"
    found = Letters()
    parked = DeadLetter(key, value, headers, reason, "catalogue.albums/10/123456")
    found.take(0, Message(0, *encode_dead_letter(parked, TIME)))
    return found


@pytest.mark.parametrize("key", [b"album/9223372036854775807", b"novel/" + b"x" * 99, b"\xff\xfe", None])
def test_a_listing_fits_a_terminal(key: bytes | None) -> None:
    found = letters(key)
    lines = list(listing(found, found.waiting()))
    assert max(map(len, lines)) <= WIDTH
    assert lines[-1] == "1 waiting, 0 redriven or healed"


def test_one_letter_is_shown_with_what_stands_at_the_place_that_the_reason_names() -> None:
    found = letters()
    [letter] = found.waiting()
    lines = list(whole(found, letter, b'{"tracks":[{"duration":"3:15"}]}'))
    assert 'there     "3:15"' in lines
    assert "stood in  catalogue.albums, partition 10, offset 123456" in lines
    assert max(map(len, lines)) <= WIDTH


@pytest.mark.parametrize(
    ("value", "told"),
    [(None, "value     none: a deletion"), (b"\xff{", "value     2 bytes"), (b"", "value     0 bytes")],
)
def test_a_value_that_is_no_document_is_shown_as_it_is(value: bytes | None, told: str) -> None:
    found = letters(value=value)
    [letter] = found.waiting()
    assert told in list(whole(found, letter, value))


@pytest.mark.parametrize(
    ("reason", "there"),
    [
        ("tracks.0.duration: Expected `int`", "3:15"),
        ("album_id: Expected `str`", 7),
        ("tracks.1.duration: Expected `int`", None),
        ("tracks.*.duration: Expected `int`", None),
        ("album_id.x: Expected `int`", None),
        ("the document: Invalid JSON", None),
        ("", None),
    ],
)
def test_a_reason_leads_to_a_place_in_the_document_or_to_none(reason: str, there: Any) -> None:
    assert find_fragment(DOCUMENT, reason) == there
    assert find_fragment(None, reason) is None


def test_what_was_not_redriven_is_told_with_the_reason() -> None:
    [letter] = letters().waiting()
    lines = list(outcome(Outcome([letter], [(letter, "for a reason " * 10)])))
    assert lines[0] == "1 in the log again"
    assert lines[1].startswith(f"{letter.id} is not redriven: for a reason")
    assert max(map(len, lines)) <= WIDTH

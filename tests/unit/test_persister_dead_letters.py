"""Which dead letters there are, what became of them, and what goes back into the log."""

from typing import Any

import pytest

from services.persister.batch import Message
from services.persister.dead_letters import Letter, Letters, encode_note, find_obstacle, pieces, redriven
from shared.errors import CrossfadeError
from shared.wire import MAX_RECORD_BYTES, DeadLetter, Headers, Record, encode, encode_dead_letter

TIME = "2026-01-01T00:00:01.000000Z"
KEY, VALUE, HEADERS = encode(Record("album", 7, 20, b"{}", "/test", TIME))


def message(offset: int = 0, time: str = TIME, **changed: Any) -> Message:
    """A letter as it stands in the topic."""
    parked = {"key": KEY, "value": VALUE, "headers": HEADERS, "reason": "no title", "place": "catalogue.albums/1/5"}
    key, value, headers = encode_dead_letter(DeadLetter(**parked | changed), time)
    return Message(offset, key, value, headers)


def taken(*messages: Message) -> Letters:
    letters = Letters()
    for one in messages:
        letters.take(0, one)
    return letters


def letter(**changed: Any) -> Letter:
    [found] = taken(message(**changed)).letters.values()
    return found


def test_a_letter_tells_what_was_parked_and_why() -> None:
    found = letter()
    assert (found.subject, found.version, found.size) == (("album", 7), 20, 2)
    assert (found.reason, found.place, found.time) == ("no title", "catalogue.albums/1/5", TIME)
    assert (found.key, found.headers) == (KEY, HEADERS)


def test_a_message_that_was_parked_twice_is_one_letter() -> None:
    found = taken(message(3), message(4, "2026-01-01T00:00:02.000000Z", reason="in other words"))
    assert [one.offset for one in found.letters.values()] == [3]


OTHERS: list[dict[str, Any]] = [
    {"place": "catalogue.albums/1/6"},
    {"key": b"album/8"},
    {"key": None},
    {"value": b"{"},
    {"value": None},
    {"headers": HEADERS[:-1]},
]


@pytest.mark.parametrize("changed", OTHERS)
def test_letters_of_other_messages_have_other_ids(changed: dict[str, Any]) -> None:
    assert letter(**changed).id != letter().id


def test_a_letter_waits_until_it_is_redriven_or_the_region_holds_its_version() -> None:
    letters = taken(message())
    [found] = letters.waiting()
    letters.versions = {("album", 7): 19}
    assert letters.state(found) == "waiting"
    letters.versions = {("album", 7): 20}
    assert letters.state(found) == "healed"
    key, value, headers = encode_note([found], TIME)
    letters.take(5, Message(0, key, value, headers))
    assert letters.state(found) == "redriven"
    assert letters.waiting() == []


def test_a_note_that_stands_before_its_letter_counts() -> None:
    key, value, headers = encode_note([letter()], TIME)
    assert taken(Message(0, key, value, headers), message()).waiting() == []


def test_a_letter_that_names_no_document_waits() -> None:
    assert taken(message(key=b"novel/1")).waiting()


def test_only_a_letter_that_waits_is_found_to_be_redriven() -> None:
    letters = taken(message())
    [found] = letters.waiting()
    assert letters.find_waiting(found.id) is found
    letters.versions = {("album", 7): 20}
    with pytest.raises(CrossfadeError, match="is healed"):
        letters.find_waiting(found.id)
    letters.redriven = {found.id: TIME}
    with pytest.raises(CrossfadeError, match=f"was redriven at {TIME}"):
        letters.find_waiting(found.id)
    with pytest.raises(CrossfadeError, match="no dead letter 123"):
        letters.find_waiting("123")


def test_what_goes_back_is_the_message_as_it_was_with_its_origin() -> None:
    headers: Headers = [*HEADERS, ("x", b"\xff"), ("redriven_from", b"an earlier letter")]
    found = letter(headers=headers)
    topic, (key, value, sent) = redriven(found, VALUE)
    assert (topic, key, value) == ("catalogue.albums", KEY, VALUE)
    assert sent == [*HEADERS, ("x", b"\xff"), ("redriven_from", found.id.encode())]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"place": "london"}, "London could not send album 7"),
        ({"place": "catalogue.positions/0/1"}, "no topic of documents"),
        ({"value": b"x" * (MAX_RECORD_BYTES + 1)}, "was not kept"),
    ],
)
def test_what_never_stood_in_a_topic_of_documents_or_lost_its_value_is_not_redriven(
    changed: dict[str, Any], why: str
) -> None:
    assert why in (find_obstacle(letter(**changed)) or "")


@pytest.mark.parametrize("value", [VALUE, None])
def test_records_and_tombstones_can_be_redriven(value: bytes | None) -> None:
    assert find_obstacle(letter(value=value)) is None


def test_what_is_sent_at_once_is_bounded_in_number_and_bytes() -> None:
    small, large = letter(), letter(value=b"x" * MAX_RECORD_BYTES)
    assert [len(piece) for piece in pieces([small] * 250)] == [100, 100, 50]
    assert [len(piece) for piece in pieces([small, large, large, small, small])] == [1, 1, 1, 2]
    assert list(pieces([])) == []

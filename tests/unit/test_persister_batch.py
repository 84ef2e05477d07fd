"""A batch: which records win, what becomes a dead letter, and that the offset passes everything."""

from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from services.persister.batch import Advance, Batch, Message, Place, Reading, halves, parked, prepare
from shared.batched import batched
from shared.digest import canonical, digest
from shared.wire import Marker, Record, encode, encode_marker
from tests.documents import ARTIST, CLIENT, SOURCE, TIME, album, record, tombstone

PLACE: Place = ("catalogue.albums", 0)
OTHER: Place = ("catalogue.artists", 1)


def message(offset: int, one: Record) -> Message:
    key, value, headers = encode(one)
    return Message(offset, key, value, headers)


def marker(offset: int, position: int) -> Message:
    key, value, headers = encode_marker(Marker(position, SOURCE, TIME))
    return Message(offset, key, value, headers)


def broken(version: int, title: str = "Blur") -> Record:
    """An album's record that its schema refuses."""
    return record("album", album(title=title) | {"year": "1997"}, version)


def batch_of(*records: Record) -> Batch:
    """The batch of these records, one after the other in one partition."""
    return prepare({PLACE: [message(offset, one) for offset, one in enumerate(records)]}, {PLACE: 0})


def winners(batch: Batch) -> list[tuple[str, int, int]]:
    return [(one.record.type, one.record.id, one.record.version) for one in batch.records()]


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 9)), min_size=1, max_size=8))
def test_the_newest_record_of_each_document_wins_and_of_equal_ones_the_first(found: list[tuple[int, int]]) -> None:
    records = [
        record("album", album(album_id, title=str(place)), version) for place, (album_id, version) in enumerate(found)
    ]
    newest: dict[int, Record] = {}
    for one in records:
        if one.id not in newest or one.version > newest[one.id].version:
            newest[one.id] = one
    assert {one.record.id: one.record for one in batch_of(*records).records()} == newest


@given(st.lists(st.integers(1, 9), min_size=1, max_size=8), st.integers(1, 8))
def test_messages_taken_piece_by_piece_make_the_same_batch(versions: list[int], size: int) -> None:
    messages = [message(offset, record("album", album(), version)) for offset, version in enumerate(versions, start=4)]
    messages.insert(len(messages) // 2, marker(99, 7))
    reading = Reading({PLACE: 4})
    for piece in batched(messages, size):
        reading.take(PLACE, piece)
    assert reading.batch() == prepare({PLACE: messages}, {PLACE: 4})


def test_documents_of_different_types_do_not_meet_though_their_ids_are_equal() -> None:
    batch = batch_of(record("artist", ARTIST, 2), record("album", album(ARTIST["artist_id"]), 1))
    assert sorted(winners(batch)) == [("album", 5, 1), ("artist", 5, 2)]


def test_a_record_from_another_partition_competes_as_well() -> None:
    messages = {PLACE: [message(0, record("album", album(), 1))], OTHER: [message(0, record("album", album(), 2))]}
    assert winners(prepare(messages, {PLACE: 0, OTHER: 0})) == [("album", 3, 2)]


def test_a_deletion_wins_over_an_older_document_and_is_kept_as_one() -> None:
    [one] = batch_of(record("album", album(), 1), tombstone("album", 3, 2)).records()
    assert one.record == tombstone("album", 3, 2)
    assert (one.document, one.rows, one.digest) == (None, None, None)


def test_a_document_wins_over_an_older_deletion() -> None:
    [one] = batch_of(tombstone("album", 3, 1), record("album", album(), 2)).records()
    assert one.record == record("album", album(), 2)


def test_a_broken_newest_record_does_not_hide_an_older_valid_one() -> None:
    before = batch_of(record("album", album(), 1), broken(2))
    after = batch_of(broken(2), record("album", album(), 1))
    for batch in (before, after):
        assert winners(batch) == [("album", 3, 1)]
        assert [letter.reason for letter in batch.letters] == ["year: Expected `int | null`, got `str`"]


def test_a_broken_record_that_is_stale_is_not_parked() -> None:
    assert batch_of(record("album", album(), 2), broken(1)).letters == []


def test_what_is_none_of_ours_is_parked_whole_with_its_place_and_the_rest_goes_on() -> None:
    strange = Message(18, b"album/3", b"\xff", [("ce_version", b"x"), ("other", b"1")])
    batch = prepare({PLACE: [strange, message(19, record("album", album(), 1))]}, {PLACE: 18})
    [letter] = batch.letters
    assert (letter.key, letter.value, letter.headers) == strange[1:]
    assert letter.place == "catalogue.albums/0/18"
    assert letter.reason == "header ce_version is 'x', not a version"
    assert winners(batch) == [("album", 3, 1)]


def test_the_offset_passes_records_that_are_invalid_or_stale_or_marks() -> None:
    messages = [message(4, record("album", album(), 2)), message(5, record("album", album(), 1))]
    messages += [marker(6, 9), message(7, broken(3)), Message(8, None, None, [])]
    [advance] = prepare({PLACE: messages}, {PLACE: 4}).advances
    assert (advance.place, advance.previous, advance.next) == (PLACE, 4, 9)


def test_offsets_that_the_log_left_out_are_passed() -> None:
    [advance] = prepare({PLACE: [message(10, record("album", album(), 1)), marker(17, 3)]}, {PLACE: 4}).advances
    assert (advance.previous, advance.next) == (4, 18)


def test_each_partition_advances_by_itself_and_one_without_messages_does_not() -> None:
    messages: Mapping[Place, Sequence[Message]] = {
        PLACE: [message(0, record("album", album(), 1))],
        OTHER: [message(7, record("artist", ARTIST, 1)), marker(8, 5)],
        ("gateway.clients", 0): [],
    }
    advances = prepare(messages, {PLACE: 0, OTHER: 7, ("gateway.clients", 0): 2}).advances
    assert [(advance.place, advance.previous, advance.next) for advance in advances] == [(PLACE, 0, 1), (OTHER, 7, 9)]


def test_the_last_marker_of_a_partition_goes_with_its_offset() -> None:
    [advance] = prepare({PLACE: [marker(0, 5), message(1, broken(1)), marker(2, 8)]}, {PLACE: 0}).advances
    assert advance.marker == Marker(8, SOURCE, TIME)


def test_without_a_marker_none_is_stored() -> None:
    [advance] = prepare({PLACE: [message(0, record("album", album(), 1))]}, {PLACE: 0}).advances
    assert advance.marker is None


def test_no_messages_are_no_batch() -> None:
    batch = prepare({}, {})
    assert (batch.advances, batch.records(), batch.letters) == ([], [], [])


def test_the_digest_is_of_the_bytes_in_the_log() -> None:
    [one] = batch_of(record("artist", ARTIST, 1)).records()
    assert one.digest == digest(canonical(ARTIST))


def test_only_an_album_is_taken_apart_into_rows() -> None:
    batch = batch_of(record("artist", ARTIST, 1), record("album", album(), 1), record("client", CLIENT, 1))
    assert {one.record.type: one.rows is not None for one in batch.records()} == {
        "artist": False,
        "album": True,
        "client": False,
    }


@given(st.integers(2, 9), st.integers(0, 3))
def test_halves_hold_every_record_once_and_their_offsets_where_they_stand(album_count: int, artist_count: int) -> None:
    albums = [record("album", album(album_id), 1) for album_id in range(1, album_count + 1)]
    artists = [record("artist", {**ARTIST, "artist_id": id}, 1) for id in range(1, artist_count + 1)]
    messages = [message(offset, one) for offset, one in enumerate(albums + artists, start=4)]
    batch = prepare({PLACE: [*messages, marker(99, 7)], OTHER: [marker(3, 8)]}, {PLACE: 4, OTHER: 3})
    first, second = halves(batch)
    assert sorted(winners(first) + winners(second)) == sorted(winners(batch))
    assert abs(len(first.records()) - len(second.records())) <= 1
    assert first.advances == second.advances == [Advance(PLACE, 4, 4), Advance(OTHER, 3, 3)]
    assert not (first.letters or second.letters)


def test_a_record_that_the_region_refused_is_parked_as_it_stood_in_the_log() -> None:
    one = record("album", album(), 7)
    [prepared] = batch_of(tombstone("artist", 5, 1), one).records()[1:]
    letter = parked(prepared, "Data too long")
    assert (letter.key, letter.value, letter.headers) == encode(one)
    assert (letter.reason, letter.place) == ("Data too long", "catalogue.albums/0/1")

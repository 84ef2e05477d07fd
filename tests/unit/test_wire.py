"""Records as messages and back, and every way in which a message can be none of ours."""

from collections.abc import Mapping
from copy import deepcopy
from functools import reduce
from operator import getitem
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import to_builtins

from shared.errors import InvalidRecord
from shared.wire import (
    MARKER_KEY,
    MAX_RECORD_BYTES,
    DeadLetter,
    DocumentType,
    Encoded,
    Headers,
    Marker,
    Record,
    check,
    decode,
    encode,
    encode_dead_letter,
    encode_marker,
    key_of,
)
from tests.documents import ARTIST, DOCUMENTS, SOURCE, TIME, album, record, tombstone

TYPES: tuple[DocumentType, ...] = get_args(DocumentType)
numbers = st.integers(1, 2**63 - 1)
texts = st.text(st.characters(codec="utf-8"))


def message(**changed: bytes | None) -> Encoded:
    """A valid artist's message with headers changed, or left out where None."""
    key, value, headers = encode(record("artist", ARTIST))
    return key, value, [(name, text) for name, text in (dict(headers) | changed).items() if text is not None]


def message_with_key(key: bytes | None) -> Encoded:
    return key, *message()[1:]


def refused(key: bytes | None, value: bytes | None, headers: Headers) -> str:
    """Why the message, or the document in it, is none of ours."""
    with pytest.raises(InvalidRecord) as caught:
        found = decode(key, value, headers)
        assert isinstance(found, Record)
        check(found)
    return str(caught.value)


@given(st.sampled_from(TYPES), numbers, numbers, st.none() | st.binary(), texts, texts)
def test_a_record_comes_out_of_the_log_as_it_went_in(
    type: DocumentType, id: int, version: int, value: bytes | None, source: str, time: str
) -> None:
    one = Record(type, id, version, value, source, time)
    assert decode(*encode(one)) == one


@given(numbers, texts, texts)
def test_a_marker_comes_out_of_the_log_as_it_went_in(position: int, source: str, time: str) -> None:
    marker = Marker(position, source, time)
    assert decode(*encode_marker(marker)) == marker


def test_a_message_is_a_cloud_event_in_binary_mode() -> None:
    key, value, headers = encode(Record("album", 3, 17, b"{}", "/london/1/sevendigital", TIME))
    assert (key, value) == (b"album/3", b"{}")
    assert dict(headers) == {
        "ce_specversion": b"1.0",
        "ce_id": b"album/3@17",
        "ce_source": b"/london/1/sevendigital",
        "ce_type": b"crossfade.album.v1",
        "ce_time": TIME.encode(),
        "ce_version": b"17",
        "content-type": b"application/json",
    }


def test_a_deletion_is_a_null_value_with_a_version() -> None:
    key, value, headers = encode(tombstone("album", 3, version=9))
    assert value is None
    assert decode(key, value, headers) == tombstone("album", 3, version=9)


@pytest.mark.parametrize("type", TYPES)
def test_a_valid_document_is_given_back_whole(type: DocumentType) -> None:
    assert to_builtins(check(record(type, DOCUMENTS[type]))) == DOCUMENTS[type]


@pytest.mark.parametrize("name", ["ce_version", "ce_source", "ce_time", "ce_type"])
def test_a_missing_header_is_named(name: str) -> None:
    assert name in refused(*message(**{name: None}))


@pytest.mark.parametrize("name", ["ce_version", "ce_source", "ce_time", "ce_type"])
def test_a_header_without_a_value_is_named(name: str) -> None:
    key, value, headers = message()
    without: Any = [(header, None if header == name else text) for header, text in headers]
    assert name in refused(key, value, without)


@pytest.mark.parametrize("name", ["ce_version", "ce_source", "ce_time", "ce_type"])
def test_a_header_that_is_no_text_is_named(name: str) -> None:
    assert name in refused(*message(**{name: b"\xff"}))


@pytest.mark.parametrize(
    "version", [b"", b"0", b"-1", b"01", b"1.0", b" 1", b"1_0", b"9223372036854775808", "\u0661".encode(), b"x" * 999]
)
def test_a_version_that_is_none_is_shown_cut(version: bytes) -> None:
    reason = refused(*message(ce_version=version))
    assert version.decode()[:40] in reason
    assert len(reason) < 200


@pytest.mark.parametrize("type", [b"crossfade.artist.v2", b"crossfade.artist.v10", b"crossfade.album.v1", b""])
def test_a_record_of_an_unknown_schema_version_names_both_versions(type: bytes) -> None:
    reason = refused(*message(ce_type=type))
    assert repr(type.decode()) in reason
    assert "'crossfade.artist.v1'" in reason


def test_a_marker_of_an_unknown_schema_version_is_refused() -> None:
    key, value, headers = encode_marker(Marker(5, SOURCE, TIME))
    changed = [(name, b"crossfade.marker.v2" if name == "ce_type" else text) for name, text in headers]
    assert "crossfade.marker.v2" in refused(key, value, changed)


@pytest.mark.parametrize(
    "key",
    [
        None,
        b"",
        b"5",
        b"artist",
        b"artist/",
        b"artist/0",
        b"artist/-5",
        b"artist/05",
        b"artist/5/6",
        b"artist/5 ",
        b"artists/5",
        b"Artist/5",
        b"artist/9223372036854775808",
        b"\xff/5",
        MARKER_KEY + b"/5",
    ],
)
def test_a_key_of_no_document_is_shown(key: bytes | None) -> None:
    assert repr(key or b"") in refused(*message_with_key(key))


def test_a_document_of_another_id_than_its_key_names_both_ids() -> None:
    assert refused(*message_with_key(key_of("artist", 6))) == "the document is artist 5, the key says 6"


@pytest.mark.parametrize("value", [b"", b"{", b"\xff\xfe", b'{"artist_id":5,"name":"\\ud800"}', b"[" * 100_000])
def test_what_is_no_json_is_refused(value: bytes) -> None:
    assert refused(b"artist/5", value, message()[2]).startswith("the document: ")


@pytest.mark.parametrize(
    "inner", [b"[" * 100_000 + b"]" * 100_000, b"9" * 10_000, b"1e999", b'"' + b"x" * 10_000 + b'"']
)
def test_whatever_an_unknown_field_holds_the_document_is_refused_in_a_short_sentence(inner: bytes) -> None:
    value = b'{"artist_id":5,"is_placeholder_image":false,"name":"Blur","slug":"blur","x":%b}' % inner
    assert len(refused(b"artist/5", value, message()[2])) < 100


@pytest.mark.parametrize("value", [b"null", b"[]", b"5", b'"x"'])
def test_json_that_is_no_object_is_refused(value: bytes) -> None:
    assert refused(b"artist/5", value, message()[2]).startswith("the document: ")


Path = tuple[str | int, ...]


def changed(document: Any, path: Path, value: Any) -> Any:
    """The document with another value at the path."""
    copied = deepcopy(document)
    *steps, last = path
    reduce(getitem, steps, copied)[last] = value
    return copied


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("title",), 5, "title"),
        (("title",), None, "title"),
        (("year",), "1997", "year"),
        (("year",), 1997.0, "year"),
        (("explicit",), 1, "explicit"),
        (("popularity",), 30.5, "popularity"),
        (("popularity",), 101, "popularity"),
        (("album_id",), True, "album_id"),
        (("artist", "artist_id"), 0, "artist.artist_id"),
        (("artist", "born"), 1968, "artist.born"),
        (("tracks",), {}, "tracks"),
        (("tracks", 0, "duration"), 122.0, "tracks.0.duration"),
        (("tracks", 0, "bpm"), 130, "tracks.0.bpm"),
        (("licences", 0, "usage_type"), "karaoke", "licences.0.usage_type"),
        (("licences", 0, "valid_from"), "2012-08-01", "licences.*.valid_from"),
        (("licences", 0, "valid_from"), "", "licences.*.valid_from"),
        (("tracks", 0, "licences", 0), -1, "tracks.0.licences.0"),
        (("packages", 0, "prices", "GB", "price"), "0.9", "packages.*.prices.*.price"),
        (("packages", 0, "prices", "GB", "price"), 0.99, "packages.0.prices.*.price"),
        (("territory_sets", 0, 1), "ie", "territory_sets.*"),
    ],
)
def test_a_value_that_the_schema_does_not_allow_is_named_by_its_place(path: Path, value: Any, place: str) -> None:
    reason = refused(*encode(record("album", changed(album(), path, value))))
    assert reason.startswith(f"{place}: ")


@pytest.mark.parametrize(
    ("path", "what"),
    [
        (("licences", 0, "territories"), "a licence names a territory set"),
        (("tracks", 0, "licences", 0), "a track names a licence"),
    ],
)
def test_a_place_that_the_album_does_not_have_is_refused(path: Path, what: str) -> None:
    assert refused(*encode(record("album", changed(album(), path, 2)))) == f"{what} that is not there"


def test_a_price_in_a_territory_that_is_no_code_is_refused() -> None:
    broken = changed(album(), ("packages", 0, "prices", "gb"), {"currency": "GBP", "price": None, "recommended": None})
    assert refused(*encode(record("album", broken))).startswith("packages.*.prices: 'gb' is not of the form ")


@pytest.mark.parametrize(
    "value",
    [
        b'{"artist_id":5,"is_placeholder_image":false,"name":"Blur","slug":"blur"} ',
        b'{"artist_id":5,"name":"Blur","is_placeholder_image":false,"slug":"blur"}',
        b'{"artist_id":5,"is_placeholder_image":false,"name":"Blur","name":"Blur","slug":"blur"}',
        b'{"artist_id":5,"is_placeholder_image":false,"name":"\\u0042lur","slug":"blur"}',
    ],
)
def test_a_document_in_other_bytes_than_the_canonical_ones_is_refused(value: bytes) -> None:
    """Its digest would differ from that of London's document for ever."""
    assert refused(b"artist/5", value, message()[2]) == "the document: its JSON is not in the canonical form"


def letter(value: bytes | None = b"{}", *, reason: str = "because") -> DeadLetter:
    return DeadLetter(b"album/3", value, [("ce_version", b"x")], reason, "catalogue.albums/0/17")


def headers_of(letter: DeadLetter) -> Mapping[str, bytes]:
    return dict(encode_dead_letter(letter, TIME)[2])


def test_a_dead_letter_keeps_the_message_and_tells_why_and_where() -> None:
    key, value, headers = encode_dead_letter(letter(), TIME)
    assert (key, value) == (b"album/3", b"{}")
    assert headers == [
        ("ce_version", b"x"),
        ("dead_letter_reason", b"because"),
        ("dead_letter_place", b"catalogue.albums/0/17"),
        ("dead_letter_time", TIME.encode()),
        ("dead_letter_bytes", b"2"),
    ]


def test_the_log_takes_8_mib() -> None:
    assert MAX_RECORD_BYTES == 8 * 1024 * 1024


def test_a_dead_letter_keeps_whatever_the_log_takes() -> None:
    value = b"x" * MAX_RECORD_BYTES
    assert encode_dead_letter(letter(value), TIME)[1] == value


def test_a_dead_letter_too_large_for_the_log_tells_its_size_instead() -> None:
    large = letter(b"x" * (MAX_RECORD_BYTES + 1))
    assert encode_dead_letter(large, TIME)[1] is None
    assert headers_of(large)["dead_letter_bytes"] == str(MAX_RECORD_BYTES + 1).encode()


def test_what_has_neither_key_nor_value_is_parked_with_an_empty_one_since_no_client_sends_nothing() -> None:
    nothing = DeadLetter(None, None, [], "because", "catalogue.albums/0/17")
    assert encode_dead_letter(nothing, TIME)[:2] == (None, b"")


def test_a_long_reason_is_cut_and_stays_text() -> None:
    reason = headers_of(letter(reason="日本" * 9999))["dead_letter_reason"].decode()
    assert reason == "日本" * 1000

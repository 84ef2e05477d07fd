"""Statements: what is filled in stays what it was, and cannot become SQL."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.sql import SQL_MODE, Statement, binary, literal, load, numbers, row

texts = st.text(st.characters(codec="utf-8")) | st.text("'\\\"\0;-:x", max_size=8)


def read_literal(sql: bytes) -> str:
    """What a server understands under NO_BACKSLASH_ESCAPES: two quotes are one, and nothing else is special."""
    match = re.fullmatch(rb"'((?:[^']|'')*)'", sql)
    assert match, sql
    return match[1].replace(b"''", b"'").decode()


def test_the_sessions_mode_makes_the_quote_the_only_special_character() -> None:
    assert "NO_BACKSLASH_ESCAPES" in SQL_MODE


def test_the_sessions_mode_refuses_values_that_do_not_fit() -> None:
    assert "STRICT_ALL_TABLES" in SQL_MODE


@given(texts)
def test_a_text_is_read_as_it_was_and_ends_where_it_ends(text: str) -> None:
    assert read_literal(literal(text)) == text


@given(texts)
def test_text_in_bytes_is_written_like_text(text: str) -> None:
    assert literal(text.encode()) == literal(text)


@pytest.mark.parametrize(
    ("value", "sql"), [(None, b"NULL"), (0, b"0"), (-5, b"-5"), (2**63 - 1, b"9223372036854775807"), ("", b"''")]
)
def test_other_values_are_written_as_sql_does(value: int | str | None, sql: bytes) -> None:
    assert literal(value) == sql


@given(st.binary())
def test_binary_values_are_hexadecimal(value: bytes) -> None:
    match = re.fullmatch(rb"x'([0-9a-f]*)'", binary(value))
    assert match
    assert bytes.fromhex(match[1].decode()) == value


def test_a_binary_value_that_is_missing_is_null() -> None:
    assert binary(None) == b"NULL"


def test_a_row_holds_its_literals_in_their_order() -> None:
    assert row(literal(1), literal("a"), literal(None)) == b"(1,'a',NULL)"


def test_a_list_without_numbers_is_valid_sql_that_nothing_equals() -> None:
    assert numbers([]) == b"NULL"
    assert numbers([3, 1]) == b"3,1"


@given(texts)
def test_a_value_that_looks_like_a_placeholder_is_not_filled(text: str) -> None:
    statement = Statement("SELECT :a, :b")
    assert statement.bind(a=f":b{text}", b=1) == b"SELECT %b, 1" % literal(f":b{text}")


def test_a_placeholder_may_stand_several_times() -> None:
    assert Statement("SELECT :id + :id").bind(id=2) == b"SELECT 2 + 2"


def test_one_name_that_begins_like_another_is_not_taken_for_it() -> None:
    assert Statement("SELECT :id, :ids").fill(id=b"1", ids=b"2,3") == b"SELECT 1, 2,3"


def test_a_placeholder_that_is_not_filled_is_an_error() -> None:
    with pytest.raises(KeyError, match="id"):
        Statement("SELECT :id").bind()


def test_statements_are_read_by_name_without_their_comments() -> None:
    statements = load("services.persister", "queries.sql")
    assert statements["remove_track_metadata"].fill(ids=b"1,2", album_id=b"3") == (
        b"DELETE FROM track_metadata WHERE track_id IN (1,2) AND album_id = 3"
    )

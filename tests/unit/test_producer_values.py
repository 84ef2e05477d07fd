"""London's column values as documents have them."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.producer.values import count, flag, hundredths, instant, money, number, territories, text
from shared.digest import canonical
from shared.fields import INSTANT, MONEY, Count, Hundredths
from tests.documents import is_allowed


def survives_xml(found: str) -> bool:
    """Whether an XML parser takes the text, line ends aside, which it normalises."""
    escaped = found.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return (ElementTree.fromstring(f"<a>{escaped}</a>").text or "") == found.replace("\r\n", "\n").replace("\r", "\n")


@given(st.text())
def test_what_text_holds_can_be_said_in_xml(value: str) -> None:
    assert survives_xml(text(value))


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cn", "Cs"])))
def test_text_without_control_characters_stays_as_it_is(value: str) -> None:
    assert text(value) == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a\0b\x08c\x1fd", "abcd"),
        ("a\tb\nc\rd", "a\tb\nc\rd"),
        ("\x7f\x85\x9f", "\x7f\x85\x9f"),
        ("a\ufffeb\uffffc\ufffd", "abc\ufffd"),
        ("a\ud800b\udfffc", "abc"),
        ("\ud7ff\ue000\U00010000\U0010ffff", "\ud7ff\ue000\U00010000\U0010ffff"),
        ("\x00", ""),
    ],
)
def test_exactly_what_xml_forbids_is_dropped(value: str, expected: str) -> None:
    assert text(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, ""), ("", ""), (5, "5"), (Decimal("1.50"), "1.50"), (b"caf\xc3\xa9\0", "café"), (b"\xff", "\ufffd")],
)
def test_null_and_empty_are_one_and_bytes_are_utf8(value: object, expected: str) -> None:
    assert text(value) == expected


@pytest.mark.parametrize(("value", "expected"), [(None, None), ("", None), (0, 0), (5, 5), ("0012", 12), ("-3", -3)])
def test_a_number_is_whole_or_missing(value: object, expected: int | None) -> None:
    assert number(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "abc",
        "1.5",
        1.5,
    ],
)
def test_a_number_that_is_not_whole_is_refused_and_never_rounded(value: object) -> None:
    with suppress(ValueError):
        assert not is_allowed(Count, number(value))


def test_a_missing_count_is_zero() -> None:
    assert [count(None), count(""), count(0), count("7")] == [0, 0, 0, 7]


@pytest.mark.parametrize("value", [1, -1, 2, "1", b"\x01", b"\x00\x01", Decimal("0.5"), True])
def test_a_flag_is_true_for_what_is_not_zero(value: object) -> None:
    assert flag(value) is True


@pytest.mark.parametrize("value", [0, "0", b"\x00", b"\x00\x00", b"", "", None, Decimal("0.00"), False])
def test_a_flag_is_false_for_zero_and_for_what_is_missing(value: object) -> None:
    assert flag(value) is False


@given(st.integers(0, 10**14 - 1))
def test_every_amount_of_two_decimals_keeps_its_cents(cents: int) -> None:
    amount = f"{cents // 100}.{cents % 100:02d}"
    assert money(amount) == money(Decimal(amount)) == amount
    assert is_allowed(MONEY, amount)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("", None),
        (0, "0.00"),
        ("0", "0.00"),
        ("1.5", "1.50"),
        ("1.500", "1.50"),
        (Decimal("1E+2"), "100.00"),
        (1.1, "1.10"),
        ("0001.50", "1.50"),
    ],
)
def test_an_amount_has_two_decimals_or_is_missing(value: object, expected: str | None) -> None:
    assert money(value) == expected


@pytest.mark.parametrize(
    "value", ["1.495", "0.001", "-1.00", "abc", "NaN", "Infinity", "1e30", "10000000000000", Decimal("1.999"), b"1.50"]
)
def test_what_two_decimals_cannot_say_is_left_for_the_schema_to_refuse(value: object) -> None:
    assert not is_allowed(MONEY, money(value))


@given(st.integers(0, 100))
def test_a_share_keeps_its_hundredths(share: int) -> None:
    assert hundredths(f"{share // 100}.{share % 100:02d}") == share
    assert hundredths(Decimal(share) / 100) == share
    assert hundredths(share / 100) == share


def test_a_missing_share_is_none() -> None:
    assert hundredths(None) is None


def test_a_share_that_is_empty_text_is_missing() -> None:
    assert hundredths("") is None


def test_a_share_of_three_decimals_is_left_for_the_schema_to_refuse() -> None:
    assert not is_allowed(Hundredths, hundredths("0.305"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2012-08-01 12:30:59", "2012-08-01T12:30:59Z"),
        ("2012-08-01", "2012-08-01T00:00:00Z"),
        ("2012-08-01 23:59:59.999999", "2012-08-01T23:59:59Z"),
        ("1969-12-31 23:59:59.9", "1969-12-31T23:59:59Z"),
        ("1000-01-01 00:00:00", "1000-01-01T00:00:00Z"),
        ("9999-12-31 23:59:59", "9999-12-31T23:59:59Z"),
        (datetime.fromisoformat("1969-12-31 23:59:59.900000"), "1969-12-31T23:59:59Z"),
        (date(2012, 8, 1), "2012-08-01T00:00:00Z"),
        (b"2012-08-01 12:30:59", "2012-08-01T12:30:59Z"),
    ],
)
def test_an_instant_has_whole_seconds_with_fractions_cut(value: object, expected: str) -> None:
    assert instant(value) == expected
    assert is_allowed(INSTANT, expected)


@pytest.mark.parametrize(
    "value", [None, "", "0000-00-00", "0000-00-00 00:00:00", "0000-00-00 00:00:00.000000", "0000-05-01 12:00:00"]
)
def test_the_zero_date_is_missing_and_so_is_the_year_0(value: object) -> None:
    assert instant(value) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2020-00-00 00:00:00", "2020-01-01T00:00:00Z"),
        ("2020-00-15", "2020-01-01T00:00:00Z"),
        ("2020-12-00 23:59:59.5", "2020-12-01T00:00:00Z"),
        ("2021-02-29 12:00:00", "2021-03-01T00:00:00Z"),
        ("2020-02-31", "2020-03-01T00:00:00Z"),
        ("2020-11-31 00:00:00", "2020-12-01T00:00:00Z"),
    ],
)
def test_a_day_that_no_calendar_has_is_the_next_that_there_is(value: object, expected: str) -> None:
    assert instant(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "soon",
        "20120801",
        "01/08/2012",
        "2020-13-01 00:00:00",
        "2020-05-35 00:00:00",
        "2020-12-31 25:00:00",
    ],
)
def test_what_is_no_date_is_left_for_the_schema_to_refuse(value: object) -> None:
    assert not is_allowed(INSTANT, instant(value))


@pytest.mark.parametrize(
    ("value", "expected"),
    [("GB", {"GB"}), ("gb", {"GB"}), ("GB,IE", {"GB", "IE"}), (" gb , ie,GB ", {"GB", "IE"}), (b"GB", {"GB"})],
)
def test_territories_are_upper_case_codes_each_once(value: object, expected: set[str]) -> None:
    assert territories(value) == expected


anything = (
    st.none()
    | st.text()
    | st.binary()
    | st.integers(-(2**63), 2**64 - 1)
    | st.decimals()
    | st.floats()
    | st.dates()
    | st.datetimes()
    | st.timedeltas()
    | st.sampled_from(["Infinity", "sNaN", "1e400", str(2**63), str(2**64)])
)
"""Whatever a driver may give as the value of a column."""


@given(st.sampled_from([text, number, count, hundredths, money, instant]), anything)
def test_whatever_london_holds_a_document_can_be_written(read: Callable[[Any], Any], value: object) -> None:
    assert canonical({"value": read(value)})

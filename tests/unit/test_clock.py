"""Instants: whole seconds in UTC whose order as text is the order of time."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import clock
from shared.clock import parse_instant, to_instant

FIRST, LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
moments = st.timedeltas(timedelta(), LAST - FIRST).map(lambda since: FIRST + since)


@given(moments)
def test_a_moment_becomes_the_second_that_it_lies_in(moment: datetime) -> None:
    assert parse_instant(to_instant(moment)) == moment.replace(microsecond=0)


@given(moments, moments)
def test_the_order_of_texts_is_the_order_of_time(one: datetime, other: datetime) -> None:
    if one <= other:
        assert to_instant(one) <= to_instant(other)
    else:
        assert to_instant(one) >= to_instant(other)


@given(moments, st.integers(-14, 14))
def test_a_moment_told_in_another_zone_is_the_same_instant(moment: datetime, hours: int) -> None:
    assert to_instant(moment.astimezone(timezone(timedelta(hours=hours)))) == to_instant(moment)


@pytest.mark.parametrize(
    ("moment", "instant"),
    [
        (datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC), "1969-12-31T23:59:59Z"),
        (datetime(1970, 1, 1, tzinfo=UTC), "1970-01-01T00:00:00Z"),
        (datetime(999, 1, 1, tzinfo=UTC), "0999-01-01T00:00:00Z"),
    ],
)
def test_fractions_are_cut_and_years_keep_four_digits(moment: datetime, instant: str) -> None:
    assert to_instant(moment) == instant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2020-01-01",
        "2020-01-01 00:00:00",
        "2020-01-01T00:00:00",
        "2020-01-01T00:00:00.5Z",
        "2020-02-30T00:00:00Z",
        "2020-01-01T24:00:00Z",
        "2020-01-01T00:00:00Z\n",
        "2020-1-1T0:0:0Z",
    ],
)
def test_a_text_that_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_instant(text)


def test_now_is_an_instant_of_this_moment() -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    assert before <= parse_instant(clock.now()) <= datetime.now(UTC)


def test_a_timestamp_has_microseconds_in_utc() -> None:
    before = datetime.now(UTC)
    stamp = clock.timestamp()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", stamp)
    assert before <= datetime.fromisoformat(stamp) <= datetime.now(UTC)

"""When one side of an answer is asked again, and how long an answer may be kept."""

import pytest

from services.catalogue.api import for_cache, max_age_s
from services.catalogue.internal import Moment, is_outdated
from tests.tracks import NOW

ABSENT = 0


@pytest.mark.parametrize(
    ("one", "other"), [(Moment(1, 5), Moment(1, 6)), (Moment(1, 9), Moment(2, 6)), (Moment(1, 9), Moment(2, ABSENT))]
)
def test_the_older_side_is_asked_again_and_the_newer_is_not(one: Moment, other: Moment) -> None:
    assert is_outdated(one, other)
    assert not is_outdated(other, one)


@pytest.mark.parametrize("moment", [Moment(1, 5), Moment(2, ABSENT)])
def test_sides_of_one_moment_are_not_asked_again(moment: Moment) -> None:
    assert not is_outdated(moment, moment)


def test_where_only_one_side_has_a_row_both_are_asked_again() -> None:
    assert is_outdated(Moment(1, ABSENT), Moment(1, 5))
    assert is_outdated(Moment(1, 5), Moment(1, ABSENT))


@pytest.mark.parametrize(
    ("until", "seconds"),
    [
        (None, 60),
        ("2021-05-05T05:05:06Z", 1),
        ("2021-05-05T05:05:35Z", 30),
        ("2021-05-05T05:06:05Z", 60),
        ("2021-05-05T05:06:06Z", 60),
        ("2022-01-01T00:00:00Z", 60),
    ],
)
def test_an_answer_may_be_kept_for_a_minute_or_to_the_next_boundary(until: str | None, seconds: int) -> None:
    assert max_age_s(NOW, until) == seconds


def test_the_cache_learns_the_moment_and_the_boundary_if_there_is_one() -> None:
    moment = [(b"x-crossfade-generation", b"2"), (b"x-crossfade-version", b"7")]
    assert for_cache(Moment(2, 7), None) == moment
    assert for_cache(Moment(2, 7), NOW) == [*moment, (b"x-crossfade-until", NOW.encode())]

"""Waits between attempts."""

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from shared.retry import delays

ATTEMPTS = 12


@given(st.floats(0.001, 1), st.floats(1, 60))
def test_waits_double_up_to_the_most_and_at_most_half_of_each_is_random(first_s: float, most_s: float) -> None:
    for attempt, wait_s in enumerate(islice(delays(first_s, most_s), ATTEMPTS)):
        whole_s = min(first_s * 2**attempt, most_s)
        assert whole_s / 2 <= wait_s <= whole_s


def test_processes_that_failed_together_do_not_come_back_together() -> None:
    assert list(islice(delays(), ATTEMPTS)) != list(islice(delays(), ATTEMPTS))

"""When a program that died is started again."""

from deploy.supervisor.backoff import Backoff

BACKOFF = Backoff(first_s=0.5, most_s=30.0, calm_s=60.0)


def test_the_pause_doubles_up_to_the_most() -> None:
    assert [BACKOFF.pause_s(deaths) for deaths in range(1, 9)] == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_a_program_that_dies_for_ever_is_still_started_again() -> None:
    assert BACKOFF.pause_s(10_000) == 30


def test_deaths_in_a_row_are_counted() -> None:
    assert BACKOFF.deaths(3, healthy_s=59.9) == 4


def test_after_a_time_of_health_the_count_begins_again() -> None:
    assert BACKOFF.deaths(3, healthy_s=60.0) == 1

"""The outcome of `crossfade bench latency`: which of the delays count, and what programs read of them."""

import json

import pytest

from bench.latency_report import LatencyReport


def report(alone_ms: list[float], behind_ms: list[float] | None = None, *, correct: bool = True) -> LatencyReport:
    return LatencyReport(alone_ms, behind_ms or [], albums=5000, peer_albums_per_s=3000.4, correct=correct)


def test_at_most_one_in_a_hundred_is_over_the_p99() -> None:
    assert report([float(number) for number in range(1, 1001)]).p99_ms == 990
    assert report([3.0, 1.0, 2.0]).p99_ms == 3


def test_the_slowest_change_behind_a_rename_tells_its_delay() -> None:
    assert report([8.0, 10.0, 30.0], [12.0, 55.0, 20.0]).delayed_ms == 45
    assert report([8.0, 10.0]).delayed_ms == 0


@pytest.mark.parametrize(("correct", "code"), [(True, 0), (False, 1)])
def test_the_exit_code_tells_right_from_wrong_and_not_fast_from_slow(correct: bool, code: int) -> None:
    assert report([9999.0], correct=correct).exit_code == code


def test_programs_read_every_figure_beside_what_is_to_be_reached() -> None:
    found = json.loads(report([8.0, 10.123456, 30.0], [50.0]).as_json())
    assert found == {
        "bench": "latency",
        "changes": 3,
        "unit": "ms",
        "p50": 10.12,
        "p99": 30.0,
        "max": 30.0,
        "to_reach": {"p50": 10.0, "p99": 25.0, "delayed": 100.0},
        "renames": 1,
        "albums": 5000,
        "delayed": 39.88,
        "peer": "mariadb-dump --single-transaction --quick | mariadb",
        "peer_albums_per_s": 3000,
        "correct": True,
    }

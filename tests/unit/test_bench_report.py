"""A bench's outcome: what programs read of it, what people read, and the exit code."""

import json

import pytest

from bench.report import Report


def report(*, figure: float = 1500.0, peer_figure: float = 3000.0, correct: bool = True) -> Report:
    return Report(
        bench="snapshot",
        figure=figure,
        unit="albums/s",
        peer="a plain copy",
        peer_figure=peer_figure,
        to_reach=1.0,
        correct=correct,
        cpu_s=3.25,
        peak_mb=1024.5,
    )


def test_programs_read_every_field_and_the_ratio() -> None:
    assert json.loads(report().as_json()) == {
        "bench": "snapshot",
        "figure": 1500,
        "unit": "albums/s",
        "peer": "a plain copy",
        "peer_figure": 3000,
        "ratio": 0.5,
        "to_reach": 1,
        "correct": True,
        "cpu_s": 3.25,
        "peak_mb": 1024.5,
    }


def test_the_json_is_one_line() -> None:
    assert "\n" not in report().as_json()


def test_figures_are_rounded_where_they_are_told_and_not_before() -> None:
    found = report(figure=1000.0, peer_figure=3000.0)
    assert found.ratio == pytest.approx(1 / 3)
    assert json.loads(found.as_json())["ratio"] == 0.333


@pytest.mark.parametrize(("correct", "code"), [(True, 0), (False, 1)])
def test_the_exit_code_tells_right_from_wrong(correct: bool, code: int) -> None:
    assert report(correct=correct).exit_code == code


def test_a_figure_that_is_not_reached_is_no_failure() -> None:
    assert report(figure=1.0).exit_code == 0


@pytest.mark.parametrize(("correct", "told"), [(True, ", correct"), (False, "NOT CORRECT")])
def test_people_read_whether_it_was_right(correct: bool, told: str) -> None:
    text = report(correct=correct).as_text()
    assert told in text
    assert "1,500 albums/s" in text
    assert "ratio 0.50, to reach 1" in text

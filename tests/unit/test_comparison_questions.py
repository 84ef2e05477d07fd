"""What is asked: the full grid tells apart what the contract does, and every draw can be repeated."""

from collections import Counter
from dataclasses import replace

import pytest

from crossfade.comparison.questions import ALL_USAGES, Grid, Plan, Question, Subject, Window
from shared.question import ARTIST_IMAGES, RELEASE_IMAGES, TRACK_DETAILS, USAGE_TYPES, ask, read_parameters
from shared.question import Question as Normalised

NOW = "2026-11-24T07:30:00Z"
PLAN = Plan(grid="full", seed=7, now=NOW, shops=(34, 55))
WINDOW = Window(17, "download", "GB", "2020-01-01T00:00:00Z", "2030-01-01T00:00:00Z")
SUBJECT = Subject(17, (WINDOW, replace(WINDOW, territory="US", valid_until=None)))


def asked(question: Question) -> Normalised:
    """The question as the services read it."""
    found = ask(
        TRACK_DETAILS,
        read_parameters(question.target.partition("?")[2].encode()),
        f"application/{question.format}",
        default_territory="JP",
        shops={55: "DE"},
    )
    assert isinstance(found, Normalised)
    return found


def values(questions: list[Question], parameter: str) -> set[str]:
    return {value for question in questions for name, value in question.parameters if name == parameter}


def test_every_question_of_the_full_grid_is_asked_once_in_each_format() -> None:
    counted = Counter(PLAN.questions(SUBJECT))
    assert set(counted.values()) == {1}
    assert {replace(question, format="xml") for question in counted} <= counted.keys()
    assert {replace(question, format="json") for question in counted} <= counted.keys()


def test_the_full_grid_asks_in_licensed_territories_one_unlicensed_the_default_and_shops() -> None:
    questions = PLAN.questions(SUBJECT)
    assert {asked(question).territory for question in questions} > {"GB", "US", "JP"}
    assert {asked(question).shop for question in questions} == {None, 34, 55}
    assert len(values(questions, "country") - {"GB", "US"}) == 1


def test_the_full_grid_asks_every_usage_type_alone_all_together_and_none() -> None:
    named = {asked(question).usage_types for question in PLAN.questions(SUBJECT)}
    assert named == {(usage_type,) for usage_type in USAGE_TYPES} | {USAGE_TYPES}
    assert any("usageTypes" not in question.target for question in PLAN.questions(SUBJECT))


def test_the_full_grid_asks_for_image_sizes_of_either_kind_and_of_both() -> None:
    sizes = {int(size) for size in values(PLAN.questions(SUBJECT), "imageSize")}
    assert [size in RELEASE_IMAGES for size in sorted(sizes)].count(True) == 2
    assert [size in ARTIST_IMAGES for size in sorted(sizes)].count(True) == 2
    assert 200 in sizes


def test_the_full_grid_asks_on_both_sides_of_both_ends_of_a_licence_where_it_holds() -> None:
    subject = Subject(17, (WINDOW,))
    about_ends = {
        (question.now, dict(question.parameters)["usageTypes"])
        for question in PLAN.questions(subject)
        if dict(question.parameters).get("country") == "GB" and "usageTypes" in dict(question.parameters)
    }
    for instant in ("2019-12-31T23:59:59Z", "2020-01-01T00:00:00Z", "2029-12-31T23:59:59Z", "2030-01-01T00:00:00Z"):
        assert {(instant, "download"), (instant, ALL_USAGES)} <= about_ends


def test_an_open_ended_licence_has_no_end_to_ask_about() -> None:
    assert replace(WINDOW, valid_until=None).boundaries() == ("2019-12-31T23:59:59Z", "2020-01-01T00:00:00Z")


def test_an_instant_at_the_end_of_time_stays_there() -> None:
    last = "9999-12-31T23:59:59Z"
    assert replace(WINDOW, valid_from="0001-01-01T00:00:00Z", valid_until=last).boundaries() == (
        *("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        *("9999-12-31T23:59:58Z", last),
    )


def test_the_one_grid_asks_once_a_format_for_all_usages_in_a_territory_that_is_licensed_now() -> None:
    over = replace(WINDOW, territory="FR", valid_until="2021-01-01T00:00:00Z")
    questions = replace(PLAN, grid="one").questions(Subject(17, (over, WINDOW)))
    assert [question.format for question in questions] == ["xml", "json"]
    assert {(asked(question).territory, asked(question).usage_types) for question in questions} == {("GB", USAGE_TYPES)}


@pytest.mark.parametrize("grid", ["full", "one"])
def test_a_track_of_which_no_licence_is_known_is_asked_about_all_the_same(grid: Grid) -> None:
    questions = replace(PLAN, grid=grid).questions(Subject(17))
    assert {asked(question).territory for question in questions} >= {"JP"}
    assert {question.now for question in questions} == {NOW}


@pytest.mark.parametrize("grid", ["full", "one", "random"])
def test_sides_with_their_own_clocks_are_asked_about_no_instant(grid: Grid) -> None:
    questions = replace(PLAN, grid=grid, own_clocks=True).questions(replace(SUBJECT, times=20))
    assert {question.now for question in questions} == {None}


@pytest.mark.parametrize("grid", ["full", "random"])
def test_the_same_seed_asks_the_same_of_a_track_whatever_else_is_asked(grid: Grid) -> None:
    plan = replace(PLAN, grid=grid)
    before = plan.questions(SUBJECT)
    plan.questions(Subject(18, (replace(WINDOW, track_id=18),), times=3))
    assert plan.questions(SUBJECT) == before
    assert any(replace(plan, seed=seed).questions(SUBJECT) != before for seed in range(20))


def test_a_track_that_was_drawn_often_is_asked_that_many_random_questions() -> None:
    questions = replace(PLAN, grid="random").questions(replace(SUBJECT, times=400))
    assert len(questions) == 400
    assert len(set(questions)) > 200


def test_random_questions_come_to_the_ends_of_licences_where_they_hold() -> None:
    questions = replace(PLAN, grid="random").questions(Subject(17, (WINDOW,), times=2000))
    at_ends = {question.now for question in questions if ("country", "GB") in question.parameters}
    assert set(WINDOW.boundaries()) <= at_ends


def test_random_questions_hold_values_that_the_services_refuse() -> None:
    questions = replace(PLAN, grid="random").questions(replace(SUBJECT, times=2000))
    assert {"GBR", "abc", "51", "uk"} <= {value for question in questions for _, value in question.parameters}

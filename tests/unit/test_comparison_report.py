"""A difference is told with its track, its fields and both answers; nothing compared is never told as agreement."""

import json

import pytest

from crossfade.comparison import report
from crossfade.comparison.difference import Answer, Comparison, Silence, compared
from crossfade.comparison.questions import Plan, Question
from crossfade.comparison.run import Tally

PLAN = Plan(grid="full", seed=7, now="2026-11-24T07:30:00Z", shops=(34,))
QUESTION = Question(17, "xml", "2026-11-24T07:30:00Z", (("country", "GB"),))


def answer(side: str, text: str, status: int = 200) -> Answer:
    body = f"<response><title>{text}</title></response>".encode()
    return Answer(f"http://{side}/x", status, "application/xml", "max-age=60", body)


def comparison(london: str, region: str, status: int = 200) -> Comparison:
    return compared(QUESTION, answer("london", london, status), answer("region", region, status))


def tally(*found: Comparison) -> Tally:
    counted = Tally()
    for one in found:
        counted.add([one])
    return counted


def test_a_difference_names_track_question_field_and_both_answers() -> None:
    told = report.difference(comparison("Ålpha", "Beta"))
    for part in (
        "track 17: title differs",
        "/1.2/track/details?trackid=17&country=GB as xml at 2026-11-24T07:30:00Z",
        "title: London says 'Ålpha', region says 'Beta'",
        "http://london/x",
        "http://region/x",
        "<response><title>Ålpha</title></response>",
        "<response><title>Beta</title></response>",
    ):
        assert part in told


def test_a_field_that_a_side_lacks_is_told_as_such() -> None:
    region = Answer("http://region/x", 200, "application/xml", "max-age=60", b"<response><type>x</type></response>")
    told = report.difference(compared(QUESTION, answer("london", "A"), region))
    assert "title: London says 'A', region has none" in told
    assert "type: London has none, region says 'x'" in told


def test_a_long_answer_is_cut_with_a_note_and_whole_when_asked_for() -> None:
    long = "x" * 10_000
    found = comparison("A", long)
    assert "more characters; --full shows them" in report.difference(found)
    whole = report.difference(found, is_full=True)
    assert "more characters" not in whole
    assert whole.replace("\n", "").replace(" ", "").count("x") > 10_000


def test_silence_is_told_with_its_reason_on_its_side() -> None:
    silent = compared(QUESTION, answer("london", "A"), Silence("http://region/x", "no answer within 10 s"))
    told = report.difference(silent)
    assert "track 17: not answered" in told
    assert "answer: London says '200, application/xml, max-age=60', region says 'no answer within 10 s'" in told


def test_json_says_the_same_as_text() -> None:
    told = json.loads(json.dumps(report.difference_as_json(comparison("A", "B"))))
    assert told["track_id"] == 17
    assert told["fields"] == [{"name": "title", "london": "A", "region": "B"}]
    assert told["london"]["body"] == "<response><title>A</title></response>"
    assert (told["region"]["status"], told["region"]["url"]) == (200, "http://region/x")


def test_the_conclusion_counts_questions_tracks_and_statuses_and_how_to_ask_again() -> None:
    told = report.conclusion(tally(comparison("A", "A"), comparison("A", "B"), comparison("A", "A", 404)), PLAN)
    assert "Compared 3 answers on 3 tracks; differences: 1, not answered: 0" in told
    assert "London's answers: 2 with status 200, 1 with status 404" in told
    assert "--seed 7 --now 2026-11-24T07:30:00Z" in told


@pytest.mark.parametrize(
    ("found", "is_proof", "judgement"),
    [
        ([], False, "Nothing was compared"),
        ([comparison("A", "A")], True, "differences: 0, not answered: 0"),
        ([comparison("A", "A"), comparison("A", "B")], False, "differences: 1, not answered: 0"),
        ([comparison("A", "A", 500)], False, "Nothing was compared"),
        ([comparison("A", "A"), comparison("A", "A", 500)], False, "differences: 0, not answered: 1"),
    ],
)
def test_only_agreement_on_something_is_a_proof(found: list[Comparison], is_proof: bool, judgement: str) -> None:
    counted = tally(*found)
    assert counted.is_proof is is_proof
    assert judgement in report.conclusion(counted, PLAN)


def test_a_track_none_of_whose_questions_was_answered_is_not_compared() -> None:
    counted = tally(comparison("A", "A", 500))
    assert (counted.tracks, counted.compared, counted.unanswered) == (0, 0, 1)

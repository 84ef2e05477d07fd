"""What several rounds come to: medians, and right only if every run of both sides was."""

import pytest

from bench.content import fingerprints
from bench.snapshot import Request, Round, Run, report
from bench.usage import Usage
from shared.digest import digest
from tests.documents import ARTIST, CLIENT, album, record


def run(duration_s: float, *, correct: bool = True, cpu_s: float = 1.0) -> Run:
    return Run(duration_s, correct, {"producer": Usage(cpu_s, 100), "persister": Usage(cpu_s, 50)})


def test_the_figures_are_albums_by_the_median_duration() -> None:
    rounds = [Round(run(duration_s), run(1.0)) for duration_s in (2.0, 9.0, 4.0)]
    found = report(Request(albums=800, rounds=3), rounds)
    assert (found.figure, found.peer_figure, found.ratio) == (200, 800, 0.25)


def test_what_is_used_is_summed_over_our_processes_and_the_medians_count() -> None:
    rounds = [Round(run(1.0, cpu_s=cpu_s), run(1.0, cpu_s=99)) for cpu_s in (1.0, 7.0, 2.0)]
    found = report(Request(albums=1, rounds=3), rounds)
    assert (found.cpu_s, found.peak_mb) == (4, 150)


@pytest.mark.parametrize("wrong", [Round(run(1.0, correct=False), run(1.0)), Round(run(1.0), run(1.0, correct=False))])
def test_one_wrong_run_of_either_side_makes_the_whole_wrong(wrong: Round) -> None:
    right = Round(run(1.0), run(1.0))
    assert report(Request(rounds=2), [right, right]).correct
    assert not report(Request(rounds=2), [right, wrong]).correct


def test_an_albums_fingerprints_are_its_digest_and_each_row_that_the_apis_read() -> None:
    one = record("album", album(3, (12, 13)), 1)
    found = list(fingerprints(one))
    assert [(table, id) for table, id, _ in found] == [
        ("album", 3),
        ("album_metadata", 3),
        ("album_availability", 3),
        ("track_metadata", 12),
        ("track_availability", 12),
        ("track_metadata", 13),
        ("track_availability", 13),
    ]
    assert found[0][2] == digest(one.value or b"").hex()


@pytest.mark.parametrize(
    "other", [album(3, (12,), title="Other"), album(3, (14,)), album(4, (12,))], ids=["text", "track", "album"]
)
def test_another_document_has_other_fingerprints(other: dict[str, object]) -> None:
    assert set(fingerprints(record("album", album(3, (12,)), 1))) != set(fingerprints(record("album", other, 1)))


def test_artists_and_clients_have_one_row_each() -> None:
    assert [(table, id) for table, id, _ in fingerprints(record("artist", ARTIST, 1))] == [("artist", 5)]
    assert [table for table, _, _ in fingerprints(record("client", CLIENT, 1))] == ["client"]

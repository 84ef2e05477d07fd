"""What a demo says in the end, what it takes for a proof, and what it offers to try."""

import pytest
from pydantic import SecretStr

from demo.feeds import Summary as London
from demo.show import by_hand, summary
from demo.show.by_hand import Places
from demo.show.comparison import Compared, describe, read_summary
from demo.show.following import Delays
from demo.show.page import MARGIN, WIDTH
from demo.show.rest import has_all
from demo.show.sides import Answer, Question
from demo.show.snapshot import Catalogue, Snapshot
from demo.show.stage import client_options, environment
from demo.show.summary import FeedsFound, Summary
from deploy.supervisor.lag import Partition
from deploy.supervisor.state import Phase
from deploy.supervisor.status import Progress, Status
from shared.position import MariaDBPosition
from shared.settings import LondonSettings

LARGEST_ID = 2**32 - 1
COMPARED = Compared(20_000_000, 40_000_000, 0, 0, {"200": 40_000_000})


def test_a_comparison_is_read_from_its_last_line() -> None:
    line = {"type": "summary", "tracks": 2, "compared": 4, "differences": 1, "unanswered": 0, "statuses": {"200": 4}}
    assert read_summary(line) == Compared(2, 4, 1, 0, {"200": 4})


@pytest.mark.parametrize(
    ("questions", "differences", "unanswered", "is_proof"),
    [(4, 0, 0, True), (0, 0, 0, False), (4, 1, 0, False), (4, 0, 1, False)],
)
def test_a_proof_has_compared_something_and_found_nothing(
    questions: int, differences: int, unanswered: int, is_proof: bool
) -> None:
    assert Compared(2, questions, differences, unanswered, {}).is_proof is is_proof


def test_a_difference_is_told_in_one_line() -> None:
    fields = [{"name": "track/title", "london": "Ebb", "region": None}]
    difference = {"track_id": 7, "verdict": "different", "format": "xml", "fields": fields}
    assert describe(difference) == "track 7 different, xml: track/title: London Ebb, region None"


def test_a_summary_has_the_figures_of_every_step_and_fits() -> None:
    found = Summary(
        Catalogue(2_000_000, 20_000_000, 500_000, 45),
        Snapshot(2_500_045, 250.0),
        Delays([30.4, 10.0, 90.0]),
        COMPARED,
        FeedsFound(4_000_000, 12_345, London(2_000_000, 256_000, 20_000_000)),
    )
    lines = list(summary.lines(found))
    text = "\n".join(lines)
    for figure in (
        "20,000,000 tracks",
        "12,345 malformed",
        "256,000 of 2,000,000 releases made up",
        "10,000 a second",
        "max 90 ms",
    ):
        assert figure in text
    assert "min 10 ms, median 30 ms" in text
    assert max(map(len, lines)) + len(MARGIN) <= WIDTH


def test_what_to_try_by_hand_fits_and_names_no_password() -> None:
    address = "http://127.0.0.1:65535"
    places = Places(address, address, ".crossfade/demo/london-sql", ".crossfade/demo", "../../.venv/bin/crossfade")
    lines = list(by_hand.lines(places, LARGEST_ID, LARGEST_ID))
    assert max(map(len, lines)) + len(MARGIN) < 100
    assert "password" not in "\n".join(lines).lower()


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, b'<track id="1" code="1234">', "200"),
        (404, b'<error code="2001"><errorMessage>', "404 2001"),
        (404, b'{"error":{"code":2002,"message":', "404 2002"),
        (429, b"Daily request limit exceeded", "429"),
    ],
)
def test_an_answer_is_summed_up_by_its_status_and_the_code_of_its_error(status: int, body: bytes, outcome: str) -> None:
    assert Answer(status, {}, body, 1.0).outcome == outcome


def test_answers_are_equal_in_status_content_type_and_bytes() -> None:
    xml = {"content-type": "application/xml"}
    answer = Answer(200, xml, b"<a />", 1.0)
    assert answer.equals(Answer(200, {**xml, "x-7dig": "elsewhere"}, b"<a />", 2.0))
    assert not answer.equals(Answer(404, xml, b"<a />", 1.0))
    assert not answer.equals(Answer(200, {"content-type": "text/plain"}, b"<a />", 1.0))
    assert not answer.equals(Answer(200, xml, b"<a/>", 1.0))


def test_a_question_asks_as_a_customer_would() -> None:
    assert Question(7, key="limit-5").target == "/1.2/track/details?trackid=7&oauth_consumer_key=limit-5"


def test_settings_for_servers_of_ones_own_do_not_reach_a_demo() -> None:
    outside = {
        "PATH": "/bin",
        "CROSSFADE_LONDON_HOST": "london.example",
        "CROSSFADE_GATEWAY_TRACK_DETAILS": "london",
        "CROSSFADE_CACHE_DIR": "/cache",
    }
    assert environment(outside, 40) == {"PATH": "/bin", "CROSSFADE_CACHE_DIR": "/cache", "CROSSFADE_UP_ALBUMS": "40"}


def test_the_database_client_reads_its_password_from_a_file() -> None:
    options = client_options(LondonSettings(port=3306, user="root", password=SecretStr("of-root")))
    assert "port=3306\n" in options
    assert "user=root\npassword=of-root\n" in options
    assert options.endswith("[mysql]\ndatabase=london\n")


def status(position: str | None, waiting: int = 0, problem: str = "") -> Status:
    partition = Partition(topic="catalogue.albums", partition=0, next_offset=5, end_offset=5 + waiting)
    progress = Progress(snapshot=None, position=position, lag_albums=waiting, lag_s=None, partitions=[partition])
    return Status(phase=Phase.READY, progress=None if problem else progress, problem=problem)


@pytest.mark.parametrize(
    ("found", "has"),
    [
        (status("0-1-30"), True),
        (status("0-1-31"), True),
        (status("0-1-29"), False),
        (status("0-1-30", waiting=1), False),
        (status(None), False),
        (status("0-1-30", problem="Kafka is away"), False),
    ],
)
def test_the_region_has_all_when_the_log_has_it_and_nothing_waits_there(found: Status, has: bool) -> None:
    assert has_all(found, MariaDBPosition.parse("0-1-30")) is has

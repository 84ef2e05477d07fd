"""The status as people read it."""

from deploy.supervisor.parked import Parked, ParkedDocument
from deploy.supervisor.progress import SnapshotProgress
from deploy.supervisor.report import report
from deploy.supervisor.state import Phase
from deploy.supervisor.status import ProgramStatus, Progress, Status

GATEWAY = ProgramStatus(
    name="gateway", phase=Phase.READY, pid=12, port=8080, health_port=8081, health="ready", restarts=2, uptime_s=3725.9
)
DEAD = GATEWAY.model_copy(update={"name": "producer", "pid": None, "uptime_s": None, "health": "does not run"})
SNAPSHOT = SnapshotProgress(stage="planned", ranges_done=3, ranges=1200, documents=250000)
ALBUM = ParkedDocument(type="album", id=7, version=9, reason="no title", place="catalogue.albums/1/5")
PROGRESS = Progress(snapshot=SNAPSHOT, position="0-1-42", lag_albums=1234, lag_s=0.25, partitions=[])


def lines(**changes: object) -> list[list[str]]:
    status = Status(phase=Phase.READY, supervisor=11, programs=[GATEWAY], progress=PROGRESS)
    return [line.split() for line in report(status.model_copy(update=changes))]


def test_a_program_is_told_with_process_port_restarts_time_and_health() -> None:
    assert ["gateway", "12", "8080", "2", "1:02:05", "ready"] in lines()


def test_a_program_that_does_not_run_has_no_process_and_no_time() -> None:
    assert ["producer", "8080", "2", "does", "not", "run"] in lines(programs=[DEAD])


def test_snapshot_position_and_lag_are_told() -> None:
    assert [" ".join(line) for line in lines()[-3:]] == [
        "snapshot: planned, 3 of 1,200 ranges, 250,000 documents",
        "position: 0-1-42 of London is in the log",
        "lag: 1,234 albums, 0.2 s",
    ]


def test_before_anybody_follows_there_is_no_lag_in_seconds() -> None:
    early = PROGRESS.model_copy(update={"snapshot": None, "position": None, "lag_s": None})
    assert lines(progress=early)[-1] == ["lag:", "1,234", "albums"]


def test_documents_that_are_parked_are_told_and_nothing_is_well() -> None:
    behind = PROGRESS.model_copy(update={"parked": Parked(documents=1200, first=[ALBUM])})
    assert [" ".join(line) for line in lines(progress=behind)[-2:]] == [
        "!! parked: 1,200 documents are served in an older version, or not at all",
        "album 7: no title (catalogue.albums/1/5)",
    ]
    assert not Status(phase=Phase.READY, programs=[GATEWAY], progress=behind).well
    assert Status(phase=Phase.READY, programs=[GATEWAY], progress=PROGRESS).well


def test_what_is_wrong_stands_at_the_top() -> None:
    assert lines(problem="Kafka is away", progress=None)[1] == ["!!", "Kafka", "is", "away"]


def test_all_is_well_only_when_every_program_is_ready_and_nothing_is_wrong() -> None:
    status = Status(phase=Phase.READY, programs=[GATEWAY])
    assert status.well
    assert not status.model_copy(update={"programs": [GATEWAY, DEAD]}).well
    assert not status.model_copy(update={"problem": "Kafka is away"}).well
    assert not status.model_copy(update={"phase": Phase.STARTING}).well

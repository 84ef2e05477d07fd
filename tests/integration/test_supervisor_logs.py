"""Log files that are kept small while their programs write to them, and read from their ends."""

from itertools import islice
from pathlib import Path

import pytest

from deploy.supervisor.logs import BLOCK_BYTES, Follower, find, follow, numbered, rotate, tail
from shared.errors import Unusable


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "kafka.log"


def test_a_small_log_stays(log: Path) -> None:
    log.write_text("one\n")
    assert not rotate(log, limit=4)
    assert log.read_text() == "one\n"


def test_what_a_program_writes_after_its_log_was_rotated_is_in_the_log(log: Path) -> None:
    with log.open("ab", buffering=0) as program:
        program.write(b"before\n")
        assert rotate(log, limit=4)
        program.write(b"after\n")
    assert log.read_text() == "after\n"
    assert numbered(log, 1).read_text() == "before\n"


def test_three_older_logs_are_kept(log: Path) -> None:
    for number in range(5):
        log.write_text(f"number {number}\n")
        rotate(log, limit=4)
    older = [numbered(log, number) for number in range(1, 5)]
    assert [file.read_text() for file in older if file.exists()] == ["number 4\n", "number 3\n", "number 2\n"]


def test_the_end_of_a_log_is_its_last_lines(log: Path) -> None:
    log.write_text("".join(f"line {number}\n" for number in range(10)))
    assert tail(log, 3) == ["line 7", "line 8", "line 9"]


def test_the_end_of_a_log_is_found_across_blocks(log: Path) -> None:
    long = "x" * (BLOCK_BYTES - 5)
    log.write_text(f"first\n{long}\nlast\n")
    assert tail(log, 2) == [long, "last"]
    assert tail(log, 9) == ["first", long, "last"]


def test_of_no_log_there_are_no_lines(log: Path) -> None:
    assert tail(log, 3) == []


def test_a_follower_reads_whole_lines_that_came_since(log: Path) -> None:
    log.write_text("old\n")
    follower = Follower(log)
    with log.open("a") as program:
        program.write("new\nha")
        program.flush()
        assert follower.lines() == ["new"]
        program.write("lf\n")
    assert follower.lines() == ["half"]


def test_a_follower_goes_on_after_a_rotation(log: Path) -> None:
    log.write_text("old and long\n")
    follower = Follower(log)
    rotate(log, limit=4)
    log.write_text("new\n")
    assert follower.lines() == ["new"]


def test_following_several_logs_tells_which_each_line_is_from(tmp_path: Path) -> None:
    logs = [tmp_path / "kafka.log", tmp_path / "region.log"]
    lines = follow(logs, poll_s=0)
    for log in logs:
        log.write_text(f"of {log.stem}\n")
    assert list(islice(lines, 2)) == [(logs[0], "of kafka"), (logs[1], "of region")]


def test_a_log_that_is_not_there_is_named_beside_those_that_are(tmp_path: Path) -> None:
    (tmp_path / "kafka.log").touch()
    with pytest.raises(Unusable, match="no log of kafak; there are those of kafka"):
        find(tmp_path, "kafak")

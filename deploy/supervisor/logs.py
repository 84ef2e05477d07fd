"""The log files of programs: kept below a size, and read from their ends."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from shared.errors import Unusable

LIMIT_BYTES = 16 * 1024 * 1024
KEPT = 3
POLL_S = 0.2
BLOCK_BYTES = 64 * 1024


def rotate(log: Path, limit: int = LIMIT_BYTES) -> bool:
    """Moves what is in a log of more than `limit` bytes to `NAME.log.1`, what was there to `.2`, and so on.

    Its program keeps the file open to append to it, so the file stays and is emptied. The copy goes on until it has
    caught up with the program; a line could be lost only between the last read and the very next call.
    """
    if not log.exists() or log.stat().st_size <= limit:
        return False
    for number in range(KEPT, 1, -1):
        if (older := numbered(log, number - 1)).exists():
            older.replace(numbered(log, number))
    with log.open("r+b") as source, numbered(log, 1).open("wb") as target:
        shutil.copyfileobj(source, target)
        source.truncate(0)
    return True


def numbered(log: Path, number: int) -> Path:
    return log.with_name(f"{log.name}.{number}")


def find(folder: Path, program: str | None) -> list[Path]:
    """The log of one program, or all. Raises Unusable where there is none."""
    there = {log.stem: log for log in sorted(folder.glob("*.log"))}
    if not there:
        raise Unusable(f"there are no logs in {folder}")
    if program is None:
        return list(there.values())
    if program not in there:
        raise Unusable(f"there is no log of {program}; there are those of {', '.join(there)}")
    return [there[program]]


def tail(log: Path, lines: int) -> list[str]:
    """The last lines of a log; none where there is no log."""
    if not log.exists():
        return []
    with log.open("rb") as file:
        return last_lines(file, lines)


def last_lines(file: BinaryIO, lines: int) -> list[str]:
    """The last lines of a file, read in blocks from its end, which is where the file stands afterwards."""
    start = file.seek(0, os.SEEK_END)
    text = b""
    while start > 0 and text.count(b"\n") <= lines:
        size = min(start, BLOCK_BYTES)
        start = file.seek(start - size)
        text = file.read(size) + text
    file.seek(0, os.SEEK_END)
    return text.decode(errors="replace").splitlines()[-lines:] if lines else []


class Follower:
    """Reads what is appended to a log, also after it was rotated."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self._position = log.stat().st_size if log.exists() else 0

    def lines(self) -> list[str]:
        """The whole lines that came since the last call."""
        if not self.log.exists():
            return []
        with self.log.open("rb") as file:
            if self._position > file.seek(0, os.SEEK_END):
                self._position = 0
            file.seek(self._position)
            whole, newline, _ = file.read().rpartition(b"\n")
        self._position += len(whole) + len(newline)
        return whole.decode(errors="replace").splitlines()


def follow(logs: list[Path], poll_s: float = POLL_S) -> Iterator[tuple[Path, str]]:
    """Each line that is appended to any of `logs` from now on, for ever."""
    return _read_on([Follower(log) for log in logs], poll_s)


def _read_on(followers: list[Follower], poll_s: float) -> Iterator[tuple[Path, str]]:
    while True:
        for follower in followers:
            for line in follower.lines():
                yield follower.log, line
        time.sleep(poll_s)

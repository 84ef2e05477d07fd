"""CSV records of a file, gzipped or not, read so that one broken line costs no other."""

import csv
import gzip
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count, islice
from pathlib import Path
from typing import BinaryIO

from shared.errors import Unusable

MOST_LINES_OF_A_RECORD = 50


class FeedRefused(Unusable):
    """A file or folder that cannot be read as a feed at all."""


class Fault(Exception):
    """What is wrong with one line; `column` is empty where the line as a whole is at fault."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(column, reason)
        self.column = column
        self.reason = reason


Record = list[str] | Fault


def records(lines: Iterator[bytes]) -> Iterator[tuple[int, Record]]:
    """CSV records with the number of their first line; blank lines are none.

    A quoted field may hold line ends. One that is never closed costs its own line only: reading goes on with the next.
    """
    ahead = _Ahead(lines)
    number = 1
    while ahead.reaches(0):
        record, length = _next_record(ahead)
        if record:
            yield number, record
        ahead.drop(length)
        number += length


def _next_record(ahead: "_Ahead") -> tuple[Record, int]:
    """The record that begins with the first line ahead, and the lines it takes."""
    reader = csv.reader(islice(ahead.texts(), MOST_LINES_OF_A_RECORD), strict=True)
    try:
        return next(reader), reader.line_num
    except Fault as error:
        return error, 1
    except csv.Error as error:
        return Fault("", f"is no CSV: {error}"), 1
    except UnicodeDecodeError as error:
        return Fault("", f"is not UTF-8: {error.reason} at byte {error.start}"), 1


class _Ahead:
    """The lines of a file, some of them read and not yet taken; an error in reading stands in for the last line."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = _until_unreadable(lines)
        self._read: deque[bytes | Fault] = deque()

    def reaches(self, index: int) -> bool:
        self._read.extend(islice(self._lines, max(0, index + 1 - len(self._read))))
        return len(self._read) > index

    def texts(self) -> Iterator[str]:
        for index in count():
            if not self.reaches(index):
                return
            line = self._read[index]
            if isinstance(line, Fault):
                raise line
            yield line.decode("utf-8")

    def drop(self, length: int) -> None:
        for _ in range(length):
            self._read.popleft()


def _until_unreadable(lines: Iterator[bytes]) -> Iterator[bytes | Fault]:
    try:
        yield from lines
    except (OSError, EOFError, zlib.error) as error:
        yield Fault("", f"the file cannot be read further: {error}")


@contextmanager
def opened(path: Path) -> Iterator[Iterator[bytes]]:
    try:
        stream = path.open("rb")
    except OSError as error:
        raise FeedRefused(f"{path}: {error.strerror}") from error
    with stream:
        yield iter(gzip.GzipFile(fileobj=stream) if _is_gzipped(stream) else stream)


def _is_gzipped(stream: BinaryIO) -> bool:
    start = stream.read(2)
    stream.seek(0)
    return start == b"\x1f\x8b"

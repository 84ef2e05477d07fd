"""How a download shows: a bar on a terminal, a few plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Lock

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

MEGABYTE = 1_000_000
LINE_EVERY_S = 5.0

Advance = Callable[[int], None]
"""Told how many bytes more have come, from any thread; fewer than none when they have to come again."""


def console() -> Console:
    """Where people read, kept apart from what programs read."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def shown(title: str, total: int) -> AbstractContextManager[Advance]:
    """Show how far the download of `total` bytes is, for as long as the context lasts."""
    where = console()
    return bar(where, title, total) if where.is_terminal else lines(where, title, total)


@contextmanager
def bar(where: Console, title: str, total: int) -> Iterator[Advance]:
    """A bar with megabytes, speed and time left."""
    name = TextColumn("{task.description}")
    with Progress(
        name, BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn(), console=where
    ) as progress:
        task = progress.add_task(f"Fetching {title}", total=total)
        yield lambda count: progress.advance(task, count)


@contextmanager
def lines(where: Console, title: str, total: int) -> Iterator[Advance]:
    """A line at the start, one every few seconds, one at the end."""
    started = time.monotonic()
    where.print(f"Fetching {title}: {total // MEGABYTE} MB")
    yield Counter(where, title, total)
    where.print(f"Fetched {title} in {time.monotonic() - started:.0f} s")


class Counter:
    """Counts bytes and says how many, not more often than every LINE_EVERY_S."""

    def __init__(self, where: Console, title: str, total: int) -> None:
        self.where, self.title, self.total = where, title, total
        self.done = 0
        self.said_at = time.monotonic()
        self.lock = Lock()

    def __call__(self, count: int) -> None:
        with self.lock:
            self.done += count
            if time.monotonic() - self.said_at >= LINE_EVERY_S:
                self.said_at = time.monotonic()
                self.where.print(f"Fetching {self.title}: {self.done // MEGABYTE} of {self.total // MEGABYTE} MB")

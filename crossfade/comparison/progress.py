"""How far a comparison is: a bar on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

LINE_EVERY_S: Final = 5.0

Show = Callable[[int, str], None]
"""Told the number reached of the total, and a sentence."""


@contextmanager
def shown(console: Console, total: int) -> Iterator[Show]:
    """Shows progress on the console for as long as the block lasts; what else it prints goes above the bar."""
    with _bar(console, total) if console.is_terminal else _lines(console) as show:
        yield show


@contextmanager
def _bar(console: Console, total: int) -> Iterator[Show]:
    columns = (BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("Comparing", total=total)
        yield lambda reached, sentence: progress.update(task, completed=reached, description=sentence)


@contextmanager
def _lines(console: Console) -> Iterator[Show]:
    said_at = time.monotonic()

    def show(_: int, sentence: str) -> None:
        nonlocal said_at
        if time.monotonic() - said_at >= LINE_EVERY_S:
            said_at = time.monotonic()
            console.print(sentence)

    yield show

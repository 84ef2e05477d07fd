"""How a demo prints: numbered steps, each with what it does, the evidence, and whether it held.

On a terminal in colour and with bars; elsewhere the same words as plain lines. What London's texts hold is shown in
ASCII, escaped: some of them would move the cursor or turn the direction of the line.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from textwrap import wrap
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from shared.errors import CrossfadeError

WIDTH: Final = 96
MARGIN: Final = "   "
LINE_EVERY_S: Final = 2.0

Reach = Callable[[int], None]
"""Told how many there are so far."""


class Page:
    """What one demo prints, on `console`."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._steps = 0

    @property
    def is_terminal(self) -> bool:
        return self._console.is_terminal

    def line(self, text: str = "", style: str | None = None) -> None:
        self._console.print(text, style=style, markup=False, highlight=False, emoji=False, soft_wrap=True)

    def paragraph(self, text: str, margin: str = "", style: str | None = None) -> None:
        """A text of any length, in lines."""
        for line in wrap(text, WIDTH, initial_indent=margin, subsequent_indent=margin):
            self.line(line, style)

    def evidence(self, text: str) -> None:
        """A line of what a step found; it must fit."""
        self.line(f"{MARGIN}{shown(text, WIDTH - len(MARGIN))}")

    @contextmanager
    def step(self, title: str, what: str) -> Iterator[None]:
        """One step: what is printed inside is its evidence, an error that leaves it is its failure."""
        self._steps += 1
        began = time.monotonic()
        self.line()
        self.line(f"{self._steps}. {title}", "bold cyan")
        self.paragraph(what, MARGIN)
        try:
            yield
        except CrossfadeError as error:
            self.line(f"{MARGIN}FAILED after {time.monotonic() - began:.1f} s: {error}", "bold red")
            raise
        self.line(f"{MARGIN}ok ({time.monotonic() - began:.1f} s)", "green")

    @contextmanager
    def progress(self, total: int, unit: str) -> Iterator[Reach]:
        """Shows how far something is, with its rate and, on a terminal, the time left."""
        with self._bar(total, unit) if self.is_terminal else self._lines(total, unit) as reach:
            yield reach

    @contextmanager
    def _bar(self, total: int, unit: str) -> Iterator[Reach]:
        counts = TextColumn(f"{{task.completed:,.0f}} of {total:,} {unit}, {{task.fields[rate]:,.0f}}/s")
        columns = (TextColumn(MARGIN[1:]), BarColumn(40), counts, TimeRemainingColumn())
        with Progress(*columns, console=self._console, transient=True) as progress:
            task = progress.add_task("", total=total, rate=0)
            began = time.monotonic()

            def reach(count: int) -> None:
                progress.update(task, completed=count, rate=count / max(time.monotonic() - began, 0.001))

            yield reach

    @contextmanager
    def _lines(self, total: int, unit: str) -> Iterator[Reach]:
        began = said_at = time.monotonic()

        def reach(count: int) -> None:
            nonlocal said_at
            now = time.monotonic()
            if now - said_at >= LINE_EVERY_S:
                said_at = now
                self.evidence(f"{count:,} of {total:,} {unit}, {count / (now - began):,.0f}/s")

        yield reach


def shown(text: str, width: int) -> str:
    """A text of anybody's as at most `width` printable ASCII characters."""
    safe = "".join(letter if " " <= letter <= "~" else _escaped(letter) for letter in text)
    return safe if len(safe) <= width else f"{safe[: width - 3]}..."


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode()

"""How a demo prints: numbered steps, each with what it does, the evidence, and whether it held.

On a terminal in colour and with bars; elsewhere the same words as plain lines. What London's texts hold is shown in
ASCII, escaped: some of them would move the cursor or turn the direction of the line.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from textwrap import wrap
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

WIDTH: Final = 98
MARGIN: Final = "   "
LINE_EVERY_S: Final = 2.0

Reach = Callable[[int, float], None]
"""Told how many there are so far, and how many came in a second."""


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

    def evidence(self, *lines: str) -> None:
        """What a step found; what is too long for a line is cut."""
        for text in lines:
            self.line(f"{MARGIN}{shown(text, WIDTH - len(MARGIN))}")

    def excerpt(self, text: str, lines: int) -> None:
        """The beginning of a long text."""
        width = WIDTH - 2 * len(MARGIN)
        safe = shown(text, width * lines)
        for start in range(0, len(safe), width):
            self.line(f"{MARGIN}{MARGIN}{safe[start : start + width]}", "dim")

    def heading(self, title: str) -> None:
        self.line()
        self.line(title, "bold cyan")

    def copyable(self, lines: Iterable[str]) -> None:
        """Lines to copy into a shell; comments among them are told apart."""
        for text in lines:
            self.line(f"{MARGIN}{text}", "dim" if text.startswith("#") else None)

    def failure(self, error: Exception) -> None:
        self.line(f"{MARGIN}FAILED: {error}", "bold red")

    @contextmanager
    def step(self, title: str, what: str) -> Iterator[None]:
        """One step: what is printed inside is its evidence, and it held unless an error leaves it."""
        self._steps += 1
        began = time.monotonic()
        self.heading(f"{self._steps}. {title}")
        self.paragraph(what, MARGIN)
        yield
        self.line(f"{MARGIN}ok ({time.monotonic() - began:.1f} s)", "green")

    @contextmanager
    def progress(self, unit: str, total: int) -> Iterator[Reach]:
        """Shows how far something is: a bar with the time left on a terminal, a line now and then elsewhere."""
        with self._bar(unit, total) if self.is_terminal else self._lines(unit, total) as reach:
            yield reach

    @contextmanager
    def _bar(self, unit: str, total: int) -> Iterator[Reach]:
        counts = TextColumn(f"{{task.completed:,.0f}} of {total:,} {unit}, {{task.fields[per_s]:,.0f}} a second")
        columns = (TextColumn(MARGIN[1:]), BarColumn(), counts, TimeRemainingColumn())
        with Progress(*columns, console=self._console, transient=True) as progress:
            task = progress.add_task("", total=total, per_s=0)
            yield lambda count, per_s: progress.update(task, completed=count, per_s=per_s)

    @contextmanager
    def _lines(self, unit: str, total: int) -> Iterator[Reach]:
        said_at = time.monotonic()

        def reach(count: int, per_s: float) -> None:
            nonlocal said_at
            if time.monotonic() - said_at >= LINE_EVERY_S:
                said_at = time.monotonic()
                self.evidence(f"{count:,} of {total:,} {unit}, {per_s:,.0f} a second")

        yield reach


def shown(text: str, width: int) -> str:
    """A text of anybody's as at most `width` printable ASCII characters."""
    safe = "".join(letter if " " <= letter <= "~" else _escaped(letter) for letter in text)
    return safe if len(safe) <= width else f"{safe[: width - 3]}..."


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode()

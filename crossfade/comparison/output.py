"""Where a comparison is told: text for people, or JSON lines for programs, with progress and notes aside."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from rich.console import Console

from crossfade.comparison import progress, report
from crossfade.comparison.difference import Comparison
from crossfade.comparison.progress import Show
from crossfade.comparison.questions import Plan
from crossfade.comparison.run import Tally


@dataclass(frozen=True, slots=True)
class Output:
    """`console` gets what was found; `aside` gets progress and notes, and is the same console where that is a terminal,
    so that neither is written over the other."""

    console: Console
    aside: Console
    tell_difference: Callable[[Comparison], str]
    tell_conclusion: Callable[[Tally, Plan], str]

    def difference(self, comparison: Comparison) -> None:
        _print(self.console, self.tell_difference(comparison))

    def conclusion(self, tally: Tally, plan: Plan) -> None:
        _print(self.console, self.tell_conclusion(tally, plan))

    def note(self, sentence: str) -> None:
        _print(self.aside, sentence)

    def progress(self, total: int) -> AbstractContextManager[Show]:
        """Shows how far it is, up to `total`."""
        return progress.shown(self.aside, total)


def text_output(*, is_full: bool) -> Output:
    console = Console()
    aside = console if console.is_terminal else Console(stderr=True)
    return Output(console, aside, partial(report.difference, is_full=is_full), report.conclusion)


def json_output() -> Output:
    """Each difference is one line as it is found; the last line is the summary."""
    return Output(
        Console(),
        Console(stderr=True),
        lambda comparison: _line(report.difference_as_json(comparison)),
        lambda tally, plan: _line(report.conclusion_as_json(tally, plan)),
    )


def _line(found: dict[str, Any]) -> str:
    return orjson.dumps(found).decode()


def _print(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, emoji=False, soft_wrap=True)

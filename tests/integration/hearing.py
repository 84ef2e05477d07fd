"""Runs a comparison and keeps what it tells."""

from __future__ import annotations

import io
from dataclasses import dataclass

from rich.console import Console

from crossfade.comparison import report
from crossfade.comparison.difference import Comparison
from crossfade.comparison.main import Request, compare
from crossfade.comparison.output import Output
from crossfade.comparison.run import Tally


@dataclass
class Heard:
    """What a comparison told."""

    tally: Tally
    found: list[Comparison]
    text: str

    @property
    def fields(self) -> set[tuple[int, str]]:
        """Track and field of every difference."""
        return {(one.question.track_id, field.name) for one in self.found for field in one.fields}


async def listen(request: Request) -> Heard:
    """Runs a comparison, and keeps what it tells."""
    found: list[Comparison] = []
    text = io.StringIO()

    def tell(comparison: Comparison) -> str:
        found.append(comparison)
        return report.difference(comparison)

    console = Console(file=text)
    return Heard(await compare(request, Output(console, console, tell, report.conclusion)), found, text.getvalue())

"""Changes in London, and the time from the return of COMMIT until the gateway's answer is the new one."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from asyncmy.connection import Connection

from demo.show.cues import Cue
from demo.show.errors import NotHeld
from demo.show.page import Page, shown
from demo.show.sides import Answer, Question, Sides

WITHIN_MS: Final = 1000.0
PATIENCE_MS: Final = 10_000.0
WHAT_WIDTH: Final = 70


@dataclass(frozen=True)
class Delays:
    """Milliseconds from the return of COMMIT in London to the gateway's new answer, one for each change."""

    each_ms: Sequence[float]

    def __str__(self) -> str:
        fastest, slowest = min(self.each_ms), max(self.each_ms)
        return f"min {fastest:.0f} ms, median {median(self.each_ms):.0f} ms, max {slowest:.0f} ms"


async def make_changes(cues: Sequence[Cue], london: Connection, sides: Sides, page: Page) -> Delays:
    """Makes each change when the one before has arrived. Raises NotHeld when one does not, or takes over a second."""
    delays = Delays([await _make(number, cue, london, sides, page) for number, cue in enumerate(cues, 1)])
    page.evidence(f"From the return of COMMIT to the gateway's new answer: {delays}")
    if (slowest := max(delays.each_ms)) > WITHIN_MS:
        raise NotHeld(f"a change took {slowest:.0f} ms, which is more than a second")
    return delays


async def _make(number: int, cue: Cue, london: Connection, sides: Sides, page: Page) -> float:
    """Returns its delay in milliseconds."""
    question = Question(cue.track_id)
    before, _ = await sides.agree(question)
    change = await cue.make(london)
    answer, delay_ms = await _next_answer(cue, before, change.committed_ns, sides)
    await _require_new(cue, answer, sides)
    page.evidence(f"{number:2}  {shown(change.what, WHAT_WIDTH):<{WHAT_WIDTH}} {answer.outcome:<8} {delay_ms:4.0f} ms")
    return delay_ms


async def _next_answer(cue: Cue, before: Answer, since_ns: int, sides: Sides) -> tuple[Answer, float]:
    """The gateway's first answer that is not `before`, nor one in passing, and milliseconds from then until it came."""
    while True:
        answer = await sides.region(Question(cue.track_id))
        delay_ms = (time.monotonic_ns() - since_ns) / 1e6
        if not answer.equals(before) and answer.status != cue.passing:
            return answer, delay_ms
        if delay_ms > PATIENCE_MS:
            raise NotHeld(f"{delay_ms / 1e3:.0f} s after the change the gateway still answers for track "
                          f"{cue.track_id} as before")  # fmt: skip


async def _require_new(cue: Cue, answer: Answer, sides: Sides) -> None:
    """Raises NotHeld unless it is at once what London says, in both formats."""
    london, _ = await sides.agree(Question(cue.track_id))
    await sides.agree(Question(cue.track_id, "json"))
    if answer.status != cue.status or not answer.equals(london):
        raise NotHeld(f"track {cue.track_id}: after the change the region says {answer}, London {london}")

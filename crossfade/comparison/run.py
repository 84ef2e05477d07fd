"""Compares every question of every track, a bounded number of tracks at a time."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field

from crossfade.comparison.ask import Both
from crossfade.comparison.difference import Comparison, Verdict, is_about_a_track
from crossfade.comparison.questions import Plan, Subject


@dataclass
class Tally:
    """What was compared so far: `tracks` are those of which at least one question was answered by both sides."""

    tracks: int = 0
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    """London's statuses, over the questions that both sides answered."""

    @property
    def compared(self) -> int:
        return self.verdicts["equal"] + self.verdicts["different"]

    @property
    def differences(self) -> int:
        return self.verdicts["different"]

    @property
    def unanswered(self) -> int:
        return self.verdicts["unanswered"]

    @property
    def is_proof(self) -> bool:
        """Whether something was compared and all of it agreed."""
        return self.compared > 0 and self.differences == self.unanswered == 0

    def add(self, comparisons: Sequence[Comparison]) -> None:
        """Adds all questions of one track."""
        answered = [comparison for comparison in comparisons if comparison.verdict != "unanswered"]
        self.tracks += bool(answered)
        self.verdicts.update(comparison.verdict for comparison in comparisons)
        self.statuses.update(one.london.status for one in answered if is_about_a_track(one.london))


async def compare_all(
    subjects: AsyncIterator[Subject], plan: Plan, both: Both, at_once: int
) -> AsyncGenerator[list[Comparison], None]:
    """The comparisons of each track, in the order in which they end; `at_once` tracks are asked about together, the
    questions of each one after the other."""
    running: set[asyncio.Task[list[Comparison]]] = set()
    try:
        async for subject in subjects:
            running.add(asyncio.create_task(compare_track(subject, plan, both), name=f"track {subject.track_id}"))
            if len(running) >= at_once:
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    yield await task
        for ended in asyncio.as_completed(running):
            yield await ended
    finally:
        for task in running:
            task.cancel()


async def compare_track(subject: Subject, plan: Plan, both: Both) -> list[Comparison]:
    return [await both.compare(question) for question in plan.questions(subject)]

"""Breadth first through every state that can be reached, so that what goes wrong is told by its shortest history."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

S = TypeVar("S")
Step = tuple[str, S]
"""What happens, and the state after it."""


class Space(Protocol[S]):
    """What is searched."""

    @property
    def start(self) -> S: ...

    def steps(self, state: S) -> Iterable[Step[S]]:
        """All that can happen next; a step may lead back to a state that was there before."""

    def rests(self, state: S) -> bool:
        """Whether nothing has to happen any more."""

    def fault(self, state: S) -> str | None:
        """What is wrong with a state at rest."""


@dataclass(frozen=True, slots=True)
class Found(Generic[S]):
    """`states` were visited; `ends` are those at rest. `fault` says what was wrong at the end of `history`, the
    shortest that leads to any fault; without a fault every state was visited."""

    states: int
    ends: Sequence[S]
    fault: str | None = None
    history: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The history, a step a line, and the fault."""
        steps = [f"{number:>4}. {what}" for number, what in enumerate(self.history, start=1)]
        return "\n".join([*steps, f"   => {self.fault}"])


def search(space: Space[S]) -> Found[S]:
    """Visits every state, up to the first fault. A state that is not at rest and has no step is one."""
    came_from: dict[S, Step[S] | None] = {space.start: None}
    coming = deque([space.start])
    ends: list[S] = []
    while coming:
        state = coming.popleft()
        steps = list(space.steps(state))
        if fault := _fault(space, state, steps, ends):
            return Found(len(came_from), ends, fault, _history(came_from, state))
        for what, after in steps:
            if after not in came_from:
                came_from[after] = what, state
                coming.append(after)
    return Found(len(came_from), ends)


def _fault(space: Space[S], state: S, steps: Sequence[Step[S]], ends: list[S]) -> str | None:
    if space.rests(state):
        ends.append(state)
        return space.fault(state)
    return None if steps else "nothing can go on"


def _history(came_from: dict[S, Step[S] | None], state: S) -> tuple[str, ...]:
    return tuple(reversed(list(_back(came_from, state))))


def _back(came_from: dict[S, Step[S] | None], state: S) -> Iterator[str]:
    while (step := came_from[state]) is not None:
        what, state = step
        yield what

"""The small world whose every history is searched: London and its producers, the log, the persisters and the region.

One reduction joins them. Persisters only read the log, which only grows, and they may read as little of it as they
like: what they do while producers still work they could as well do afterwards. So they begin when the producers rest.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from services.producer.publish import Publisher
from tests.explorer import log
from tests.explorer.fiber import Fiber
from tests.explorer.log import Landing, Log, Message
from tests.explorer.london import History, open_london
from tests.explorer.persisters import QUIET, WHOLE, Persisters, carried_out, finding, storing
from tests.explorer.producers import Producers
from tests.explorer.region import Region
from tests.explorer.search import Step
from tests.explorer.sql import Key, Row
from tests.explorer.state import Persister, Producer, State

ALBUMS: Final = [1, 2]
PERSISTERS: Final = 2


@dataclass(frozen=True, slots=True)
class Bounds:
    """What happens in a world, and how much of it at most: London's changes in their order; how often another producer
    begins to lead, a persister is given another's partition, one dies, and the region is set back. With `whole_turns`
    nothing comes between what a persister stores and its commit."""

    changes: tuple[str, ...]
    partitions: int = 2
    takeovers: int = 0
    rebalances: int = 0
    crashes: int = 0
    setbacks: int = 0
    whole_turns: bool = False

    def __str__(self) -> str:
        often = ("partitions", "takeovers", "rebalances", "crashes", "setbacks")
        told = [f"{name} {getattr(self, name)}" for name in often if getattr(self, name)]
        return f"{'; '.join(self.changes)} [{', '.join((*told, *['whole turns'] * self.whole_turns))}]"


class World:
    """All that can happen after a snapshot of London came into the log and the region. Without `is_reduced` every
    statement is a step of its own, and persisters do not wait for producers."""

    def __init__(self, bounds: Bounds, *, is_reduced: bool = True) -> None:
        history = History(bounds.changes)
        self._is_reduced = is_reduced
        self._producers = Producers(history)
        first, last = (_stored(_read(history, shown), bounds.partitions) for shown in (0, len(history)))
        quiet = WHOLE if bounds.whole_turns else QUIET if is_reduced else frozenset[str]()
        self._persisters = Persisters(first.region, quiet)
        self._expected = served(last.region)
        self.start = first._replace(
            takeovers=bounds.takeovers,
            rebalances=bounds.rebalances,
            crashes=bounds.crashes,
            setbacks=bounds.setbacks,
        )

    def steps(self, state: State) -> Iterator[Step[State]]:
        if state.producers:
            yield from self._producers.steps(state)
        if not self._is_reduced:
            yield from self._persisters.steps(state)
        elif not state.producers or self._producers.rest(state):
            yield from self._persisters.steps(state._replace(producers=(), saved=0, takeovers=0))

    def rests(self, state: State) -> bool:
        return (not state.producers or self._producers.rest(state)) and self._persisters.rest(state)

    def fault(self, state: State) -> str | None:
        found, expected = served(state.region), self._expected
        wrong = [key for key in sorted(found.keys() | expected.keys()) if found.get(key) != expected.get(key)]
        return "; ".join(_difference(key, found.get(key), expected.get(key)) for key in wrong) or None


def _difference(key: Key, found: Row | None, expected: Row | None) -> str:
    table, [id] = key
    return f"{table} {id} is {'another' if found and expected else 'missing' if expected else 'left over'}"


def served(region: Region) -> Mapping[Key, Row]:
    """What the region holds of documents that there are, without versions."""
    rows = {key: row for key, row in region.committed().items() if key[0] != "next_offset" and not row.get("deleted")}
    return {key: {name: row[name] for name in row if name != "version"} for key, row in rows.items()}


def _read(history: History, shown: int) -> list[Message]:
    """The records of all albums when so many transactions are done."""

    async def published() -> None:
        publisher = Publisher(cast(Any, log.Producer()), cast(Any, None))
        await publisher.publish(await open_london(history).read("album", ALBUMS, 0))

    fiber, found = Fiber(lambda: (published(), lambda: None)), []
    while fiber.question:
        answer: Any = shown
        if isinstance(fiber.question, Landing):
            answer = fiber.question.pending[0]
            found.append(answer)
        fiber = fiber.resume(answer)
    return found


def _stored(messages: list[Message], partitions: int) -> State:
    """Everything at rest, when these messages are in the log and in the region."""
    held: Log = ((),) * partitions
    for message in messages:
        held = log.appended(held, message)
    region = Region(frozenset(), (None,) * PERSISTERS)
    region = carried_out(region, finding((True,) * partitions))
    region = carried_out(region, storing((0,) * partitions, held))
    at = tuple(len(ones) for ones in held)
    persisters = tuple(
        Persister(tuple(end if number % PERSISTERS == place else None for number, end in enumerate(at)))
        for place in range(PERSISTERS)
    )
    return State(0, 0, 0, 0, (Producer(0),), held, region, persisters, 0, 0, 0, 0)

"""The persister processes and the region: each turn of production code's loop, which prepares a batch and stores it, is
a fiber.

Modelled is the loop around turns: that a process reads any number of the next messages, and after its turn failed
returns to where the region's database says that it stands. Production code prepares a batch while the one before it is
being stored; since the log only grows, it could as well have read it later. A process that is given another's partition
does not stop the other, which was paused and knows nothing. The region may be set back to what it was at first, under
everybody's connections, whatever they hold.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import product
from types import SimpleNamespace
from typing import Any, Final, cast

from aiokafka import TopicPartition

from services.persister import consume, store
from services.persister.park import Parking
from services.persister.store import LogIdentity
from tests.explorer.fiber import Fiber
from tests.explorer.log import ALBUMS, Message
from tests.explorer.region import CONTROLS, DEADLOCK, Region, Run, open_store
from tests.explorer.search import Step
from tests.explorer.sql import parse
from tests.explorer.state import Offsets, Persister, State

IDENTITY: Final = LogIdentity("cluster", {ALBUMS: "topic"})

Taken = tuple[tuple[Message, ...], ...]
"""By partition, messages that a turn stores."""


QUIET: Final = frozenset({"START TRANSACTION", "ROLLBACK", "album", "album_metadata", "album_availability"})
"""Statements that nobody else can tell from what comes before them: those that only begin or give up, and those on the
rows of albums, which nobody else is after: he would wait for the partition's offset first."""


WHOLE: Final = QUIET | {"track_metadata", "track_availability", "COMMIT"}
"""With these a turn is one step."""


class Persisters:
    """What can happen to the persisters and their region. A statement is one step with those after it that are on a
    table of `quiet`."""

    def __init__(self, backup: Region, quiet: frozenset[str] = QUIET) -> None:
        self._backup = backup
        self._quiet = quiet
        self._storing = cache(storing)
        self._finding = cache(finding)
        self._surprise = cache(self._keep)
        self._offsets = cache(read_offsets)
        self._statement = cache(self._carry_out)

    def rest(self, state: State) -> bool:
        """Whether everybody has stored all of the log, and knows it."""
        ends = tuple(len(messages) for messages in state.log)
        return self._offsets(state.region) == ends and all(
            persister.turn is None and all(next in (None, end) for next, end in zip(persister.at, ends, strict=True))
            for persister in state.persisters
        )

    def steps(self, state: State) -> Iterator[Step[State]]:
        for place, persister in enumerate(state.persisters):
            if persister.turn:
                yield from self._go_on(state, place, persister.turn)
                if state.crashes:
                    yield from self._crash(state, place, persister)
            else:
                yield from self._read(state, place, persister)
                yield from self._look(state, place, persister)
        if state.rebalances:
            yield from self._rebalance(state)
        if state.setbacks and state.region.open == self._backup.open:
            yield from self._set_back(state)

    def _read(self, state: State, place: int, persister: Persister) -> Iterator[Step[State]]:
        """Any number of the messages that are next, of each partition."""
        for taken in product(*map(_beginnings, persister.at, state.log)):
            if any(taken):
                what = ", ".join(str(message) for messages in taken for message in messages)
                turn = self._storing(persister.at, taken)
                yield f"persister {place + 1} reads {what}", _with(state, place, persister._replace(turn=turn))

    def _look(self, state: State, place: int, persister: Persister) -> Iterator[Step[State]]:
        """An idle process finds that the region stands elsewhere. That it finds nothing is no step."""
        if then := self._surprise(state.region, persister.at):
            yield f"persister {place + 1} sees where the region stands", self._after(state, place, then)

    def _keep(self, region: Region, at: Offsets) -> Fiber | None:
        turn = keeping(at)
        while turn.question:
            turn = turn.resume(region.run(0, turn.question)[1])
        return turn if turn.error else None

    def _go_on(self, state: State, place: int, turn: Fiber) -> Iterator[Step[State]]:
        if found := self._statement(state.region, place, turn):
            what, region, then = found
            yield f"persister {place + 1} {what}", self._after(state._replace(region=region), place, then)
        elif self._is_deadlocked(state, place, turn):
            yield f"persister {place + 1} loses a deadlock", self._after(state, place, turn.resume(DEADLOCK))

    def _carry_out(self, region: Region, place: int, turn: Fiber) -> tuple[str, Region, Fiber] | None:
        """The next statement that is not quiet, with the quiet ones around it; None while it has to wait."""
        loud = None
        while turn.question and (loud is None or _subject(turn.question) in self._quiet):
            if region.blocking(place, turn.question) is not None:
                break
            if _subject(turn.question) not in self._quiet:
                loud = turn.question
            region, answer = region.run(place, turn.question)
            turn = turn.resume(answer)
        return (_say(loud), region, turn) if loud else None

    def _after(self, state: State, place: int, turn: Fiber) -> State:
        persister = state.persisters[place]
        if turn.question:
            return _with(state, place, persister._replace(turn=turn))
        if turn.error:
            return _with(state, place, persister._replace(turn=self._find(persister)))
        at = tuple(old if new is None else new for old, new in zip(persister.at, turn.value, strict=True))
        return _with(state, place, Persister(at))

    def _find(self, persister: Persister) -> Fiber:
        return self._finding(tuple(next is not None for next in persister.at))

    def _is_deadlocked(self, state: State, place: int, turn: Fiber) -> bool:
        other = state.region.blocking(place, turn.question)
        others_turn = state.persisters[other].turn if other is not None else None
        return others_turn is not None and state.region.blocking(cast(int, other), others_turn.question) == place

    def _crash(self, state: State, place: int, persister: Persister) -> Iterator[Step[State]]:
        """A process dies in its turn, and another takes its place."""
        after = state._replace(crashes=state.crashes - 1, region=state.region.rolled_back(place))
        yield f"persister {place + 1} dies", _with(after, place, persister._replace(turn=self._find(persister)))

    def _rebalance(self, state: State) -> Iterator[Step[State]]:
        """A process is given a partition; whoever had it does not know."""
        after = state._replace(rebalances=state.rebalances - 1)
        for place, persister in enumerate(state.persisters):
            for number, next in enumerate(self._offsets(state.region)):
                if persister.at[number] is None:
                    at = (*persister.at[:number], next, *persister.at[number + 1 :])
                    what = f"persister {place + 1} is given partition {number}, from {next}"
                    yield what, _with(after, place, persister._replace(at=at))

    def _set_back(self, state: State) -> Iterator[Step[State]]:
        """To the rows and offsets of a backup, or the offsets alone. No connection breaks, and nobody is told."""
        after = state._replace(setbacks=state.setbacks - 1)
        yield "the region is restored from a backup", after._replace(region=self._backup)
        yield "the region's offsets are set to 0", after._replace(region=_from_the_beginning(state.region))


def carried_out(region: Region, turn: Fiber) -> Region:
    """The region after a turn that nobody disturbs."""
    while turn.question:
        region, answer = region.run(0, turn.question)
        turn = turn.resume(answer)
    return region


def read_offsets(region: Region) -> tuple[int, ...]:
    """By partition, the next offset that is committed."""
    found = {key[1]: row["next_offset"] for key, row in region.committed().items() if key[0] == "next_offset"}
    return tuple(found[place] for place in sorted(found))


def _from_the_beginning(region: Region) -> Region:
    rows = region.committed()
    first = {key: {**row, "next_offset": 0} if key[0] == "next_offset" else row for key, row in rows.items()}
    return region._replace(rows=frozenset((key, tuple(row.items())) for key, row in first.items()))


def _beginnings(next: int | None, messages: tuple[Message, ...]) -> list[tuple[Message, ...]]:
    return [()] if next is None else [messages[next:end] for end in range(next, len(messages) + 1)]


def _with(state: State, place: int, persister: Persister) -> State:
    return state._replace(persisters=(*state.persisters[:place], persister, *state.persisters[place + 1 :]))


@cache
def _subject(question: Run) -> str:
    """The table that a statement is about, or all of it where there is none."""
    return question.sql if question.sql in CONTROLS else parse(question.sql).table.name


@cache
def _say(question: Run) -> str:
    names = {sql: name for name, sql in store.QUERIES.items()}
    return " ".join(("runs", names.get(question.sql, question.sql), *map(str, question.parameters[:1])))


def storing(at: Offsets, taken: Taken) -> Fiber:
    """A turn that stores these messages, which begin where the process stands."""

    async def turn() -> Offsets:
        persister = _persister()
        begun = {_place(number): next for number, next in enumerate(at) if next is not None and taken[number]}
        persister._prepared |= begun
        found = {place: _records(next, taken[place[1]]) for place, next in begun.items()}
        batch = await persister._prepare(found, {place: next + len(found[place]) for place, next in begun.items()})
        await persister._store(open_store(), batch)
        return _offsets(persister, len(at))

    return Fiber(lambda: (turn(), lambda: None))


def keeping(at: Offsets) -> Fiber:
    """A turn in which there is nothing to store."""

    async def turn() -> Offsets:
        persister = _persister()
        persister._stored |= {_place(number): next for number, next in enumerate(at) if next is not None}
        await persister._keep(open_store())
        return at

    return Fiber(lambda: (turn(), lambda: None))


def finding(own: tuple[bool, ...]) -> Fiber:
    """A turn that reads where the region stands in a process's own partitions."""

    async def turn() -> Offsets:
        persister = _persister()
        places = [TopicPartition(*_place(number)) for number, is_own in enumerate(own) if is_own]
        await persister._return_to_stored(open_store(), places)
        return _offsets(persister, len(own))

    return Fiber(lambda: (turn(), lambda: None))


def _persister() -> consume.Persister:
    nobody = cast(Any, None)
    consumer = cast(Any, SimpleNamespace(seek=lambda *_: None))
    parking = Parking(nobody, nobody, most=1)
    return consume.Persister(nobody, consumer, parking, IDENTITY, kafka_settings=nobody, region=nobody, settings=nobody)


def _place(number: int) -> tuple[str, int]:
    return ALBUMS, number


def _records(first: int, messages: Iterable[Message]) -> list[Any]:
    return [
        SimpleNamespace(offset=offset, key=one.key, value=one.value, headers=one.headers)
        for offset, one in enumerate(messages, start=first)
    ]


def _offsets(persister: consume.Persister, partitions: int) -> Offsets:
    return tuple(persister._stored.get(_place(number)) for number in range(partitions))

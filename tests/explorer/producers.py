"""London, and the producer processes that follow it: each round of production code's fast lane is a fiber, and so is
each saving of a position.

Modelled are the loops around them. A process that has dealt with some transactions takes any number of the next ones
together; what it was told and has not taken, nobody sees. Another can begin to lead at any moment, where production
code says; the one before does not know, and goes on, or has died: what it would do next never happens.
"""

from collections.abc import Hashable, Iterator
from contextlib import suppress
from functools import cache
from typing import Any, NamedTuple, cast

from services.producer.dirty import Signals
from services.producer.follow import Follower
from services.producer.progress import FollowState
from services.producer.publish import Publisher
from services.producer.resume import begin
from services.producer.source import Moment
from shared.errors import SourceUnfit
from tests.explorer import log
from tests.explorer.fiber import Fiber, Look, ask
from tests.explorer.london import BEFORE, INSTANCE, MAPPING, TIME, History, Question, number, open_london, position
from tests.explorer.search import Step
from tests.explorer.state import Producer, State


class Save(NamedTuple):
    """A question: whoever leads next begins after so many transactions; answered when that is acknowledged."""

    reached: int


class Producers:
    """What can happen in London and to its producers."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._round = cache(self._begin_round)
        self._saving = cache(self._begin_saving)

    def rest(self, state: State) -> bool:
        """Whether all that London did is in the log, whatever those are at that led before."""
        *_, leader = state.producers
        return state.counted == leader.reached == len(self._history) and leader.round is None

    def steps(self, state: State) -> Iterator[Step[State]]:
        yield from self._london(state)
        for place, producer in enumerate(state.producers):
            yield from self._work(state, place, producer)
        if state.takeovers:
            yield from self._succession(state)

    def _london(self, state: State) -> Iterator[Step[State]]:
        """A transaction is logged, then visible, then counted, each after the one before it."""
        if state.logged < len(self._history):
            what = f"London logs @{BEFORE + state.logged + 1}: {self._history.changes[state.logged]}"
            yield what, state._replace(logged=state.logged + 1)
        if state.visible < state.logged:
            yield f"London shows @{BEFORE + state.visible + 1}", state._replace(visible=state.visible + 1)
        if state.counted < state.visible:
            yield f"London counts @{BEFORE + state.counted + 1}", state._replace(counted=state.counted + 1)

    def _work(self, state: State, place: int, producer: Producer) -> Iterator[Step[State]]:
        if producer.round:
            yield from _resumed(state, place, producer.round)
            return
        for last in range(producer.reached + 1, state.logged + 1):
            # To take them is not a step: what it looks at first could as well be what it waits for.
            yield from _resumed(state, place, self._round(producer.reached, last))

    def _succession(self, state: State) -> Iterator[Step[State]]:
        """While another may still lead: what is saved, and that it begins."""
        for place, producer in enumerate(state.producers):
            saving = self._saving(producer.reached)
            if producer.reached != state.saved and isinstance(saving.question, Save):
                saved = saving.question.reached
                yield f"producer {place + 1} saves @{BEFORE + saved}", state._replace(saved=saved)
        with suppress(SourceUnfit):
            begun = _number(begin(_state(state.saved), INSTANCE, Moment(position(state.counted), TIME)))
            after = state._replace(takeovers=state.takeovers - 1, producers=(*state.producers, Producer(begun)))
            yield f"producer {len(state.producers) + 1} leads from @{BEFORE + begun}", after

    def _begin_round(self, reached: int, last: int) -> Fiber:
        """A round that deals with the transactions after `reached`, up to `last`."""

        def begun() -> tuple[Any, Look]:
            follower = self._follower(reached)
            signals = Signals()
            for one in range(reached + 1, last + 1):
                transaction = self._history.transaction(one)
                signals.add(follower._ledger.enter(transaction), transaction, MAPPING.routes)
            dealing = follower.deal(open_london(self._history), signals)
            return dealing, lambda: number(cast(Any, follower._ledger.reached.position))

        return Fiber(begun)

    def _begin_saving(self, reached: int) -> Fiber:
        moment = Moment(position(reached), TIME)
        return Fiber(lambda: (self._follower(reached)._save(moment), lambda: None))

    def _follower(self, reached: int) -> Follower:
        nothing = cast(Any, None)
        return Follower(
            server=nothing,
            server_id=0,
            instance=INSTANCE,
            mapping=MAPPING,
            open_london=nothing,
            publisher=Publisher(cast(Any, log.Producer()), nothing),
            watched=nothing,
            check=nothing,
            state=_state(reached),
            save=lambda state: ask(Save(_number(state))),
        )


def _resumed(state: State, place: int, round: Fiber) -> Iterator[Step[State]]:
    for what, answer, after in _answers(state, round.question):
        then = round.resume(answer)
        if then.error:
            raise then.error
        producers = list(state.producers)
        producers[place] = Producer(cast(int, then.seen), then if then.question else None)
        # One that looked in vain is where it was.
        if then is not round:
            yield f"producer {place + 1} {what}", after._replace(producers=tuple(producers))


def _answers(state: State, question: Any) -> Iterator[tuple[str, Hashable, State]]:
    """What can be answered now: what that is called, the answer, and the state that comes with it."""
    match question:
        case Question.POSITION:
            yield f"reads position @{BEFORE + state.counted}", state.counted, state
        case Question.SNAPSHOT:
            yield f"opens a snapshot, which shows @{BEFORE + state.visible}", state.visible, state
        case Question.GLANCE:
            yield f"asks which albums are meant, and sees @{BEFORE + state.visible}", state.visible, state
        case log.Landing(pending):
            for one in sorted(set(pending), key=str):
                yield f"publishes {one}", one, state._replace(log=log.appended(state.log, one))
        case log.Newest(album_id):
            yield f"looks up album {album_id}", log.newest(state.log, album_id), state
        case _:
            raise AssertionError(question)


def _state(reached: int) -> FollowState:
    return FollowState(
        epoch=0, server=INSTANCE.id, position=str(position(reached)), event_time=0, time=TIME, caught_up_time=TIME
    )


def _number(state: FollowState) -> int:
    return number(cast(Any, INSTANCE.parse_position(state.position)))

"""In every history of the small worlds the region ends equal to London, and no rule may be missing."""

from collections.abc import Iterator

import pytest

from tests.explorer.fiber import Fiber, ask, sleeping
from tests.explorer.mutations import MUTATIONS, Mutation
from tests.explorer.search import Step, search
from tests.explorer.state import State
from tests.explorer.world import Bounds, World
from tests.explorer.worlds import LEAST_STATES, MOVE, WORLDS


@pytest.fixture(autouse=True)
def asleep() -> Iterator[None]:
    with sleeping():
        yield


def test_in_every_history_within_bounds_the_region_ends_equal_to_london() -> None:
    states = 0
    for bounds in WORLDS:
        found = search(World(bounds))
        assert found.fault is None, f"{bounds}\n{found}"
        assert found.ends, bounds
        states += found.states
    assert states >= LEAST_STATES


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.rule)
def test_without_the_rule_a_history_is_found_in_which_the_region_ends_different(mutation: Mutation) -> None:
    found = mutation.search()
    assert found.fault
    assert found.fault.startswith(("album", "track"))


class _Unjudged(World):
    def fault(self, state: State) -> None:
        """Whatever the region holds, the search goes on."""


def _ends(bounds: Bounds, *, is_reduced: bool) -> set[object]:
    found = search(_Unjudged(bounds, is_reduced=is_reduced))
    assert not found.fault
    return {(state.log, state.region.rows) for state in found.ends}


@pytest.mark.parametrize(
    "bounds",
    [
        Bounds((MOVE,), takeovers=1),
        Bounds((MOVE,), rebalances=1, crashes=1),
        Bounds((MOVE,), partitions=1, setbacks=1),
    ],
    ids=str,
)
def test_the_reductions_lose_no_end(bounds: Bounds) -> None:
    assert _ends(bounds, is_reduced=True) == _ends(bounds, is_reduced=False)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.rule)
def test_the_reductions_lose_no_wrong_end(mutation: Mutation) -> None:
    bounds = Bounds((MOVE,), takeovers=1)
    with mutation.taken_out():
        ends = _ends(bounds, is_reduced=True)
        assert ends == _ends(bounds, is_reduced=False)


class _Ways:
    """Two ways to 3, of which one is longer."""

    start = 0

    def steps(self, state: int) -> list[Step[int]]:
        return {0: [("one", 1), ("two", 2)], 1: [("two", 2)], 2: [("three", 3)]}.get(state, [])

    def rests(self, state: int) -> bool:
        return state == 3

    def fault(self, state: int) -> str | None:
        return "three is wrong"


def test_a_fault_is_told_by_its_shortest_history() -> None:
    found = search(_Ways())
    assert (found.fault, found.history, found.states) == ("three is wrong", ("two", "three"), 4)


class _Stuck(_Ways):
    def rests(self, state: int) -> bool:
        return False


def test_a_state_from_which_nothing_goes_on_is_a_fault() -> None:
    assert search(_Stuck()).fault == "nothing can go on"


async def _sum() -> int:
    return await ask("one") + await ask("other")  # type: ignore[no-any-return]


def test_a_call_goes_on_in_as_many_ways_as_it_is_answered() -> None:
    begun = Fiber(lambda: (_sum(), lambda: None))
    one, other = begun.resume(1), begun.resume(10)
    assert (begun.question, one.question) == ("one", "other")
    assert (one.resume(2).value, other.resume(2).value) == (3, 12)
    assert begun.resume(1) is one

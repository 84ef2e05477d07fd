"""What the producer remembers: which ranges of a snapshot are done, which offsets may be committed, how far it lags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.producer.progress import FollowState, Range, SnapshotState, Unfinished, follow_key, follow_state

PLANNED = SnapshotState(
    id="s", stage="planned", first={0: 10, 1: 0, 2: 5}, end={0: 14, 1: 3, 2: 5}, ranges=7, documents=700
)
"""Four ranges in partition 0, three in 1, none in 2."""


@pytest.mark.parametrize(
    ("committed", "finished"),
    [
        ({}, 0),
        ({0: 10, 1: 0, 2: 5}, 0),
        ({0: 3, 1: 1}, 1),
        ({0: 12, 1: 3}, 5),
        ({0: 14, 1: 3, 2: 5}, 7),
        ({0: 99, 1: 99, 2: 99, 3: 99}, 7),
    ],
)
def test_finished_ranges_are_those_committed_between_the_plans_offsets(
    committed: dict[int, int], finished: int
) -> None:
    assert PLANNED.finished(committed) == finished
    assert PLANNED.complete(committed) == (finished == 7)


@given(st.dictionaries(st.sampled_from([0, 1, 2]), st.integers(0, 20)), st.sampled_from([0, 1, 2]))
def test_a_commit_more_never_takes_a_finished_range_back(committed: dict[int, int], partition: int) -> None:
    more = committed | {partition: committed.get(partition, 0) + 1}
    assert PLANNED.finished(committed) <= PLANNED.finished(more) <= PLANNED.ranges


def test_a_snapshot_is_not_complete_before_it_is_planned() -> None:
    planning = SnapshotState(id="s", stage="planning", first={0: 10})
    assert planning.finished({0: 99}) == 0
    assert not planning.complete({0: 99})


def test_a_partition_of_which_nothing_is_committed_is_not_done() -> None:
    one = SnapshotState(id="s", stage="planned", first={0: 0}, end={0: 1}, ranges=1)
    assert not one.complete({})
    assert one.complete({0: 1})


def test_a_snapshot_of_nothing_is_complete_once_it_is_planned() -> None:
    assert SnapshotState(id="s", stage="planned", first={0: 10}, end={0: 10}).complete({})


def test_a_snapshot_that_is_done_stays_so_whatever_is_committed_later() -> None:
    assert PLANNED.model_copy(update={"stage": "done"}).complete({})


# A planner that was paused and goes on sends ranges of its own plan between the offsets of the plan that replaced it.
WITH_STRAYS = PLANNED.model_copy(update={"end": {0: 14, 1: 5, 2: 5}})


def test_a_stray_message_between_the_plans_offsets_does_not_complete_it_early() -> None:
    assert not WITH_STRAYS.complete({0: 12, 1: 5, 2: 5})


def test_a_stray_message_between_the_plans_offsets_does_not_keep_it_open() -> None:
    assert WITH_STRAYS.complete({0: 14, 1: 5, 2: 5})


def test_a_partition_added_while_a_snapshot_is_planned_counts_from_its_beginning() -> None:
    grown = PLANNED.model_copy(update={"end": {**PLANNED.end, 3: 2}})
    assert grown.finished({3: 1}) == 1


@pytest.mark.parametrize("state", [PLANNED, SnapshotState(id="s", stage="planning", first={0: 10})])
def test_a_snapshots_state_comes_out_of_the_log_as_it_went_in(state: SnapshotState) -> None:
    assert SnapshotState.model_validate_json(state.model_dump_json()) == state


def test_a_range_comes_out_of_the_log_as_it_went_in() -> None:
    item = Range(snapshot="s", type="album", after=-1, last=250, count=250)
    assert Range.model_validate_json(item.model_dump_json()) == item


def followed(time: str, caught_up_time: str, epoch: int = 0) -> FollowState:
    return FollowState(
        epoch=epoch, server="1", position="0-1-5", event_time=5, time=time, caught_up_time=caught_up_time
    )


@pytest.mark.parametrize(
    ("time", "caught_up_time", "lag_s"),
    [
        ("2021-05-05T05:05:05.000000Z", "2021-05-05T05:05:05.000000Z", 0),
        ("2021-05-05T05:05:05.250000Z", "2021-05-05T05:05:04.000000Z", 1.25),
        ("2022-01-01T00:00:00.000000Z", "2021-12-31T00:00:00.000000Z", 86400),
    ],
)
def test_the_lag_lies_between_the_save_and_the_last_time_of_being_up_to_date(
    time: str, caught_up_time: str, lag_s: float
) -> None:
    assert followed(time, caught_up_time).lag_s == lag_s


@pytest.mark.parametrize("epoch", [-1, 2**15])
def test_an_epoch_that_no_version_can_hold_is_not_remembered(epoch: int) -> None:
    with pytest.raises(ValidationError):
        followed("", "", epoch)


@given(st.permutations([0, 2, 10]))
def test_of_several_epochs_the_newest_counts_whichever_was_saved_last(epochs: list[int]) -> None:
    saved = {follow_key(epoch): followed("", "", epoch).model_dump_json().encode() for epoch in epochs}
    state = follow_state({b"snapshot": b"{}"} | saved)
    assert state
    assert state.epoch == 10


def test_where_only_snapshots_are_remembered_nobody_has_followed() -> None:
    assert follow_state({b"snapshot": b"{}"}) is None


@given(st.permutations(range(100, 108)))
def test_the_offset_to_commit_is_the_first_that_is_not_finished(order: list[int]) -> None:
    unfinished = Unfinished()
    for offset in range(100, 108):
        unfinished.take(offset)
    open_offsets = set(order)
    for offset in order:
        open_offsets.remove(offset)
        assert unfinished.finish(offset) == min(open_offsets, default=108)


def test_offsets_between_which_others_are_missing_are_passed_when_all_before_are_finished() -> None:
    unfinished = Unfinished()
    for offset in (3, 7):
        unfinished.take(offset)
    assert unfinished.finish(3) == 7
    assert unfinished.finish(7) == 8


def test_offsets_taken_later_hold_the_commit_back_from_then_on() -> None:
    unfinished = Unfinished()
    unfinished.take(3)
    assert unfinished.finish(3) == 4
    unfinished.take(4)
    unfinished.take(5)
    assert unfinished.finish(5) == 4
    assert unfinished.finish(4) == 6


FOLLOWED = followed("", "", epoch=2).model_copy(update={"sweep": "0-1-7"})
DONE = PLANNED.model_copy(update={"stage": "done", "epoch": 2, "sweep": "0-1-7"})


def test_a_snapshot_that_is_done_leaves_none_due_in_its_epoch_and_after_its_sweep() -> None:
    assert DONE.answers(FOLLOWED)


@pytest.mark.parametrize(
    "change", [{"stage": "planned"}, {"epoch": 1}, {"epoch": 3}, {"sweep": ""}, {"sweep": "0-1-6"}]
)
def test_another_snapshot_is_due_before_one_is_done_and_in_each_epoch_and_after_each_sweep(
    change: dict[str, object],
) -> None:
    assert not DONE.model_copy(update=change).answers(FOLLOWED)


@pytest.mark.parametrize(
    ("partition", "offset", "is_before"), [(0, 13, False), (0, 14, True), (2, 5, True), (3, 0, True)]
)
def test_ranges_behind_a_plan_and_in_partitions_that_it_does_not_know_are_left_to_the_next(
    partition: int, offset: int, is_before: bool
) -> None:
    assert PLANNED.is_before(partition, offset) == is_before

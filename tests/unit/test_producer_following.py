"""What a producer says of its following, from what was saved last and whether it leads."""

import math

import pytest
from aiokafka import TopicPartition

from services.producer.following import Following
from services.producer.lead import Leadership
from services.producer.progress import FollowState
from shared.errors import DatabaseAway, LogAway

PARTITION = [TopicPartition("catalogue.positions", 0)]
STATE = FollowState(
    epoch=0,
    server="1",
    position="0-1-7",
    event_time=0,
    time="2020-01-01T00:00:02.500000Z",
    caught_up_time="2020-01-01T00:00:00.000000Z",
)
YEARS_S = 1_000_000
"""No state of 2020 is that young by the clock of today."""


@pytest.fixture
async def leading() -> Leadership:
    made = Leadership()
    await made.on_partitions_assigned(PARTITION)
    return made


def test_before_the_producers_agree_nobody_is_ready_and_no_lag_is_known() -> None:
    following = Following(Leadership())
    assert "have not agreed" in (following.why_not() or "")
    assert math.isnan(following.lag_s())


async def test_in_reserve_a_producer_is_ready_and_knows_no_lag(leading: Leadership) -> None:
    following = Following(leading)
    following.saved(STATE)
    await leading.on_partitions_revoked(PARTITION)
    await leading.on_partitions_assigned([])
    assert following.why_not() is None
    assert math.isnan(following.lag_s())


async def test_a_leader_whose_group_is_gone_says_since_when_nobody_follows(leading: Leadership) -> None:
    following = Following(leading)
    following.saved(STATE)
    await leading.on_partitions_revoked(PARTITION)
    assert "have not agreed" in (following.why_not() or "")
    following.failed(LogAway("Kafka is away"))
    assert (following.why_not() or "").startswith("London has not been followed since 20")


async def test_the_leader_is_ready_once_it_has_saved_and_its_lag_is_by_londons_clock(leading: Leadership) -> None:
    following = Following(leading)
    assert following.why_not() == "London has not been followed yet: no answer"
    following.saved(STATE)
    assert following.why_not() is None
    assert following.lag_s() == 2.5


async def test_while_london_is_away_the_lag_is_as_old_as_what_was_saved_last(leading: Leadership) -> None:
    following = Following(leading)
    following.saved(STATE)
    following.failed(DatabaseAway("London is away"))
    assert (following.why_not() or "").endswith("Z: London is away")
    assert following.lag_s() > YEARS_S


async def test_a_leader_that_finds_london_away_knows_the_lag_from_what_was_saved_before(leading: Leadership) -> None:
    following = Following(leading)
    following.begin(STATE)
    assert following.lag_s() > YEARS_S


async def test_waits_between_attempts_grow_until_london_is_followed_again(leading: Leadership) -> None:
    following = Following(leading)
    waits = [following.failed(DatabaseAway("London is away")) for _ in range(10)]
    assert waits[-1] > 10 * waits[0]
    following.saved(STATE)
    assert following.failed(DatabaseAway("London is away again")) <= waits[0] * 2


async def test_the_headroom_is_what_the_lag_leaves_of_londons_retention(leading: Leadership) -> None:
    following = Following(leading)
    following.saved(STATE)
    assert math.isnan(following.headroom_s())
    following.keeps(10)
    assert following.headroom_s() == 7.5


async def test_the_headroom_shrinks_also_while_london_is_away(leading: Leadership) -> None:
    following = Following(leading)
    following.keeps(10)
    following.saved(STATE)
    following.failed(DatabaseAway("London is away"))
    assert following.headroom_s() < -YEARS_S
    assert following.why_little()


@pytest.mark.parametrize(("retention_s", "is_little"), [(None, False), (4, False), (3, True), (2, True)])
async def test_less_than_a_quarter_of_londons_retention_is_little(
    leading: Leadership, retention_s: int | None, *, is_little: bool
) -> None:
    following = Following(leading)
    following.saved(STATE)
    following.keeps(retention_s)
    assert (following.why_little() is not None) == is_little


async def test_in_reserve_nothing_is_known_of_the_headroom(leading: Leadership) -> None:
    following = Following(leading)
    following.keeps(1)
    following.saved(STATE)
    await leading.on_partitions_revoked(PARTITION)
    await leading.on_partitions_assigned([])
    assert math.isnan(following.headroom_s())
    assert following.why_little() is None

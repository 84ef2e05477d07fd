"""What the producer remembers between runs, and what it has finished so far. No I/O.

Resume state lives in the log itself, in the compacted topic `catalogue.positions`: of each key the newest counts. A
snapshot's ranges are messages of `catalogue.snapshot`; which are done is what its consumer group has committed.
"""

import heapq
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt

from shared.position import MAX_EPOCH
from shared.wire import DocumentType

SNAPSHOT_KEY: Final = b"snapshot"
_FOLLOW_KEYS: Final = b"follow/"


class Range(BaseModel):
    """One work item: the documents with `after` < id <= `last`, of which there were `count` when it was planned."""

    model_config = ConfigDict(frozen=True)

    snapshot: str
    type: DocumentType
    after: int
    last: int
    count: NonNegativeInt


class SnapshotState(BaseModel):
    """One snapshot of London. Its ranges stand in `catalogue.snapshot` between the offsets `first` and `end`, by
    partition; `end` is known once it is planned. `epoch` and `sweep` are those of the FollowState before that."""

    model_config = ConfigDict(frozen=True)

    id: str
    stage: Literal["planning", "planned", "done"]
    first: dict[int, int]
    end: dict[int, int] = {}
    ranges: NonNegativeInt = 0
    documents: NonNegativeInt = 0
    epoch: NonNegativeInt = 0
    sweep: str = ""

    def finished(self, committed: Mapping[int, int]) -> int:
        """How many of its ranges are done, given the group's committed offset of each partition; an estimate where
        messages of a plan that was given up stand between them."""
        done = 0
        for partition, end in self.end.items():
            first = self._first(partition)
            done += min(max(committed.get(partition, 0), first), end) - first
        return min(done, self.ranges)

    def complete(self, committed: Mapping[int, int]) -> bool:
        if self.stage != "planned":
            return self.stage == "done"
        own = ((partition, end) for partition, end in self.end.items() if end > self._first(partition))
        return all(committed.get(partition, 0) >= end for partition, end in own)

    def is_before(self, partition: int, offset: int) -> bool:
        """Whether what stands there was planned later, for another snapshot."""
        return offset >= self.end.get(partition, 0)

    def answers(self, followed: "FollowState") -> bool:
        """Whether it is done and no other is due: each epoch needs one of its own, and so does each sweep."""
        return self.stage == "done" and (self.epoch, self.sweep) == (followed.epoch, followed.sweep)

    def _first(self, partition: int) -> int:
        # A partition that was added while the plan was made was empty before.
        return self.first.get(partition, 0)


NO_SNAPSHOT: Final = SnapshotState(id="", stage="done", first={})
"""In the place of the first, where the region is to be filled by changes alone."""


class FollowState(BaseModel):
    """Everything up to `position` (in the server's own notation) is acknowledged in the log.

    `event` is the last transaction known before it, and `event_time` London's clock then, in seconds: by both London's
    history is known again; `event` is empty where the binlog had none. `time` is London's clock when this was saved,
    and `caught_up_time` when last everything that London had was acknowledged: the lag lies between them, also while
    London is idle. `server` is MySQL's server_uuid or MariaDB's server_id. `sweep` is the position up to which the
    binlog did not tell everything of this epoch, so that the whole catalogue has to be read again; empty if it did.
    `gap` says what London deleted of its binlog before this epoch, and nobody had followed; empty if nothing.
    """

    model_config = ConfigDict(frozen=True)

    epoch: Annotated[int, Field(ge=0, le=MAX_EPOCH)]
    server: str
    position: str
    event: str = ""
    event_time: int
    time: str
    caught_up_time: str
    sweep: str = ""
    gap: str = ""

    @property
    def lag_s(self) -> float:
        """London's clock alone."""
        return self.lag_s_at(self.time)

    def lag_s_at(self, now: str) -> float:
        """For when nothing was saved since; `now` may be another clock's than London's."""
        return max(0.0, (datetime.fromisoformat(now) - datetime.fromisoformat(self.caught_up_time)).total_seconds())


def follow_key(epoch: int) -> bytes:
    """Each epoch has its own, so that a leader of an older one, which was paused and comes back, takes nothing back."""
    return b"%s%d" % (_FOLLOW_KEYS, epoch)


def snapshot_state(states: Mapping[bytes, bytes]) -> SnapshotState | None:
    """The latest snapshot; None where there never was one. `states` are values by key."""
    text = states.get(SNAPSHOT_KEY)
    return SnapshotState.model_validate_json(text) if text else None


def follow_state(states: Mapping[bytes, bytes]) -> FollowState | None:
    """Where following is, in the newest epoch; None where nobody has followed yet. `states` are values by key."""
    texts = (text for key, text in states.items() if key.startswith(_FOLLOW_KEYS))
    return max(map(FollowState.model_validate_json, texts), key=lambda state: state.epoch, default=None)


class Unfinished:
    """The offsets of one partition that were taken and not finished yet, finished in any order."""

    def __init__(self) -> None:
        self._taken: list[int] = []
        self._finished: set[int] = set()
        self._next = 0

    def take(self, offset: int) -> None:
        heapq.heappush(self._taken, offset)
        self._next = max(self._next, offset + 1)

    def finish(self, offset: int) -> int:
        """The offset to commit now: everything before it is finished."""
        self._finished.add(offset)
        while self._taken and self._taken[0] in self._finished:
            self._finished.remove(heapq.heappop(self._taken))
        return self._taken[0] if self._taken else self._next

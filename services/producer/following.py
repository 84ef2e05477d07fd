"""What a process says about its following of London: whether it is ready, and how far the log is behind."""

import math
import time
from typing import Final

from services.producer.lead import Leadership
from services.producer.progress import FollowState
from shared import clock
from shared.alarm import Alarm
from shared.lifecycle import Life
from shared.readiness import Contact
from shared.retry import delays

_LOOK_EVERY_S: Final = 1
_LITTLE: Final = 1 / 4
"""Of the time for which London keeps its binlog; with less left there is an alarm."""


class Following:
    """In the process that leads, the state saved every second tells; in the others there is nothing to tell."""

    def __init__(self, leading: Leadership) -> None:
        self._leading = leading
        self._state: FollowState | None = None
        self._contact = Contact("London has not been followed")
        self._waits = delays()
        self._retention_s: int | None = None

    def begin(self, state: FollowState | None) -> None:
        """This process leads; `state` was saved before, by whoever led then."""
        self._state = state

    def keeps(self, retention_s: int | None) -> None:
        """How long London keeps its binlog; None without a limit."""
        self._retention_s = retention_s

    def saved(self, state: FollowState) -> None:
        self._state = state
        self._contact.heard()
        self._waits = delays()

    def failed(self, error: BaseException) -> float:
        """Returns after how many seconds to try again; they grow as long as nothing is saved."""
        self._contact.failed(error)
        return next(self._waits)

    def why_not(self) -> str | None:
        """Why the process is not ready; None while it follows, and while it stands in reserve for another."""
        if not self._leading.agreed.is_set():
            # As while Kafka is away: whoever followed until then tells since when nobody does.
            return (self._state and self._contact.why_lost()) or "the producers have not agreed yet on which follows"
        return self._contact.why_lost() if self._leading.gained.is_set() else None

    def lag_s(self) -> float:
        """Seconds since London's commits that are not in the log; it grows while nothing is saved. Not a number where
        this process does not lead."""
        is_reserve = self._leading.agreed.is_set() and self._leading.lost.is_set()
        if self._state is None or is_reserve:
            return math.nan
        return self._state.lag_s_at(clock.timestamp()) if self._contact.why_lost() else self._state.lag_s

    def headroom_s(self) -> float:
        """Seconds until London deletes binlog that is not in the log; not a number where that is never or not known."""
        return math.nan if self._retention_s is None else self._retention_s - self.lag_s()

    def why_little(self) -> str | None:
        """A sentence when little of London's retention is left."""
        if self._retention_s is None or not (left_s := self.headroom_s()) < _LITTLE * self._retention_s:
            return None
        return f"London keeps its binlog for {self._retention_s} s and deletes what was not followed in {left_s:.0f} s"

    async def watch(self, life: Life, alarm_after_s: float) -> None:
        """Raises alarms, until the process is asked to stop."""
        not_following, retention = Alarm("not_following", alarm_after_s), Alarm("retention")
        while not life.stopping.is_set():
            not_following.look(self.why_not(), time.monotonic())
            retention.look(self.why_little(), time.monotonic())
            await life.sleep(_LOOK_EVERY_S)

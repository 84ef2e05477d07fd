"""The daily limit's arithmetic: what one gateway may admit from memory, and what it asks of the region's database.

No I/O; `now` is this machine's monotonic clock, in seconds. The protocol, over any number of gateways:

- The day's row counts what all gateways were granted, a gateway's own row what it holds (its lease) and has used of it.
  One transaction, the exchange, gives back what is open, reports the use and takes anew. The rows are the truth.
- Only the holder gives back a lease. What a gateway held when it died counts as used until the day ends.
- An exchange in flight puts the lease aside. Whatever becomes of it, the gateway goes on from its own row as it then
  stands: `told` by the exchange, or, after an error, by reading the row. Nothing is tried again blindly.
- Over the limit means: the day had no room for a whole second, in which every live gateway could give back.
- A day is the database's: its clock, carried on by the monotonic clock from when it was last heard.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import Enum
from math import ceil
from typing import Final

SHARE: Final = 16
"""A gateway leases at most this fraction of the room, unless requests wait."""

_NEVER: Final = float("-inf")


class Verdict(Enum):
    ADMITTED = "admitted"
    OVER_LIMIT = "over the limit"
    UNAVAILABLE = "unavailable"
    """It cannot be known at the moment: the database is away, or too many wait for it."""


@dataclass(frozen=True, slots=True)
class Policy:
    """`largest_lease` 1 asks the database for each request; larger ones serve bursts from memory.

    Of a client's requests `most_waiting` wait for the database at a time. A day is over the limit after `settling_s`
    without room; from memory that is said for `refusing_s`. A day without room, or a database that is away, is asked
    again after `retry_s`. What is held is compared with the room every `poll_s`.
    """

    largest_lease: int = 1
    most_waiting: int = 64
    settling_s: float = 1.0
    refusing_s: float = 1.0
    retry_s: float = 0.1
    poll_s: float = 0.25


@dataclass(frozen=True, slots=True)
class Ask:
    """One exchange as its asker wants it: `seq` and `used` are of its own row on that day; `want` is the lease to
    hold afterwards, of which `floor` is due even when the room is small."""

    day: date
    seq: int
    used: int
    want: int
    floor: int


@dataclass(frozen=True, slots=True)
class Today:
    """A client's day as the database has it. `clock` is the database's, in UTC; `limit` None is no limit;
    `full_since` is when an exchange first found no room, None while there is some."""

    clock: datetime
    limit: int | None
    granted: int
    full_since: datetime | None

    @property
    def day(self) -> date:
        return self.clock.date()

    @property
    def room(self) -> int:
        return max(0, (self.limit or 0) - self.granted)

    @property
    def full(self) -> bool:
        return self.limit is not None and not self.room


@dataclass(frozen=True, slots=True)
class Lease:
    """A gateway's own row: `granted` over the whole day, `seq` counts its exchanges."""

    seq: int = 0
    granted: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """What an exchange, or a reading of the rows, came to."""

    today: Today
    lease: Lease


@dataclass(frozen=True, slots=True)
class Figures:
    """A client's day for its customer: `current` requests used of `limit`, seconds to the next day."""

    limit: int
    current: int
    reset_s: int


def exchange(ask: Ask, today: Today, lease: Lease) -> Told:
    """What one exchange makes of the day's row and of the asker's own, both locked. Without a limit nothing is leased,
    and nothing is full."""
    before = replace(today, granted=today.granted - (lease.granted - ask.used))
    got = min(ask.want, before.room, max(ask.floor, before.room // SHARE))
    return Told(
        today=replace(before, granted=before.granted + got, full_since=_full_since(before, asked=ask.want > 0)),
        lease=Lease(seq=ask.seq + 1, granted=ask.used + got),
    )


def _full_since(before: Today, *, asked: bool) -> datetime | None:
    if not before.full:
        return None
    return before.full_since or (before.clock if asked else None)


class Ledger:
    """What one gateway knows of one client's day."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._rate = _Rate()
        self._day: date | None = None
        self._today: Today | None = None
        self._heard_at = _NEVER
        self._lease = Lease()
        self._used = 0
        self._shown = 0
        # Whether the lease is in hand: not before the first word of a day, nor during an exchange, nor after one whose
        # outcome is not known.
        self._certain = False
        self._failed_at = _NEVER
        self._over_until = _NEVER
        self._stopping = False

    @property
    def held(self) -> int:
        """Requests that may be admitted from memory."""
        return self._lease.granted - self._used if self._certain else 0

    @property
    def owes(self) -> bool:
        """Whether something may have to be given back before this gateway stops."""
        return self._day is not None and (not self._certain or self.held > 0)

    @property
    def due(self) -> bool:
        """Whether an exchange is due although nobody waits: what is held is not known, or so much that others could
        lack it."""
        return self.owes and (not self._certain or self._excessive)

    @property
    def pause_s(self) -> float:
        """How long to wait before asking again for those that still wait."""
        return self._policy.retry_s if self._certain and self._today and self._today.full else 0.0

    def arrive(self, now: float) -> Verdict | None:
        """The verdict on a new request; None when the database has to be asked."""
        self._rate.count(now)
        return self.verdict(now)

    def verdict(self, now: float) -> Verdict | None:
        """The verdict on a request that arrived or waits, which counts it if it is admitted."""
        self._roll(now)
        if self._stopping:
            return Verdict.UNAVAILABLE
        if self.held > 0:
            self._used += 1
            return Verdict.ADMITTED
        if self._unlimited(now):
            return Verdict.ADMITTED
        if now < self._failed_at + self._policy.retry_s:
            return Verdict.UNAVAILABLE
        return Verdict.OVER_LIMIT if now < self._over_until else None

    def ask(self, now: float, waiting: int) -> Ask | None:
        """The next exchange, for which the lease is put aside; None when this gateway's row has to be read first."""
        self._roll(now)
        if not self._certain or self._day is None:
            return None
        self._certain = False
        want = 0 if self._stopping else min(self._policy.largest_lease, max(waiting, self._rate.expected(now)))
        return Ask(day=self._day, seq=self._lease.seq, used=self._used, want=want, floor=min(1, waiting, want))

    def told(self, told: Told, now: float) -> None:
        """The rows as they stand now, this gateway's own among them."""
        if self._hear(told.today, now):
            # Of a day that is new here the use is not known: all that was granted counts as used.
            self._used = told.lease.granted
        self._lease, self._certain = told.lease, True
        if self._settled(now):
            self._over_until = now + self._policy.refusing_s

    def seen(self, today: Today, now: float) -> None:
        """The day's row as a poll saw it; a poll that was overtaken says nothing."""
        if self._today is None or today.clock > self._today.clock:
            self._hear(today, now)

    def fail(self, now: float) -> None:
        """The database could not be asked."""
        self._failed_at = now

    def stop(self) -> None:
        """From now on nothing is admitted, and all is given back."""
        self._stopping = True

    def stale(self, now: float) -> bool:
        """Whether the figures are older than they should be on an answer, and the database may be asked for newer."""
        return now >= max(self._heard_at, self._failed_at) + self._policy.refusing_s

    def figures(self, now: float) -> Figures | None:
        """None for a client without a limit, and before the database was first heard."""
        self._roll(now)
        if self._today is None or self._today.limit is None:
            return None
        self._shown = max(self._shown, self._today.granted - (self._lease.granted - self._used))
        left_s = self._left_s(self._today, now)
        return Figures(limit=self._today.limit, current=self._shown, reset_s=ceil(left_s))

    @property
    def _excessive(self) -> bool:
        today = self._today
        if today is None:
            return False
        return self.held > 2 * ((today.room + self.held) // SHARE) or today.granted > (today.limit or 0)

    def _hear(self, today: Today, now: float) -> bool:
        """Takes the day's row; True when it is another day's than the last."""
        self._today, self._heard_at = today, now
        return self._turn(today.day)

    def _roll(self, now: float) -> None:
        """Begins the new day, on which nothing is used yet, when the database's clock must have reached it."""
        if self._today and self._turn(self._moment(self._today, now).date()):
            self._today = replace(self._today, clock=self._moment(self._today, now), granted=0, full_since=None)
            self._heard_at = now

    def _turn(self, day: date) -> bool:
        if day == self._day:
            return False
        self._day, self._lease, self._used, self._shown = day, Lease(), 0, 0
        self._certain, self._over_until = False, _NEVER
        return True

    def _moment(self, today: Today, now: float) -> datetime:
        return today.clock + timedelta(seconds=now - self._heard_at)

    def _left_s(self, today: Today, now: float) -> float:
        """Seconds to the next day."""
        moment = self._moment(today, now)
        return (datetime.combine(moment.date() + timedelta(days=1), time()) - moment).total_seconds()

    def _settled(self, now: float) -> bool:
        """Whether the day has had no room for so long that every live gateway could have given back."""
        today = self._today
        if today is None or not today.full or today.full_since is None:
            return False
        full_for_s = (today.clock - today.full_since).total_seconds()
        return min(full_for_s, now - self._failed_at) >= self._policy.settling_s

    def _unlimited(self, now: float) -> bool:
        fresh = now < self._heard_at + self._policy.refusing_s
        return fresh and self._today is not None and self._today.limit is None


class _Rate:
    """Requests a second: the greater of the last whole second's and the current one's."""

    def __init__(self) -> None:
        self._second = 0
        self._current = 0
        self._last = 0

    def count(self, now: float) -> None:
        self._turn(int(now))
        self._current += 1

    def expected(self, now: float) -> int:
        self._turn(int(now))
        return max(self._last, self._current)

    def _turn(self, second: int) -> None:
        if second != self._second:
            self._last = self._current if second == self._second + 1 else 0
            self._second, self._current = second, 0

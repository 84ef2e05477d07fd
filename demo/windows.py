"""Windows `[from, until)` of licences, as they lie about a midnight: past, present, future, and the awkward ones."""

from datetime import UTC, datetime, time, timedelta
from random import Random

Window = tuple[datetime, datetime | None]

_TIMES = (time(0),) * 8 + (time(12), time(23, 59, 59), time(6, 30, 15))


def windows(rng: Random, midnight: datetime) -> list[Window]:
    """One or two windows for one right; most of them cover the midnight."""
    (kind,) = rng.choices(_KINDS, _WEIGHTS)
    return kind(rng, midnight)


def _open_ended(rng: Random, midnight: datetime) -> list[Window]:
    return [(_before(rng, midnight), None)]


def _running(rng: Random, midnight: datetime) -> list[Window]:
    return [(_before(rng, midnight), _after(rng, midnight))]


def _over(rng: Random, midnight: datetime) -> list[Window]:
    end = _before(rng, midnight)
    return [(_before(rng, end), end)]


def _coming(rng: Random, midnight: datetime) -> list[Window]:
    start = _after(rng, midnight)
    return [(start, rng.choice((None, _after(rng, start))))]


def _adjacent(rng: Random, midnight: datetime) -> list[Window]:
    boundary = rng.choice((midnight, _before(rng, midnight), _after(rng, midnight)))
    return [(_before(rng, boundary), boundary), (boundary, rng.choice((None, _after(rng, boundary))))]


def _overlapping(rng: Random, midnight: datetime) -> list[Window]:
    second = _before(rng, midnight)
    return [(_before(rng, second), _after(rng, second)), (second, None)]


def _interrupted(rng: Random, midnight: datetime) -> list[Window]:
    end = _before(rng, midnight)
    return [(_before(rng, end), end), (_after(rng, midnight), None)]


def _before_1970(rng: Random, midnight: datetime) -> list[Window]:
    return [(datetime(rng.randint(1925, 1969), rng.randint(1, 12), 1, tzinfo=UTC), None)]


_KINDS = (_open_ended, _running, _over, _coming, _adjacent, _overlapping, _interrupted, _before_1970)
_WEIGHTS = (50, 12, 6, 8, 6, 8, 4, 6)


def _before(rng: Random, instant: datetime) -> datetime:
    return _moved(rng, instant, -rng.randint(1, 4000))


def _after(rng: Random, instant: datetime) -> datetime:
    return _moved(rng, instant, rng.randint(1, 4000))


def _moved(rng: Random, instant: datetime, days: int) -> datetime:
    """At least a day away before the time of day is drawn, so that the order of the two instants stays."""
    date = (instant + timedelta(days=days)).date()
    return datetime.combine(date, rng.choice(_TIMES), UTC)

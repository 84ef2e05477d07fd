"""The clocks: the wall clock is read here only, so that every rule about time can be given its `now`."""

import re
from datetime import UTC, datetime
from typing import Final

_INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def now() -> str:
    """This moment as an instant: whole seconds in UTC, fractions cut (`shared.fields.Instant`)."""
    return to_instant(datetime.now(UTC))


def to_instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def parse_instant(instant: str) -> datetime:
    """Raises ValueError for a text that is no `Instant`."""
    if not _INSTANT.fullmatch(instant):
        raise ValueError(f"{instant!r} is not an instant")
    return datetime.strptime(instant, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def timestamp() -> str:
    """This moment in UTC with microseconds, `yyyy-MM-ddTHH:mm:ss.ffffffZ`."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def seconds() -> float:
    """This moment in Unix seconds, as Kafka stamps its messages (in thousandths)."""
    return datetime.now(UTC).timestamp()

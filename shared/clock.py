"""The clocks: the wall clock is read here only, so that every rule about time can be given its `now`."""

from datetime import UTC, datetime


def now() -> str:
    """This moment as an instant: whole seconds in UTC, fractions cut (`shared.fields.Instant`)."""
    return to_instant(datetime.now(UTC))


def to_instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def parse_instant(instant: str) -> datetime:
    """Raises ValueError for a text that is no `Instant`."""
    return datetime.strptime(instant, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def timestamp() -> str:
    """This moment in UTC with microseconds, `yyyy-MM-ddTHH:mm:ss.ffffffZ`."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

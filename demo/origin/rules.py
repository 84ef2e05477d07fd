"""What licences allow at a moment (section 2 of the public API contract).

All licences here are those of one track in the territory asked for.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from demo.origin import errors
from demo.origin.catalogue import Licence
from demo.origin.questions import USAGE_TYPES

PREVIEW = "preview"
LONGEST_FRESH_S = 60


@dataclass(frozen=True, slots=True)
class Availability:
    """What may be used now: the release date of each usage type, and the preview date where there is one."""

    release_dates: dict[str, datetime]
    preview_date: datetime | None


def decide(kind: str, licences: Sequence[Licence], asked: Sequence[str], now: datetime) -> Availability:
    """The availability of the asked usage types.

    Raises `ApiError` 2001 where no usage type was ever licensed in the territory, and 2002 where none of those asked
    is licensed now. `kind` is the word that the error begins with.
    """
    if not any(licence.usage_type in USAGE_TYPES for licence in licences):
        raise errors.not_found(kind)
    release_dates = {usage_type: date for usage_type in asked if (date := release_date(licences, usage_type, now))}
    if not release_dates:
        raise errors.not_available(kind, asked)
    return Availability(release_dates, preview_date(licences))


def covers(licence: Licence, now: datetime) -> bool:
    return licence.valid_from <= now and (licence.valid_until is None or now < licence.valid_until)


def release_date(licences: Sequence[Licence], usage_type: str, now: datetime) -> datetime | None:
    """The smallest start of the licences of this type that cover now."""
    starts = [one.valid_from for one in licences if one.usage_type == usage_type and covers(one, now)]
    return min(starts, default=None)


def preview_date(licences: Sequence[Licence]) -> datetime | None:
    """The smallest start of a preview licence, in whatever window."""
    return min((one.valid_from for one in licences if one.usage_type == PREVIEW), default=None)


def fresh_for_s(licences: Sequence[Licence], asked: Collection[str], now: datetime) -> int:
    """How many seconds the answer stays true, 60 at most: until a licence of an asked type begins or ends."""
    ends = [boundary for boundary in _boundaries(licences, asked) if boundary > now]
    return min([LONGEST_FRESH_S, *((end - now) // timedelta(seconds=1) for end in ends)])


def _boundaries(licences: Sequence[Licence], asked: Collection[str]) -> Iterator[datetime]:
    for licence in licences:
        if licence.usage_type in asked:
            yield licence.valid_from
            if licence.valid_until is not None:
                yield licence.valid_until

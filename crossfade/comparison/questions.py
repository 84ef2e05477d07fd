"""What is asked about a track: pure, and the same questions again for the same seed, data and instant.

Endpoint, parameters and the spellings that customers send are the public API contract's ("Requests").
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Final, Literal, TypeVar
from urllib.parse import urlencode

from shared.accept import Format
from shared.clock import parse_instant, to_instant
from shared.fields import Instant, Territory
from shared.question import ARTIST_IMAGES, RELEASE_IMAGES, USAGE_TYPES

T = TypeVar("T")

Parameters = tuple[tuple[str, str], ...]
Case = tuple[Parameters, Instant | None]

PATH: Final = "/1.2/track/details"
FORMATS: Final[tuple[Format, ...]] = ("xml", "json")
ALL_USAGES: Final = ",".join(USAGE_TYPES)

TERRITORIES: Final = ("GB", "US", "DE", "FR", "JP", "BR", "AQ")
RELEASE_SIZES: Final = sorted(RELEASE_IMAGES - ARTIST_IMAGES)
ARTIST_SIZES: Final = sorted(ARTIST_IMAGES - RELEASE_IMAGES)
SIZES_OF_BOTH: Final = sorted(RELEASE_IMAGES & ARTIST_IMAGES)

ODD_COUNTRIES: Final = ("gb", "UK", "uk", "ZZ", "GBR", "G1", "")
ODD_USAGES: Final = ("Download", "download,download", "ADSUPPORTEDSTREAMING,,download", ",", "", "abc", "download,ab<c")
ODD_SIZES: Final = ("51", "-50", "0050", "abc", "")

TERRITORIES_A_TRACK: Final = 2
SHOPS_A_TRACK: Final = 2
WINDOWS_A_TRACK: Final = 2
INSTANTS_A_TRACK: Final = 2
OPEN_END_S: Final = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Window:
    """A licence as far as questions need it: one usage in one territory in `[valid_from, valid_until)`, None being
    open-ended."""

    track_id: int
    usage_type: str
    territory: Territory
    valid_from: Instant
    valid_until: Instant | None

    def covers(self, now: Instant) -> bool:
        return self.valid_from <= now and (self.valid_until is None or now < self.valid_until)

    def boundaries(self) -> tuple[Instant, ...]:
        """The seconds at which a rule that is off by one would show: the last before and the first from each end."""
        ends = (self.valid_from,) if self.valid_until is None else (self.valid_from, self.valid_until)
        return tuple(instant for end in ends for instant in (_later(end, -1), end))


@dataclass(frozen=True, slots=True)
class Subject:
    """A track to ask about, with the windows that either side holds for it; `times` is how often it was drawn."""

    track_id: int
    windows: tuple[Window, ...] = ()
    times: int = 1


@dataclass(frozen=True, slots=True)
class Question:
    """One request that both sides get; `now` None leaves the instant to each side's clock."""

    track_id: int
    format: Format
    now: Instant | None
    parameters: Parameters = ()

    @property
    def target(self) -> str:
        """Path and query, without the consumer key."""
        return f"{PATH}?{urlencode((('trackid', self.track_id), *self.parameters), safe=',')}"


Grid = Literal["full", "one", "random"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Which questions are asked: of `grid`, as of `now`. With `own_clocks` both sides take the instant from their own
    clocks, and no other instant is asked about. `shops` are the shop ids that the key knows."""

    grid: Grid
    seed: int
    now: Instant
    shops: tuple[int, ...]
    own_clocks: bool = False

    @property
    def usual_now(self) -> Instant | None:
        """The instant of questions that are not about instants."""
        return None if self.own_clocks else self.now

    def questions(self, subject: Subject) -> list[Question]:
        """The subject's questions; a track's own dice, so that it can be asked again alone."""
        dice = random.Random(f"{self.seed}/{subject.track_id}")
        return [question for _ in range(subject.times) for question in GRIDS[self.grid](self, subject, dice)]


def one(plan: Plan, subject: Subject, dice: random.Random) -> list[Question]:
    """One question, in XML and in JSON: all usage types, where possible in a territory that is licensed now."""
    current = {window.territory for window in subject.windows if window.covers(plan.now)}
    territories = sorted(current or {window.territory for window in subject.windows})
    place = _country(dice.choice(territories)) if territories else ()
    return _in_both_formats(subject, [((*place, *_usage(ALL_USAGES)), plan.usual_now)])


def full(plan: Plan, subject: Subject, dice: random.Random) -> list[Question]:
    """What the contract tells apart, in XML and in JSON: places by usage types, image sizes, boundaries of licences."""
    cases: list[Case] = [
        ((*place, *usage), plan.usual_now)
        for place, usage in product(_places(plan, subject, dice), ((), *map(_usage, (*USAGE_TYPES, ALL_USAGES))))
    ]
    cases += [(_size(size), plan.usual_now) for size in _sizes(dice)]
    if not plan.own_clocks:
        cases += _boundary_cases(subject, dice)
        cases += _instant_cases(subject, dice)
    return _in_both_formats(subject, cases)


def drawn(plan: Plan, subject: Subject, dice: random.Random) -> list[Question]:
    """One question drawn from everything that may be asked, with spellings that customers send; every other one is
    about a window of the track, where it has any."""
    windows = _some(subject.windows, 1, dice)
    places = [(), *map(_country, (*TERRITORIES, *ODD_COUNTRIES)), *map(_shop, plan.shops)]
    own = [_country(window.territory) for window in windows] * len(places)
    usage = dice.choice([(), *map(_usage, (*USAGE_TYPES, ALL_USAGES, ALL_USAGES, dice.choice(ODD_USAGES)))])
    size = dice.choice([(), (), *map(_size, (*_sizes(dice), dice.choice(ODD_SIZES)))])
    parameters = [(_spelled(name, dice), value) for name, value in (*dice.choice(places + own), *usage, *size)]
    instants = [plan.now, *(instant for window in windows for instant in _instants(window, dice))]
    now = None if plan.own_clocks else dice.choice(instants)
    return [Question(subject.track_id, dice.choice(FORMATS), now, tuple(parameters))]


GRIDS: Final[Mapping[Grid, Callable[[Plan, Subject, random.Random], list[Question]]]] = {
    "full": full,
    "one": one,
    "random": drawn,
}


def _in_both_formats(subject: Subject, cases: Sequence[Case]) -> list[Question]:
    """Each case once a format."""
    return [
        Question(subject.track_id, format, now, parameters)
        for (parameters, now), format in product(dict.fromkeys(cases), FORMATS)
    ]


def _places(plan: Plan, subject: Subject, dice: random.Random) -> list[Parameters]:
    """Nowhere in particular, some licensed territories, one that is not licensed, some shops."""
    licensed = sorted({window.territory for window in subject.windows})
    unlicensed = [territory for territory in TERRITORIES if territory not in licensed]
    countries = _some(licensed, TERRITORIES_A_TRACK, dice) + _some(unlicensed, 1, dice)
    return [(), *map(_country, countries), *map(_shop, _some(plan.shops, SHOPS_A_TRACK, dice))]


def _sizes(dice: random.Random) -> list[str]:
    """A size of releases only, one of artists only, and one that both have."""
    return [str(dice.choice(sizes)) for sizes in (RELEASE_SIZES, ARTIST_SIZES, SIZES_OF_BOTH)]


def _boundary_cases(subject: Subject, dice: random.Random) -> Iterator[Case]:
    """Both sides of both ends of some windows, asked for their usage type alone and for all."""
    for window in _some(subject.windows, WINDOWS_A_TRACK, dice):
        for instant, usage in product(window.boundaries(), (window.usage_type, ALL_USAGES)):
            yield (*_country(window.territory), *_usage(usage)), instant


def _instant_cases(subject: Subject, dice: random.Random) -> Iterator[Case]:
    for window in _some(subject.windows, INSTANTS_A_TRACK, dice):
        yield (*_country(window.territory), *_usage(ALL_USAGES)), _instant_around(window, dice)


def _instants(window: Window, dice: random.Random) -> tuple[Instant, ...]:
    return *window.boundaries(), _instant_around(window, dice)


def _instant_around(window: Window, dice: random.Random) -> Instant:
    """An instant from a tenth of the window's length before it to a tenth after it."""
    until = window.valid_until or _later(window.valid_from, OPEN_END_S)
    length_s = max(0, int((parse_instant(until) - parse_instant(window.valid_from)).total_seconds()))
    return _later(window.valid_from, dice.randint(-length_s // 10, length_s + length_s // 10))


def _later(instant: Instant, seconds: int) -> Instant:
    """`seconds` after the instant; the instant itself where that is beyond what an instant can say."""
    try:
        return to_instant(parse_instant(instant) + timedelta(seconds=seconds))
    except OverflowError:
        return instant


def _some(items: Sequence[T], count: int, dice: random.Random) -> list[T]:
    return dice.sample(items, min(count, len(items)))


def _spelled(name: str, dice: random.Random) -> str:
    return dice.choice((name, name, name.lower(), name.upper()))


def _country(territory: str) -> Parameters:
    return (("country", territory),)


def _shop(shop_id: int) -> Parameters:
    return (("shopId", str(shop_id)),)


def _usage(usage_types: str) -> Parameters:
    return (("usageTypes", usage_types),)


def _size(size: str) -> Parameters:
    return (("imageSize", size),)

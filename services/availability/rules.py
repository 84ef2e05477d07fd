"""Licence rules: what may be done with a track in a territory at an instant, and until when that is sure to stay so.

Pure. The rules are the public API contract's ("What decides"). A licence covers the instants of `[valid_from,
valid_until)`; instants are fixed-width text, so they compare as text.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from shared.album import Availability, Licence, Package, Price
from shared.answers import Blocks, Offer
from shared.fields import Instant, Territory, UsageType
from shared.question import AskedUsage

PREVIEW: Final = "preview"
NO_PRICE: Final = Price(currency="", price=None, recommended=None)


@dataclass(frozen=True, slots=True)
class Available:
    """At least one asked usage type covers now. `release_dates` has those that do, each with the smallest `from` of its
    licences that cover now; `preview_date` is `""` where there is no preview licence."""

    release_dates: Mapping[UsageType, Instant]
    preview_date: str
    until: Instant | None


@dataclass(frozen=True, slots=True)
class Denied:
    """`not found`: no licence, previews aside, names the territory in any window; `not available`: some do, but none of
    an asked usage type covers now."""

    reason: Literal["not found", "not available"]
    until: Instant | None


def decide(licences: Collection[Licence], usage_types: Collection[AskedUsage], now: Instant) -> Available | Denied:
    """Decides by the licences that name the territory (see `in_territory`).

    `until` is the first instant after now at which a window of an asked usage type opens or closes, None without one:
    up to there the decision stays as it is.
    """
    if all(licence.usage_type == PREVIEW for licence in licences):
        return Denied("not found", until=None)
    asked = [licence for licence in licences if licence.usage_type in usage_types]
    release_dates = find_release_dates(asked, now)
    until = find_next_boundary(asked, now)
    if not release_dates:
        return Denied("not available", until)
    return Available(release_dates, find_preview_date(licences), until)


def in_territory(document: Availability, territory: Territory) -> list[Licence]:
    """The licences that name the territory; no wildcard stands for all."""
    sets = {index for index, codes in enumerate(document.territory_sets) if territory in codes}
    return [licence for licence in document.licences if licence.territories in sets]


def covers(licence: Licence, now: Instant) -> bool:
    until = licence.valid_until
    return licence.valid_from <= now and (until is None or now < until)


def find_release_dates(licences: Iterable[Licence], now: Instant) -> dict[UsageType, Instant]:
    """The smallest `from` of the licences that cover now, by usage type."""
    dates: dict[UsageType, Instant] = {}
    for licence in licences:
        if covers(licence, now):
            start = licence.valid_from
            dates[licence.usage_type] = min(start, dates.get(licence.usage_type, start))
    return dates


def find_next_boundary(licences: Iterable[Licence], now: Instant) -> Instant | None:
    """The first instant after now at which one of the windows opens or closes."""
    edges = (edge for licence in licences for edge in (licence.valid_from, licence.valid_until))
    return min((edge for edge in edges if edge is not None and edge > now), default=None)


def find_preview_date(licences: Iterable[Licence]) -> str:
    """The smallest `from` of the preview licences, whatever their windows; `""` without any."""
    return min((licence.valid_from for licence in licences if licence.usage_type == PREVIEW), default="")


def make_blocks(available: Available, packages: Iterable[Package], territory: Territory) -> Blocks:
    """The usage blocks of an answer; what is sold belongs to the download's."""
    blocks: Blocks = {}
    dates = available.release_dates
    if "download" in dates:
        offers = [make_offer(package, territory) for package in packages]
        blocks["download"] = {
            "release_date": dates["download"],
            "preview_date": available.preview_date,
            "packages": offers,
        }
    if "subscriptionstreaming" in dates:
        blocks["subscriptionstreaming"] = {"release_date": dates["subscriptionstreaming"]}
    if "adsupportedstreaming" in dates:
        blocks["adsupportedstreaming"] = {"release_date": dates["adsupportedstreaming"]}
    return blocks


def make_offer(package: Package, territory: Territory) -> Offer:
    """A package as it is sold in the territory; listed also where it has no price."""
    price = package.prices.get(territory, NO_PRICE)
    return {
        "package_id": package.package_id,
        "description": package.description,
        "currency": price.currency,
        "price": price.price,
        "recommended": price.recommended,
        "formats": package.formats,
    }

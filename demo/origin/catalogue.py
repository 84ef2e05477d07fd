"""What London's tables say about a track, and how a row is read.

A missing text is `""` here, whether London has NULL or an empty text; characters that XML forbids are gone. A missing
number is None. Times are UTC in whole seconds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from demo.origin.text import allowed

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Client:
    client_id: int
    default_territory: str


@dataclass(frozen=True, slots=True)
class Artist:
    """An artist as one track or release credits it: `appears_as` is that credit."""

    artist_id: int
    name: str
    appears_as: str
    slug: str
    is_placeholder_image: bool


@dataclass(frozen=True, slots=True)
class Company:
    """A label or a licensor."""

    company_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Release:
    release_id: int
    title: str
    version: str
    type: str
    barcode: str
    artist: Artist
    slug: str
    label: Company | None
    licensor: Company | None


@dataclass(frozen=True, slots=True)
class Track:
    """`track_number` is the position over the whole release, `number` the one within its disc.

    `duration` is in seconds.
    """

    track_id: int
    title: str
    version: str
    artist: Artist
    track_number: int
    duration: int | None
    explicit_content: bool
    isrc: str
    p_line: str
    type: str
    release: Release
    disc_number: int
    number: int


@dataclass(frozen=True, slots=True)
class Licence:
    """One right to a track in one territory, from `valid_from` until just before `valid_until`, or for good."""

    usage_type: str
    valid_from: datetime
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class Format:
    format_id: int
    description: str


@dataclass(frozen=True, slots=True)
class Package:
    """One package with its price in the territory asked for; without a price there, `currency` is missing as well."""

    package_id: int
    description: str
    currency: str
    price: Decimal | None
    recommended: Decimal | None
    formats: tuple[Format, ...]


def client(row: Row) -> Client:
    return Client(row["client_id"], text(row["default_territory"]).upper())


def track(row: Row) -> Track:
    return Track(
        track_id=row["track_id"],
        title=text(row["title"]),
        version=text(row["version"]),
        artist=_artist(row, "track_"),
        track_number=row["track_number"],
        duration=row["duration"],
        explicit_content=bool(row["explicit_content"]),
        isrc=text(row["isrc"]),
        p_line=text(row["p_line"]),
        type=text(row["type"]),
        release=_release(row),
        disc_number=row["disc_number"],
        number=row["number"],
    )


def _release(row: Row) -> Release:
    return Release(
        release_id=row["release_id"],
        title=text(row["release_title"]),
        version=text(row["release_version"]),
        type=text(row["release_type"]),
        barcode=text(row["release_barcode"]),
        artist=_artist(row, "release_"),
        slug=text(row["release_slug"]),
        label=_company(row["label_id"], row["label_name"]),
        licensor=_company(row["licensor_id"], row["licensor_name"]),
    )


def _artist(row: Row, owner: str) -> Artist:
    return Artist(
        artist_id=row[owner + "artist_id"],
        name=text(row[owner + "artist_name"]),
        appears_as=text(row[owner + "appears_as"]),
        slug=text(row[owner + "artist_slug"]),
        is_placeholder_image=bool(row[owner + "artist_is_placeholder_image"]),
    )


def _company(company_id: int | None, name: str | None) -> Company | None:
    return None if company_id is None else Company(company_id, text(name))


def licence(row: Row) -> Licence | None:
    """None where the row has no start: that is no right to anything."""
    start = moment(row["valid_from"])
    return None if start is None else Licence(row["usage_type"].lower(), start, moment(row["valid_until"]))


def packages(rows: Iterable[Row]) -> tuple[Package, ...]:
    """Rows of one format each, in the order of their package."""
    return tuple(_package(list(formats)) for _, formats in groupby(rows, key=lambda row: row["package_id"]))


def _package(rows: list[Row]) -> Package:
    first = rows[0]
    return Package(
        package_id=first["package_id"],
        description=text(first["package_description"]),
        currency=text(first["currency"]),
        price=first["price"],
        recommended=first["recommended"],
        formats=tuple(Format(row["format_id"], text(row["format_description"])) for row in rows),
    )


def text(value: str | None) -> str:
    return allowed(value or "")


def moment(value: datetime | str | None) -> datetime | None:
    """A DATETIME column, which is UTC without saying so; a fraction of a second is cut."""
    if isinstance(value, str):
        return _after_no_day(value)
    return None if value is None else value.replace(microsecond=0, tzinfo=UTC)


def _after_no_day(value: str) -> datetime | None:
    """What the driver leaves as text, since no calendar has it: the zero date is missing, as is any of the year 0;
    2020-05-00 is the first of that month, and 2020-02-31 that of the next."""
    year, month, day = (int(part) for part in value[:10].split("-"))
    if not year:
        return None
    return datetime(year, month + 1 if month and day else max(month, 1), 1, tzinfo=UTC)

"""The rows of London's tables (schema.sql) and the one way in which the demo inserts them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from asyncmy.cursors import Cursor


class Artist(NamedTuple):
    artist_id: int
    name: str
    slug: str
    is_placeholder_image: bool = False


class Label(NamedTuple):
    label_id: int
    name: str


class Licensor(NamedTuple):
    licensor_id: int
    name: str


class Package(NamedTuple):
    package_id: int
    description: str


class Format(NamedTuple):
    format_id: int
    description: str


class Release(NamedTuple):
    release_id: int
    title: str
    version: str | None
    type: str
    barcode: str | None
    year: int | None
    explicit_content: bool
    artist_id: int
    appears_as: str | None
    slug: str
    label_id: int | None
    licensor_id: int | None
    c_line: str | None
    p_line: str | None
    popularity: Decimal
    duration: int | None
    track_count: int | None
    is_made_up: bool = False


class Track(NamedTuple):
    track_id: int
    release_id: int
    title: str
    version: str | None
    type: str
    isrc: str | None
    explicit_content: bool
    p_line: str | None
    duration: int | None
    disc_number: int
    number: int
    artist_id: int
    appears_as: str | None


class Licence(NamedTuple):
    """The server numbers licences itself, so `licence_id` is not a field."""

    track_id: int
    usage_type: str
    territory: str
    valid_from: datetime
    valid_until: datetime | None


class TrackFormat(NamedTuple):
    track_id: int
    package_id: int
    format_id: int


class ReleaseFormat(NamedTuple):
    release_id: int
    package_id: int
    format_id: int


class TrackPrice(NamedTuple):
    track_id: int
    package_id: int
    territory: str
    currency: str
    price: Decimal | None
    recommended: Decimal | None


class ReleasePrice(NamedTuple):
    release_id: int
    package_id: int
    territory: str
    currency: str
    price: Decimal | None
    recommended: Decimal | None


class Shop(NamedTuple):
    shop_id: int
    territory: str
    name: str


class Client(NamedTuple):
    client_id: int
    consumer_key: str
    consumer_secret: str
    name: str
    partner_id: int | None
    default_territory: str | None
    daily_limit: int | None


class ClientEndpoint(NamedTuple):
    client_id: int
    endpoint: str


class ClientShop(NamedTuple):
    client_id: int
    shop_id: int


Row = (
    Artist | Label | Licensor | Package | Format | Release | Track | Licence | TrackFormat | ReleaseFormat
    | TrackPrice | ReleasePrice | Shop | Client | ClientEndpoint | ClientShop
)  # fmt: skip

NAMES: dict[type, str] = {
    Artist: "artist",
    Label: "label",
    Licensor: "licensor",
    Package: "package",
    Format: "format",
    Release: "release",
    Track: "track",
    Licence: "licence",
    TrackFormat: "track_format",
    ReleaseFormat: "release_format",
    TrackPrice: "track_price",
    ReleasePrice: "release_price",
    Shop: "shop",
    Client: "client",
    ClientEndpoint: "client_endpoint",
    ClientShop: "client_shop",
}

# What an album consists of; these are the tables that "rows an album" counts.
OF_TRACK = ("licence", "track_format", "track_price", "track")
OF_RELEASE = ("release_format", "release_price", "release")
OF_ALBUM = OF_TRACK + OF_RELEASE


async def insert(cursor: Cursor, rows: Sequence[Row]) -> None:
    """Insert rows of one table, many a statement."""
    if rows:
        await cursor.executemany(insert_statement(type(rows[0])), rows)


async def insert_missing(cursor: Cursor, rows: Sequence[Row]) -> None:
    """Insert those rows of one table whose id, the first column, is not there yet; the others stay as they are."""
    if rows:
        there = await existing_ids(cursor, type(rows[0]), [row[0] for row in rows])
        await insert(cursor, [row for row in rows if row[0] not in there])


async def existing_ids(cursor: Cursor, row_type: type[Row], ids: Sequence[int]) -> set[int]:
    """Which of these ids, values of the first column, the table has."""
    id_column = row_type._fields[0]
    await cursor.execute(f"SELECT {id_column} FROM `{NAMES[row_type]}` WHERE {id_column} IN %s", (tuple(ids),))
    return {row[0] for row in await cursor.fetchall()}


def insert_statement(row_type: type[Row]) -> str:
    columns = row_type._fields
    placeholders = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO `{NAMES[row_type]}` ({', '.join(columns)}) VALUES ({placeholders})"


def update_statement(row_type: type[Row]) -> str:
    """Sets every column but the first, which is the id; the parameters are those columns, then the id."""
    id_column, *columns = row_type._fields
    assignments = ", ".join(f"{column} = %s" for column in columns)
    return f"UPDATE `{NAMES[row_type]}` SET {assignments} WHERE {id_column} = %s"

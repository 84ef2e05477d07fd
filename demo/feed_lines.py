"""Reads feed files in the 7digital format: one CSV line is one release or one track, or says why it is none.

A file is CSV in UTF-8, gzipped or not, with a header. Releases and tracks come in files of their own; a full file
states each as it is, an update file begins each line with an action: I (insert), U (update) or D (delete). A column
`territory` is read where a file has one.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar

from demo.feed_csv import Fault, FeedRefused, Record, opened, records
from demo.vocabulary import TERRITORIES

RELEASE_COLUMNS = (
    "releaseId", "title", "version", "artistId", "artistAppearsAs", "barcode", "type", "year",
    "explicitContent", "trackCount", "duration", "tags", "licensorId", "image", "dateAdded", "releaseDate",
    "labelId", "labelName", "formats", "price", "rrp", "url",
)  # fmt: skip
TRACK_COLUMNS = (
    "trackId", "title", "version", "type", "isrc", "explicitContent", "trackNumber", "discNumber", "artistId",
    "artistAppearsAs", "releaseId", "duration", "formats", "price", "rrp", "url", "popularity",
    "streamingReleaseDate", "licensorID",
)  # fmt: skip
ACTION, TERRITORY = "action", "territory"

Value = TypeVar("Value")


class Kind(Enum):
    """What the lines of a file state."""

    RELEASES = "releases"
    TRACKS = "tracks"


class Malformed(NamedTuple):
    """A line that states nothing usable; `column` is empty where the line as a whole is at fault."""

    file: str
    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        column = f", column {self.column}" if self.column else ""
        return f"{self.file}, line {self.line}{column}: {self.reason}"


class Deleted(NamedTuple):
    """The release or the track of this id is no more."""

    id: int


class ReleaseLine(NamedTuple):
    """A release as a line states it; dates are in UTC and whole seconds, None is an empty column."""

    id: int
    title: str
    version: str | None
    artist_id: int
    appears_as: str
    artist_slug: str
    barcode: str | None
    type: str
    year: int | None
    explicit_content: bool
    track_count: int | None
    duration: int | None
    licensor_id: int | None
    release_date: datetime | None
    label_id: int | None
    label_name: str | None
    format_ids: tuple[int, ...]
    price: Decimal | None
    recommended: Decimal | None
    slug: str
    territory: str | None


class TrackLine(NamedTuple):
    """A track as a line states it; `artist_slug` and `slug` are those of the release, which the line's url names."""

    id: int
    title: str
    version: str | None
    type: str
    isrc: str | None
    explicit_content: bool
    number: int
    disc_number: int
    artist_id: int
    appears_as: str
    release_id: int
    duration: int | None
    format_ids: tuple[int, ...]
    price: Decimal | None
    recommended: Decimal | None
    artist_slug: str
    slug: str
    popularity: Decimal
    streaming_date: datetime | None
    licensor_id: int | None
    territory: str | None


@dataclass(frozen=True)
class FeedFile:
    """A file whose header was recognised."""

    path: Path
    kind: Kind
    is_update: bool
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Feeds:
    """The feed files of a folder in the order in which they are to be taken, releases before tracks."""

    full: tuple[FeedFile, ...]
    updates: tuple[FeedFile, ...]
    refused: tuple[FeedRefused, ...]


Line = ReleaseLine | TrackLine | Deleted


def find_feeds(folder: Path) -> Feeds:
    """The feed files of a folder, told apart by their headers; files with another header are refused, each on its own.

    Raises:
        FeedRefused: there is no such folder, or no feed file in it.
    """
    paths = sorted(path for path in folder.glob("*") if path.name.endswith((".csv", ".csv.gz")))
    found = [_recognised(path) for path in paths]
    files = sorted((file for file in found if isinstance(file, FeedFile)), key=lambda file: file.kind is Kind.TRACKS)
    refused = tuple(error for error in found if isinstance(error, FeedRefused))
    if not files:
        reasons = "; ".join(map(str, refused))
        raise FeedRefused(f"{folder}: no feed file (*.csv, *.csv.gz) there{': ' if reasons else ''}{reasons}")
    return Feeds(
        full=tuple(file for file in files if not file.is_update),
        updates=tuple(file for file in files if file.is_update),
        refused=refused,
    )


def open_feed(path: Path) -> FeedFile:
    """Recognise a file by its header.

    Raises:
        FeedRefused: the file cannot be read, or its header is neither that of releases nor that of tracks.
    """
    with opened(path) as lines:
        _, header = next(records(lines), (1, Fault("", "the file is empty")))
    if isinstance(header, Fault):
        raise FeedRefused(f"{path.name}, line 1: {header.reason}")
    columns = (header[0].removeprefix("\ufeff"), *header[1:])
    return FeedFile(path, _kind(path.name, columns), ACTION in columns, columns)


def read_lines(file: FeedFile) -> Iterator[Line | Malformed]:
    """What each line states, in order; a malformed line stands in its place, and the rest goes on."""
    with opened(file.path) as lines:
        for number, record in islice(records(lines), 1, None):
            try:
                yield _read_line(file, record)
            except Fault as error:
                yield Malformed(file.path.name, number, error.column, error.reason)


def _recognised(path: Path) -> FeedFile | FeedRefused:
    try:
        return open_feed(path)
    except FeedRefused as error:
        return error


def _kind(file: str, header: Sequence[str]) -> Kind:
    """Releases or tracks: by the columns that one has and the other has not."""
    kind = Kind.TRACKS if "trackId" in header else Kind.RELEASES
    missing = [column for column in _COLUMNS[kind] if column not in header]
    if missing:
        raise FeedRefused(f"{file}, line 1: the header of {kind.value} lacks the columns {', '.join(missing)}")
    doubled = sorted({column for column in header if header.count(column) > 1})
    if doubled:
        raise FeedRefused(f"{file}, line 1: the header has the columns {', '.join(doubled)} more than once")
    return kind


def _read_line(file: FeedFile, record: Record) -> Line:
    if isinstance(record, Fault):
        raise record
    if len(record) != len(file.columns):
        raise Fault("", f"has {len(record)} columns, the header {len(file.columns)}")
    fields = _Fields(dict(zip(file.columns, record, strict=True)))
    if file.is_update and fields.read(ACTION, _action) == "D":
        return Deleted(fields.read(_ID_COLUMNS[file.kind], _id))
    return _release_line(fields) if file.kind is Kind.RELEASES else _track_line(fields)


class _Fields:
    """The texts of one line by column."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def read(self, column: str, reader: Callable[[str], Value]) -> Value:
        try:
            return reader(self._texts[column])
        except ValueError as error:
            raise Fault(column, str(error)) from error

    def read_if_stated(self, column: str, reader: Callable[[str], Value]) -> Value | None:
        """None where the column is empty or not there."""
        return self.read(column, reader) if self._texts.get(column) else None


def _release_line(fields: _Fields) -> ReleaseLine:
    artist_slug, slug = fields.read("url", _slugs)
    return ReleaseLine(
        id=fields.read("releaseId", _id),
        title=fields.read("title", _text(500)),
        version=fields.read_if_stated("version", _text(255)),
        artist_id=fields.read("artistId", _id),
        appears_as=fields.read("artistAppearsAs", _text(500)),
        artist_slug=artist_slug,
        barcode=fields.read_if_stated("barcode", _text(20)),
        type=fields.read("type", _text(20)),
        year=fields.read_if_stated("year", _small_number),
        explicit_content=fields.read("explicitContent", _flag),
        track_count=fields.read_if_stated("trackCount", _number),
        duration=fields.read_if_stated("duration", _number),
        licensor_id=fields.read_if_stated("licensorId", _id),
        release_date=fields.read_if_stated("releaseDate", _instant),
        label_id=fields.read_if_stated("labelId", _id),
        label_name=fields.read_if_stated("labelName", _text(255)),
        format_ids=fields.read("formats", _ids),
        price=fields.read_if_stated("price", _amount),
        recommended=fields.read_if_stated("rrp", _amount),
        slug=slug,
        territory=fields.read_if_stated(TERRITORY, territory),
    )


def _track_line(fields: _Fields) -> TrackLine:
    artist_slug, slug = fields.read("url", _slugs)
    return TrackLine(
        id=fields.read("trackId", _id),
        title=fields.read("title", _text(500)),
        version=fields.read_if_stated("version", _text(255)),
        type=fields.read("type", _text(20)),
        isrc=fields.read_if_stated("isrc", _text(20)),
        explicit_content=fields.read("explicitContent", _flag),
        number=fields.read("trackNumber", _small_number),
        disc_number=fields.read("discNumber", _small_number),
        artist_id=fields.read("artistId", _id),
        appears_as=fields.read("artistAppearsAs", _text(500)),
        release_id=fields.read("releaseId", _id),
        duration=fields.read_if_stated("duration", _number),
        format_ids=fields.read("formats", _ids),
        price=fields.read_if_stated("price", _amount),
        recommended=fields.read_if_stated("rrp", _amount),
        artist_slug=artist_slug,
        slug=slug,
        popularity=fields.read("popularity", _share),
        streaming_date=fields.read_if_stated("streamingReleaseDate", _instant),
        licensor_id=fields.read_if_stated("licensorID", _id),
        territory=fields.read_if_stated(TERRITORY, territory),
    )


def territory(text: str) -> str:
    """A territory of ISO 3166-1 alpha-2; anything else is a ValueError."""
    if text not in TERRITORIES:
        raise ValueError(f"{text!r} is no territory of ISO 3166-1 (two capital letters)")
    return text


def _text(longest: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not text.strip():
            raise ValueError("is empty")
        if len(text) > longest:
            raise ValueError(f"has {len(text)} characters, {longest} fit")
        return text

    return read


def _whole(text: str, least: int, most: int) -> int:
    # int() alone would take signs, underscores and the digits of other scripts.
    if not re.fullmatch("[0-9]{1,18}", text):
        raise ValueError(f"{text!r} is no whole number" if text else "is empty")
    if not least <= int(text) <= most:
        raise ValueError(f"{text} is not between {least} and {most}")
    return int(text)


def _id(text: str) -> int:
    return _whole(text, 1, 2**32 - 1)


def _number(text: str) -> int:
    return _whole(text, 0, 2**32 - 1)


def _small_number(text: str) -> int:
    return _whole(text, 0, 2**16 - 1)


def _ids(text: str) -> tuple[int, ...]:
    """Ids separated by commas, each once; none at all is fine."""
    return tuple(dict.fromkeys(map(_id, text.split(",")))) if text else ()


def _amount(text: str) -> Decimal:
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,2})?", text):
        raise ValueError(f"{text!r} is no amount with at most two decimals")
    return Decimal(text)


def _share(text: str) -> Decimal:
    if not re.fullmatch(r"0(\.[0-9]{1,2})?|1(\.0{1,2})?", text):
        raise ValueError(f"{text!r} is no number from 0 to 1 with at most two decimals")
    return Decimal(text)


def _instant(text: str) -> datetime:
    """Fractions of a second are cut."""
    if not re.fullmatch(r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z", text):
        raise ValueError(f"{text!r} is no instant such as 2013-07-08T00:00:00Z")
    try:
        return datetime.fromisoformat(text[:19]).replace(tzinfo=UTC)
    except ValueError as error:
        raise ValueError(f"{text!r} is no instant: {error}") from error


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text == "true"


def _action(text: str) -> str:
    if text not in ("I", "U", "D"):
        raise ValueError(f"{text!r} is none of I, U and D")
    return text


def _slugs(text: str) -> tuple[str, str]:
    """The slugs of artist and release in an address that ends in /artist/SLUG/release/SLUG."""
    match = re.search("/artist/([^/?#]{1,255})/release/([^/?#]{1,255})", text)
    if not match:
        raise ValueError(f"{text!r} does not name /artist/SLUG/release/SLUG, each of at most 255 characters")
    return match[1], match[2]


_COLUMNS = {Kind.RELEASES: RELEASE_COLUMNS, Kind.TRACKS: TRACK_COLUMNS}
_ID_COLUMNS = {Kind.RELEASES: "releaseId", Kind.TRACKS: "trackId"}

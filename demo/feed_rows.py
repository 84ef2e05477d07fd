"""What the lines of feed files mean as rows of London's tables. No I/O.

The files do not state everything; `Unstated` is what stands in, and the rules are these:

- A track's `trackNumber` is its number within the disc.
- Downloads of a track start at its release's `releaseDate`. Streaming of both kinds starts at `streamingReleaseDate`;
  where that is empty, the track is not licensed for streaming. No licence ends.
- `price` and `rrp` are those of one package; empty is NULL. A line without formats is in no package and has no price.
- A release that tracks name and no line describes is made up: it takes the columns that both kinds of file have from
  its track with the lowest id, has no label, and is marked in `release.is_made_up`. Downloads of its tracks start at
  their own `streamingReleaseDate`. A line that describes it later replaces it; without tracks it disappears.
- An artist is named as the first line that names it credits it. Licensors and formats have only ids; those that the
  vocabulary does not know are called by them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

from demo import vocabulary
from demo.feed_lines import Deleted, ReleaseLine, TrackLine
from demo.tables import (
    Artist,
    Format,
    Label,
    Licence,
    Licensor,
    Release,
    ReleaseFormat,
    ReleasePrice,
    Track,
    TrackFormat,
    TrackPrice,
)
from demo.texts import slug

Stated = TypeVar("Stated", ReleaseLine, TrackLine)


@dataclass(frozen=True)
class Unstated:
    """What stands in for what the files do not state."""

    territory: str = "GB"
    currency: str = "GBP"
    package_id: int = vocabulary.STANDARD_PACKAGE
    # The start of downloads where neither release nor track has a date.
    start: datetime = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass
class Writes:
    """Rows for one transaction: deletions first, then whatever of the named rows is missing, then releases and tracks.

    Releases and tracks replace what London has under their ids, with their formats, prices and licences.
    """

    deleted_releases: list[int] = field(default_factory=list)
    deleted_tracks: list[int] = field(default_factory=list)
    artists: dict[int, Artist] = field(default_factory=dict)
    labels: dict[int, Label] = field(default_factory=dict)
    licensors: dict[int, Licensor] = field(default_factory=dict)
    formats: dict[int, Format] = field(default_factory=dict)
    releases: list[Release] = field(default_factory=list)
    release_formats: list[ReleaseFormat] = field(default_factory=list)
    release_prices: list[ReleasePrice] = field(default_factory=list)
    tracks: list[Track] = field(default_factory=list)
    track_formats: list[TrackFormat] = field(default_factory=list)
    track_prices: list[TrackPrice] = field(default_factory=list)
    licences: list[Licence] = field(default_factory=list)
    # For the tracks that London has of these releases: when their downloads start from now on.
    download_starts: dict[int, datetime] = field(default_factory=dict)


class Ingest:
    """Turns batches of lines into rows: all lines of full files first, then those of updates, each in the files' order.

    Of several lines of one id in a batch the last one counts. Remembers what London's tables do not keep: the starts of
    described releases, and the lines of tracks whose release is made up. After a failed transaction it is spent.
    """

    def __init__(self, unstated: Unstated = Unstated()) -> None:
        self._unstated = unstated
        self._starts: dict[int, datetime] = {}
        self._made_up: dict[int, dict[int, TrackLine]] = {}
        self._made_up_of_track: dict[int, int] = {}

    def take_releases(self, lines: Sequence[ReleaseLine | Deleted]) -> Writes:
        """A deleted release takes its tracks with it."""
        writes = Writes(deleted_releases=_deleted_ids(lines))
        for line in lines:
            self._forget(line.id)
        for release in _stating(lines):
            _name(writes, release, release.artist_slug)
            _name_label(writes, release)
        for release in _last_lines(lines):
            start = release.release_date or self._unstated.start
            self._starts[release.id] = writes.download_starts[release.id] = start
            self._describe(writes, release)
        return writes

    def take_tracks(self, lines: Sequence[TrackLine | Deleted]) -> Writes:
        """Tracks, and the made-up releases that gain or lose them."""
        writes = Writes(deleted_tracks=_deleted_ids(lines))
        tracks = _last_lines(lines)
        left = filter(None, [self._leave(line.id) for line in lines])
        entered = filter(None, [self._enter(track) for track in tracks])
        for track in _stating(lines):
            _name(writes, track, _slug_of_track_artist(track))
        for track in tracks:
            self._write_track(writes, track)
        for release_id in sorted({*left, *entered}):
            self._make_up(writes, release_id)
        return writes

    def _forget(self, release_id: int) -> None:
        self._starts.pop(release_id, None)
        for track_id in self._made_up.pop(release_id, {}):
            del self._made_up_of_track[track_id]

    def _leave(self, track_id: int) -> int | None:
        """The made-up release that the track stood on."""
        release_id = self._made_up_of_track.pop(track_id, None)
        if release_id is not None:
            del self._made_up[release_id][track_id]
        return release_id

    def _enter(self, track: TrackLine) -> int | None:
        """The made-up release that the track stands on from now on."""
        if track.release_id in self._starts:
            return None
        self._made_up.setdefault(track.release_id, {})[track.id] = track
        self._made_up_of_track[track.id] = track.release_id
        return track.release_id

    def _describe(self, writes: Writes, line: ReleaseLine) -> None:
        writes.releases.append(
            Release(
                release_id=line.id,
                title=line.title,
                version=line.version,
                type=line.type,
                barcode=line.barcode,
                year=line.year,
                explicit_content=line.explicit_content,
                artist_id=line.artist_id,
                appears_as=line.appears_as,
                slug=line.slug,
                label_id=line.label_id,
                licensor_id=line.licensor_id,
                c_line=None,
                p_line=None,
                popularity=Decimal(0),
                duration=line.duration,
                track_count=line.track_count,
            )
        )
        self._sell_release(writes, line.id, line)

    def _make_up(self, writes: Writes, release_id: int) -> None:
        tracks = self._made_up[release_id]
        if not tracks:
            del self._made_up[release_id]
            writes.deleted_releases.append(release_id)
            return
        line = tracks[min(tracks)]
        writes.releases.append(_made_up_release(release_id, line))
        self._sell_release(writes, release_id, line)

    def _write_track(self, writes: Writes, line: TrackLine) -> None:
        writes.tracks.append(
            Track(
                track_id=line.id,
                release_id=line.release_id,
                title=line.title,
                version=line.version,
                type=line.type,
                isrc=line.isrc,
                explicit_content=line.explicit_content,
                p_line=None,
                duration=line.duration,
                disc_number=line.disc_number,
                number=line.number,
                artist_id=line.artist_id,
                appears_as=line.appears_as,
            )
        )
        self._sell_track(writes, line)
        writes.licences += self._licences(line)

    def _licences(self, line: TrackLine) -> list[Licence]:
        download_start = self._starts.get(line.release_id) or line.streaming_date or self._unstated.start
        starts = {vocabulary.DOWNLOAD: download_start}
        if line.streaming_date:
            starts |= dict.fromkeys(vocabulary.STREAMING, line.streaming_date)
        territory = line.territory or self._unstated.territory
        return [Licence(line.id, usage_type, territory, start, None) for usage_type, start in starts.items()]

    def _sell_release(self, writes: Writes, release_id: int, line: ReleaseLine | TrackLine) -> None:
        package_id = self._unstated.package_id
        writes.release_formats += [ReleaseFormat(release_id, package_id, format_id) for format_id in line.format_ids]
        if line.format_ids:
            writes.release_prices.append(ReleasePrice(release_id, package_id, *self._price(line)))

    def _sell_track(self, writes: Writes, line: TrackLine) -> None:
        package_id = self._unstated.package_id
        writes.track_formats += [TrackFormat(line.id, package_id, format_id) for format_id in line.format_ids]
        if line.format_ids:
            writes.track_prices.append(TrackPrice(line.id, package_id, *self._price(line)))

    def _price(self, line: ReleaseLine | TrackLine) -> tuple[str, str, Decimal | None, Decimal | None]:
        territory = line.territory or self._unstated.territory
        stated_currency = vocabulary.CURRENCIES.get(line.territory or "")
        return territory, stated_currency or self._unstated.currency, line.price, line.recommended


def _made_up_release(release_id: int, line: TrackLine) -> Release:
    return Release(
        release_id=release_id,
        title=line.title,
        version=line.version,
        type=line.type,
        barcode=None,
        year=None,
        explicit_content=line.explicit_content,
        artist_id=line.artist_id,
        appears_as=line.appears_as,
        slug=line.slug,
        label_id=None,
        licensor_id=line.licensor_id,
        c_line=None,
        p_line=None,
        popularity=line.popularity,
        duration=line.duration,
        track_count=None,
        is_made_up=True,
    )


def _deleted_ids(lines: Iterable[ReleaseLine | TrackLine | Deleted]) -> list[int]:
    return [line.id for line in lines if isinstance(line, Deleted)]


def _last_lines(lines: Iterable[Stated | Deleted]) -> list[Stated]:
    """Of each id its last line, unless that deletes it."""
    last = {line.id: line for line in lines}
    return _stating(last.values())


def _stating(lines: Iterable[Stated | Deleted]) -> list[Stated]:
    return [line for line in lines if not isinstance(line, Deleted)]


def _name(writes: Writes, line: ReleaseLine | TrackLine, artist_slug: str) -> None:
    """Artist, licensor and formats of a line, also of one that a later line replaces."""
    writes.artists.setdefault(line.artist_id, Artist(line.artist_id, line.appears_as, artist_slug))
    if line.licensor_id is not None:
        name = vocabulary.LICENSORS.get(line.licensor_id, f"Licensor {line.licensor_id}")
        writes.licensors[line.licensor_id] = Licensor(line.licensor_id, name)
    for format_id in line.format_ids:
        writes.formats[format_id] = Format(format_id, vocabulary.FORMATS.get(format_id, f"Format {format_id}"))


def _name_label(writes: Writes, line: ReleaseLine) -> None:
    if line.label_id is not None:
        writes.labels.setdefault(line.label_id, Label(line.label_id, line.label_name or f"Label {line.label_id}"))


def _slug_of_track_artist(line: TrackLine) -> str:
    """A track's url names the artist of its release, who is somebody else on a compilation."""
    own = slug(line.appears_as)
    if own and not line.artist_slug.startswith(own):
        return own[:255]
    return line.artist_slug

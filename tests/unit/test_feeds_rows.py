"""What lines of feed files mean as rows of London's tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import TypeVar

import pytest

from demo.feed_lines import Deleted, ReleaseLine, TrackLine
from demo.feed_rows import Ingest, Unstated, Writes
from demo.tables import (
    Artist,
    Format,
    Label,
    Licence,
    Licensor,
    Release,
    ReleaseFormat,
    ReleasePrice,
    Row,
    Track,
    TrackFormat,
    TrackPrice,
)
from demo.vocabulary import AD_SUPPORTED_STREAMING, DOWNLOAD, SUBSCRIPTION_STREAMING

RELEASED = datetime(2001, 2, 3, tzinfo=UTC)
STREAMED = datetime(2010, 11, 12, tzinfo=UTC)

UNSTATED = Unstated()

RELEASE = ReleaseLine(
    id=1,
    title="Low Water",
    version=None,
    artist_id=8,
    appears_as="The Five",
    artist_slug="the-five",
    barcode="007",
    type="Album",
    year=2001,
    explicit_content=False,
    track_count=2,
    duration=400,
    licensor_id=18,
    release_date=RELEASED,
    label_id=61,
    label_name="Saltmarsh",
    format_ids=(17, 48),
    price=Decimal("7.99"),
    recommended=None,
    slug="low-water",
    territory=None,
)
TRACK = TrackLine(
    id=70,
    title="Ebb",
    version="Live",
    type="Audio",
    isrc="QZAAA0000070",
    explicit_content=True,
    number=3,
    disc_number=2,
    artist_id=8,
    appears_as="The Five",
    release_id=1,
    duration=200,
    format_ids=(17,),
    price=Decimal("0.99"),
    recommended=Decimal("1.29"),
    artist_slug="the-five",
    slug="low-water",
    popularity=Decimal("0.4"),
    streaming_date=STREAMED,
    licensor_id=2,
    territory=None,
)


SomeRow = TypeVar("SomeRow", bound=Row)


class London:
    """London's tables in memory, as the writes of a feed leave them.

    Rows of two tables may be equal as tuples, so ids of tracks and of releases must not be the same here.
    """

    def __init__(self) -> None:
        self.rows: set[Row] = set()

    def take(self, writes: Writes) -> None:
        deleted = {track.track_id for track in self.of(Track) if track.release_id in writes.deleted_releases}
        self._drop_tracks({*deleted, *writes.deleted_tracks, *(track.track_id for track in writes.tracks)})
        self._drop_releases({*writes.deleted_releases, *(release.release_id for release in writes.releases)})
        for named in (writes.artists, writes.labels, writes.licensors, writes.formats):
            self._insert_missing(named.values())
        self.rows |= {*writes.releases, *writes.release_formats, *writes.release_prices}
        self.rows |= {*writes.tracks, *writes.track_formats, *writes.track_prices, *writes.licences}
        for release_id, start in writes.download_starts.items():
            self._start_downloads(release_id, start)

    def of(self, row_type: type[SomeRow]) -> set[SomeRow]:
        return {row for row in self.rows if isinstance(row, row_type)}

    def _drop_tracks(self, ids: Set[int]) -> None:
        self.rows = {row for row in self.rows if getattr(row, "track_id", None) not in ids}

    def _drop_releases(self, ids: Set[int]) -> None:
        kept = {row for row in self.rows if getattr(row, "release_id", None) not in ids}
        self.rows = kept | self.of(Track)

    def _insert_missing(self, rows: Iterable[Row]) -> None:
        there = {(type(row), row[0]) for row in self.rows}
        self.rows |= {row for row in rows if (type(row), row[0]) not in there}

    def _start_downloads(self, release_id: int, start: datetime) -> None:
        track_ids = {track.track_id for track in self.of(Track) if track.release_id == release_id}
        downloads = {row for row in self.of(Licence) if row.track_id in track_ids and row.usage_type == DOWNLOAD}
        self.rows = self.rows - downloads | {row._replace(valid_from=start) for row in downloads}


class Feed:
    """An `Ingest` and the London that its writes make."""

    def __init__(self, unstated: Unstated = UNSTATED) -> None:
        self.ingest = Ingest(unstated)
        self.london = London()

    def releases(self, *lines: ReleaseLine | Deleted) -> Feed:
        self.london.take(self.ingest.take_releases(lines))
        return self

    def tracks(self, *lines: TrackLine | Deleted) -> Feed:
        self.london.take(self.ingest.take_tracks(lines))
        return self

    def release(self, release_id: int = 1) -> Release:
        (release,) = (row for row in self.london.of(Release) if row.release_id == release_id)
        return release

    def starts(self, track_id: int = 70) -> dict[str, datetime]:
        return {row.usage_type: row.valid_from for row in self.london.of(Licence) if row.track_id == track_id}


def test_a_described_release_has_its_own_columns() -> None:
    assert Feed().releases(RELEASE).release() == Release(
        release_id=1,
        title="Low Water",
        version=None,
        type="Album",
        barcode="007",
        year=2001,
        explicit_content=False,
        artist_id=8,
        appears_as="The Five",
        slug="low-water",
        label_id=61,
        licensor_id=18,
        c_line=None,
        p_line=None,
        popularity=Decimal(0),
        duration=400,
        track_count=2,
    )


def test_a_track_has_its_own_columns_and_its_track_number_is_the_number() -> None:
    assert Feed().releases(RELEASE).tracks(TRACK).london.of(Track) == {
        Track(
            track_id=70,
            release_id=1,
            title="Ebb",
            version="Live",
            type="Audio",
            isrc="QZAAA0000070",
            explicit_content=True,
            p_line=None,
            duration=200,
            disc_number=2,
            number=3,
            artist_id=8,
            appears_as="The Five",
        )
    }


def test_formats_and_price_stand_in_the_one_package_and_territory_that_files_do_not_state() -> None:
    london = Feed().releases(RELEASE).tracks(TRACK).london
    assert london.of(TrackFormat) == {TrackFormat(70, 2, 17)}
    assert london.of(ReleaseFormat) == {ReleaseFormat(1, 2, 17), ReleaseFormat(1, 2, 48)}
    assert london.of(TrackPrice) == {TrackPrice(70, 2, "GB", "GBP", Decimal("0.99"), Decimal("1.29"))}
    assert london.of(ReleasePrice) == {ReleasePrice(1, 2, "GB", "GBP", Decimal("7.99"), None)}


def test_what_is_not_stated_can_be_set() -> None:
    unstated = Unstated(territory="SE", currency="SEK", package_id=9, start=STREAMED)
    london = Feed(unstated).releases(RELEASE._replace(release_date=None)).tracks(TRACK).london
    assert london.of(TrackPrice) == {TrackPrice(70, 9, "SE", "SEK", Decimal("0.99"), Decimal("1.29"))}
    assert {(row.territory, row.valid_from) for row in london.of(Licence)} == {("SE", STREAMED)}


def test_a_stated_territory_brings_its_currency() -> None:
    london = Feed().tracks(TRACK._replace(territory="JP")).london
    assert {(row.territory, row.currency) for row in london.of(TrackPrice)} == {("JP", "JPY")}
    assert {row.territory for row in london.of(Licence)} == {"JP"}


def test_an_empty_price_is_null_and_still_listed() -> None:
    london = Feed().tracks(TRACK._replace(price=None, recommended=None)).london
    assert london.of(TrackPrice) == {TrackPrice(70, 2, "GB", "GBP", None, None)}


def test_without_formats_there_is_no_package_and_no_price() -> None:
    london = Feed().releases(RELEASE._replace(format_ids=())).tracks(TRACK._replace(format_ids=())).london
    assert not london.of(TrackPrice) | london.of(ReleasePrice) | london.of(TrackFormat) | london.of(ReleaseFormat)


def test_downloads_start_at_the_release_date_and_streaming_at_its_own() -> None:
    assert Feed().releases(RELEASE).tracks(TRACK).starts() == {
        DOWNLOAD: RELEASED,
        SUBSCRIPTION_STREAMING: STREAMED,
        AD_SUPPORTED_STREAMING: STREAMED,
    }


def test_without_a_streaming_date_a_track_is_not_licensed_for_streaming() -> None:
    assert Feed().releases(RELEASE).tracks(TRACK._replace(streaming_date=None)).starts() == {DOWNLOAD: RELEASED}


def test_a_release_without_a_date_starts_its_downloads_at_the_default() -> None:
    assert Feed().releases(RELEASE._replace(release_date=None)).tracks(TRACK).starts()[DOWNLOAD] == UNSTATED.start


def test_a_new_release_date_moves_the_downloads_of_the_tracks_that_are_there() -> None:
    later = datetime(2020, 1, 1, tzinfo=UTC)
    feed = Feed().releases(RELEASE).tracks(TRACK).releases(RELEASE._replace(release_date=later))
    assert feed.starts() == {DOWNLOAD: later, SUBSCRIPTION_STREAMING: STREAMED, AD_SUPPORTED_STREAMING: STREAMED}


def test_a_release_that_only_tracks_name_takes_the_columns_of_its_track_with_the_lowest_id() -> None:
    other = TRACK._replace(id=71, title="Flow", licensor_id=1, format_ids=(33,), price=Decimal("1.49"))
    for feed in (Feed().tracks(TRACK, other), Feed().tracks(other, TRACK), Feed().tracks(other).tracks(TRACK)):
        assert feed.release() == Release(
            release_id=1,
            title="Ebb",
            version="Live",
            type="Audio",
            barcode=None,
            year=None,
            explicit_content=True,
            artist_id=8,
            appears_as="The Five",
            slug="low-water",
            label_id=None,
            licensor_id=2,
            c_line=None,
            p_line=None,
            popularity=Decimal("0.4"),
            duration=200,
            track_count=None,
            is_made_up=True,
        )
        assert feed.london.of(ReleaseFormat) == {ReleaseFormat(1, 2, 17)}
        assert feed.london.of(ReleasePrice) == {ReleasePrice(1, 2, "GB", "GBP", Decimal("0.99"), Decimal("1.29"))}


def test_downloads_of_a_made_up_release_start_at_the_tracks_streaming_date_or_at_the_default() -> None:
    feed = Feed().tracks(TRACK, TRACK._replace(id=71, streaming_date=None))
    assert feed.starts(70)[DOWNLOAD] == STREAMED
    assert feed.starts(71) == {DOWNLOAD: UNSTATED.start}


def test_a_line_that_describes_a_made_up_release_replaces_it_and_clears_its_mark() -> None:
    feed = Feed().tracks(TRACK).releases(RELEASE)
    assert feed.london.rows == Feed().releases(RELEASE).tracks(TRACK).london.rows
    assert not feed.release().is_made_up


def test_a_made_up_release_follows_its_track_with_the_lowest_id() -> None:
    feed = Feed().tracks(TRACK, TRACK._replace(id=71, title="Flow"))
    assert feed.tracks(TRACK._replace(title="Ebb, again")).release().title == "Ebb, again"
    assert feed.tracks(Deleted(70)).release().title == "Flow"


def test_a_made_up_release_disappears_with_its_last_track() -> None:
    assert not Feed().tracks(TRACK).tracks(Deleted(70)).london.of(Release)
    moved = Feed().releases(RELEASE._replace(id=2)).tracks(TRACK).tracks(TRACK._replace(release_id=2))
    assert [release.release_id for release in moved.london.of(Release)] == [2]
    assert [track.release_id for track in moved.london.of(Track)] == [2]


def test_a_deleted_release_takes_its_tracks_with_it() -> None:
    london = Feed().releases(RELEASE).tracks(TRACK).releases(Deleted(1)).london
    assert (
        not london.of(Release) | london.of(Track) | london.of(Licence) | london.of(TrackPrice) | london.of(ReleasePrice)
    )


def test_a_track_that_names_a_deleted_release_makes_it_up() -> None:
    feed = Feed().releases(RELEASE).releases(Deleted(1)).tracks(TRACK)
    assert feed.release().is_made_up
    assert feed.starts()[DOWNLOAD] == STREAMED


def test_deleting_what_is_not_there_changes_nothing() -> None:
    feed = Feed().releases(RELEASE).tracks(TRACK)
    before = set(feed.london.rows)
    assert feed.releases(Deleted(9)).tracks(Deleted(9)).london.rows == before


def test_of_several_lines_of_one_track_the_last_one_counts() -> None:
    assert Feed().tracks(TRACK, Deleted(70), TRACK._replace(title="Flow")).release().title == "Flow"
    assert not Feed().tracks(TRACK, TRACK._replace(title="Flow"), Deleted(70)).london.of(Track)


def test_an_artist_keeps_the_name_of_the_first_line_and_later_credits_stand_on_their_rows() -> None:
    feed = Feed().releases(RELEASE).tracks(TRACK._replace(appears_as="The Five feat. Six"))
    assert feed.london.of(Artist) == {Artist(8, "The Five", "the-five")}
    assert {track.appears_as for track in feed.london.of(Track)} == {"The Five feat. Six"}


@pytest.mark.parametrize(
    ("appears_as", "slug"),
    [("The Five", "the-five-(3)"), ("Ólöf Brandsdóttir", "olof-brandsdottir"), ("冬の港", "the-five-(3)")],
)
def test_a_track_artist_who_is_not_the_one_of_the_release_gets_a_slug_of_the_name(appears_as: str, slug: str) -> None:
    feed = Feed().tracks(TRACK._replace(appears_as=appears_as, artist_slug="the-five-(3)"))
    assert feed.london.of(Artist) == {Artist(8, appears_as, slug)}


def test_licensors_and_formats_are_called_by_their_ids_where_the_vocabulary_has_no_word() -> None:
    london = Feed().releases(RELEASE).tracks(TRACK._replace(licensor_id=310)).london
    assert london.of(Licensor) == {Licensor(18, "Warner"), Licensor(310, "Licensor 310")}
    assert london.of(Format) == {Format(17, "MP3 320"), Format(48, "Format 48")}


def test_a_label_without_a_name_is_called_by_its_id_and_no_label_id_is_no_label() -> None:
    assert Feed().releases(RELEASE._replace(label_name=None)).london.of(Label) == {Label(61, "Label 61")}
    assert Feed().releases(RELEASE._replace(label_id=None)).release().label_id is None


@pytest.mark.parametrize("seed", range(100))
def test_how_lines_are_cut_into_transactions_does_not_matter(seed: int) -> None:
    files = list(random_files(Random(seed)))
    one_by_one, in_batches = Feed(), Feed()
    rng = Random(seed)
    for of_releases, lines in files:
        take(one_by_one, of_releases, lines, 1)
        take(in_batches, of_releases, lines, rng.randint(2, 12))
    assert in_batches.london.rows == one_by_one.london.rows


@pytest.mark.parametrize("seed", range(100))
def test_every_track_has_a_release_and_only_described_ones_are_without_tracks(seed: int) -> None:
    feed = Feed()
    for of_releases, lines in random_files(Random(seed)):
        take(feed, of_releases, lines, 3)
        named = {track.release_id for track in feed.london.of(Track)}
        assert named <= {release.release_id for release in feed.london.of(Release)}
        assert {release.release_id for release in feed.london.of(Release) if release.is_made_up} <= named


Lines = Sequence[ReleaseLine | TrackLine | Deleted]


def random_files(rng: Random) -> Iterator[tuple[bool, Lines]]:
    """Files of releases and of tracks in turn, over so few ids that every line meets others."""
    for number in range(6):
        of_releases = number % 2 == 0
        yield of_releases, [random_line(rng, of_releases) for _ in range(12)]


def random_line(rng: Random, of_release: bool) -> ReleaseLine | TrackLine | Deleted:
    if rng.random() < 0.25:
        return Deleted(rng.randint(1, 4) if of_release else rng.randint(71, 74))
    date = rng.choice((None, RELEASED, STREAMED))
    title, artist_id, release_id = str(rng.random()), rng.randint(801, 803), rng.randint(1, 4)
    if of_release:
        return RELEASE._replace(id=release_id, title=title, artist_id=artist_id, appears_as=title, release_date=date)
    return TRACK._replace(
        id=rng.randint(71, 74),
        release_id=release_id,
        title=title,
        artist_id=artist_id,
        appears_as=title,
        streaming_date=date,
    )


def take(feed: Feed, of_releases: bool, lines: Lines, batch: int) -> None:
    for start in range(0, len(lines), batch):
        some = lines[start : start + batch]
        if of_releases:
            feed.releases(*(line for line in some if not isinstance(line, TrackLine)))
        else:
            feed.tracks(*(line for line in some if not isinstance(line, ReleaseLine)))

"""The invented catalogue: its shape, its repeatability, and the awkward cases that it must contain."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import chain
from random import Random

import pytest

from demo import texts
from demo.albums import Album, count_rows
from demo.generate import LARGEST_ID, PAIRS, ROWS_PER_ALBUM, TODAY, Catalogue
from demo.tables import Licence, Track
from demo.vocabulary import CURRENCIES, DOWNLOAD, FORMATS, PACKAGES, PREVIEW
from demo.windows import windows

SEED = 20
CATALOGUE = list(Catalogue(1000, seed=SEED))
MIDNIGHT = datetime.combine(TODAY, time(0), UTC)
TRACKS = [track for album in CATALOGUE for track in album.tracks]
LICENCES = [licence for album in CATALOGUE for licence in album.licences]
TRACK_PRICES = [price for album in CATALOGUE for price in album.track_prices]


@pytest.mark.parametrize("albums", [0, 1, 2, 5, 19, 20, 21, 337])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_albums_have_78_rows_on_average_exactly(albums: int, seed: int) -> None:
    assert sum(map(count_rows, Catalogue(albums, seed))) == ROWS_PER_ALBUM * albums


def test_each_album_has_the_rows_of_its_shape() -> None:
    shapes = list(chain(*PAIRS))
    assert [count_rows(album) for album in CATALOGUE[: len(shapes)]] == [shape.rows for shape in shapes]


def test_the_same_seed_gives_the_same_rows_in_any_order_of_asking() -> None:
    catalogue = Catalogue(30, seed=7)
    assert [catalogue.album(index) for index in reversed(range(30))] == list(Catalogue(30, seed=7))[::-1]


def test_the_same_seed_gives_the_same_rows_on_every_python() -> None:
    rows = ascii([*Catalogue(20, seed=7), *Catalogue(20, seed=7).artists(), *Catalogue(20, seed=7).labels()])
    assert hashlib.sha256(rows.encode()).hexdigest()[:16] == "ebf19da54c0e65fa"


def test_another_seed_gives_other_rows() -> None:
    assert Catalogue(2, seed=1).album(0) != Catalogue(2, seed=2).album(0)


def test_ids_begin_and_step_as_asked() -> None:
    albums = list(Catalogue(10, first_id=5_000, id_step=1_000))
    assert [album.release.release_id for album in albums] == list(range(5_000, 15_000, 1_000))
    track_ids = [track.track_id for album in albums for track in album.tracks]
    assert all(track_id >= 5_000 and track_id % 1_000 == 0 for track_id in track_ids)
    assert len(track_ids) == len(set(track_ids))


@pytest.mark.parametrize(("albums", "first_id", "id_step"), [(-1, 1, 1), (1, 0, 1), (1, 1, 0)])
def test_a_catalogue_that_cannot_be_is_refused(albums: int, first_id: int, id_step: int) -> None:
    with pytest.raises(ValueError, match="albums must be 0 or more"):
        Catalogue(albums, first_id=first_id, id_step=id_step)


def test_ids_that_no_column_holds_are_refused() -> None:
    with pytest.raises(ValueError, match=str(LARGEST_ID)):
        Catalogue(2, id_step=2**31)


def test_every_row_leads_to_rows_that_are_there() -> None:
    catalogue = Catalogue(200, seed=SEED)
    artist_ids = {artist.artist_id for artist in catalogue.artists()}
    label_ids = {label.label_id for label in catalogue.labels()}
    for album in catalogue:
        track_ids = {track.track_id for track in album.tracks}
        assert {album.release.artist_id} | {track.artist_id for track in album.tracks} <= artist_ids
        assert album.release.label_id is None or album.release.label_id in label_ids
        assert {track.release_id for track in album.tracks} <= {album.release.release_id}
        assert {row.track_id for row in album.licences} <= track_ids
        assert {row.track_id for row in album.track_formats} == track_ids
        assert {row.track_id for row in album.track_prices} <= track_ids


def test_primary_keys_of_formats_and_prices_are_unique() -> None:
    for album in CATALOGUE:
        for rows, key_columns in (
            (album.track_formats, 3),
            (album.release_formats, 3),
            (album.track_prices, 3),
            (album.release_prices, 3),
        ):
            keys = [row[:key_columns] for row in rows]
            assert len(keys) == len(set(keys))


def test_a_price_is_only_in_a_package_with_formats() -> None:
    for album in CATALOGUE:
        of_tracks = {(listed.track_id, listed.package_id) for listed in album.track_formats}
        of_release = {listed.package_id for listed in album.release_formats}
        assert {(price.track_id, price.package_id) for price in album.track_prices} <= of_tracks
        assert {price.package_id for price in album.release_prices} <= of_release


def test_texts_fit_their_columns() -> None:
    for release in (album.release for album in CATALOGUE):
        assert len(release.title) <= 500
        assert len(release.slug) <= 255
        assert 0 <= release.popularity <= 1


CASES: dict[str, Callable[[Album], bool]] = {
    "no tracks": lambda album: not album.tracks,
    "several discs": lambda album: len({track.disc_number for track in album.tracks}) > 1,
    "two tracks in one place": lambda album: len({_place(track) for track in album.tracks}) < len(album.tracks),
    "numbers that run against the ids": lambda album: album.tracks[:2] != sorted(album.tracks[:2], key=_place),
    "a single": lambda album: album.release.type == "Single",
    "a video": lambda album: album.release.type == "Video",
    "artists of its tracks that differ": lambda album: len({track.artist_id for track in album.tracks}) > 3,
    "no label": lambda album: album.release.label_id is None,
    "no licensor": lambda album: album.release.licensor_id is None,
    "a version": lambda album: bool(album.release.version),
    "a NULL version": lambda album: album.release.version is None,
    "an empty version": lambda album: album.release.version == "",
    "an empty credit": lambda album: album.release.appears_as == "",
    "a credit of its own": lambda album: bool(album.release.appears_as),
    "no year": lambda album: album.release.year is None,
    "no barcode": lambda album: not album.release.barcode,
    "a barcode with leading zeros": lambda album: (album.release.barcode or "").startswith("00"),
    "explicit content": lambda album: album.release.explicit_content,
    "a track count that is not its tracks": lambda album: album.release.track_count != len(album.tracks),
    "several packages": lambda album: len({listed.package_id for listed in album.release_formats}) > 1,
    "a track without a licence": lambda album: bool(album.tracks) and len(_licensed(album)) < len(album.tracks),
    "prices in some of its territories": lambda album: len({price.territory for price in album.track_prices}) > 1,
}


def _place(track: Track) -> tuple[int, int]:
    return track.disc_number, track.number


def _licensed(album: Album) -> set[int]:
    return {licence.track_id for licence in album.licences}


@pytest.mark.parametrize("case", CASES)
def test_a_catalogue_has_albums_with(case: str) -> None:
    assert 3 <= sum(map(CASES[case], CATALOGUE)) < len(CATALOGUE)


def test_all_usage_types_packages_formats_and_territories_occur() -> None:
    assert len({licence.usage_type for licence in LICENCES}) == 4
    assert {licence.territory for licence in LICENCES} == set(CURRENCIES)
    listed = [row for album in CATALOGUE for row in album.track_formats]
    assert {row.package_id for row in listed} == set(PACKAGES)
    assert {row.format_id for row in listed} == set(FORMATS)
    assert {price.territory: price.currency for price in TRACK_PRICES} == CURRENCIES


def test_prices_are_sold_free_or_nil() -> None:
    kinds = Counter((price.price is None, price.price == 0) for price in TRACK_PRICES)
    assert min(kinds[False, False], kinds[False, True], kinds[True, False]) > 100
    assert {price.recommended is None for price in TRACK_PRICES if price.price == Decimal(0)} == {True, False}


def test_windows_lie_before_about_and_after_today() -> None:
    def share(matches: Callable[[Licence], bool]) -> float:
        return sum(map(matches, LICENCES)) / len(LICENCES)

    assert share(lambda licence: licence.valid_until is not None and licence.valid_until <= MIDNIGHT) > 0.05
    assert share(lambda licence: licence.valid_from > MIDNIGHT) > 0.05
    assert share(_covers_midnight) > 0.6
    assert share(lambda licence: licence.valid_from.year < 1970) > 0.02
    assert share(lambda licence: MIDNIGHT in (licence.valid_from, licence.valid_until)) > 0.005


def _covers_midnight(licence: Licence) -> bool:
    return licence.valid_from <= MIDNIGHT and (licence.valid_until is None or licence.valid_until > MIDNIGHT)


def test_some_rights_meet_at_an_instant_and_some_overlap() -> None:
    starts = {(*licence[:3], licence.valid_from) for licence in LICENCES}
    adjacent = [licence for licence in LICENCES if (*licence[:3], licence.valid_until) in starts]
    open_ended = Counter(licence[:3] for licence in LICENCES if _covers_midnight(licence))
    assert len(adjacent) > 100
    assert sum(1 for covering in open_ended.values() if covering > 1) > 100


def test_most_tracks_can_be_downloaded_at_home_today() -> None:
    licensed = {
        licence.track_id for licence in LICENCES if licence.usage_type == DOWNLOAD and _covers_midnight(licence)
    }
    assert len(licensed) > 0.6 * len(TRACKS)
    assert any(licence.usage_type == PREVIEW for licence in LICENCES)


def test_the_day_moves_the_windows_and_nothing_else() -> None:
    moved = Catalogue(3, today=date(2031, 1, 1)).album(0)
    still = Catalogue(3).album(0)
    assert (moved.release, moved.tracks, moved.track_prices) == (still.release, still.tracks, still.track_prices)
    assert moved.licences != still.licences


def test_every_window_ends_after_it_starts() -> None:
    rng = Random(SEED)
    for _ in range(5_000):
        for start, end in windows(rng, MIDNIGHT):
            assert end is None or start < end


def test_titles_hold_awkward_and_forbidden_characters() -> None:
    titles = {track.title for track in TRACKS}
    assert set(texts.AWKWARD) <= titles
    assert set(texts.FORBIDDEN) <= titles


@pytest.mark.parametrize(
    ("text", "slug"),
    [("András Schiff", "andras-schiff"), ("Salt & Stone", "salt-stone"), ("冬の港", ""), ("  A--b ", "a-b")],
)
def test_a_slug_is_ascii_words_joined_by_hyphens(text: str, slug: str) -> None:
    assert texts.slug(text) == slug

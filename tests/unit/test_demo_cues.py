"""Which changes a demo makes: of every kind, and each one visible."""

from decimal import Decimal

import pytest

from demo.changes import OnSale
from demo.show.cues import FEWEST_ALBUMS, choose_cues, choose_tracks
from demo.show.errors import NotHeld


def on_sale(albums: int, tracks_each: int = 1) -> list[OnSale]:
    """Tracks in ascending order of id, those of an album with ids in a row."""
    return [
        OnSale(album * 100 + number, album, Decimal("0.99"))
        for album in range(1, albums + 1)
        for number in range(tracks_each)
    ]


def test_one_track_of_each_album_is_chosen_and_it_is_the_first() -> None:
    chosen = choose_tracks(on_sale(FEWEST_ALBUMS, tracks_each=3))
    assert [track.track_id for track in chosen] == [100 * album for album in range(1, FEWEST_ALBUMS + 1)]


def test_too_few_albums_on_sale_are_told_with_what_to_do() -> None:
    with pytest.raises(NotHeld, match="of 7 albums in GB now and 8 are needed: take more albums"):
        choose_tracks(on_sale(FEWEST_ALBUMS - 1, tracks_each=50))


@pytest.mark.parametrize("albums", [FEWEST_ALBUMS, FEWEST_ALBUMS + 1, 400])
def test_there_are_twenty_changes_of_which_five_end_in_an_error(albums: int) -> None:
    cues = choose_cues(on_sale(albums))
    assert len(cues) == 20
    assert sorted(cue.status for cue in cues) == [200] * 15 + [404] * 5


@pytest.mark.parametrize("albums", [FEWEST_ALBUMS, FEWEST_ALBUMS + 1, 400])
def test_no_change_is_hidden_by_one_before(albums: int) -> None:
    """A track that an album or a licence took away shows nothing more until it is back."""
    gone: set[int] = set()
    for cue in choose_cues(on_sale(albums)):
        if cue.status == 404:
            assert cue.track_id not in gone
            gone.add(cue.track_id)
        elif cue.track_id in gone:
            gone.remove(cue.track_id)
    assert len(gone) == 3


def test_what_is_withdrawn_comes_back_next() -> None:
    cues = choose_cues(on_sale(30))
    withdrawn = [index for index, cue in enumerate(cues) if cue.status == 404][:2]
    assert [cues[index + 1].track_id for index in withdrawn] == [cues[index].track_id for index in withdrawn]
    assert [cues[index + 1].status for index in withdrawn] == [200, 200]

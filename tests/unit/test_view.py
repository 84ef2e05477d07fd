"""What rows become: the contract's words for them, and which refusal where there is nothing to show."""

import pytest

from services.catalogue.view import Track, image, make_artist, track_details
from shared.answers import TrackAvailability
from shared.refusal import Refusal
from tests.tracks import BARE, FULL, asking, availability_row


def shown(query: str) -> Track:
    question = asking(query)
    track = track_details(FULL.metadata, availability_row(FULL, question), question)
    assert not isinstance(track, Refusal), track
    return track


@pytest.mark.parametrize(
    ("id", "path"),
    [
        (4256469, "00/042/564/0004256469"),
        (0, "00/000/000/0000000000"),
        (1234567890, "12/345/678/1234567890"),
        (123456789012, "12/345/678/123456789012"),
    ],
)
def test_an_image_lies_below_the_first_eight_of_ten_digits(id: int, path: str) -> None:
    assert image("sleeveart", id, 50) == f"http://cdn.7static.com/static/img/sleeveart/{path}_50.jpg"


def test_image_sizes_go_to_the_kind_they_fit() -> None:
    track = shown("imagesize=300")
    assert track["release"]["image"].endswith("0004256469_50.jpg")
    assert track["artist"] and track["artist"]["image"].endswith("0000000001_300.jpg")


def test_a_placeholder_image_has_id_0_whoever_the_artist_is() -> None:
    artist = make_artist(BARE.metadata.track.artist, asking(""))
    assert artist is not None
    assert artist["id"] == 500
    assert artist["image"].endswith("/static/img/artistimages/00/000/000/0000000000_150.jpg")


def test_only_the_blocks_that_were_asked_for_and_apply_are_shown_in_the_contracts_order() -> None:
    track = shown("usagetypes=adsupportedstreaming,subscriptionstreaming,download")
    assert list(track)[-3:] == ["download", "subscriptionStreaming", "adSupportedStreaming"]
    assert list(shown("usagetypes=adsupportedstreaming"))[-2:] == ["number", "adSupportedStreaming"]


def test_a_track_without_rows_is_not_found() -> None:
    assert track_details(None, None, asking("")) == Refusal(404, 2001, "Track not found")


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ("country=DE", Refusal(404, 2001, "Track not found")),
        (
            "country=US&usagetypes=adsupportedstreaming,subscriptionstreaming",
            Refusal(404, 2002, "Track not available for subscriptionstreaming, adsupportedstreaming"),
        ),
    ],
)
def test_a_refusal_says_whether_the_territory_has_anything_at_all(query: str, refusal: Refusal) -> None:
    question = asking(query)
    row: TrackAvailability = availability_row(FULL, question)
    assert track_details(FULL.metadata, row, question) == refusal

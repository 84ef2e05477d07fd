"""What is written on the command line is read, or refused with what to write instead."""

import pytest

from crossfade.comparison.arguments import read_address, read_instant, read_tracks
from crossfade.comparison.databases import windows_of
from crossfade.comparison.key import read_key
from crossfade.comparison.questions import Window
from crossfade.comparison.settings import ComparisonSettings
from shared.album import Availability, Licence
from shared.client import Client, Shop
from shared.errors import Unusable

SETTINGS = ComparisonSettings(origin="http://london:90", catalogue="", gateway="")
CLIENT = Client(
    client_id=1,
    consumer_key="demo",
    sealed_secret="",
    name="Demo",
    partner_id=None,
    default_territory="US",
    daily_limit=None,
    endpoints=[],
    shops=[Shop(55, "DE")],
)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:9801", "http://127.0.0.1:9801"),
        ("http://127.0.0.1:9801/", "http://127.0.0.1:9801"),
        ("https://api.example", "https://api.example"),
        ("[::1]:9801", "http://[::1]:9801"),
        ("", "http://london:90"),
    ],
)
def test_an_address_is_a_host_and_a_port_or_a_url_or_the_setting(text: str, address: str) -> None:
    assert read_address(text, SETTINGS, "origin") == address


@pytest.mark.parametrize("text", ["http://", "ftp://x", "http://x/1.2", "http://x?y=1", "http://x:y", "x:99999"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Unusable, match="is not an address"):
        read_address(text, SETTINGS, "origin")


def test_an_address_that_is_not_said_names_the_option_and_the_setting() -> None:
    with pytest.raises(Unusable, match="--region or CROSSFADE_COMPARE_GATEWAY"):
        read_address(" ", SETTINGS, "gateway")


def test_tracks_are_ids_and_ranges() -> None:
    assert read_tracks("1, 2,5-9") == [1, 2, 5, 6, 7, 8, 9]


def test_tracks_that_are_not_said_are_all() -> None:
    assert read_tracks(None) is None


@pytest.mark.parametrize("text", ["", "x", "5-", "9-5", "0", "-3", "1,,2", "1-2000000", "1.5"])
def test_what_are_no_tracks_is_refused(text: str) -> None:
    with pytest.raises(Unusable):
        read_tracks(text)


def test_an_instant_is_a_whole_second_in_utc() -> None:
    assert read_instant("2026-11-24T07:30:00Z") == "2026-11-24T07:30:00Z"
    with pytest.raises(Unusable, match="not an instant"):
        read_instant("2026-11-24")


def test_a_key_is_what_the_regions_client_says() -> None:
    key = read_key("demo", CLIENT, None, None)
    assert key.headers() == {"x-crossfade-territory": "US", "x-crossfade-shops": "55:DE"}
    assert key.shop_ids == (34, 55)


def test_what_is_said_of_a_key_comes_before_its_client() -> None:
    key = read_key("demo", CLIENT, "JP", "34:GB,7:FR")
    assert key.headers() == {"x-crossfade-territory": "JP", "x-crossfade-shops": "34:GB,7:FR"}


def test_a_key_of_which_nothing_is_known_has_no_territory_and_knows_the_uk_store() -> None:
    key = read_key("demo", None, None, None)
    assert "x-crossfade-territory" not in key.headers()
    assert key.shop_ids == (34,)


@pytest.mark.parametrize("shops", ["34", "x:GB", "34=GB"])
def test_what_are_no_shops_is_refused(shops: str) -> None:
    with pytest.raises(Unusable, match="34:GB,55:US"):
        read_key("demo", None, None, shops)


def test_a_stored_document_has_a_window_for_each_licensed_territory_and_none_for_previews() -> None:
    found = windows_of(
        17,
        Availability(
            licences=[
                Licence("download", territories=1, valid_from="2020-01-01T00:00:00Z", valid_until=None),
                Licence("preview", territories=0, valid_from="2020-01-01T00:00:00Z", valid_until=None),
            ],
            packages=[],
            territory_sets=[["FR"], ["GB", "US"]],
        ),
    )
    assert found == [Window(17, "download", code, "2020-01-01T00:00:00Z", None) for code in ("GB", "US")]

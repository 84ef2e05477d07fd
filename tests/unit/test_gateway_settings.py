"""The gateway's environment: what is missing or wrong is named."""

import pytest

from services.gateway.settings import GatewaySettings
from shared.errors import Unusable
from shared.settings import load


@pytest.fixture(autouse=True)
def port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSFADE_GATEWAY_PORT", "8080")


def test_each_side_has_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSFADE_GATEWAY_CATALOGUE_URL", "http://127.0.0.1:9001/")
    monkeypatch.setenv("CROSSFADE_GATEWAY_LONDON_URL", "https://london.example")
    settings = load(GatewaySettings)
    assert (settings.url("region"), settings.url("london")) == ("http://127.0.0.1:9001", "https://london.example")


def test_tracks_are_answered_by_the_region_unless_a_setting_says_london(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(GatewaySettings).track_details == "region"
    monkeypatch.setenv("CROSSFADE_GATEWAY_TRACK_DETAILS", "london")
    assert load(GatewaySettings).track_details == "london"


def test_the_address_of_a_side_that_is_asked_and_not_set_is_named() -> None:
    settings = load(GatewaySettings)
    with pytest.raises(Unusable, match="CROSSFADE_GATEWAY_CATALOGUE_URL is missing"):
        settings.url("region")
    with pytest.raises(Unusable, match="CROSSFADE_GATEWAY_LONDON_URL is missing"):
        settings.url("london")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CROSSFADE_GATEWAY_TRACK_DETAILS", "paris"),
        ("CROSSFADE_GATEWAY_CATALOGUE_URL", "catalogue:80"),
        ("CROSSFADE_GATEWAY_LONDON_URL", "http://london/1.2?a=b"),
        ("CROSSFADE_GATEWAY_NAME", "two words"),
        ("CROSSFADE_GATEWAY_DEADLINE_S", "0"),
    ],
)
def test_a_setting_that_is_wrong_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(Unusable, match=variable):
        load(GatewaySettings)

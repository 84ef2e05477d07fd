"""The origin's environment."""

import pytest
from pydantic import ValidationError

from demo.origin.settings import Settings, complaints

ENVIRONMENT = {
    "CROSSFADE_ORIGIN_LISTEN": "127.0.0.1:9801",
    "CROSSFADE_LONDON_HOST": "127.0.0.1",
    "CROSSFADE_LONDON_USER": "reader",
    "CROSSFADE_LONDON_PASSWORD": "a secret",
    "CROSSFADE_LONDON_DATABASE": "london",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.delenv("CROSSFADE_LONDON_PORT", raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_settings_come_from_the_environment_and_the_password_masks_itself(environment: pytest.MonkeyPatch) -> None:
    settings = Settings.model_validate({})
    assert (settings.address, settings.london_port) == (("127.0.0.1", 9801), 3306)
    assert "a secret" not in repr(settings)


@pytest.mark.parametrize("listen", ["9801", ":9801", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:-1"])
def test_an_address_without_a_port_to_listen_on_is_refused(environment: pytest.MonkeyPatch, listen: str) -> None:
    environment.setenv("CROSSFADE_ORIGIN_LISTEN", listen)
    with pytest.raises(ValidationError):
        Settings.model_validate({})


def test_every_variable_at_fault_is_named_and_no_value_repeated(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("CROSSFADE_LONDON_HOST")
    environment.setenv("CROSSFADE_LONDON_PORT", "a secret")
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({})
    named = [line.split(":")[0] for line in complaints(caught.value).splitlines()]
    assert named == ["CROSSFADE_LONDON_HOST", "CROSSFADE_LONDON_PORT"]
    assert "a secret" not in complaints(caught.value)

"""The list of every setting."""

import pytest

from deploy.variables import MASK, Variable, variables


def found(environment: dict[str, str]) -> dict[str, Variable]:
    return {one.name: one for one in variables(environment)}


def test_settings_of_every_package_are_listed_once() -> None:
    names = [one.name for one in variables({})]
    assert len(names) == len(set(names))
    assert {"CROSSFADE_KAFKA_BOOTSTRAP", "CROSSFADE_GATEWAY_PORT", "CROSSFADE_UP_ALBUMS"} < set(names)
    assert {"CROSSFADE_SECRET_KEY", "CROSSFADE_ORIGIN_LISTEN", "CROSSFADE_CACHE_DIR"} < set(names)


def test_a_secret_is_masked_also_where_it_is_set() -> None:
    password = found({"CROSSFADE_LONDON_PASSWORD": "tiger"})["CROSSFADE_LONDON_PASSWORD"]
    assert (password.type, password.value) == ("secret", MASK)


def test_a_setting_tells_its_type_default_and_value() -> None:
    one = found({"CROSSFADE_LOG_LEVEL": "DEBUG"})["CROSSFADE_LOG_LEVEL"]
    assert (one.type, one.default, one.value) == ("DEBUG | INFO | WARNING | ERROR", "INFO", "DEBUG")


def test_one_that_must_be_set_has_no_default() -> None:
    assert found({})["CROSSFADE_KAFKA_BOOTSTRAP"].default is None


@pytest.mark.parametrize("name", ["CROSSFADE_LONDON_PORT", "CROSSFADE_LONDON_USER"])
def test_one_that_two_processes_read_is_described_by_the_one_that_says_what_it_is(name: str) -> None:
    assert found({})[name].description

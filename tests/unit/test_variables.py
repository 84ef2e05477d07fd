"""The list of every setting."""

import pytest

from deploy.variables import MASK, Variable, require_valid, variables
from shared.errors import Unusable


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


def test_every_setting_is_described() -> None:
    assert [one.name for one in variables({}) if not one.description] == []


def test_values_that_some_program_would_refuse_are_named_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSFADE_PERSISTER_BATCH_RECORDS", "many")
    monkeypatch.setenv("CROSSFADE_LONDON_PORT", "3306a")
    with pytest.raises(Unusable) as refused:
        require_valid()
    problems = str(refused.value).split("; ")
    assert len(problems) == 2
    assert any(problem.startswith("the setting CROSSFADE_LONDON_PORT is wrong: ") for problem in problems)
    assert any("CROSSFADE_PERSISTER_BATCH_RECORDS" in problem for problem in problems)


def test_what_is_missing_or_empty_is_not_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CROSSFADE_KAFKA_BOOTSTRAP", raising=False)
    monkeypatch.setenv("CROSSFADE_LONDON_PORT", "")
    require_valid()

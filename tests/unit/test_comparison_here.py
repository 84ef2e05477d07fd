"""A comparison finds what runs here, and what is said otherwise comes first."""

import os
from pathlib import Path

import pytest

from crossfade.comparison.arguments import read_database
from crossfade.comparison.here import Here, look_here
from crossfade.comparison.settings import ComparisonSettings
from deploy.embedded.process import ProcessId
from deploy.supervisor.folder import SUPERVISOR, Folder
from deploy.supervisor.state import ProgramState, State
from shared.errors import Unusable
from shared.settings import RegionSettings

REGION = {"CROSSFADE_REGION_HOST": "127.0.0.1", "CROSSFADE_REGION_PORT": "3317", "CROSSFADE_REGION_DATABASE": "region"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """One whose supervisor is this process."""
    for name in [name for name in os.environ if name.startswith("CROSSFADE_")]:
        monkeypatch.delenv(name)
    found = Folder(tmp_path / ".crossfade")
    found.make()
    me = ProcessId.of(os.getpid())
    me.write(found.pid(SUPERVISOR))
    programs = {"origin": ProgramState(port=1), "catalogue": ProgramState(port=2), "gateway": ProgramState(port=3)}
    found.state.write_text(State(supervisor=me, programs=programs, servers={"region": REGION}).model_dump_json())
    return found


def test_addresses_are_those_of_what_runs_here(folder: Folder) -> None:
    settings = look_here(folder).complete(ComparisonSettings())
    assert (settings.origin, settings.catalogue) == ("http://127.0.0.1:1", "http://127.0.0.1:2")


def test_an_address_in_the_settings_comes_first(folder: Folder) -> None:
    settings = look_here(folder).complete(ComparisonSettings(origin="http://london:90"))
    assert (settings.origin, settings.gateway) == ("http://london:90", "http://127.0.0.1:3")


def test_a_database_is_read_by_the_account_whose_password_is_kept_here(folder: Folder) -> None:
    password = folder.secret("crossfade_compare")
    region = look_here(folder).region
    assert region is not None
    assert (region.port, region.user, region.password.get_secret_value()) == (3317, "crossfade_compare", password)


def test_no_password_is_made_up_for_an_account_that_was_never_made(folder: Folder) -> None:
    assert look_here(folder).region is None
    assert not folder.has_secret("crossfade_compare")


def test_a_supervisor_that_is_gone_runs_nothing_here(folder: Folder) -> None:
    folder.pid(SUPERVISOR).unlink()
    assert look_here(folder) == Here()


def test_an_account_in_the_settings_comes_before_the_one_here(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.secret("crossfade_compare")
    here = look_here(folder).region
    monkeypatch.setenv("CROSSFADE_REGION_PORT", "9")
    assert read_database(RegionSettings, here) == here
    monkeypatch.setenv("CROSSFADE_REGION_USER", "auditor")
    found = read_database(RegionSettings, here)
    assert found is not None
    assert (found.port, found.user) == (9, "auditor")


@pytest.mark.usefixtures("folder")
def test_a_database_that_is_named_nowhere_is_none_unless_it_is_needed() -> None:
    assert read_database(RegionSettings, None) is None
    with pytest.raises(Unusable, match="CROSSFADE_REGION_PORT is missing"):
        read_database(RegionSettings, None, is_needed=True)

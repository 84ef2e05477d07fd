"""The operator's command as a process: what it says and its exit codes."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.embedded.ports import free_port
from tests.servers import Database


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory in which nothing was ever started."""
    monkeypatch.chdir(tmp_path)


def crossfade(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    outside = {name: value for name, value in os.environ.items() if not name.startswith("CROSSFADE_")}
    return subprocess.run(
        [sys.executable, "-P", "-m", "crossfade.main", *arguments],
        env=outside | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_command_that_does_not_exist_is_wrong_usage() -> None:
    assert crossfade("upp").returncode == 2


def test_an_error_is_one_sentence_and_no_trace() -> None:
    done = crossfade("logs", "kafka")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("there are no logs in ")
    assert done.stderr.count("\n") == 1


def test_the_status_of_nothing_is_a_failure_that_says_so() -> None:
    done = crossfade("status")
    assert done.returncode == 1
    assert "nothing runs here" in done.stdout


def test_the_status_is_json_for_programs() -> None:
    assert json.loads(crossfade("status", "--json").stdout)["phase"] == "stopped"


def test_down_where_nothing_runs_is_fine() -> None:
    done = crossfade("down", "--wipe")
    assert done.returncode == 0
    assert done.stdout.startswith("Nothing ran here.")


def test_a_value_that_a_program_would_refuse_is_named_before_anything_starts(tmp_path: Path) -> None:
    done = crossfade("up", CROSSFADE_PERSISTER_BATCH_RECORDS="0")
    assert done.returncode == 2
    assert "the setting CROSSFADE_PERSISTER_BATCH_RECORDS is wrong" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_while_the_command_is_being_loaded_ends_it_without_a_word() -> None:
    script = (
        "import os, signal, sys\n"
        "class Interrupt:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'typer': os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupt())\n"
        "from crossfade.start import main\n"
        "main()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_settings_are_listed_with_values_and_without_secrets() -> None:
    found = json.loads(crossfade("settings", "--json", CROSSFADE_REGION_PASSWORD="tiger").stdout)
    assert {"name", "type", "default", "description", "value"} == set(found[0])
    assert "tiger" not in crossfade("settings", CROSSFADE_REGION_PASSWORD="tiger").stdout


def test_the_doctor_finds_this_machine_well() -> None:
    done = crossfade("doctor")
    assert done.returncode == 0, done.stdout
    assert all(line.startswith("ok  ") for line in done.stdout.splitlines())


def test_the_doctor_names_a_server_that_cannot_be_reached_and_what_to_do() -> None:
    done = crossfade("doctor", CROSSFADE_LONDON_PORT=str(free_port()), CROSSFADE_LONDON_USER="root")
    assert done.returncode == 2
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("!!"))
    assert "london: root@127.0.0.1" in line
    assert "CROSSFADE_LONDON_*" in line


def test_provisioning_without_servers_of_ones_own_says_which_settings_name_them() -> None:
    done = crossfade("provision")
    assert done.returncode == 2
    assert "CROSSFADE_REGION_*" in done.stderr


def test_what_provisioning_would_do_is_printed_without_any_server(tmp_path: Path) -> None:
    done = crossfade("provision", "--print", CROSSFADE_REGION_DATABASE="catalogue")
    assert done.returncode == 0
    assert "GRANT SELECT ON `catalogue`.track_metadata TO 'crossfade_metadata'@'%';" in done.stdout
    assert "--topic catalogue.albums " in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_password_that_is_wrong_is_said_in_a_sentence(region_server: Database) -> None:
    root = region_server.root
    done = crossfade(
        "provision",
        CROSSFADE_REGION_PORT=str(root.port),
        CROSSFADE_REGION_USER=root.user,
        CROSSFADE_REGION_PASSWORD="wrong",
    )
    assert done.returncode == 2
    assert "check the account, its password" in done.stderr
    assert "Traceback" not in done.stderr

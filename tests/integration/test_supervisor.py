"""The supervisor as a process, with stand-ins for what it runs."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.embedded.process import ProcessId
from deploy.supervisor import control
from deploy.supervisor.folder import SUPERVISOR, Folder
from deploy.supervisor.state import Phase, ProgramState, State, read_state
from deploy.supervisor.status import read_status
from shared.errors import Stop, Unusable
from tests.integration import stand_ins

PROGRAMS = ("region", "gateway")


def quiet(_: str) -> None:
    """Tells nobody."""


def until(holds: Callable[[], bool], deadline_s: float = 20) -> None:
    """Returns when the condition holds."""
    ends_at = time.monotonic() + deadline_s
    while not holds():
        assert time.monotonic() < ends_at, "the condition did not come"
        time.sleep(0.02)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
    """A folder in which nothing is left running."""
    monkeypatch.chdir(tmp_path)
    folder = Folder.here()
    stand_ins.order(folder)
    yield folder
    asyncio.run(control.down(folder, quiet))


def up(folder: Folder, say: control.Say = quiet) -> State:
    return control.up(folder, os.environ, say, stand_ins.COMMAND)


def down(folder: Folder) -> bool:
    return asyncio.run(control.down(folder, quiet))


def processes(folder: Folder) -> dict[str, ProcessId]:
    found = {name: folder.process(name) for name in PROGRAMS}
    assert all(found.values())
    return {name: process for name, process in found.items() if process}


def program(folder: Folder, name: str) -> ProgramState:
    state = read_state(folder.state)
    assert state
    return state.programs[name]


def kill_supervisor(folder: Folder) -> None:
    supervisor = folder.supervisor()
    assert supervisor
    os.kill(supervisor.pid, signal.SIGKILL)
    until(lambda: not supervisor.alive())


def test_programs_start_after_what_they_need_and_stop_before_it(folder: Folder) -> None:
    assert up(folder).phase is Phase.READY
    assert down(folder)
    assert stand_ins.events(folder) == [
        "start region", "start provision", "start gateway", "stop gateway", "stop region",
    ]  # fmt: skip


def test_after_down_nothing_runs_and_the_state_says_so(folder: Folder) -> None:
    up(folder)
    running = processes(folder)
    down(folder)
    assert not any(process.alive() for process in running.values())
    assert folder.supervisor() is None
    assert program(folder, "gateway").phase is Phase.STOPPED


def test_up_tells_what_becomes_ready(folder: Folder) -> None:
    lines: list[str] = []
    up(folder, lines.append)
    assert [line.split()[:2] for line in lines] == [["region", "ready"], ["provision", "done"], ["gateway", "ready"]]


def test_a_second_up_says_that_it_is_up_and_changes_nothing(folder: Folder) -> None:
    up(folder)
    before, lines = processes(folder), list[str]()
    assert up(folder, lines.append).phase is Phase.READY
    assert "up already" in lines[0]
    assert processes(folder) == before


def test_down_where_nothing_runs_says_so(folder: Folder) -> None:
    assert not down(folder)


def test_a_program_that_dies_is_started_again_on_its_port(folder: Folder) -> None:
    up(folder)
    before, port = processes(folder)["gateway"], program(folder, "gateway").port
    os.kill(before.pid, signal.SIGKILL)
    until(lambda: program(folder, "gateway").restarts == 1 and program(folder, "gateway").phase is Phase.READY)
    after = program(folder, "gateway")
    assert processes(folder)["gateway"] != before
    assert (after.port, after.exit_code) == (port, -signal.SIGKILL)
    assert processes(folder)["region"]


def test_what_is_started_again_is_healthy_on_the_port_that_others_know(folder: Folder) -> None:
    address = up(folder).addresses["gateway"]
    down(folder)
    assert up(folder).addresses["gateway"] == address


def test_a_program_that_does_not_start_stops_everything_and_its_log_is_told(folder: Folder) -> None:
    stand_ins.order(folder, gateway="fail")
    with pytest.raises(Stop, match="gateway did not start: it ended with exit code 1") as failure:
        up(folder)
    assert str(failure.value).endswith("there is nothing to connect to")
    assert not isinstance(failure.value, Unusable)
    assert folder.supervisor() is None
    assert stand_ins.events(folder)[-1] == "stop region"
    assert program(folder, "gateway").phase is Phase.FAILED


def test_a_program_that_lacks_something_is_an_error_of_usage(folder: Folder) -> None:
    stand_ins.order(folder, gateway="lack")
    with pytest.raises(Unusable, match="gateway did not start: it ended with exit code 2"):
        up(folder)


def test_a_supervisor_that_cannot_run_is_told_with_its_log(folder: Folder) -> None:
    with pytest.raises(Stop, match=r"the supervisor ended(?s:.*)no such plan"):
        control.up(folder, os.environ, quiet, (sys.executable, "-c", "raise SystemExit('no such plan')"))


def test_after_a_killed_supervisor_down_ends_what_it_left(folder: Folder) -> None:
    up(folder)
    left = processes(folder)
    kill_supervisor(folder)
    assert all(process.alive() for process in left.values())
    assert down(folder)
    assert not any(process.alive() for process in left.values())
    assert stand_ins.events(folder)[-2:] == ["stop gateway", "stop region"]


def test_after_a_killed_supervisor_up_ends_what_it_left_and_starts_anew(folder: Folder) -> None:
    up(folder)
    left = processes(folder)
    kill_supervisor(folder)
    up(folder)
    assert not any(process.alive() for process in left.values())
    assert all(process.alive() for process in processes(folder).values())


def test_a_stranger_that_has_a_recorded_number_is_left_alone(folder: Folder) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as stranger:
        recorded = ProcessId(stranger.pid, "another boot 1")
        recorded.write(folder.pid("gateway"))
        recorded.write(folder.pid(SUPERVISOR))
        assert not down(folder)
        assert stranger.poll() is None
        stranger.kill()


def test_a_program_that_will_not_stop_is_killed_after_its_time(folder: Folder) -> None:
    stand_ins.order(folder, gateway="stay")
    up(folder)
    gateway = processes(folder)["gateway"]
    assert down(folder)
    assert not gateway.alive()
    assert stand_ins.events(folder)[-2:] == ["stop gateway", "stop region"]


def test_a_program_knows_what_it_is_told_and_nothing_else(folder: Folder) -> None:
    up(folder)
    # The interpreter itself adds the last one.
    assert stand_ins.told(folder, "gateway").keys() - {"LC_CTYPE"} == {"TOLD"}


def test_no_password_stands_in_the_state(folder: Folder) -> None:
    up(folder)
    assert "CROSSFADE_KAFKA_USER" in folder.state.read_text()
    assert stand_ins.PASSWORD not in folder.state.read_text()


def test_after_a_killed_supervisor_the_status_says_so_and_what_still_runs(folder: Folder) -> None:
    up(folder)
    kill_supervisor(folder)
    status = asyncio.run(read_status(folder))
    assert "the supervisor is gone" in status.problem
    assert {each.name: each.health for each in status.programs} == {"region": "ready", "gateway": "ready"}
    assert not status.well


def test_the_status_of_what_was_stopped_shows_that_nothing_runs(folder: Folder) -> None:
    up(folder)
    down(folder)
    status = asyncio.run(read_status(folder))
    assert status.phase is Phase.STOPPED
    assert {each.health for each in status.programs} == {"does not run"}


def test_only_the_owner_may_look_into_the_folder(folder: Folder) -> None:
    up(folder)
    assert folder.path.stat().st_mode & 0o077 == 0


def test_of_two_that_say_up_at_once_one_supervisor_remains(folder: Folder) -> None:
    first = control.start(folder, os.environ, stand_ins.COMMAND)
    second = control.start(folder, os.environ, stand_ins.COMMAND)
    until(lambda: first.alive() != second.alive())
    supervisor = folder.supervisor()
    assert supervisor in (first, second)
    assert supervisor
    control.follow_until_ready(folder, supervisor, quiet)
    assert stand_ins.events(folder).count("start region") == 1


def test_up_goes_along_with_another_that_began_after_it_had_looked(folder: Folder) -> None:
    up(folder)
    kill_supervisor(folder)
    lines: list[str] = []

    def say(line: str) -> None:
        """What is left of before is told between the look and the start."""
        if not folder.supervisor():
            control.start(folder, os.environ, stand_ins.COMMAND)
            until(lambda: folder.supervisor() is not None)
        lines.append(line)

    state = up(folder, say)
    assert state.phase is Phase.READY
    assert state.supervisor == folder.supervisor()
    assert any(line.startswith("Another command has just started Crossfade") for line in lines)


def test_what_runs_in_a_folder_below_keeps_the_folder_from_being_deleted(folder: Folder) -> None:
    up(folder)
    outer = Folder(folder.path.parent.parent)
    with pytest.raises(Unusable, match=r"what runs in .* would be deleted, too"):
        outer.require_idle_below()
    down(folder)
    outer.require_idle_below()


def test_in_the_foreground_up_stops_everything_when_it_is_asked_to_end(folder: Folder) -> None:
    script = (
        "import os; from deploy.supervisor import control; from deploy.supervisor.folder import Folder\n"
        "def ready(_): print('all ready', flush=True)\n"
        f"control.stay_up(Folder.here(), os.environ, print, ready, {stand_ins.COMMAND!r})"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as foreground:
        assert foreground.stdout
        assert any(line == "all ready\n" for line in foreground.stdout)
        left = processes(folder)
        foreground.send_signal(signal.SIGTERM)
        said, _ = foreground.communicate(timeout=30)
    assert said.split() == ["Stopping", "..."]
    assert not any(process.alive() for process in left.values())
    assert folder.supervisor() is None

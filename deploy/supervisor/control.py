"""Starting and stopping a supervisor from outside, also one that was killed and left its programs behind."""

import asyncio
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from deploy.embedded.process import ProcessId
from deploy.supervisor.folder import SUPERVISOR, Folder
from deploy.supervisor.news import news, why_failed
from deploy.supervisor.program import python
from deploy.supervisor.state import Phase, State, read_state
from shared.errors import Stop

SUPERVISE: Final = python("deploy.supervisor")
POLL_S: Final = 0.05
STOP_S: Final = 600.0
ORPHAN_STOP_S: Final = 30.0

Say = Callable[[str], None]
"""Tells people one line."""


def up(folder: Folder, environment: Mapping[str, str], say: Say, command: tuple[str, ...] = SUPERVISE) -> State:
    """Has a supervisor run in the background, and returns when all that it runs is ready.

    Raises Stop, with the end of the log that tells why, when something did not start; then nothing runs any more.
    """
    supervisor = running(folder)
    if supervisor:
        say(f"Crossfade is up already (process {supervisor.pid}).")
    else:
        asyncio.run(end_orphans(folder, say))
        supervisor = start(folder, environment, command)
    return follow_until_ready(folder, supervisor, say)


def running(folder: Folder) -> ProcessId | None:
    """The supervisor, where one lives."""
    return folder.process(SUPERVISOR)


def start(folder: Folder, environment: Mapping[str, str], command: tuple[str, ...]) -> ProcessId:
    """Starts a supervisor that lives on when this process ends."""
    folder.make()
    with folder.log(SUPERVISOR).open("ab") as log:
        child = subprocess.Popen(
            command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    return ProcessId.of(child.pid)


def follow_until_ready(folder: Folder, supervisor: ProcessId, say: Say) -> State:
    """Tells what changes until everything is ready. Raises Stop when that does not come."""
    for state in follow(folder, supervisor, say):
        if state.phase is Phase.READY:
            return state
    raise Stop(why_failed(folder, read_state(folder.state), supervisor))


def follow(folder: Folder, supervisor: ProcessId, say: Say) -> Iterator[State]:
    """Each state that the supervisor comes to, and tells what is new in it, for as long as it lives."""
    before: State | None = None
    alive = True
    while alive:
        # Asked first, so that the last words of one that ended meanwhile are still read.
        alive = supervisor.alive()
        state = read_state(folder.state)
        if state and state.supervisor == supervisor and state != before:
            for line in news(before, state):
                say(line)
            yield state
            before = state
        time.sleep(POLL_S)


async def down(folder: Folder, say: Say) -> bool:
    """Stops everything; False when nothing ran."""
    supervisor = running(folder)
    if supervisor:
        say("Stopping ...")
        await supervisor.terminate(STOP_S)
    return await end_orphans(folder, say) or supervisor is not None


async def end_orphans(folder: Folder, say: Say) -> bool:
    """Ends what a killed supervisor left behind, last things first; False when it left nothing."""
    orphans = {name: process for name in recorded(folder) if (process := folder.process(name))}
    for name, process in orphans.items():
        say(f"{name} was left behind by a supervisor that is gone (process {process.pid}): ending it.")
        await process.terminate(ORPHAN_STOP_S)
        folder.pid(name).unlink(missing_ok=True)
    return bool(orphans)


def recorded(folder: Folder) -> list[str]:
    """The programs that have a file saying which process they are, in the order of stopping."""
    state = read_state(folder.state)
    started = list(state.programs) if state else []
    names = (file.stem for file in folder.run.glob("*.pid"))
    return sorted(names, key=lambda name: started.index(name) if name in started else -1, reverse=True)

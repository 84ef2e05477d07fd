"""Starting and stopping a supervisor from outside, also one that was killed and left its programs behind."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from deploy.embedded.process import ProcessId
from deploy.supervisor.folder import SUPERVISOR, Folder
from deploy.supervisor.news import failure, news
from deploy.supervisor.orphans import end_orphans, orphans
from deploy.supervisor.program import python
from deploy.supervisor.state import Phase, State, read_state
from shared.errors import Stop

SUPERVISE: Final = python("deploy.supervisor")
POLL_S: Final = 0.05
STOP_S: Final = 600.0

Say = Callable[[str], None]
"""Tells people one line."""


def up(folder: Folder, environment: Mapping[str, str], say: Say, command: tuple[str, ...] = SUPERVISE) -> State:
    """Has a supervisor run in the background, and returns when all that it runs is ready.

    Raises Stop, with the end of the log that tells why, when something did not start; then nothing runs any more.
    """
    supervisor = folder.supervisor()
    if supervisor:
        say(f"Crossfade is up already (process {supervisor.pid}).")
        return follow_until_ready(folder, supervisor, say)
    for name in orphans(folder):
        say(f"{name} was left by a supervisor that is gone, and is ended first")
    supervisor = start(folder, environment, command)
    try:
        return follow_until_ready(folder, supervisor, say)
    except KeyboardInterrupt:
        asyncio.run(down(folder, say))
        raise
    except Stop:
        faster = folder.supervisor()
        if faster is None:
            raise
    say(f"Another command has just started Crossfade (process {faster.pid}).")
    return follow_until_ready(folder, faster, say)


def stay_up(
    folder: Folder,
    environment: Mapping[str, str],
    say: Say,
    ready: Callable[[State], None],
    command: tuple[str, ...] = SUPERVISE,
) -> None:
    """Like `up`, and then tells what changes; calls `ready` in between. Stops everything when it is asked to end."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        state = up(folder, environment, say, command)
        ready(state)
        for _ in follow(folder, state.supervisor, say, state):
            pass
    except KeyboardInterrupt:
        asyncio.run(down(folder, say))


def start(folder: Folder, environment: Mapping[str, str], command: tuple[str, ...]) -> ProcessId:
    """Starts a supervisor that lives on when this process ends."""
    folder.make()
    log = folder.log(SUPERVISOR)
    to_log = (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    files = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0), to_log, (os.POSIX_SPAWN_DUP2, 1, 2)]
    pid = os.posix_spawn(command[0], command, environment, file_actions=files, setsid=True)
    try:
        return ProcessId.of(pid)
    except ProcessLookupError as error:
        raise Stop(f"the supervisor ended as it started; {log} may say why") from error


def follow_until_ready(folder: Folder, supervisor: ProcessId, say: Say) -> State:
    """Tells what changes until everything is ready. Raises Stop when that does not come."""
    for state in follow(folder, supervisor, say):
        if state.phase is Phase.READY:
            return state
    raise failure(folder, state_of(folder, supervisor))


def follow(folder: Folder, supervisor: ProcessId, say: Say, before: State | None = None) -> Iterator[State]:
    """Each state that the supervisor comes to after `before`, for as long as it lives; tells what is new in it."""
    alive = True
    while alive:
        # Asked first, so that the last words of one that ended meanwhile are still read.
        alive = supervisor.alive()
        state = state_of(folder, supervisor)
        if state and state != before:
            for line in news(before, state):
                say(line)
            yield state
            before = state
        time.sleep(POLL_S)


def state_of(folder: Folder, supervisor: ProcessId) -> State | None:
    """What this supervisor told last; None where it has told nothing yet."""
    state = read_state(folder.state)
    return state if state and state.supervisor == supervisor else None


async def down(folder: Folder, say: Say) -> bool:
    """Stops everything, also what a killed supervisor left; False when nothing ran."""
    supervisor = folder.supervisor()
    if supervisor:
        say("Stopping ...")
        await supervisor.terminate(STOP_S)
    left = await end_orphans(folder)
    for name in left:
        say(f"{name} was left by a supervisor that is gone, and is ended")
    return bool(supervisor or left)

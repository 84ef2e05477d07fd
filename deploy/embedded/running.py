"""A server as a child process, for as long as a context lasts."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol

from deploy.embedded import tethered
from deploy.embedded.advice import advice
from deploy.embedded.errors import ServerFailed
from deploy.embedded.process import ProcessId

READY_S = 60.0
STOP_S = 20.0
TAIL_LINES = 20


class Server(Protocol):
    """A server that can be run here. Its steps are apart so that a supervisor can take them one by one."""

    @property
    def name(self) -> str:
        """What messages call it."""

    def prepare(self) -> None:
        """Write the files it needs; a prepared folder keeps its data. Blocks; raises ServerFailed."""

    def command(self) -> list[str]:
        """The command that runs the prepared server in the foreground."""

    def environment(self) -> dict[str, str]:
        """The whole environment of its process."""

    async def wait_ready(self, deadline_s: float) -> None:
        """Return when it serves. Raises ServerFailed after `deadline_s` seconds."""


@asynccontextmanager
async def running(server: Server, log_file: Path, ready_s: float = READY_S) -> AsyncIterator[ProcessId]:
    """Prepare and start `server`, wait until it is ready, and end it with the context or with this process.

    What it prints is added to `log_file`. Raises ServerFailed with the end of that log and what to do.
    """
    await asyncio.to_thread(server.prepare)
    child = await start(server, log_file)
    try:
        await ready(server, child, log_file, ready_s)
        yield ProcessId.of(child.pid)
    finally:
        await stop(child)


async def start(server: Server, log_file: Path) -> Process:
    """Start a prepared server in a session of its own: Ctrl-C on a terminal is not for it, but for who started it."""
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with log_file.open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *tether(os.getpid()),
            *server.command(),
            env=server.environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def tether(parent: int) -> list[str]:
    """What to put before a command, so that it ends with the process `parent` that starts it."""
    return [sys.executable, "-I", "-S", tethered.__file__, str(parent)]


async def stop(child: Process) -> None:
    """Ask a child to end, and kill it if it takes too long."""
    with suppress(ProcessLookupError):
        child.terminate()
    try:
        await asyncio.wait_for(child.wait(), STOP_S)
    except TimeoutError:
        child.kill()
        await child.wait()


async def ready(server: Server, child: Process, log_file: Path, ready_s: float) -> None:
    """Return when `server` is ready. Raises ServerFailed when it is not in time, or ends before."""
    is_ready = asyncio.create_task(server.wait_ready(ready_s), name=f"{server.name} is ready")
    has_ended = asyncio.create_task(child.wait(), name=f"{server.name} has ended")
    try:
        await asyncio.wait((is_ready, has_ended), return_when=asyncio.FIRST_COMPLETED)
        if has_ended.done():
            raise ServerFailed(f"{server.name} ended as it started, with {has_ended.result()}.")
        await is_ready
    except ServerFailed as exc:
        raise ServerFailed(f"{exc} {explanation(log_file)}") from exc
    finally:
        is_ready.cancel()
        has_ended.cancel()
        await asyncio.gather(is_ready, has_ended, return_exceptions=True)


def explanation(log_file: Path) -> str:
    """What to do about a server that did not start, and the end of its log."""
    tail = "\n".join(log_file.read_text(errors="replace").splitlines()[-TAIL_LINES:])
    return f"{advice(tail)} The end of {log_file}:\n{tail}"

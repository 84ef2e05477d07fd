"""A server as a child process, for as long as a context lasts."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
    """A server that can be run here: Kafka, MariaDB or MySQL."""

    @property
    def name(self) -> str: ...
    def prepare(self) -> None: ...
    def command(self) -> list[str]: ...
    def environment(self) -> dict[str, str]: ...
    async def wait_ready(self, deadline_s: float) -> None: ...


@asynccontextmanager
async def running(server: Server, log_file: Path, ready_s: float = READY_S) -> AsyncIterator[ProcessId]:
    """Prepare and start `server`, wait until it is ready, and end it with the context or with this process.

    What it prints is added to `log_file`. Raises ServerFailed with the end of that log and what to do.
    """
    await asyncio.to_thread(server.prepare)
    child = await start(server, log_file)
    process = ProcessId.of(child.pid)
    try:
        await ready(server, child, log_file, ready_s)
        assert process is not None
        yield process
    finally:
        if process is not None:
            await process.terminate(STOP_S)
        await child.wait()


async def start(server: Server, log_file: Path) -> asyncio.subprocess.Process:
    """Start a prepared server in a session of its own, so that Ctrl-C reaches it only through us."""
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with log_file.open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", tethered.__file__, str(os.getpid()), *server.command()),
            env=server.environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


async def ready(server: Server, child: asyncio.subprocess.Process, log_file: Path, ready_s: float) -> None:
    """Return when `server` is ready. Raises ServerFailed when it is not in time, or ends before."""
    is_ready = asyncio.create_task(server.wait_ready(ready_s), name=f"{server.name} ready")
    has_ended = asyncio.create_task(child.wait(), name=f"{server.name} ended")
    try:
        await asyncio.wait((is_ready, has_ended), return_when=asyncio.FIRST_COMPLETED)
        if has_ended.done():
            raise ServerFailed(failure(server.name, f"ended with exit code {has_ended.result()}", log_file))
        await is_ready
    except ServerFailed as exc:
        ...
    finally:
        is_ready.cancel()
        has_ended.cancel()


def failure(name: str, what: str, log_file: Path) -> str:
    """The message about a server that did not start."""
    tail = "\n".join(log_file.read_text(errors="replace").splitlines()[-TAIL_LINES:])
    return f"{name} {what} as it started. {advice(tail)} The end of {log_file}:\n{tail}"

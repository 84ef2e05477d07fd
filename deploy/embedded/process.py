"""Processes that were started here, told from strangers that later got the same number."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
STATE, START_TICKS = 0, 19
"""Fields of /proc/PID/stat after the command's name, see proc(5)."""


@dataclass(frozen=True)
class ProcessId:
    """A process: its number and when it started (the boot's id, and clock ticks since that boot)."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> ProcessId:
        """The process that has the number `pid` now. Raises ProcessLookupError."""
        started = start_of(pid)
        if started is None:
            raise ProcessLookupError(pid)
        return cls(pid, started)

    @classmethod
    def read(cls, file: Path) -> ProcessId | None:
        """The process that `file` names; None if there is no such file or an interrupted write left nonsense."""
        try:
            return cls(**json.loads(file.read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def write(self, file: Path) -> None:
        """Write it to `file`, which is at any time either the old or the new one."""
        part = file.with_name(file.name + ".part")
        part.write_text(json.dumps(asdict(self)))
        part.replace(file)

    def alive(self) -> bool:
        """Whether this very process still runs; one that has ended and waits to be reaped does not."""
        return start_of(self.pid) == self.started

    async def terminate(self, deadline_s: float) -> bool:
        """Ask it to end, kill it after `deadline_s` seconds, return when it has ended. True if asking was enough."""
        with suppress(ProcessLookupError):
            handle = os.pidfd_open(self.pid)
            try:
                # Looked at while the handle pins the number, so that the signal cannot reach a stranger.
                if self.alive():
                    return await end(handle, deadline_s)
            finally:
                os.close(handle)
        return True


async def end(handle: int, deadline_s: float) -> bool:
    """End the process behind a pidfd; True if SIGTERM was enough."""
    signal.pidfd_send_signal(handle, signal.SIGTERM)
    try:
        await asyncio.wait_for(ended(handle), deadline_s)
    except TimeoutError:
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        await ended(handle)
        return False
    return True


async def ended(handle: int) -> None:
    """Return when the process behind a pidfd has ended: that is when it becomes readable."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(handle, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(handle)


def start_of(pid: int) -> str | None:
    """When the live process `pid` started, as ProcessId has it; None if there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name stands in parentheses and may hold any character.
    fields = stat.rpartition(")")[2].split()
    if fields[STATE] in "ZX":
        return None
    return f"{BOOT_ID.read_text().strip()} {fields[START_TICKS]}"

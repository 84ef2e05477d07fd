"""Processes that are recorded, found again and ended, and never taken for others."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import pytest

from deploy.embedded.process import ProcessId, ended
from deploy.embedded.running import tether

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(600)"
OBEDIENT = "import time; print(flush=True); time.sleep(600)"


async def started(program: str) -> Process:
    """A Python program that prints a line when it has started."""
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=PIPE)
    assert child.stdout is not None
    await child.stdout.readline()
    return child


async def test_a_process_is_found_again_from_its_file(tmp_path: Path) -> None:
    child = await started(OBEDIENT)
    process = ProcessId.of(child.pid)
    process.write(tmp_path / "process")
    assert ProcessId.read(tmp_path / "process") == process
    assert process.alive()
    await process.terminate(10)
    await child.wait()


async def test_no_process_is_read_from_no_file_or_half_a_file(tmp_path: Path) -> None:
    assert ProcessId.read(tmp_path / "none") is None
    (tmp_path / "half").write_text('{"pid": 12')
    assert ProcessId.read(tmp_path / "half") is None


async def test_an_obedient_process_is_asked_to_end(tmp_path: Path) -> None:
    child = await started(OBEDIENT)
    assert await ProcessId.of(child.pid).terminate(10)
    assert await child.wait() == -signal.SIGTERM


async def test_a_stubborn_process_is_killed_after_the_deadline() -> None:
    child = await started(STUBBORN)
    assert not await ProcessId.of(child.pid).terminate(0.2)
    assert await child.wait() == -signal.SIGKILL


async def test_a_process_that_has_ended_is_not_alive_and_ending_it_is_no_error() -> None:
    child = await started(OBEDIENT)
    process = ProcessId.of(child.pid)
    child.kill()
    await child.wait()
    assert not process.alive()
    assert await process.terminate(10)
    with pytest.raises(ProcessLookupError):
        ProcessId.of(child.pid)


async def test_a_stranger_with_the_same_number_is_neither_taken_for_it_nor_ended() -> None:
    stranger = await started(OBEDIENT)
    process = ProcessId(stranger.pid, "another boot 1")
    assert not process.alive()
    assert await process.terminate(10)
    assert ProcessId.of(stranger.pid).alive()
    stranger.kill()
    await stranger.wait()


async def test_a_tethered_process_ends_with_a_killed_parent() -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT_OF_TETHERED, sys.executable, "-c", OBEDIENT, stdout=PIPE
    )
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    await parent.stdout.readline()
    handle = os.pidfd_open(child)
    try:
        parent.kill()
        await asyncio.wait_for(ended(handle), 10)
    finally:
        os.close(handle)
    await parent.wait()


PARENT_OF_TETHERED = f"""
import os, subprocess, sys, time
child = subprocess.Popen([*{tether(0)[:-1]!r}, str(os.getpid()), *sys.argv[1:]])
print(child.pid, flush=True)
time.sleep(600)
"""

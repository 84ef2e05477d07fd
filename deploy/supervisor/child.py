"""One program as a process: started, watched, and stopped."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Awaitable
from contextlib import suppress
from typing import Final

from deploy.embedded.errors import ServerFailed
from deploy.embedded.process import ProcessId, ended
from deploy.supervisor.folder import Folder
from deploy.supervisor.program import Program
from shared.errors import Stop, Unusable

UNUSABLE: Final = 2
"""The exit code of every process of ours for which something required is missing or wrong."""


class StartFailed(Stop):
    """A program ended before it was ready, or could not be run at all."""

    def __init__(self, program: str, reason: str, exit_code: int | None = None) -> None:
        super().__init__(f"{program} did not start: {reason}")
        self.exit_code = exit_code


class LacksSomething(StartFailed, Unusable):
    """A program ended with the exit code that says: something required is missing or wrong."""


class Late(StartFailed):
    """A program runs and was not ready in time."""


class Child:
    """The process of a program. It writes to its log file itself, and so goes on when the supervisor is killed."""

    def __init__(self, program: Program, folder: Folder) -> None:
        self.program = program
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        return self.program.name

    def start(self) -> None:
        """Raises StartFailed when there cannot be such a process."""
        try:
            self._spawn()
        except OSError as error:
            raise StartFailed(self.name, str(error)) from error

    async def become_ready(self) -> None:
        """Returns when it is ready. Raises Late, and StartFailed when it ends before; a step must only end well."""
        has_ended = asyncio.create_task(self.exit_code())
        is_ready = asyncio.create_task(self._is_ready(has_ended))
        try:
            await asyncio.wait((has_ended, is_ready), return_when=asyncio.FIRST_COMPLETED)
            if has_ended.done():
                self._require_good_end(has_ended.result())
            await is_ready
        except ServerFailed as error:
            raise Late(self.name, str(error)) from error
        finally:
            has_ended.cancel()
            is_ready.cancel()
            await asyncio.gather(has_ended, is_ready, return_exceptions=True)

    async def exit_code(self) -> int:
        """Waits for its end; below 0 is the signal that ended it, negated."""
        assert self._process is not None
        if self._process.returncode is None:
            # Nobody else can get the number before it is reaped below.
            handle = os.pidfd_open(self._process.pid)
            try:
                await ended(handle)
            finally:
                os.close(handle)
        return self._process.wait()

    async def stop(self) -> bool:
        """Asks it to end, and kills it after the program's `stop_s`. False if it had to be killed."""
        if self._process is None:
            return True
        identity = self._identity()
        asked = await identity.terminate(self.program.stop_s) if identity else True
        self._process.wait()
        self.folder.pid(self.name).unlink(missing_ok=True)
        return asked

    def _spawn(self) -> None:
        with self.folder.log(self.name).open("ab") as log:
            self._process = subprocess.Popen(
                self.program.command,
                env=dict(self.program.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if identity := self._identity():
            identity.write(self.folder.pid(self.name))

    def _identity(self) -> ProcessId | None:
        """None when it has ended; its number may be a stranger's once it has been reaped."""
        if self._process is None or self._process.returncode is not None:
            return None
        with suppress(ProcessLookupError):
            return ProcessId.of(self._process.pid)
        return None

    async def _is_ready(self, has_ended: Awaitable[int]) -> None:
        if self.program.wait_ready:
            await self.program.wait_ready(self.program.ready_s)
        else:
            await has_ended

    def _require_good_end(self, code: int) -> None:
        if self.program.wait_ready or code:
            kind = LacksSomething if code == UNUSABLE else StartFailed
            raise kind(self.name, f"it ended with {describe_end(code)}", code)


def describe_end(code: int) -> str:
    """How a process ended, for people."""
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"

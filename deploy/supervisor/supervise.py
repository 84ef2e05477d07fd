"""All programs together: each starts after what it needs, starts again when it dies, and stops before what it needs."""

import asyncio
import logging
import time
from collections.abc import Sequence

from deploy.supervisor.backoff import Backoff
from deploy.supervisor.child import Child, Late, StartFailed, describe_end
from deploy.supervisor.folder import Folder
from deploy.supervisor.program import Program
from deploy.supervisor.state import Phase, Record

logger = logging.getLogger(__name__)


class Supervisor:
    """Runs `programs` until `stopping` is set; sets it itself when one of them does not start the first time."""

    def __init__(
        self,
        programs: Sequence[Program],
        folder: Folder,
        record: Record,
        stopping: asyncio.Event,
        backoff: Backoff,
    ) -> None:
        self.children = [Child(program, folder) for program in programs]
        self.record = record
        self.stopping = stopping
        self.backoff = backoff
        self.ready = {program.name: asyncio.Event() for program in programs}
        self.stopped = {program.name: asyncio.Event() for program in programs}

    async def run(self) -> None:
        """Returns when every program has stopped. Raises StartFailed, after that, when that was why."""
        ends = await asyncio.gather(*(self._live(child) for child in self.children), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end

    async def all_ready(self) -> None:
        """Waits until every program has been ready once."""
        await asyncio.gather(*(ready.wait() for ready in self.ready.values()))

    async def _live(self, child: Child) -> None:
        """One program, from its start after those it needs to its stop before them."""
        running = asyncio.create_task(self._run(child), name=f"run {child.name}")
        asked = asyncio.create_task(self.stopping.wait(), name=f"stop {child.name}")
        await asyncio.wait((running, asked), return_when=asyncio.FIRST_COMPLETED)
        # Running ends by itself only when the program did not start; then none of the others is of use.
        self.stopping.set()
        running.cancel()
        asked.cancel()
        await asyncio.wait((running,))
        await self._stop(child)
        if not running.cancelled():
            running.result()

    async def _run(self, child: Child) -> None:
        for name in child.program.after:
            await self.ready[name].wait()
        await self._start(child)
        self.ready[child.name].set()
        if child.program.wait_ready:
            await self._keep(child)
        await self.stopping.wait()

    async def _start(self, child: Child) -> None:
        """The first start, which must succeed: raises StartFailed."""
        self.record.program(child.name, Phase.STARTING, started=time.time())
        try:
            child.start()
            await child.become_ready()
        except StartFailed as error:
            self.record.program(child.name, Phase.FAILED, exit_code=error.exit_code)
            raise
        self.record.program(child.name, Phase.READY if child.program.wait_ready else Phase.DONE)
        logger.info("program ready", extra={"program": child.name})

    async def _keep(self, child: Child) -> None:
        """Starts it again whenever it ends."""
        deaths, ready_at = 0, time.monotonic()
        while True:
            code = await child.exit_code()
            deaths = self.backoff.deaths(deaths, time.monotonic() - ready_at)
            pause_s = self.backoff.pause_s(deaths)
            logger.warning("program died", extra={"program": child.name, "how": describe_end(code), "pause_s": pause_s})
            self.record.program(child.name, Phase.DEAD, exit_code=code)
            await asyncio.sleep(pause_s)
            ready_at = await self._start_again(child)

    async def _start_again(self, child: Child) -> float:
        """Returns when it is ready or has died again, with the moment (monotonic)."""
        restarts = self.record.state.programs[child.name].restarts + 1
        self.record.program(child.name, Phase.STARTING, started=time.time(), restarts=restarts)
        try:
            child.start()
            await self._become_ready(child)
        except StartFailed as error:
            logger.warning("program did not start again", extra={"program": child.name, "reason": str(error)})
        else:
            self.record.program(child.name, Phase.READY)
        return time.monotonic()

    async def _become_ready(self, child: Child) -> None:
        """However long it takes: what it needs may be away, and starting it once more would not bring that back."""
        while True:
            try:
                return await child.become_ready()
            except Late as error:
                logger.warning("program is late", extra={"program": child.name, "reason": str(error)})

    async def _stop(self, child: Child) -> None:
        for other in self.children:
            if child.name in other.program.after:
                await self.stopped[other.name].wait()
        self._record_unless_over(child, Phase.STOPPING)
        if not await child.stop():
            logger.warning("program had to be killed", extra={"program": child.name})
        self._record_unless_over(child, Phase.STOPPED)
        self.stopped[child.name].set()

    def _record_unless_over(self, child: Child, phase: Phase) -> None:
        if self.record.state.programs[child.name].phase not in (Phase.DONE, Phase.FAILED):
            self.record.program(child.name, phase)

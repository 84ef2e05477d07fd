"""The supervisor as a process: it runs a plan until it is asked to stop, tells how far it is, and keeps logs small."""

import asyncio
import fcntl
import logging
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Final

from deploy.embedded.process import ProcessId
from deploy.supervisor.backoff import Backoff
from deploy.supervisor.folder import SUPERVISOR, Folder
from deploy.supervisor.logs import rotate
from deploy.supervisor.orphans import end_orphans
from deploy.supervisor.plan import Plan, plan_stack
from deploy.supervisor.state import Phase, Record
from deploy.supervisor.supervise import Supervisor
from shared import lifecycle
from shared.errors import CrossfadeError, Unusable
from shared.lifecycle import Life

logger = logging.getLogger(__name__)

ROTATE_EVERY_S: Final = 10.0

MakePlan = Callable[[Folder, Mapping[str, int]], Awaitable[Plan]]
"""Plans what to run below a folder, given the ports of the last time."""


def main(make_plan: MakePlan = plan_stack) -> None:
    lifecycle.run(SUPERVISOR, partial(supervise, make_plan))


async def supervise(make_plan: MakePlan, life: Life) -> None:
    folder = Folder.here()
    with alone(folder):
        if left := await end_orphans(folder):
            logger.warning("ended what another supervisor left", extra={"programs": left})
        record = Record.begin(folder)
        try:
            plan = await make_plan(folder, record.state.ports)
            record.planned(plan)
            await run(life, folder, record, plan)
            record.supervisor(Phase.STOPPED)
        except CrossfadeError as error:
            record.failed(error)
            raise


async def run(life: Life, folder: Folder, record: Record, plan: Plan) -> None:
    """Returns when all programs have stopped, which has no deadline but theirs; raises StartFailed."""
    supervisor = Supervisor(plan.programs, folder, record, life.stopping, Backoff())
    aside = asyncio.gather(announce(life, record, supervisor), keep_logs_small(folder))
    try:
        await supervisor.run()
    finally:
        aside.cancel()
        await asyncio.gather(aside, return_exceptions=True)


async def announce(life: Life, record: Record, supervisor: Supervisor) -> None:
    """Says when everything is ready, and when everything begins to stop."""
    ready = asyncio.create_task(supervisor.all_ready())
    stopping = asyncio.create_task(life.stopping.wait())
    await asyncio.wait((ready, stopping), return_when=asyncio.FIRST_COMPLETED)
    if ready.done():
        life.ready()
        record.supervisor(Phase.READY)
    ready.cancel()
    await stopping
    record.supervisor(Phase.STOPPING)


async def keep_logs_small(folder: Folder) -> None:
    while True:
        await asyncio.sleep(ROTATE_EVERY_S)
        for log in folder.logs.glob("*.log"):
            try:
                rotate(log)
            except OSError as error:
                logger.warning("a log cannot be rotated", extra={"log": log.name, "reason": str(error)})


@contextmanager
def alone(folder: Folder) -> Iterator[None]:
    """Makes this process the only supervisor of the folder. The system gives the lock back, however it ends."""
    folder.make()
    with folder.lock.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Unusable(f"another supervisor runs in {folder.path}") from error
        ProcessId.of(os.getpid()).write(folder.pid(SUPERVISOR))
        try:
            yield
        finally:
            folder.pid(SUPERVISOR).unlink(missing_ok=True)

"""The life of a process: logs, signals, health and metrics, named tasks, and one order of stopping.

Stopping: `stopping` is set (loops take no new work), the tasks get until the deadline, then they are cancelled, then
what the wiring opened is closed. A task that dies stops the process, with its error.
"""

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvloop
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared import http, log
from shared.errors import CrossfadeError, Unusable
from shared.http import Application, Receive, Scope, Send
from shared.settings import ProcessSettings, load

logger = logging.getLogger(__name__)

Check = Callable[[], str | None]
"""Says why the process is not ready, or None when it is."""


class Life:
    """What a service's wiring needs of its process."""

    def __init__(self, settings: ProcessSettings) -> None:
        self.settings = settings
        self.stopping = asyncio.Event()
        self.not_ready: Check = lambda: "starting"

    def ready(self, check: Check = lambda: None) -> None:
        """From now on the process is ready whenever `check` has no objection."""
        self.not_ready = check

    async def run(self, **tasks: Coroutine[Any, Any, None]) -> None:
        """Runs named tasks until the process is asked to stop, or one of them ends or fails."""
        running = {asyncio.create_task(task, name=name) for name, task in tasks.items()}
        stop = asyncio.create_task(self.stopping.wait(), name="stopping")
        done, _ = await asyncio.wait({*running, stop}, return_when=asyncio.FIRST_COMPLETED)
        self.stopping.set()
        await self._end(running)
        stop.cancel()
        for task in done | running:
            if not task.cancelled() and (error := task.exception()):
                raise error

    async def sleep(self, seconds: float) -> None:
        """Waits that long, or until the process is asked to stop."""
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return

    async def _end(self, running: set[asyncio.Task[None]]) -> None:
        _, late = await asyncio.wait(running, timeout=self.settings.stop_deadline_s)
        for task in late:
            logger.warning("a task did not stop within the deadline", extra={"task": task.get_name()})
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


Main = Callable[[Life], Awaitable[None]]


def run(service: str, main: Main) -> None:
    """Runs a service as this process and exits: 0 after a stop in order, 1 after a failure, 2 when something required
    is missing or wrong."""
    log.configure(service)
    try:
        uvloop.run(_live(service, main))
    except Unusable as error:
        logger.error("cannot run", extra={"reason": str(error)})
        sys.exit(2)
    except CrossfadeError as error:
        logger.error("stopped", extra={"reason": str(error)})
        sys.exit(1)
    except Exception:
        logger.exception("died")
        sys.exit(1)


def spare_documents() -> None:
    """Documents are trees without cycles; looking through them every 700 allocations, as the collector does by default,
    costs a third of the time in which they are read and checked."""
    gc.freeze()
    gc.set_threshold(500_000, 10, 10)


async def _live(service: str, main: Main) -> None:
    settings = load(ProcessSettings)
    log.configure(service, settings.log_level)
    spare_documents()
    life = Life(settings)
    with _signals(life.stopping):
        async with _admin(life):
            logger.info("started")
            await main(life)
    logger.info("stopped in order")


@contextmanager
def _signals(stopping: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


@asynccontextmanager
async def _admin(life: Life) -> AsyncIterator[None]:
    listener = http.bind("127.0.0.1", life.settings.admin_port)
    async with http.serving(admin_application(life), listener, deadline_s=1):
        yield


def admin_application(life: Life) -> Application:
    """`/health/live`, `/health/ready` (503 with the reason while it is not) and `/metrics`."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        status, kind, body = _report(life, scope["path"])
        await http.answer(send, status, [(b"content-type", kind)], body)

    return application


def _report(life: Life, path: str) -> tuple[int, bytes, bytes]:
    if path == "/metrics":
        return 200, CONTENT_TYPE_LATEST.encode(), generate_latest()
    if path == "/health/live":
        return 200, b"text/plain", b"live\n"
    if path == "/health/ready":
        reason = "stopping" if life.stopping.is_set() else life.not_ready()
        return (503, b"text/plain", f"{reason}\n".encode()) if reason else (200, b"text/plain", b"ready\n")
    return 404, b"text/plain", b"not found\n"

"""Readiness that is tried out: a process is ready while a probe of what it depends on succeeds."""

import asyncio
from collections.abc import Awaitable, Callable

from shared.errors import CrossfadeError
from shared.lifecycle import Life

PROBE_EVERY_S = 1.0
PROBE_DEADLINE_S = 2.0

Probe = Callable[[], Awaitable[object]]
"""Raises CrossfadeError while something that is needed cannot be had."""


async def watch(life: Life, probe: Probe) -> None:
    """Probes once a second until the process stops; readiness follows the last probe."""
    while not life.stopping.is_set():
        life.not_ready = _always(await _reason(probe))
        await life.sleep(PROBE_EVERY_S)


def _always(reason: str | None) -> Callable[[], str | None]:
    return lambda: reason


async def _reason(probe: Probe) -> str | None:
    try:
        async with asyncio.timeout(PROBE_DEADLINE_S):
            await probe()
    except TimeoutError:
        return f"no answer within {PROBE_DEADLINE_S:g} s"
    except CrossfadeError as error:
        return str(error)
    return None

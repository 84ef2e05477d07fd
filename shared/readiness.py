"""Readiness that is tried out: a process is ready while a probe of what it depends on succeeds."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from shared.errors import CrossfadeError
from shared.lifecycle import Life

logger = logging.getLogger(__name__)

PROBE_EVERY_S: Final = 1.0
PROBE_DEADLINE_S: Final = 2.0

Probe = Callable[[], Awaitable[object]]
"""Raises while something that is needed cannot be had."""


async def watch(life: Life, probe: Probe) -> None:
    """Probes once a second until the process stops; what the last probe found is the process's readiness."""
    reason: str | None = "starting"
    life.ready(lambda: reason)
    while not life.stopping.is_set():
        found = await _find_reason(probe)
        if found != reason:
            _log(found)
        reason = found
        await life.sleep(PROBE_EVERY_S)


def _log(reason: str | None) -> None:
    if reason is None:
        logger.info("ready")
    else:
        logger.warning("not ready", extra={"reason": reason})


async def _find_reason(probe: Probe) -> str | None:
    """Why the process is not ready; None when it is."""
    try:
        async with asyncio.timeout(PROBE_DEADLINE_S):
            await probe()
    except TimeoutError:
        return f"no answer within {PROBE_DEADLINE_S:g} s"
    except CrossfadeError as error:
        return str(error)
    except Exception as error:
        logger.exception("a probe failed")
        return repr(error)
    return None

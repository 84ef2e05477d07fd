"""Readiness that is tried out: a process is ready while what it depends on answers."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final

from shared import clock
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


class Contact:
    """Whether something that a process works with all the time still answers; `lost` says what it is when it does not.

    It is lost from a failure, or `silence_s` seconds without any answer, until the next answer.
    """

    def __init__(self, lost: str, silence_s: float = 5.0) -> None:
        self._lost = lost
        self._silence_s = silence_s
        self._heard_at = -silence_s
        self._heard_time = ""
        self._reason = ""

    def heard(self) -> None:
        self._heard_at, self._heard_time, self._reason = time.monotonic(), clock.now(), ""

    def failed(self, error: BaseException) -> None:
        self._reason = str(error)

    def why_lost(self) -> str | None:
        """A sentence with the time of the last answer and the latest reason; None while it answers."""
        if not self._reason and time.monotonic() - self._heard_at < self._silence_s:
            return None
        since = f"since {self._heard_time}" if self._heard_time else "yet"
        return f"{self._lost} {since}: {self._reason or 'no answer'}"

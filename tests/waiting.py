"""Waiting for a condition; a test never waits for time to pass."""

import asyncio
from collections.abc import Awaitable, Callable

Condition = Callable[[], Awaitable[bool]]


async def until(holds: Condition, *, deadline_s: float = 10, every_s: float = 0.02) -> None:
    """Returns when `holds` does, asked again and again. Raises TimeoutError after `deadline_s` seconds."""
    async with asyncio.timeout(deadline_s):
        while True:
            if await holds():
                return
            await asyncio.sleep(every_s)

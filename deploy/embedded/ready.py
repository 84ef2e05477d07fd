"""Waiting for a server to be ready."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from deploy.embedded.errors import ServerFailed

RETRY_S = 0.05


async def wait_until(ready: Callable[[], Awaitable[bool]], deadline_s: float, server: str) -> None:
    """Return when `ready` says so, asked again and again. Raises ServerFailed after `deadline_s` seconds."""
    try:
        async with asyncio.timeout(deadline_s):
            await asked_until_true(ready)
    except TimeoutError as exc:
        raise ServerFailed(f"{server} was not ready within {deadline_s:g} s.") from exc


async def asked_until_true(ready: Callable[[], Awaitable[bool]]) -> None:
    """Ask `ready` until it is; a server that starts has no event to wait for."""
    while True:
        if await ready():
            return
        await asyncio.sleep(RETRY_S)

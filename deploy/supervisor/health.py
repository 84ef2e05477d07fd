"""What processes say about themselves on their admin ports."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

import aiohttp

from deploy.embedded.errors import ServerFailed
from deploy.embedded.ports import LOOPBACK

ASK_S: Final = 2.0
RETRY_S: Final = 0.05
PATIENCE_S: Final = 20.0
SILENT: Final = "does not answer"


async def ask(port: int, path: str) -> tuple[int, str] | None:
    """Status and text of what a process answers; None when nobody does within ASK_S seconds."""
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ASK_S)) as session,
            session.get(f"http://{LOOPBACK}:{port}{path}") as answer,
        ):
            return answer.status, await answer.text()
    except (aiohttp.ClientError, OSError, TimeoutError):
        return None


async def why_not_ready(port: int) -> str | None:
    """Why the process is not ready, in its own words; None when it is."""
    answer = await ask(port, "/health/ready")
    if answer is None:
        return SILENT
    status, text = answer
    return None if status == HTTPStatus.OK else text.strip()


async def connects(port: int) -> bool:
    """Whether somebody takes connections there."""
    try:
        _, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    writer.close()
    return True


def waiting(name: str, port: int) -> Callable[[float], Awaitable[None]]:
    """Waits until the process with that admin port is ready; raises ServerFailed with its reason after the deadline."""

    async def wait_ready(deadline_s: float) -> None:
        ends_at = asyncio.get_running_loop().time() + deadline_s
        while reason := await why_not_ready(port):
            if asyncio.get_running_loop().time() > ends_at:
                raise ServerFailed(f"{name} was not ready within {deadline_s:g} s: {reason}")
            await asyncio.sleep(RETRY_S)

    return wait_ready


def waiting_patiently(name: str, port: int) -> Callable[[float], Awaitable[None]]:
    """Likewise, but a process that only waits for something else is good enough after PATIENCE_S seconds: for one that
    no other program needs, so that they serve meanwhile."""
    wait_ready = waiting(name, port)

    async def wait_some_time(deadline_s: float) -> None:
        try:
            await wait_ready(min(PATIENCE_S, deadline_s))
        except ServerFailed:
            if await why_not_ready(port) == SILENT:
                raise

    return wait_some_time

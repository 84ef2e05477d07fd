"""Tasks that live and die together."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def together(**coroutines: Coroutine[Any, Any, None]) -> None:
    """Runs named tasks until all have ended; the first to fail ends the others, and its error is raised as it is."""
    tasks = {asyncio.create_task(coroutine, name=name) for name, coroutine in coroutines.items()}
    await _until(tasks, asyncio.FIRST_EXCEPTION)


async def first_of(*coroutines: Coroutine[Any, Any, Any]) -> None:
    """Returns when the first has ended, with the others cancelled; raises its error if it failed."""
    await _until({asyncio.create_task(coroutine) for coroutine in coroutines}, asyncio.FIRST_COMPLETED)


async def _until(tasks: set[asyncio.Task[Any]], return_when: str) -> None:
    try:
        done, _ = await asyncio.wait(tasks, return_when=return_when)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()

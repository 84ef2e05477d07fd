"""The pace at which a snapshot may read London, by the wall clock: what is spent is waited for."""

import asyncio
import time

from services.producer.pace import Pace

DOCUMENTS_PER_S = 1000
CLOCK_STEP_S = 0.002
"""By so much an event loop may wake too early."""


async def elapsed_s(pace: Pace, *amounts: int) -> float:
    """How long it takes to spend all of these at once."""
    started = time.monotonic()
    await asyncio.gather(*(pace.spend(amount) for amount in amounts))
    return time.monotonic() - started


async def test_a_limit_holds_for_what_is_spent_in_one_go() -> None:
    assert await elapsed_s(Pace(DOCUMENTS_PER_S), 50) >= 0.05 - CLOCK_STEP_S


async def test_all_who_spend_share_one_limit() -> None:
    assert await elapsed_s(Pace(DOCUMENTS_PER_S), 20, 20, 20) >= 0.06 - CLOCK_STEP_S


async def test_what_was_not_used_while_nobody_read_is_not_saved_up() -> None:
    pace = Pace(DOCUMENTS_PER_S)
    await elapsed_s(Pace(DOCUMENTS_PER_S), 50)
    assert await elapsed_s(pace, 30) >= 0.03 - CLOCK_STEP_S


async def test_without_a_limit_nothing_is_waited_for() -> None:
    async with asyncio.timeout(5):
        await elapsed_s(Pace(0), 10**9, 10**9)

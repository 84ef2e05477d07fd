"""Changes that tests make to a generated catalogue in London."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from random import Random

from demo.changes import (
    change_price,
    end_licence,
    move_track,
    random_change,
    rename_artist,
    tracks_on_sale,
    withdraw_album,
)
from shared import mysql
from shared.errors import CrossfadeError
from tests.replication import World
from tests.waiting import until

NOW = datetime(2026, 7, 1, tzinfo=UTC)
MADE_S = 60


async def change_london(world: World) -> None:
    """A change of every kind."""
    async with world.in_london() as london:
        on_sale = await tracks_on_sale(london, "GB", NOW, 1000)
        one, other = on_sale[0], on_sale[-1]
        [(spare_album,)] = await mysql.rows(london, "SELECT MAX(release_id) FROM `release`")
        await change_price(london, one.track_id, "GB", Decimal("3.21"))
        await end_licence(london, other.track_id, "GB", NOW)
        await move_track(london, other.track_id, spare_album)
        await rename_artist(london, 1, "Somebody Else")
        await withdraw_album(london, one.album_id)


@dataclass
class Writing:
    """How many changes writers have made so far."""

    changes: int = 0

    async def reaches(self, changes: int) -> None:
        async def reached() -> bool:
            return self.changes >= changes

        await until(reached, deadline_s=MADE_S)


@asynccontextmanager
async def writing(world: World, seed: int, writers: int = 2) -> AsyncIterator[Writing]:
    """Random changes, one after the other in each of several sessions, until the block ends. None may fail."""
    done = Writing()
    tasks = [asyncio.create_task(_write(world, Random(f"{seed}/{number}"), done)) for number in range(writers)]
    try:
        yield done
    finally:
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes), outcomes


async def _write(world: World, rng: Random, done: Writing) -> None:
    async with world.in_london() as london:
        while True:
            try:
                await random_change(rng, london)
            except CrossfadeError:
                # Another writer was faster; this one draws again.
                continue
            done.changes += 1
            await asyncio.sleep(rng.uniform(0, 0.05))

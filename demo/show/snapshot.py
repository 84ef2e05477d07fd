"""The first snapshot, watched from the region: how many of London's documents are there."""

import asyncio
import time
from dataclasses import dataclass
from typing import Final

from asyncmy.connection import Connection

from demo.london import count_rows
from demo.show.errors import NotHeld
from demo.show.page import Page
from shared import mysql

POLL_S: Final = 0.02
STALL_S: Final = 60.0

# The documents that the region holds: albums, artists and API clients.
COUNT_DOCUMENTS: Final = (
    "SELECT (SELECT COUNT(*) FROM album WHERE NOT deleted)"
    " + (SELECT COUNT(*) FROM artist WHERE NOT deleted)"
    " + (SELECT COUNT(*) FROM client WHERE NOT deleted)"
)


@dataclass(frozen=True)
class Catalogue:
    """What London has."""

    albums: int
    tracks: int
    artists: int
    clients: int

    @property
    def documents(self) -> int:
        return self.albums + self.artists + self.clients


@dataclass(frozen=True)
class Snapshot:
    """So many documents came into the region, in so many seconds from the first to the last."""

    documents: int
    took_s: float

    @property
    def per_s(self) -> float:
        return self.documents / self.took_s

    def __str__(self) -> str:
        return f"{self.documents:,} documents in {self.took_s:.1f} s, {self.per_s:,.0f} a second"


async def read_catalogue(london: Connection) -> Catalogue:
    rows = await count_rows(london)
    return Catalogue(rows["release"], rows["track"], rows["artist"], rows["client"])


async def watch(region: Connection, total: int, page: Page) -> Snapshot:
    """Returns when the region holds `total` documents. Raises NotHeld when no more of them come."""
    with page.progress("documents", total) as reach:
        began = moved_at = time.monotonic()
        before = 0
        while (stored := await _count(region)) < total:
            now = time.monotonic()
            if not stored:
                began = now
            if stored > before:
                before, moved_at = stored, now
            if now - moved_at > STALL_S:
                raise NotHeld(f"{stored:,} of {total:,} documents are in the region, and none came for {STALL_S:g} s")
            reach(stored, stored / max(now - began, POLL_S))
            await asyncio.sleep(POLL_S)
        return Snapshot(stored, time.monotonic() - began)


async def _count(region: Connection) -> int:
    [(count,)] = await mysql.rows(region, COUNT_DOCUMENTS)
    return int(count)

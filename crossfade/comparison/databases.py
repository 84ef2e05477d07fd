"""What the two databases know: which tracks there are, their windows, and what the region holds of a consumer key."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from asyncmy.pool import Pool
from msgspec import json

from crossfade.comparison.questions import Window
from shared import clock, mysql
from shared.album import Availability
from shared.client import Client
from shared.errors import DatabaseAway, Unusable
from shared.mysql import ServerSettings
from shared.question import USAGE_TYPES

POOL_SIZE: Final = 2

_AVAILABILITY: Final = json.Decoder(Availability)
_CLIENT: Final = json.Decoder(Client)


@dataclass(frozen=True, slots=True)
class LondonQueries:
    """How London's schema tells tracks and licences."""

    page: str
    """Parameters: the id to begin after, the number of ids. One column."""
    greatest: str
    windows: str
    """Parameter: a list of track ids. Columns: track_id, usage_type, territory, valid_from, valid_until."""


DEMO_SCHEMA: Final = LondonQueries(
    page="SELECT track_id FROM track WHERE track_id > %s ORDER BY track_id LIMIT %s",
    greatest="SELECT MAX(track_id) FROM track",
    windows="SELECT track_id, usage_type, territory, valid_from, valid_until FROM licence WHERE track_id IN %s",
)

_REGION_PAGE: Final = "SELECT track_id FROM track_metadata WHERE track_id > %s ORDER BY track_id LIMIT %s"
_REGION_GREATEST: Final = "SELECT MAX(track_id) FROM track_metadata"
_REGION_WINDOWS: Final = "SELECT track_id, document FROM track_availability WHERE track_id IN %s"
_REGION_CLIENT: Final = "SELECT document FROM client WHERE consumer_key = %s AND NOT deleted"


class _Database:
    def __init__(self, server: ServerSettings, pool: Pool) -> None:
        self._server, self._pool = server, pool

    async def _read(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with mysql.translated(self._server):
            async with self._pool.acquire() as connection, connection.cursor() as cursor:
                await cursor.execute(sql, values)
                return list(await cursor.fetchall())


class London(_Database):
    """London's tracks and licences. Raises what `shared.mysql` raises."""

    def __init__(self, server: ServerSettings, pool: Pool, queries: LondonQueries = DEMO_SCHEMA) -> None:
        super().__init__(server, pool)
        self._queries = queries

    async def page(self, after: int, limit: int) -> Sequence[int]:
        return [id for (id,) in await self._read(self._queries.page, after, limit)]

    async def greatest(self) -> int:
        [(id,)] = await self._read(self._queries.greatest)
        return id or 0

    async def windows(self, track_ids: Sequence[int]) -> Sequence[Window]:
        """Without those that begin at no date, as London may have them: such a start, read by the rules of
        docs/mapping.md, is known from the region's window."""
        rows = await self._read(self._queries.windows, tuple(track_ids))
        return [
            Window(track_id, usage_type.lower(), territory.upper(), clock.to_instant(_utc(begin)), _end(end))
            for track_id, usage_type, territory, begin, end in rows
            if usage_type.lower() in USAGE_TYPES and isinstance(begin, datetime)
        ]


class Region(_Database):
    """The region's tracks, licences and clients. Raises what `shared.mysql` raises."""

    async def page(self, after: int, limit: int) -> Sequence[int]:
        return [id for (id,) in await self._read(_REGION_PAGE, after, limit)]

    async def greatest(self) -> int:
        [(id,)] = await self._read(_REGION_GREATEST)
        return id or 0

    async def windows(self, track_ids: Sequence[int]) -> Sequence[Window]:
        rows = await self._read(_REGION_WINDOWS, tuple(track_ids))
        return [
            window for track_id, document in rows for window in windows_of(track_id, _AVAILABILITY.decode(document))
        ]

    async def client(self, consumer_key: str) -> Client | None:
        rows = await self._read(_REGION_CLIENT, consumer_key.encode())
        return _CLIENT.decode(rows[0][0]) if rows else None


def windows_of(track_id: int, document: Availability) -> list[Window]:
    """A stored document's licences, a window for each of their territories; previews are never asked for."""
    return [
        Window(track_id, licence.usage_type, territory, licence.valid_from, licence.valid_until)
        for licence in document.licences
        if licence.usage_type in USAGE_TYPES
        for territory in document.territory_sets[licence.territories]
    ]


@asynccontextmanager
async def london(server: ServerSettings) -> AsyncIterator[London]:
    """Raises Unusable when it cannot be reached."""
    async with _reached(server) as pool:
        yield London(server, pool)


@asynccontextmanager
async def region(server: ServerSettings) -> AsyncIterator[Region]:
    """Raises Unusable when it cannot be reached."""
    async with _reached(server) as pool:
        yield Region(server, pool)


@asynccontextmanager
async def _reached(server: ServerSettings) -> AsyncIterator[Pool]:
    try:
        async with mysql.connection(server):
            pass
    except DatabaseAway as error:
        raise Unusable(str(error)) from error
    async with mysql.pool(server, POOL_SIZE) as pool:
        yield pool


def _end(moment: datetime | str | None) -> str | None:
    """The driver leaves as text what is no date."""
    return clock.to_instant(_utc(moment)) if isinstance(moment, datetime) else None


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)

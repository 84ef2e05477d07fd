"""London's tables: the questions of one answer, all in one consistent snapshot."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncmy
from asyncmy.cursors import Cursor, DictCursor
from asyncmy.errors import MySQLError

from demo.origin import catalogue
from demo.origin.catalogue import Client, Licence, Package, Track
from demo.origin.errors import TablesAway
from demo.origin.settings import Settings

CONNECTIONS = 8
READ_TIMEOUT_S = 10

# Compared as bytes: even a binary collation takes no notice of spaces at the end.
CLIENT = """
SELECT client_id, default_territory FROM client WHERE CAST(consumer_key AS BINARY) = UNHEX(%s)
"""

# Where the client sells through this shop.
SHOP_TERRITORY = """
SELECT shop.territory FROM shop JOIN client_shop USING (shop_id) WHERE client_id = %s AND shop_id = %s
"""

# A track with its release and what both name. A track whose release is not there is not in the catalogue.
TRACK = """
SELECT track.track_id, track.title, track.version, track.type, track.isrc, track.explicit_content, track.p_line,
       track.duration, track.disc_number, track.number,
       (SELECT COUNT(*) FROM track AS other
         WHERE other.release_id = track.release_id
           AND (other.disc_number, other.number, other.track_id) <= (track.disc_number, track.number, track.track_id)
       ) AS track_number,
       track.artist_id AS track_artist_id, track.appears_as AS track_appears_as,
       track_artist.name AS track_artist_name, track_artist.slug AS track_artist_slug,
       track_artist.is_placeholder_image AS track_artist_is_placeholder_image,
       `release`.release_id, `release`.title AS release_title, `release`.version AS release_version,
       `release`.type AS release_type, `release`.barcode AS release_barcode, `release`.slug AS release_slug,
       `release`.artist_id AS release_artist_id, `release`.appears_as AS release_appears_as,
       release_artist.name AS release_artist_name, release_artist.slug AS release_artist_slug,
       release_artist.is_placeholder_image AS release_artist_is_placeholder_image,
       `release`.label_id, label.name AS label_name, `release`.licensor_id, licensor.name AS licensor_name
  FROM track
  JOIN `release` ON `release`.release_id = track.release_id
  LEFT JOIN artist AS track_artist ON track_artist.artist_id = track.artist_id
  LEFT JOIN artist AS release_artist ON release_artist.artist_id = `release`.artist_id
  LEFT JOIN label ON label.label_id = `release`.label_id
  LEFT JOIN licensor ON licensor.licensor_id = `release`.licensor_id
 WHERE track.track_id = %s
"""

LICENCES = """
SELECT usage_type, valid_from, valid_until FROM licence WHERE track_id = %s AND territory = %s
"""

# One row a format, with the package it comes in and that package's price in the territory.
PACKAGES = """
SELECT sold.package_id, package.description AS package_description,
       sold.format_id, format.description AS format_description,
       track_price.currency, track_price.price, track_price.recommended
  FROM track_format AS sold
  LEFT JOIN package ON package.package_id = sold.package_id
  LEFT JOIN format ON format.format_id = sold.format_id
  LEFT JOIN track_price ON track_price.track_id = sold.track_id
                       AND track_price.package_id = sold.package_id AND track_price.territory = %s
 WHERE sold.track_id = %s
 ORDER BY sold.package_id, sold.format_id
"""


class Snapshot:
    """London as it is at one instant. All reads raise `TablesAway` where London cannot be read."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor

    async def client(self, key: bytes) -> Client | None:
        rows = await self._read(CLIENT, key.hex())
        return catalogue.client(rows[0]) if rows else None

    async def shop_territory(self, client_id: int, shop_id: int) -> str | None:
        rows = await self._read(SHOP_TERRITORY, client_id, shop_id)
        return rows[0]["territory"].upper() if rows else None

    async def track(self, track_id: int) -> Track | None:
        rows = await self._read(TRACK, track_id)
        return catalogue.track(rows[0]) if rows else None

    async def licences(self, track_id: int, territory: str) -> list[Licence]:
        read = map(catalogue.licence, await self._read(LICENCES, track_id, territory))
        return [licence for licence in read if licence is not None]

    async def packages(self, track_id: int, territory: str) -> tuple[Package, ...]:
        return catalogue.packages(await self._read(PACKAGES, territory, track_id))

    async def _read(self, query: str, *values: object) -> list[dict[str, Any]]:
        await self._cursor.execute(query, values)
        return list(await self._cursor.fetchall())


class Tables:
    """A small pool of connections to London."""

    def __init__(self, pool: asyncmy.Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Snapshot]:
        """One read-only transaction over which London does not move."""
        with _translated():
            async with self._pool.acquire() as connection, connection.cursor() as cursor:
                await cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
                try:
                    yield Snapshot(cursor)
                finally:
                    await cursor.execute("COMMIT")


@asynccontextmanager
async def open_tables(settings: Settings) -> AsyncIterator[Tables]:
    """London's tables until the block ends. Raises `TablesAway` where London refuses the first connection."""
    with _translated():
        pool = await asyncmy.create_pool(
            maxsize=CONNECTIONS,
            host=settings.london_host,
            port=settings.london_port,
            user=settings.london_user,
            password=settings.london_password.get_secret_value(),
            database=settings.london_database,
            charset="utf8mb4",
            cursor_cls=DictCursor,
            read_timeout=READ_TIMEOUT_S,
            init_command="SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        )
    async with pool:
        yield Tables(pool)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (MySQLError, OSError) as error:
        raise TablesAway(str(error)) from error

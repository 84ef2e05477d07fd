"""Who may ask: all clients of the region by their keys, kept in memory and renewed by polling versions.

All, and not only those seen, so that an unknown key costs no query and a known one works while the database is away.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Final

from asyncmy.pool import Pool
from msgspec.json import Decoder

from shared import mysql
from shared.client import Client
from shared.errors import CrossfadeError
from shared.lifecycle import Life
from shared.mysql import ServerSettings

POLL_S: Final = 0.4
POLL_DEADLINE_S: Final = 1.0

# Which clients there are, deleted ones too, and whether they changed.
READ_VERSIONS: Final = "SELECT client_id, version FROM client"

# Some of them; a deleted one has no document.
READ_CLIENTS: Final = "SELECT client_id, version, document FROM client WHERE client_id IN ({ids})"

_DECODER: Final = Decoder(Client)

logger = logging.getLogger(__name__)

Row = tuple[int, int, str | None]
"""Client id, version and document."""


class Clients:
    """The clients as last read; `known` once they were read at all."""

    def __init__(self) -> None:
        self.known = False
        self._versions: dict[int, int] = {}
        self._clients: dict[int, Client] = {}
        self._by_key: dict[bytes, Client] = {}

    def find(self, key: bytes) -> Client | None:
        """The client whose consumer key is these bytes."""
        return self._by_key.get(key)

    def changed(self, versions: Mapping[int, int]) -> list[int]:
        """The clients that are not as they were last read."""
        return [client_id for client_id, version in versions.items() if self._versions.get(client_id) != version]

    def learn(self, rows: Iterable[Row]) -> None:
        """Takes clients as they were read now. Of two with one key the one changed last has it."""
        for client_id, version, document in rows:
            self._versions[client_id] = version
            self._clients.pop(client_id, None)
            if document is not None and (client := _read(client_id, document)):
                self._clients[client_id] = client
        latest_last = sorted(self._clients, key=self._versions.__getitem__)
        self._by_key = {self._clients[one].consumer_key.encode(): self._clients[one] for one in latest_last}
        self.known = True


class ClientPoll:
    """Keeps clients as the region's database has them."""

    def __init__(self, clients: Clients, server: ServerSettings, pool: Pool) -> None:
        self._clients = clients
        self._server = server
        self._pool = pool
        self._failure: str | None = "the clients were not read yet"
        self._failing = False

    def not_ready(self) -> str | None:
        """Why the clients are not as the database has them; None while they are."""
        return self._failure

    async def follow(self, life: Life) -> None:
        """Polls until the process stops; what was read last stays while the database is away."""
        while not life.stopping.is_set():
            await self._try()
            await life.sleep(POLL_S)

    async def renew(self) -> None:
        """Reads what changed since the last time. Raises DatabaseAway, or another CrossfadeError."""
        with mysql.translated(self._server):
            async with (
                asyncio.timeout(POLL_DEADLINE_S),
                self._pool.acquire() as connection,
                connection.cursor() as cursor,
            ):
                await cursor.execute(READ_VERSIONS)
                changed = self._clients.changed(dict(await cursor.fetchall()))
                if changed:
                    await cursor.execute(READ_CLIENTS.format(ids=",".join(["%s"] * len(changed))), changed)
                self._clients.learn(await cursor.fetchall() if changed else ())

    async def _try(self) -> None:
        try:
            await self.renew()
        except CrossfadeError as error:
            if not self._failing:
                logger.warning("the clients cannot be read; those known stay", extra={"reason": str(error)})
            self._failure, self._failing = str(error), True
        else:
            self._failure, self._failing = None, False


def _read(client_id: int, document: str) -> Client | None:
    try:
        return _DECODER.decode(document)
    except ValueError as error:
        logger.error(
            "a client cannot be read; its key is unknown", extra={"client_id": client_id, "reason": str(error)}
        )
        return None

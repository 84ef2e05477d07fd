"""Connections to MySQL and MariaDB: sessions in UTC and utf8mb4, and the driver's errors translated once."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final, Protocol

import asyncmy
import asyncmy.errors
from asyncmy.connection import Connection
from asyncmy.pool import Pool
from pydantic import SecretStr

from shared.errors import CrossfadeError, DatabaseAway, Deadlock, Unusable

_DEADLOCKS: Final = {1205, 1213}
# 1020: MariaDB's snapshot isolation met a row changed since; 1412: a table was altered or renamed under the snapshot.
_RETRIED: Final = _DEADLOCKS | {1020, 1412}
_REFUSED: Final = {1044, 1045, 1049, 1142, 1143, 1227, 1698}
# 0: what MariaDB answers to rows sent in bulk when their table was altered since the statement was prepared; another
# connection prepares it anew.
_AWAY: Final = {0, 1040, 1053, 1077, 1078, 1079, 1080, 1203, 1290, 1836, 1927, 2002, 2003, 2006, 2013, 2014, 2055}


class ServerSettings(Protocol):
    """Where a server is and how to log in; `LondonSettings` and `RegionSettings` are such."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def user(self) -> str: ...
    @property
    def password(self) -> SecretStr: ...
    @property
    def database(self) -> str: ...


def _arguments(server: ServerSettings, **more: Any) -> dict[str, Any]:
    return {
        "host": server.host,
        "port": server.port,
        "user": server.user,
        "password": server.password.get_secret_value(),
        "database": server.database,
        "charset": "utf8mb4",
        "autocommit": True,
        "init_command": "SET SESSION time_zone = '+00:00'",
        "connect_timeout": 5,
        **more,
    }


@asynccontextmanager
async def connection(server: ServerSettings, **more: Any) -> AsyncIterator[Connection]:
    """One connection in autocommit; raises DatabaseAway or Unusable when it cannot be had."""
    with translated(server):
        opened = await asyncmy.connect(**_arguments(server, **more))
    try:
        yield opened
    finally:
        opened.close()


@asynccontextmanager
async def pool(server: ServerSettings, size: int, **more: Any) -> AsyncIterator[Pool]:
    """Up to `size` connections in autocommit, opened on demand."""
    opened = await asyncmy.create_pool(minsize=0, maxsize=size, **_arguments(server, **more))
    try:
        yield opened
    finally:
        opened.terminate()
        await opened.wait_closed()


async def rows(connection: Connection, sql: str | bytes) -> list[tuple[Any, ...]]:
    """All rows that a statement gives."""
    async with connection.cursor() as cursor:
        await cursor.execute(sql if isinstance(sql, str) else sql.decode())
        return list(await cursor.fetchall())


@contextmanager
def translated(server: ServerSettings) -> Iterator[None]:
    """Raises what the driver says as an error of ours, naming the server."""
    try:
        yield
    except (asyncmy.errors.MySQLError, OSError, EOFError, TimeoutError) as error:
        raise translate(error, f"{server.user}@{server.host}:{server.port}/{server.database}") from error
    except RuntimeError as error:
        # What the driver says of a connection that was closed as soon as it was accepted, as by a proxy.
        if "socket" not in str(error):
            raise
        raise DatabaseAway(f"{server.user}@{server.host}:{server.port}/{server.database}: {error}") from error


def translate(error: BaseException, where: str) -> CrossfadeError:
    """The error of ours that says what to do about a driver's; an unknown one is returned as the root error."""
    code = error.args[0] if error.args and isinstance(error.args[0], int) else None
    text = f"{where}: {error}"
    if code in _RETRIED:
        return Deadlock(text)
    if code in _REFUSED:
        return Unusable(f"{text}; check the account, its password and its grants")
    if code in _AWAY or not isinstance(error, asyncmy.errors.MySQLError):
        return DatabaseAway(text)
    return CrossfadeError(text)

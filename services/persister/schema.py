"""The region's schema: numbered SQL files, applied in order at start. They only add; other changes take a rebuild."""

import re
from importlib.resources import files
from typing import Final, NamedTuple

from asyncmy.connection import Connection

from shared import mysql
from shared.errors import DatabaseAway, Unusable
from shared.mysql import ServerSettings
from shared.wire import MAX_RECORD_BYTES

_LOCK_WAIT_S: Final = 60

LEAST_PACKET_BYTES: Final = 2 * MAX_RECORD_BYTES
"""A row has a record's document, in which escaping may double what it meets."""


class Step(NamedTuple):
    """One file: its number, its name and its statements."""

    number: int
    file: str
    statements: tuple[str, ...]


def steps() -> list[Step]:
    """The steps to this program's schema, in order."""
    folder = files("services.persister").joinpath("schema")
    return sorted(_parse(file.name, file.read_text("utf-8")) for file in folder.iterdir())


async def apply_schema(server: ServerSettings) -> list[Step]:
    """Brings the region's schema up to this program's; returns the steps that were missing. Several may try at once.

    Raises Unusable when the region's schema is newer: an older program would not keep its rules; and when its server
    takes no rows of the largest documents.
    """
    async with mysql.connection(server) as connection:
        with mysql.translated(server):
            await require_packet(connection)
            await _lock(connection)
            reached = await _reached(connection)
            missing = missing_steps(reached)
            for step in missing:
                await _take(connection, step)
            return missing


async def require_packet(connection: Connection) -> None:
    """Raises Unusable for a server that takes no rows of the largest documents from this connection: sent more, it
    closes the connection, as if it were away."""
    [(found,)] = await mysql.rows(connection, "SELECT @@SESSION.max_allowed_packet")
    if found < LEAST_PACKET_BYTES:
        raise Unusable(
            f"the region's server takes packets of {found} bytes, and rows of large albums need {LEAST_PACKET_BYTES}: "
            f"SET GLOBAL max_allowed_packet = {LEAST_PACKET_BYTES}, and the same in its configuration"
        )


def missing_steps(reached: int) -> list[Step]:
    """The steps above the one that a schema has reached; raises Unusable when it is beyond them all."""
    known = steps()
    if reached > known[-1].number:
        raise Unusable(
            f"the region's schema is {reached} and this program knows {known[-1].number}: run the newer program"
        )
    return [step for step in known if step.number > reached]


async def _lock(connection: Connection) -> None:
    """Waits for others that bring the schema up; the lock goes with the connection."""
    [(got,)] = await mysql.rows(connection, f"SELECT GET_LOCK(CONCAT('crossfade/', DATABASE()), {_LOCK_WAIT_S})")
    if got != 1:
        raise DatabaseAway(f"another process has been changing the region's schema for {_LOCK_WAIT_S} s")


async def _reached(connection: Connection) -> int:
    await connection.query(
        "CREATE TABLE IF NOT EXISTS schema_step (number INT PRIMARY KEY, file VARCHAR(100) NOT NULL)"
    )
    [(reached,)] = await mysql.rows(connection, "SELECT COALESCE(MAX(number), 0) FROM schema_step")
    return int(reached)


async def _take(connection: Connection, step: Step) -> None:
    for statement in step.statements:
        await connection.query(statement)
    await connection.query(f"INSERT INTO schema_step VALUES ({step.number}, '{step.file}')")


def _parse(file: str, text: str) -> Step:
    code = re.sub(r"^\s*--.*$", "", text, flags=re.MULTILINE)
    statements = tuple(part.strip() for part in code.split(";") if part.strip())
    return Step(int(file.partition("_")[0]), file, statements)

"""London's database server: its tables, and transactions there."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import asyncmy.errors
from asyncmy.connection import Connection
from asyncmy.cursors import Cursor

from demo.tables import NAMES, OF_ALBUM
from shared.errors import Unusable
from shared.mysql import ServerSettings, connection, translate, translated

SCHEMA = Path(__file__).with_name("schema.sql")
_DRIVER_ERRORS = (asyncmy.errors.MySQLError, OSError, EOFError)


async def create(london: ServerSettings) -> list[str]:
    """Create what is missing of the database and its tables; return the names of the tables created.

    Safe to repeat, also after a creation that was cut short. Tables that exist are compared with schema.sql by their
    columns.

    Raises:
        Unusable: a table has other columns, or the account may not do this.
        DatabaseAway: the server cannot be reached.
    """
    async with connection(london, database=None) as opened, opened.cursor() as cursor:
        with translated(london):
            await _create_database(cursor, london.database)
            return await _create_tables(cursor)


@asynccontextmanager
async def transaction(connection: Connection) -> AsyncIterator[Cursor]:
    """One transaction: COMMIT has returned when the block is left, an error rolls back.

    Raises:
        Deadlock: another transaction was in the way; the same again may succeed.
        DatabaseAway, CrossfadeError: what else the driver reports.
    """
    try:
        await connection.begin()
        async with connection.cursor() as cursor:
            yield cursor
        await connection.commit()
    except _DRIVER_ERRORS as error:
        await _roll_back(connection)
        raise translate(error, "London's database") from error
    except Exception:
        await _roll_back(connection)
        raise
    except BaseException:
        # Cancelled in the middle of an answer: the connection cannot be used again, and the server rolls back.
        connection.close()
        raise


async def count_rows(connection: Connection) -> dict[str, int]:
    """Rows in each table, by name."""
    async with transaction(connection) as cursor:
        return {table: await _count(cursor, table) for table in NAMES.values()}


async def count_album_rows(connection: Connection) -> int:
    """Rows in the tables that an album consists of."""
    counts = await count_rows(connection)
    return sum(counts[table] for table in OF_ALBUM)


def schema_statements() -> dict[str, str]:
    """The CREATE TABLE statements of schema.sql by their table."""
    text = re.sub(r"--[^\n]*", "", SCHEMA.read_text(encoding="utf-8"))
    statements = [statement.strip() for statement in text.split(";") if statement.strip()]
    return {_table_name(statement): statement for statement in statements}


def schema_columns(statement: str) -> set[str]:
    """The column names of a CREATE TABLE statement: the lower-case words that begin its lines."""
    return set(re.findall(r"^\s+([a-z_]+) ", statement, re.MULTILINE))


def _table_name(statement: str) -> str:
    match = re.match(r"CREATE TABLE `?(\w+)`?", statement)
    if not match:
        raise Unusable(f"{SCHEMA.name} holds a statement that creates no table: {statement[:60]}")
    return match[1]


async def _create_database(cursor: Cursor, database: str) -> None:
    quoted = database.replace("`", "``")
    # Asked first: CREATE DATABASE IF NOT EXISTS warns, and needs a privilege that a prepared server may not give.
    await cursor.execute("SELECT 1 FROM information_schema.schemata WHERE schema_name = %s", (database,))
    if not await cursor.fetchone():
        await cursor.execute(f"CREATE DATABASE `{quoted}` CHARACTER SET utf8mb4")
    await cursor.execute(f"USE `{quoted}`")


async def _create_tables(cursor: Cursor) -> list[str]:
    wanted, there = schema_statements(), await _columns(cursor)
    for table in sorted(wanted.keys() & there.keys()):
        _compare_columns(table, schema_columns(wanted[table]), there[table])
    missing = [table for table in wanted if table not in there]
    for table in missing:
        await cursor.execute(wanted[table])
    return missing


def _compare_columns(table: str, wanted: set[str], there: set[str]) -> None:
    if there != wanted:
        differing = ", ".join(sorted(there ^ wanted))
        raise Unusable(
            f"London's table {table} is not the one of {SCHEMA.name}, they differ in {differing}; "
            "drop the database or name another one"
        )


async def _columns(cursor: Cursor) -> dict[str, set[str]]:
    """The columns of each table in the database."""
    await cursor.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE()"
    )
    columns: dict[str, set[str]] = {}
    for table, column in await cursor.fetchall():
        columns.setdefault(table, set()).add(column)
    return columns


async def _count(cursor: Cursor, table: str) -> int:
    await cursor.execute(f"SELECT COUNT(*) FROM `{table}`")
    (count,) = await cursor.fetchone()
    return int(count)


async def _roll_back(connection: Connection) -> None:
    # Where the connection is lost, the server rolls back, and the first error is the one to tell.
    with suppress(*_DRIVER_ERRORS):
        await connection.rollback()

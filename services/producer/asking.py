"""A mapping's statements put to London's server one by one, outside of the reading of documents."""

from typing import Final

from asyncmy.connection import Connection

from services.producer.columns import Rows, arrange
from services.producer.mapping_findings import Explained
from services.producer.source import Instance
from services.producer.source_checks import check_columns, check_source, quoted
from shared import mysql
from shared.mysql import ServerSettings

_REWRITTEN: Final = 1003
"""The code of the note in which a server says how it reads a statement that was explained."""


class Asking:
    """London's server, asked statements as they are."""

    def __init__(self, connection: Connection, server: ServerSettings, instance: Instance) -> None:
        self.database = server.database
        self._connection = connection
        self._server = server
        self._instance = instance

    async def rows(self, statement: str) -> Rows:
        with mysql.translated(self._server):
            return await mysql.rows(self._connection, statement)

    async def arranged(self, query: str, statement: str) -> Rows:
        with mysql.translated(self._server):
            async with self._connection.cursor() as cursor:
                await cursor.execute(statement)
                return arrange(query, [column[0] for column in cursor.description], await cursor.fetchall())

    async def explain(self, statement: str) -> Explained:
        await self.rows(f"EXPLAIN {'EXTENDED ' if self._instance.is_mariadb else ''}{statement}")
        notes = [text for _, code, text in await self.rows("SHOW WARNINGS") if code == _REWRITTEN]
        return Explained.parse(notes[-1])

    async def unique_keys(self, table: str) -> list[set[str]]:
        """The columns of each."""
        keys: dict[str, set[str]] = {}
        for _, is_not_unique, key, _, column, *_ in await self.rows(f"SHOW INDEX FROM {quoted(table)}"):
            if not is_not_unique:
                keys.setdefault(key, set()).add(column)
        return list(keys.values())

    async def unfit(self) -> list[str]:
        """What keeps this server from being followed, whatever the mapping."""
        with mysql.translated(self._server):
            return await check_source(self._connection, self._instance, {})

    async def unfit_column(self, table: str, column: str) -> list[str]:
        with mysql.translated(self._server):
            return await check_columns(self._connection, {table: [column]})

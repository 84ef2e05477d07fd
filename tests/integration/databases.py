"""Short questions to databases."""

from __future__ import annotations

import asyncmy

from deploy.embedded.database import Login


async def value(login: Login, expression: str) -> object:
    """The value of an SQL expression."""
    return (await rows(login, f"SELECT {expression}"))[0][0]


async def rows(login: Login, statement: str) -> list[tuple[object, ...]]:
    """The rows that a statement returns; none for one that returns nothing."""
    async with (
        asyncmy.connect(
            host=login.host, port=login.port, user=login.user, password=login.password, autocommit=True
        ) as connection,
        connection.cursor() as cursor,
    ):
        await cursor.execute(statement)
        return list(await cursor.fetchall()) if cursor.description else []

"""A database on a London server, followed as an account that may only do what is documented."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

from asyncmy.connection import Connection
from pydantic import SecretStr

from deploy.embedded.database import Login
from services.producer.binlog import Transaction
from services.producer.cascades import Watches
from services.producer.replication import stream
from services.producer.source import Instance, identify
from services.producer.source_checks import MARIADB_PRIVILEGES, MYSQL_PRIVILEGES
from shared import mysql
from shared.position import MariaDBPosition, MySQLPosition, Position
from shared.settings import LondonSettings

Wanted = Mapping[str, Sequence[str]]
Spot = MariaDBPosition | MySQLPosition

DEADLINE_S = 30


@dataclass(frozen=True)
class London:
    """`producer` is the account that follows; `sessions` may do everything."""

    root: LondonSettings
    producer: LondonSettings
    instance: Instance
    sessions: Sequence[Connection]

    async def run(self, *statements: str, session: int = 0) -> None:
        for statement in statements:
            await mysql.rows(self.sessions[session], statement)

    async def rows(self, statement: str) -> list[tuple[object, ...]]:
        return await mysql.rows(self.sessions[0], statement)

    async def position(self) -> Spot:
        """Everything that was committed until now."""
        variable = "gtid_binlog_pos" if self.instance.is_mariadb else "gtid_executed"
        [(text,)] = await self.rows(f"SELECT @@GLOBAL.{variable}")
        return (MariaDBPosition if self.instance.is_mariadb else MySQLPosition).parse(str(text))

    async def dump_threads(self) -> list[tuple[object, ...]]:
        """The id and the state of each connection on which the server sends its binlog to the account that follows."""
        return await self.rows(
            "SELECT id, state FROM information_schema.processlist "
            f"WHERE command LIKE 'Binlog Dump%' AND user = '{self.producer.user}'"
        )

    async def left_alone(self) -> None:
        """Returns when the server sends its binlog no more."""
        async with asyncio.timeout(DEADLINE_S):
            while await self.dump_threads():  # noqa: ASYNC110  # only the server knows
                await asyncio.sleep(0.05)

    async def follow(self, start: Spot, wanted: Wanted, watched: Watches | None = None) -> list[Transaction]:
        """Every transaction from `start` until now."""
        end: Position = await self.position()
        reached: Position = start
        found = []
        followed = stream(self.producer, start, wanted, 7001, watched=watched)
        async with asyncio.timeout(DEADLINE_S), aclosing(followed) as items:
            while not reached.contains(end):
                item = await anext(items)
                if isinstance(item, Transaction):
                    found.append(item)
                    reached = reached.union(item.position)
        return found

    async def told(self, *statements: str, wanted: Wanted, watched: Watches | None = None) -> list[Transaction]:
        """The transactions that statements make."""
        start = await self.position()
        await self.run(*statements)
        return await self.follow(start, wanted, watched)


@asynccontextmanager
async def london_on(login: Login) -> AsyncIterator[London]:
    """A database that is there for as long as the block."""
    async with new_london(login) as london:
        yield london
    async with mysql.connection(london.root) as admin:
        await mysql.rows(admin, f"DROP USER {london.producer.user}@'%'")
        await mysql.rows(admin, f"DROP DATABASE {london.root.database}")


@asynccontextmanager
async def new_london(login: Login) -> AsyncIterator[London]:
    """A database that stays."""
    name = f"london_{uuid4().hex[:12]}"
    root = LondonSettings(
        host=login.host, port=login.port, user=login.user, password=SecretStr(login.password), database=name
    )
    async with mysql.connection(root, database=None) as admin:
        instance = await identify(admin)
        privileges = MARIADB_PRIVILEGES if instance.is_mariadb else MYSQL_PRIVILEGES
        for statement in (
            f"CREATE DATABASE {name}",
            f"CREATE USER {name}@'%' IDENTIFIED BY 'secret'",
            f"GRANT {', '.join(privileges)} ON *.* TO {name}@'%'",
            f"GRANT SELECT ON {name}.* TO {name}@'%'",
        ):
            await mysql.rows(admin, statement)
    producer = root.model_copy(update={"user": name, "password": SecretStr("secret")})
    async with mysql.connection(root) as first, mysql.connection(root) as second:
        yield London(root, producer, instance, [first, second])

"""The servers that a bench runs on: its own Kafka, London and region, the embedded ones, in a folder of its own."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient
from asyncmy.connection import Connection
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from deploy.embedded.database import DatabaseFiles, DatabaseServer, Options, Role
from deploy.embedded.kafka import KafkaServer, kafka_files
from deploy.embedded.mariadb import MariaDBServer, mariadb_files
from deploy.embedded.ports import free_port, free_ports
from deploy.embedded.ready import wait_until
from deploy.embedded.running import Server, running
from deploy.embedded.settings import EmbeddedSettings
from deploy.provision.topics import create_topics
from deploy.supervisor.health import waiting
from deploy.supervisor.program import python
from shared import kafka, mysql
from shared.mysql import ServerSettings
from shared.settings import KafkaSettings, LondonSettings, ProcessSettings, RegionSettings, variable

# Both databases hold what a run writes without flushing pages under it, and flush fast when they are asked to.
_BUFFER_POOL_MB: Final = 1024
_OPTIONS: Final[Options] = {"innodb-log-file-size": "512M", "innodb-io-capacity": 20_000}
_PARTITIONS: Final = 4
_DEADLINE_S: Final = 60.0


@dataclass(frozen=True)
class Servers:
    """Running servers: their addresses, their processes, and the database's own programs."""

    london: LondonSettings
    region: RegionSettings
    kafka: KafkaSettings
    programs: DatabaseFiles
    pids: Mapping[str, int]


def programs() -> DatabaseFiles:
    """The database's programs, fetched first if needed. Blocks; raises EmbeddedError."""
    return mariadb_files(EmbeddedSettings())


@dataclass(frozen=True)
class Service:
    """A service of ours as a server to run beside them; its settings are the whole of what it knows."""

    name: str
    settings: tuple[BaseSettings, ...]
    admin_port: int = field(default_factory=free_port)

    def prepare(self) -> None:
        """Nothing is prepared for it."""

    def command(self) -> list[str]:
        return list(python(f"services.{self.name}"))

    def environment(self) -> dict[str, str]:
        process = ProcessSettings(admin_port=self.admin_port)
        return {"PATH": os.environ.get("PATH", os.defpath), **as_environment(process, *self.settings)}

    async def wait_ready(self, deadline_s: float) -> None:
        await waiting(self.name, self.admin_port)(deadline_s)


def as_environment(*settings: BaseSettings) -> dict[str, str]:
    """The environment from which a process reads these settings."""
    return {
        variable(type(one), name): value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for one in settings
        for name, value in one
    }


@asynccontextmanager
async def servers(folder: Path) -> AsyncIterator[Servers]:
    """All three, with empty databases and no topics. Raises EmbeddedError where they cannot be had."""
    files = await asyncio.to_thread(programs)
    log_files = await asyncio.to_thread(kafka_files, EmbeddedSettings())
    london, region = _database(files, folder, Role.LONDON), _database(files, folder, Role.REGION)
    port, controller_port = free_ports(2)
    log = KafkaServer(log_files, folder / "kafka", port, controller_port)
    async with AsyncExitStack() as stack:
        started: dict[str, Server] = {"london": london, "region": region, "kafka": log}
        pids = {
            name: (await stack.enter_async_context(running(server, folder / f"{name}.log"))).pid
            for name, server in started.items()
        }
        yield Servers(
            LondonSettings(**_login(london)),
            RegionSettings(**_login(region)),
            KafkaSettings(bootstrap=log.bootstrap),
            files,
            pids,
        )


async def renew_topics(settings: KafkaSettings) -> None:
    """Topics without messages, and so without what consumer groups remember of older ones."""
    async with kafka.admin(settings) as admin:
        names = [name for name in await admin.list_topics() if not name.startswith("__")]
        if names:
            await admin.delete_topics(names)
        await wait_until(lambda: _are_gone(admin, names), _DEADLINE_S, "Kafka")
    await create_topics(settings, _PARTITIONS)


async def renew_database(server: ServerSettings, name: str) -> None:
    async with mysql.connection(server, database=None) as connection:
        with mysql.translated(server):
            await connection.query("SET SESSION sql_notes = 0")
            await connection.query(f"DROP DATABASE IF EXISTS `{name}`")
            await connection.query(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")


async def settle(server: ServerSettings) -> None:
    """Returns when the server has written all its changed pages, so that no run pays for what was before it."""
    async with mysql.connection(server, database=None) as connection:
        with mysql.translated(server):
            await connection.query("SET GLOBAL innodb_max_dirty_pages_pct = 0")
            await wait_until(lambda: _is_clean(connection), _DEADLINE_S, "the database")
            await connection.query("SET GLOBAL innodb_max_dirty_pages_pct = 90")


async def _are_gone(admin: AIOKafkaAdminClient, names: list[str]) -> bool:
    return not set(names) & set(await admin.list_topics())


async def _is_clean(connection: Connection) -> bool:
    [(_, pages)] = await mysql.rows(connection, "SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_pages_dirty'")
    return int(pages) == 0


def _database(files: DatabaseFiles, folder: Path, role: Role) -> MariaDBServer:
    return MariaDBServer(
        files,
        folder / role.value,
        free_port(),
        role,
        buffer_pool_mb=_BUFFER_POOL_MB,
        overrides=_OPTIONS,
    )


def _login(server: DatabaseServer) -> dict[str, Any]:
    root = server.root
    return {"host": root.host, "port": root.port, "user": root.user, "password": SecretStr(root.password)}

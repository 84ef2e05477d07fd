"""The servers that tests use, as containers of official images: where there is Docker and no Linux x86-64."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from testcontainers.core.container import DockerContainer

from deploy.embedded.database import DatabaseFiles, DatabaseServer, Login, Role, answers, as_arguments
from deploy.embedded.errors import ServerFailed
from deploy.embedded.kafka import KafkaFiles, KafkaServer, cluster_at
from deploy.embedded.mariadb import MariaDBServer
from deploy.embedded.mysql import MySQLServer
from deploy.embedded.ports import LOOPBACK, free_port
from deploy.embedded.ready import wait_until

KAFKA_IMAGE = "apache/kafka:4.1.0"
DATABASE_IMAGES: dict[type[DatabaseServer], str] = {MariaDBServer: "mariadb:11.4", MySQLServer: "mysql:8.4"}
READY_S = 120.0
LOG_CHARACTERS = 2000
NOWHERE = Path("/nowhere")


@dataclass(frozen=True)
class KafkaContainer:
    """A running Kafka."""

    bootstrap: str


@dataclass(frozen=True)
class DatabaseContainer:
    """A running database server."""

    root: Login


@asynccontextmanager
async def started(container: DockerContainer, ready: Callable[[], Awaitable[bool]]) -> AsyncIterator[None]:
    """A container that is ready, for as long as the context lasts. Raises ServerFailed with the end of its log."""
    await asyncio.to_thread(container.start)
    try:
        await wait_until(ready, READY_S, container.image)
        yield
    except ServerFailed as exc:
        out, err = await asyncio.to_thread(container.get_logs)
        raise ServerFailed(
            f"{exc} The end of its log:\n{(out + err).decode(errors='replace')[-LOG_CHARACTERS:]}"
        ) from exc
    finally:
        await asyncio.to_thread(container.stop)


def kafka_settings(port: int) -> dict[str, str]:
    """The embedded server's configuration as the image takes it, reached from outside at `port`."""
    properties = KafkaServer(KafkaFiles(NOWHERE, NOWHERE), NOWHERE, 9092, 9093).properties() | {
        "listeners": "PLAINTEXT://:9092,CONTROLLER://:9093",
        "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{port}",
        "log.dirs": "/tmp/kafka-logs",
    }
    return {f"KAFKA_{name.upper().replace('.', '_')}": str(setting) for name, setting in properties.items()}


@asynccontextmanager
async def kafka_container() -> AsyncIterator[KafkaContainer]:
    """A Kafka with the settings of the embedded one."""
    port = free_port()
    container = DockerContainer(KAFKA_IMAGE).with_envs(**kafka_settings(port)).with_bind_ports(9092, port)
    server = KafkaContainer(f"{LOOPBACK}:{port}")
    async with started(container, partial(serves, server.bootstrap)):
        yield server


async def serves(bootstrap: str) -> bool:
    """Whether there is a live broker."""
    _, nodes = await cluster_at(bootstrap)
    return bool(nodes)


@asynccontextmanager
async def database_container(kind: type[DatabaseServer], role: Role) -> AsyncIterator[DatabaseContainer]:
    """A database server with the settings of the embedded one."""
    server = DatabaseContainer(Login(LOOPBACK, free_port(), "root", secrets.token_urlsafe(24)))
    container = (
        DockerContainer(DATABASE_IMAGES[kind])
        .with_envs(MYSQL_ROOT_PASSWORD=server.root.password, MARIADB_ROOT_PASSWORD=server.root.password)
        .with_bind_ports(3306, server.root.port)
        .with_command(behaviour(kind, role))
    )
    async with started(container, partial(answers, server.root)):
        yield server


def behaviour(kind: type[DatabaseServer], role: Role) -> list[str]:
    """The options of the embedded server that do not depend on where it runs."""
    embedded = kind(DatabaseFiles(NOWHERE, NOWHERE, NOWHERE), NOWHERE, 3306, role)
    return as_arguments(embedded.behaviour())

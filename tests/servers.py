"""The real servers that tests use, started once for a whole run; each test makes topics and databases of its own.

MySQL is taken where the settings name one (CROSSFADE_MYSQLD) or where it is required (CROSSFADE_REQUIRE=mysql).
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import pytest

from deploy.embedded.database import DatabaseFiles, Login, Role
from deploy.embedded.kafka import KafkaFiles, KafkaServer, kafka_files
from deploy.embedded.mariadb import MariaDBServer, mariadb_files
from deploy.embedded.mysql import MySQLServer, mysql_files, version
from deploy.embedded.ports import free_port, free_ports
from deploy.embedded.running import running
from deploy.embedded.settings import EmbeddedSettings


class Kafka(Protocol):
    """A running Kafka."""

    @property
    def bootstrap(self) -> str:
        """Its address, `host:port`."""


class Database(Protocol):
    """A running database server."""

    @property
    def root(self) -> Login:
        """The account that may do everything."""


@pytest.fixture(scope="session")
def servers_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the servers of this run keep their data and logs."""
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="session")
def kafka_programs() -> KafkaFiles:
    """Kafka, fetched if this is the first run; no coroutine, so that Ctrl-C ends a download."""
    return kafka_files(EmbeddedSettings())


@pytest.fixture(scope="session")
def mariadb_programs() -> DatabaseFiles:
    """MariaDB, fetched if this is the first run."""
    return mariadb_files(EmbeddedSettings())


@pytest.fixture(scope="session")
def mysql_programs() -> DatabaseFiles:
    """MySQL, where there is one; where it is required, none is a failure."""
    settings = EmbeddedSettings()
    if settings.mysqld is None and "mysql" not in os.environ.get("CROSSFADE_REQUIRE", "").split(","):
        pytest.skip("no MySQL: CROSSFADE_MYSQLD names none, and CROSSFADE_REQUIRE does not ask for one")
    files = mysql_files(settings)
    version(files)
    return files


@pytest.fixture(scope="session")
async def kafka(kafka_programs: KafkaFiles, servers_folder: Path) -> AsyncIterator[Kafka]:
    """A running Kafka."""
    port, controller_port = free_ports(2)
    server = KafkaServer(kafka_programs, servers_folder / "kafka", port, controller_port)
    async with running(server, servers_folder / "kafka.log"):
        yield server


@pytest.fixture(scope="session")
async def london_server(mariadb_programs: DatabaseFiles, servers_folder: Path) -> AsyncIterator[Database]:
    """A running MariaDB set up as London."""
    async with database(MariaDBServer, mariadb_programs, servers_folder / "london", Role.LONDON) as server:
        yield server


@pytest.fixture(scope="session")
async def region_server(mariadb_programs: DatabaseFiles, servers_folder: Path) -> AsyncIterator[Database]:
    """A running MariaDB set up as a region."""
    async with database(MariaDBServer, mariadb_programs, servers_folder / "region", Role.REGION) as server:
        yield server


@pytest.fixture(scope="session")
async def mysql_london_server(mysql_programs: DatabaseFiles, servers_folder: Path) -> AsyncIterator[Database]:
    """A running MySQL set up as London."""
    async with database(MySQLServer, mysql_programs, servers_folder / "mysql-london", Role.LONDON) as server:
        yield server


@pytest.fixture(scope="session")
async def mysql_region_server(mysql_programs: DatabaseFiles, servers_folder: Path) -> AsyncIterator[Database]:
    """A running MySQL set up as a region."""
    async with database(MySQLServer, mysql_programs, servers_folder / "mysql-region", Role.REGION) as server:
        yield server


@asynccontextmanager
async def database(
    kind: type[MariaDBServer | MySQLServer], files: DatabaseFiles, folder: Path, role: Role
) -> AsyncIterator[Database]:
    """A running database server whose log is beside its folder."""
    server = kind(files, folder, free_port(), role)
    async with running(server, folder.with_suffix(".log")):
        yield server

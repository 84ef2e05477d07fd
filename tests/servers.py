"""The real servers that tests use, started once for a whole run; each test makes topics and databases of its own.

They are the embedded ones, or containers if CROSSFADE_TEST_SERVERS=containers. MySQL is taken where the settings name
one (CROSSFADE_MYSQLD) or where it is required (CROSSFADE_REQUIRE=mysql). Two more are never fetched, but taken where
the environment names them: MariaDB 10.11 (CROSSFADE_TEST_MARIADBD, required as mariadb-old) and MySQL 8.4 or later
(CROSSFADE_TEST_MYSQLD, required as mysql-new).
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

import pytest

from deploy.embedded.database import DatabaseFiles, DatabaseServer, Login, Role
from deploy.embedded.kafka import KafkaFiles, KafkaServer, kafka_files
from deploy.embedded.mariadb import MariaDBServer, mariadb_files
from deploy.embedded.mysql import MySQLServer, mysql_files, version
from deploy.embedded.ports import free_port, free_ports
from deploy.embedded.running import running
from deploy.embedded.settings import EmbeddedSettings
from tests.containers import database_container, kafka_container

CONTAINERS = os.environ.get("CROSSFADE_TEST_SERVERS") == "containers"


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
    skip_with_containers()
    return kafka_files(EmbeddedSettings())


@pytest.fixture(scope="session")
def mariadb_programs() -> DatabaseFiles:
    """MariaDB, fetched if this is the first run."""
    skip_with_containers()
    return mariadb_files(EmbeddedSettings())


@pytest.fixture(scope="session")
def mysql_programs() -> DatabaseFiles:
    """MySQL, where there is one; where it is required, none is a failure."""
    skip_with_containers()
    settings = EmbeddedSettings()
    if settings.mysqld is None:
        skip_unless_required("mysql", "CROSSFADE_MYSQLD")
    files = mysql_files(settings)
    version(files)
    return files


def skip_with_containers() -> None:
    """Skip what is about the embedded servers themselves where containers are used."""
    if CONTAINERS:
        pytest.skip("CROSSFADE_TEST_SERVERS=containers: no embedded servers")


def required() -> list[str]:
    """What must not be skipped."""
    return os.environ.get("CROSSFADE_REQUIRE", "").split(",")


def skip_unless_required(name: str, variable: str) -> None:
    """Skip what needs a server that the environment does not name, unless it is required."""
    if name not in required():
        pytest.skip(f"{variable} names no server, and CROSSFADE_REQUIRE does not ask for {name}")


@pytest.fixture(scope="session")
def old_mariadb_programs() -> DatabaseFiles:
    """MariaDB 10.11, where the environment names one."""
    files, release = named("mariadb-old", "CROSSFADE_TEST_MARIADBD")
    assert release == (10, 11), "CROSSFADE_TEST_MARIADBD is to name MariaDB 10.11"
    return files


@pytest.fixture(scope="session")
def new_mysql_programs() -> DatabaseFiles:
    """MySQL 8.4 or later, where the environment names one."""
    files, release = named("mysql-new", "CROSSFADE_TEST_MYSQLD")
    assert release >= (8, 4), "CROSSFADE_TEST_MYSQLD is to name MySQL 8.4 or later"
    return files


def named(name: str, variable: str) -> tuple[DatabaseFiles, tuple[int, int]]:
    """The server that an environment variable names, and its release; where it is required, none is a failure."""
    skip_with_containers()
    if not (path := os.environ.get(variable)):
        skip_unless_required(name, variable)
        pytest.fail(f"CROSSFADE_REQUIRE asks for {name}, and {variable} names none")
    server = Path(path)
    files = DatabaseFiles(server, server.with_name("client"), server.with_name("dump"))
    found = re.search(r"Ver (\d+)\.(\d+)", version(files))
    assert found, version(files)
    return files, (int(found[1]), int(found[2]))


@pytest.fixture(scope="session")
def long() -> None:
    """Skip what `make test` has no time for, unless it is required."""
    if "long" not in required():
        pytest.skip("CROSSFADE_REQUIRE does not ask for long tests")


@pytest.fixture(scope="session")
async def kafka(request: pytest.FixtureRequest, servers_folder: Path) -> AsyncIterator[Kafka]:
    """A running Kafka."""
    async with kafka_container() if CONTAINERS else embedded_kafka(request, servers_folder) as server:
        yield server


@pytest.fixture(scope="session")
async def london_server(request: pytest.FixtureRequest, servers_folder: Path) -> AsyncIterator[Database]:
    """A running MariaDB set up as London."""
    async with database(request, MariaDBServer, servers_folder, Role.LONDON) as server:
        yield server


@pytest.fixture(scope="session")
async def region_server(request: pytest.FixtureRequest, servers_folder: Path) -> AsyncIterator[Database]:
    """A running MariaDB set up as a region."""
    async with database(request, MariaDBServer, servers_folder, Role.REGION) as server:
        yield server


@pytest.fixture(scope="session")
async def mysql_london_server(request: pytest.FixtureRequest, servers_folder: Path) -> AsyncIterator[Database]:
    """A running MySQL set up as London."""
    async with database(request, MySQLServer, servers_folder, Role.LONDON) as server:
        yield server


@pytest.fixture(scope="session")
async def mysql_region_server(request: pytest.FixtureRequest, servers_folder: Path) -> AsyncIterator[Database]:
    """A running MySQL set up as a region."""
    async with database(request, MySQLServer, servers_folder, Role.REGION) as server:
        yield server


@pytest.fixture(scope="session")
async def old_mariadb_london_server(
    old_mariadb_programs: DatabaseFiles, servers_folder: Path
) -> AsyncIterator[Database]:
    """A running MariaDB 10.11 set up as London."""
    folder = servers_folder / "old-mariadb-london"
    async with embedded(MariaDBServer(old_mariadb_programs, folder, free_port(), Role.LONDON)) as server:
        yield server


@pytest.fixture(scope="session")
async def new_mysql_london_server(new_mysql_programs: DatabaseFiles, servers_folder: Path) -> AsyncIterator[Database]:
    """A running MySQL 8.4 or later set up as London."""
    folder = servers_folder / "new-mysql-london"
    async with embedded(MySQLServer(new_mysql_programs, folder, free_port(), Role.LONDON)) as server:
        yield server


@pytest.fixture(scope="session")
async def new_mysql_region_server(new_mysql_programs: DatabaseFiles, servers_folder: Path) -> AsyncIterator[Database]:
    """A running MySQL 8.4 or later set up as a region."""
    folder = servers_folder / "new-mysql-region"
    async with embedded(MySQLServer(new_mysql_programs, folder, free_port(), Role.REGION)) as server:
        yield server


@pytest.fixture(params=["london_server", "mysql_london_server", "old_mariadb_london_server", "new_mysql_london_server"])
def any_london_server(request: pytest.FixtureRequest) -> Database:
    """Each kind of server in London."""
    found: Database = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=["region_server", "mysql_region_server", "new_mysql_region_server"])
def any_region_server(request: pytest.FixtureRequest) -> Database:
    """Each kind of server in a region."""
    found: Database = request.getfixturevalue(request.param)
    return found


@asynccontextmanager
async def embedded_kafka(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[Kafka]:
    """A running embedded Kafka."""
    port, controller_port = free_ports(2)
    server = KafkaServer(request.getfixturevalue("kafka_programs"), folder / "kafka", port, controller_port)
    async with running(server, folder / "kafka.log"):
        yield server


def database(
    request: pytest.FixtureRequest, kind: type[DatabaseServer], folder: Path, role: Role
) -> AbstractAsyncContextManager[Database]:
    """A running database server of `kind` in `role`."""
    if not CONTAINERS:
        programs: DatabaseFiles = request.getfixturevalue(f"{kind.title.lower()}_programs")
        return embedded(kind(programs, folder / f"{kind.title}-{role.value}".lower(), free_port(), role))
    if kind is MySQLServer:
        skip_unless_required("mysql", "CROSSFADE_MYSQLD")
    return database_container(kind, role)


@asynccontextmanager
async def embedded(server: DatabaseServer) -> AsyncIterator[Database]:
    """A running embedded database server whose log is beside its folder."""
    async with running(server, server.folder.with_suffix(".log")):
        yield server

"""London's place: one address and account, at which one server stands after the other."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from deploy.embedded.database import DatabaseServer, Login
from deploy.embedded.ports import LOOPBACK, free_port
from deploy.embedded.running import running
from tests.integration.databases import rows, value
from tests.waiting import until

USER, PASSWORD = "operator", "secret"
REPLICATED_S = 30
REPLICATE = {
    True: "CHANGE MASTER TO MASTER_HOST = '{host}', MASTER_PORT = {port}, MASTER_USER = '{user}', "
    "MASTER_PASSWORD = '{password}', MASTER_SSL = 0, MASTER_USE_GTID = slave_pos",
    False: "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '{host}', SOURCE_PORT = {port}, SOURCE_USER = '{user}', "
    "SOURCE_PASSWORD = '{password}', SOURCE_SSL = 0, SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1",
}
"""What MariaDB is told, and MySQL."""


@dataclass(frozen=True)
class Place:
    """`first` is the server that stands there to begin with; it writes a binlog also of what it replicates."""

    first: DatabaseServer
    standing: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def login(self) -> Login:
        """An account that may do everything on each server: replicas have it from the first."""
        return Login(LOOPBACK, self.first.port, USER, PASSWORD)

    async def open(self) -> None:
        """The first server stands there, new."""
        await self.stand(self.first)
        await rows(self.first.root, f"CREATE USER {USER}@'%' IDENTIFIED BY '{PASSWORD}'")
        await rows(self.first.root, f"GRANT ALL PRIVILEGES ON *.* TO {USER}@'%' WITH GRANT OPTION")

    async def stand(self, server: DatabaseServer) -> None:
        """Ends the server that stands there, and starts another in its place."""
        await self.leave()
        there = replace(server, port=self.first.port)
        await self.standing.enter_async_context(running(there, there.folder / "log"))

    async def leave(self) -> None:
        await self.standing.aclose()

    async def back_up(self) -> Path:
        """A copy of the first server's data; the server stands there again afterwards."""
        await self.leave()
        backup = self.first.folder / "backup"
        shutil.copytree(self.first.data, backup)
        await self.stand(self.first)
        return backup

    async def restore(self, backup: Path) -> None:
        """The first server stands there with the data of a backup."""
        await self.leave()
        shutil.rmtree(self.first.data)
        shutil.move(backup, self.first.data)
        await self.stand(self.first)

    @asynccontextmanager
    async def replica(self) -> AsyncIterator[Replica]:
        """A server elsewhere that replicates the first one from its beginning."""
        folder = self.first.folder.with_name("replica")
        server = replace(self.first, folder=folder, port=free_port(), server_id=2)
        async with running(server, folder / "log"):
            made = Replica(server, self.login)
            await made.start()
            yield made


@dataclass(frozen=True)
class Replica:
    """A running replica of a source."""

    server: DatabaseServer
    source: Login

    async def start(self) -> None:
        await self._run(REPLICATE[await self._is_mariadb()].format(**asdict(self.source)))
        await self._run("START REPLICA")

    async def catch_up(self) -> None:
        """Returns when it has all that the source has now."""
        variable = "@@GLOBAL.gtid_binlog_pos" if await self._is_mariadb() else "@@GLOBAL.gtid_executed"
        position = await value(self.source, variable)

        async def has_it() -> bool:
            return await value(self.server.root, variable) == position

        await until(has_it, deadline_s=REPLICATED_S)

    async def pause(self) -> None:
        """It gets no more of the source, and may take its place."""
        await self._run("STOP REPLICA")

    async def forget(self) -> None:
        """It is a replica no more."""
        await self.pause()
        await self._run("RESET REPLICA ALL")

    async def _is_mariadb(self) -> bool:
        return "MariaDB" in str(await value(self.server.root, "VERSION()"))

    async def _run(self, statement: str) -> None:
        await rows(self.server.root, statement)

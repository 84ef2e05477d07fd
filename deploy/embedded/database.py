"""What MariaDB and MySQL have in common as embedded servers."""

from __future__ import annotations

import os
import secrets
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from pathlib import Path
from typing import ClassVar

import asyncmy
from asyncmy.errors import MySQLError

from deploy.embedded.advice import advice
from deploy.embedded.cache import landed
from deploy.embedded.errors import ServerFailed, disk_errors
from deploy.embedded.ports import LOOPBACK
from deploy.embedded.ready import wait_until

Options = Mapping[str, str | int]


class Role(Enum):
    """What a database is for, which decides how it is set up."""

    LONDON = "london"
    REGION = "region"


@dataclass(frozen=True)
class Login:
    """An account of a database server, reached over TCP."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class DatabaseFiles:
    """The programs of an unpacked database: the server, its command line client, and what writes a database as SQL."""

    server: Path
    client: Path
    dump: Path


@dataclass(frozen=True)
class DatabaseServer(ABC):
    """A database server with its data below `folder`, listening on `port` of 127.0.0.1 only.

    `durable` keeps every commit over a power cut, as production must; without it the last second may be lost, which
    suits a benchmark. `overrides` are options of the server in place of those chosen here.
    """

    title: ClassVar[str]

    files: DatabaseFiles
    folder: Path
    port: int
    role: Role
    server_id: int = 1
    buffer_pool_mb: int = 128
    durable: bool = True
    overrides: Options = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"{self.title} ({self.role.value})"

    @property
    def data(self) -> Path:
        """The data folder; complete if it is there."""
        return self.folder.absolute() / "data"

    @property
    def scratch(self) -> Path:
        """Its folder for temporary tables: a server that starts clears away those of others in the same folder."""
        return self.folder.absolute() / "tmp"

    @property
    def root(self) -> Login:
        """The account that may do everything; there once the server is prepared."""
        return Login(LOOPBACK, self.port, "root", self.password_file.read_text())

    @property
    def password_file(self) -> Path:
        """The file, for its owner alone, with the password of the root account."""
        return self.folder / "root-password"

    def prepare(self) -> None:
        """Make the data folder, unless it is there. Blocks for one or two seconds; raises ServerFailed."""
        with disk_errors(
            ServerFailed, f"Cannot prepare {self.name} in {self.folder}", "Make room or mend permissions."
        ):
            self.scratch.mkdir(parents=True, exist_ok=True)
            landed(self.data, self.install)

    def install(self, data: Path) -> None:
        """Fill the empty folder `data` with a new database that only root can get into, with a new password."""
        write_secret(self.password_file, secrets.token_urlsafe(24))
        done = subprocess.run(
            [*self.install_command(data), *user_argument()],
            input=self.install_sql() + root_account(self.root.password),
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if done.returncode:
            raise ServerFailed(f"Cannot prepare {self.name} in {self.folder}. {advice(done.stdout)}\n{done.stdout}")

    @abstractmethod
    def install_command(self, data: Path) -> list[str]:
        """The command that fills `data` and runs the SQL that it reads from its input, a statement a line."""

    @abstractmethod
    def install_sql(self) -> str:
        """The SQL to run before accounts can be made."""

    def command(self) -> list[str]:
        """The command that runs the server in the foreground."""
        options = {**self.place(), **self.behaviour(), **self.overrides}
        # --no-defaults must be the first; without it the configuration of another server on this machine is read.
        return [str(self.files.server), "--no-defaults", *as_arguments(options), *user_argument()]

    def place(self) -> Options:
        """Options that say where it has its files and where it listens."""
        return {
            "datadir": str(self.data),
            "bind-address": LOOPBACK,
            "port": self.port,
            # No unix socket: its path would have to be shorter than that of many a home folder.
            "socket": "",
            "skip-name-resolve": "ON",
        }

    def behaviour(self) -> Options:
        """Options that say how it behaves, wherever it runs."""
        return {
            "server-id": self.server_id,
            "character-set-server": "utf8mb4",
            "default-time-zone": "+00:00",
            "max-allowed-packet": "64M",
            "max-connections": 300,
            "innodb-buffer-pool-size": f"{self.buffer_pool_mb}M",
            # 1 writes through at every commit, 2 once a second.
            "innodb-flush-log-at-trx-commit": 1 if self.durable else 2,
            **self.role_options(),
        }

    @abstractmethod
    def role_options(self) -> Options:
        """Options of the role: London writes the binlog that a producer follows; a region needs none."""

    def environment(self) -> dict[str, str]:
        """The whole environment of the server's process."""
        path = os.environ.get("PATH", os.defpath)
        return {"PATH": path, "LC_ALL": "C", "TZ": "UTC", "TMPDIR": str(self.scratch)}

    async def wait_ready(self, deadline_s: float) -> None:
        """Return when the root account can run a query. Raises ServerFailed after `deadline_s` seconds."""
        await wait_until(partial(answers, self.root), deadline_s, self.name)


async def answers(login: Login) -> bool:
    """Whether an account can run a query now. No other server knows the password of this one."""
    try:
        async with (
            asyncmy.connect(host=login.host, port=login.port, user=login.user, password=login.password) as connection,
            connection.cursor() as cursor,
        ):
            await cursor.execute("SELECT 1")
            return True
    except (MySQLError, OSError):
        return False


def write_secret(file: Path, text: str) -> None:
    """Write `file` so that nobody else can read it and it is never there in part."""
    part = file.with_name(file.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
    part.rename(file)


def root_account(password: str) -> str:
    """The SQL, a statement a line, that lets `root` in over TCP from this machine only."""
    return (
        f"CREATE USER 'root'@'{LOOPBACK}' IDENTIFIED BY '{password}';\n"
        f"GRANT ALL PRIVILEGES ON *.* TO 'root'@'{LOOPBACK}' WITH GRANT OPTION;\n"
    )


def as_arguments(options: Options) -> list[str]:
    """The options as a command line has them."""
    return [f"--{name}={value}" for name, value in options.items()]


def user_argument() -> list[str]:
    """The servers refuse to run as root unless they are told to."""
    return ["--user=root"] if os.geteuid() == 0 else []

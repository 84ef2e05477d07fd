"""MySQL as London and as a region, set up for one machine.

Either the server that CROSSFADE_MYSQLD names, or MySQL 8.0 from Maven Central, which needs libaio and libnuma of the
system. `python -m deploy.embedded.mysql` fetches the latter, checks it and prints where it is.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.artifacts import Package, installed
from deploy.embedded.database import DatabaseFiles, DatabaseServer, Options, Role, as_arguments
from deploy.embedded.errors import EmbeddedError, ServerFailed
from deploy.embedded.settings import EmbeddedSettings

PACKAGE = Package(
    title="MySQL 8.0.33",
    name="mysql-8.0.33",
    lock=Path(__file__).with_name("mysql.lock"),
    wanted=(
        "bin/mysqld",
        "bin/mysql",
        "bin/mysqldump",
        "lib/plugin/component_reference_cache.so",
        "lib/private/*",
        "share/english/*",
        "share/charsets/*",
    ),
)


def mysql_files(settings: EmbeddedSettings) -> DatabaseFiles:
    """MySQL as the settings name it, or from the cache, fetched first if needed. Blocks; raises FetchFailed."""
    server = settings.mysqld or installed(PACKAGE, settings) / "bin/mysqld"
    return DatabaseFiles(server, server.with_name("mysql"), server.with_name("mysqldump"))


def version(files: DatabaseFiles) -> str:
    """What the server says it is. Raises ServerFailed when it cannot run here."""
    try:
        done = subprocess.run([files.server, "--version"], capture_output=True, text=True, check=False)
    except OSError as exc:
        raise ServerFailed(f"Cannot run {files.server}: {exc.strerror}. CROSSFADE_MYSQLD names a mysqld.") from exc
    if done.returncode:
        raise ServerFailed(
            f"{done.stderr.strip()}. Install that library (Debian 12: apt-get install libaio1 libnuma1), "
            "or name another mysqld in CROSSFADE_MYSQLD."
        )
    return done.stdout.strip()


@dataclass(frozen=True)
class MySQLServer(DatabaseServer):
    """A MySQL server, 8.0 or newer."""

    title = "MySQL"

    def install_command(self, data: Path) -> list[str]:
        """The command that makes the system tables; the account that it makes itself is locked."""
        options = {"datadir": str(data), "init-file": "/dev/stdin"}
        return [str(self.files.server), "--no-defaults", "--initialize", *as_arguments(options)]

    def install_sql(self) -> str:
        """Nothing: the server has it inside."""
        return ""

    def place(self) -> Options:
        """Options that say where it is."""
        return {
            **super().place(),
            # The second protocol would take a port of its own.
            "mysqlx": "OFF",
            "tls-version": "",
            # A distribution's build insists on a folder that only its own packages make.
            "secure-file-priv": "NULL",
        }

    def behaviour(self) -> Options:
        """Options that say how it behaves; what it measures about itself takes memory that a test machine lacks."""
        return {**super().behaviour(), "performance-schema": "OFF"}

    def role_options(self) -> Options:
        """London: a binlog with whole rows and their columns' names, and GTIDs."""
        if self.role is Role.REGION:
            return {"disable-log-bin": "ON"}
        return {
            "log-bin": "london-bin",
            "sync-binlog": 1 if self.durable else 0,
            "binlog-row-metadata": "FULL",
            "gtid-mode": "ON",
            "enforce-gtid-consistency": "ON",
        }


def main() -> int:
    """Fetch MySQL, check that it runs, and print the path of its server."""
    try:
        files = mysql_files(EmbeddedSettings())
        version(files)
    except EmbeddedError as exc:
        sys.stderr.write(f"{exc}\n")
        return 2
    sys.stdout.write(f"{files.server}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

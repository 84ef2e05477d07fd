"""Everything that a demo needs, started, found, and stopped again however the demo ends."""

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Final, Self

from demo.show.home import Home
from demo.show.interrupts import undisturbed
from deploy.embedded.database import write_secret
from deploy.embedded.mariadb import mariadb_files
from deploy.embedded.process import ProcessId
from deploy.embedded.running import tether
from deploy.embedded.settings import EmbeddedSettings
from deploy.supervisor import control
from deploy.supervisor.folder import Folder
from deploy.supervisor.news import failure
from deploy.supervisor.program import python
from deploy.supervisor.servers import settings_from
from deploy.supervisor.state import State
from shared.errors import Stop
from shared.settings import LondonSettings, RegionSettings

STOP_S: Final = 600.0
PASSED_ON: Final = ("CROSSFADE_CACHE_DIR", "CROSSFADE_MAVEN_MIRROR")
"""Settings are for one's own servers, which a demo must not write to; these only say where programs come from."""


@dataclass(frozen=True)
class Stage:
    """What runs: the addresses of both sides, and both databases, as whoever may do everything there."""

    home: Home
    origin: str
    gateway: str
    london: LondonSettings
    region: RegionSettings

    @classmethod
    def of(cls, home: Home, state: State) -> Self:
        return cls(
            home,
            state.addresses["origin"],
            state.addresses["gateway"],
            settings_from(LondonSettings, state.servers["london"], **_root(home.folder, "london")),
            settings_from(RegionSettings, state.servers["region"], **_root(home.folder, "region")),
        )


def environment(outside: Mapping[str, str], albums: int) -> dict[str, str]:
    """What the supervisor is told: of the settings outside, only where programs come from."""
    told = {name: value for name, value in outside.items() if not name.startswith("CROSSFADE_") or name in PASSED_ON}
    return told | {"CROSSFADE_UP_ALBUMS": str(albums)}


@contextmanager
def running(home: Home, albums: int, feeds: Path | None) -> Iterator[ProcessId]:
    """A new supervisor, which starts everything, for as long as the context lasts; the system has it stop everything
    also when this process is killed."""
    command = python("demo.show.supervisor", str(home.path), *([str(feeds)] if feeds else []))
    supervisor = control.start(home.folder, environment(os.environ, albums), (*tether(os.getpid()), *command))
    try:
        yield supervisor
    finally:
        with undisturbed():
            asyncio.run(end(home, supervisor))


def clear(home: Home) -> None:
    """Ends and deletes what an earlier demo left: one that was killed, or one that failed and kept its logs."""
    with undisturbed():
        asyncio.run(control.down(home.folder, _nobody))
        home.folder.wipe()


async def end(home: Home, supervisor: ProcessId) -> None:
    """Has it stop everything in order; whatever it could not stop is ended as well."""
    await supervisor.terminate(STOP_S)
    await control.down(home.folder, _nobody)


def why_ended(home: Home, supervisor: ProcessId) -> Stop:
    """The error of a supervisor that has ended by itself, with the end of the log that tells why."""
    return failure(home.folder, control.state_of(home.folder, supervisor))


def write_sql_command(stage: Stage) -> None:
    """Writes a command like the database's own, with the password in a file that only its user can read."""
    options = stage.home.sql.with_suffix(".cnf")
    write_secret(options, client_options(stage.london))
    client = mariadb_files(EmbeddedSettings()).client
    stage.home.sql.write_text(f'#!/bin/sh\nexec {quote(str(client))} --defaults-file={quote(str(options))} "$@"\n')
    stage.home.sql.chmod(0o700)


def client_options(server: LondonSettings) -> str:
    """What the command line client reads to get in."""
    return (
        f"[client]\nhost={server.host}\nport={server.port}\nprotocol=tcp\nskip-ssl\nuser={server.user}\n"
        f"password={server.password.get_secret_value()}\ndefault-character-set=utf8mb4\n"
        f"[mysql]\ndatabase={server.database}\n"
    )


def crossfade_command(home: Home) -> str:
    """How this installation's command is called from the demo's folder."""
    command = Path(sys.executable).with_name("crossfade")
    return os.path.relpath(command, home.path) if command.is_relative_to(Path.cwd()) else str(command)


def _root(folder: Folder, server: str) -> dict[str, str]:
    return {"USER": "root", "PASSWORD": (folder.data(server) / "root-password").read_text()}


def _nobody(_: str) -> None:
    """Is told nothing."""

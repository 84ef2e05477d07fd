"""The peer of a snapshot: London's own rows copied by `mariadb-dump | mariadb`."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from deploy.embedded.database import DatabaseFiles
from shared.errors import CrossfadeError, Unusable
from shared.mysql import ServerSettings

NAME: Final = "mariadb-dump --single-transaction --quick | mariadb"


def require(programs: DatabaseFiles) -> None:
    """Raises Unusable where one of the two programs is missing: a figure without its peer says nothing."""
    for program in (programs.dump, programs.client):
        if not os.access(program, os.X_OK):
            raise Unusable(f"there is no {program.name} at {program}, beside which the snapshot is measured")


async def copy(programs: DatabaseFiles, source: ServerSettings, target: ServerSettings, database: str) -> None:
    """Copies the source's database into an empty one of the target. Raises CrossfadeError where a program fails."""
    with _pipe() as (read_end, write_end):
        dump = await _start(
            [*_call(programs.dump, source), "--single-transaction", "--quick", source.database],
            source,
            stdout=write_end,
        )
        client = await _start([*_call(programs.client, target), database], target, stdin=read_end)
    # Where the client fails, the dump fails to write to it.
    for program, process in ((programs.client, client), (programs.dump, dump)):
        _, errors = await process.communicate()
        if process.returncode:
            raise CrossfadeError(f"{program.name} ended with {process.returncode}: {errors.decode().strip()}")


@contextmanager
def _pipe() -> Iterator[tuple[int, int]]:
    """Both ends of a pipe, for child processes alone: this process keeps neither."""
    ends = os.pipe()
    try:
        yield ends
    finally:
        for end in ends:
            os.close(end)


async def _start(
    command: Sequence[str], server: ServerSettings, stdin: int = asyncio.subprocess.DEVNULL, stdout: int | None = None
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *command,
        # On the command line everybody could read it.
        env={"PATH": os.environ.get("PATH", os.defpath), "MYSQL_PWD": server.password.get_secret_value()},
        stdin=stdin,
        stdout=stdout,
        stderr=asyncio.subprocess.PIPE,
    )


def _call(program: Path, server: ServerSettings) -> list[str]:
    login = [f"--host={server.host}", f"--port={server.port}", f"--user={server.user}"]
    return [str(program), "--no-defaults", "--skip-ssl", *login]

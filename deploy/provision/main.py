"""Provisioning by parts, as `crossfade provision` and the steps of `crossfade up` do it."""

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum

from deploy.provision.databases import grant, grant_script, provision_region, region_script
from deploy.provision.settings import ProvisionSettings
from deploy.provision.topics import MOST_REPLICAS, as_command, create_topics, topics
from deploy.supervisor.folder import Folder
from deploy.supervisor.servers import ServerName, own_settings
from shared.errors import CrossfadeError, Unusable
from shared.settings import KafkaSettings, LondonSettings, RegionSettings, load, variable


class Part(StrEnum):
    """What is made on one server: the region's topics, its schema and accounts, London's account, the demo origin's."""

    TOPICS = "topics"
    REGION = "region"
    LONDON = "london"
    ORIGIN = "origin"


_OWN: Mapping[ServerName, Part] = {"kafka": Part.TOPICS, "region": Part.REGION, "london": Part.LONDON}


def named_parts(environment: Mapping[str, str]) -> list[Part]:
    """What is to be made on the servers that settings name. Raises Unusable where they name none."""
    if parts := [part for server, part in _OWN.items() if own_settings(server, environment)]:
        return parts
    raise Unusable(
        "the settings name no server to provision (CROSSFADE_KAFKA_*, CROSSFADE_REGION_*, CROSSFADE_LONDON_*); "
        "embedded ones are provisioned by `crossfade up`"
    )


async def provision(part: Part, folder: Folder) -> str:
    """Makes one part on the server that the settings name, as the account that they name, and says what was made.

    Passwords of new accounts are kept in `folder`. May be repeated.
    """
    folder.make()
    settings = load(ProvisionSettings)
    match part:
        case Part.TOPICS:
            made = await create_topics(load(KafkaSettings), settings.partitions)
            return f"topics made: {', '.join(made) or 'none, all were there'}"
        case Part.REGION:
            region = load(RegionSettings)
            await provision_region(region, settings.hosts, folder.secret)
            return f"schema and accounts made in {region.database} on {region.host}:{region.port}"
        case Part.LONDON | Part.ORIGIN:
            london = load(LondonSettings)
            await grant(london, part, settings.hosts, folder.secret)
            return f"account made on {london.host}:{london.port} that may read {london.database}"


def script(part: Part) -> str:
    """What `provision` would do, to be read and run by hand; asks no server and holds no password."""
    settings = load(ProvisionSettings)
    match part:
        case Part.TOPICS:
            commands = "".join(f"{as_command(topic)}\n" for topic in topics(settings.partitions, MOST_REPLICAS))
            return f"# Where there are fewer brokers than three: one replica, and min.insync.replicas=1.\n{commands}"
        case Part.REGION:
            return region_script(_database(RegionSettings), settings.hosts)
        case Part.LONDON | Part.ORIGIN:
            return grant_script(part, _database(LondonSettings), settings.hosts)


def _database(settings: type[RegionSettings] | type[LondonSettings]) -> str:
    return os.environ.get(variable(settings, "database")) or str(settings.model_fields["database"].default)


def main(arguments: Sequence[str]) -> None:
    """One part as a process: exit code 0, or 1 and 2 as everywhere, with a sentence on standard error."""
    (part,) = arguments
    try:
        done = asyncio.run(provision(Part(part), Folder.here()))
    except CrossfadeError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2 if isinstance(error, Unusable) else 1)
    sys.stdout.write(f"{done}\n")

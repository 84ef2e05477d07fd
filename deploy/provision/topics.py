"""The topics of a region's Kafka: which, how they keep their messages, and making those that are missing."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code

from shared import kafka
from shared.errors import LogAway, Unusable
from shared.settings import KafkaSettings
from shared.wire import DEAD_LETTERS_TOPIC, MAX_RECORD_BYTES, POSITIONS_TOPIC, SNAPSHOT_TOPIC, TOPICS

Config = Mapping[str, str]

MOST_REPLICAS: Final = 3
_LISTED_ATTEMPTS: Final = 300
_LISTED_PAUSE_S: Final = 0.1

# Replay and points in time need every message there ever was.
KEPT: Final[Config] = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}

# A client's old secret must be gone within a day, also from the segment that is being written.
CLIENTS: Final[Config] = {"cleanup.policy": "compact", "max.compaction.lag.ms": "86400000"}

# Written every second, and read whole at each start.
POSITIONS: Final[Config] = {"cleanup.policy": "compact", "segment.ms": "3600000", "min.cleanable.dirty.ratio": "0.1"}


@dataclass(frozen=True)
class Topic:
    name: str
    partitions: int
    replicas: int
    config: Config


def topics(partitions: int, brokers: int) -> list[Topic]:
    """Every topic. Where there are three brokers it has three copies, two of which must be written; else one."""
    replicas = MOST_REPLICAS if brokers >= MOST_REPLICAS else 1
    everywhere = {
        "min.insync.replicas": str(max(1, replicas - 1)),
        "max.message.bytes": str(MAX_RECORD_BYTES + 1024 * 1024),
    }
    kinds: list[tuple[str, int, Config]] = [
        (TOPICS["album"], partitions, KEPT),
        (TOPICS["artist"], partitions, KEPT),
        (TOPICS["client"], partitions, CLIENTS),
        (POSITIONS_TOPIC, 1, POSITIONS),
        (SNAPSHOT_TOPIC, partitions, KEPT),
        (DEAD_LETTERS_TOPIC, partitions, KEPT),
    ]
    return [Topic(name, count, replicas, {**config, **everywhere}) for name, count, config in kinds]


def as_command(topic: Topic) -> str:
    """The call of Kafka's own tool that makes the topic."""
    config = " ".join(f"--config {name}={value}" for name, value in topic.config.items())
    return (
        f"kafka-topics.sh --bootstrap-server <bootstrap> --create --if-not-exists --topic {topic.name} "
        f"--partitions {topic.partitions} --replication-factor {topic.replicas} {config}"
    )


async def create_topics(settings: KafkaSettings, partitions: int) -> list[str]:
    """Makes the topics of this cluster that are missing, and returns their names. Raises Unusable as below."""
    async with kafka.admin(settings) as admin:
        with kafka.translated(settings):
            brokers = len((await admin.describe_cluster())["brokers"])
            return await create_missing(admin, topics(partitions, brokers))


async def create_missing(admin: AIOKafkaAdminClient, wanted: Sequence[Topic]) -> list[str]:
    """Makes those that are missing. Raises Unusable, before it makes any, for one that is there and set otherwise: it
    would lose messages or refuse large ones, and what to do about those it has is the operator's decision."""
    there = set(await admin.list_topics())
    await _require_same(admin, [topic for topic in wanted if topic.name in there])
    made = await _create(admin, [topic for topic in wanted if topic.name not in there])
    await _until_listed(admin, {topic.name for topic in wanted})
    return made


def differences(wanted: Iterable[Topic], found: Mapping[str, Config]) -> list[str]:
    """What is set otherwise than wanted, a text each."""
    return [
        f"{topic.name} has {name}={found[topic.name].get(name)} and needs {value}"
        for topic in wanted
        for name, value in topic.config.items()
        if found[topic.name].get(name) != value
    ]


async def _require_same(admin: AIOKafkaAdminClient, wanted: Sequence[Topic]) -> None:
    found = await _read_configs(admin, [topic.name for topic in wanted])
    if different := differences(wanted, found):
        raise Unusable(f"topics are set otherwise: {'; '.join(different)}; change them with kafka-configs.sh --alter")


async def _create(admin: AIOKafkaAdminClient, missing: Sequence[Topic]) -> list[str]:
    """Returns those that were made here; another command may make the same at the same time."""
    new = [NewTopic(each.name, each.partitions, each.replicas, topic_configs=dict(each.config)) for each in missing]
    answer = await admin.create_topics(new)
    for name, code, reason in answer.topic_errors:
        if code and for_code(code) is not TopicAlreadyExistsError:
            raise Unusable(f"topic {name} cannot be made: {reason}")
    return [name for name, code, _ in answer.topic_errors if not code]


async def _until_listed(admin: AIOKafkaAdminClient, names: Set[str]) -> None:
    """A broker may show a topic later than the controller has made it. Raises LogAway when that takes too long."""
    for _ in range(_LISTED_ATTEMPTS):
        if names <= set(await admin.list_topics()):
            return
        await asyncio.sleep(_LISTED_PAUSE_S)
    raise LogAway("topics were made, and the brokers do not show them")


async def _read_configs(admin: AIOKafkaAdminClient, names: Iterable[str]) -> dict[str, Config]:
    """The configuration of each topic, by topic."""
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    resources = [resource for answer in answers for resource in answer.resources]
    return {name: {entry[0]: entry[1] for entry in entries} for _, _, _, name, entries in resources}

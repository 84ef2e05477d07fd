"""Resume state in the compacted topic `catalogue.positions`."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final

from aiokafka import AIOKafkaProducer, ConsumerRecord, TopicPartition
from pydantic import BaseModel

from shared import kafka
from shared.errors import InvalidRecord
from shared.settings import KafkaSettings
from shared.wire import POSITIONS_TOPIC, TOPICS, Marker, decode

_LAST_MESSAGES: Final = 10

PARTITION = TopicPartition(POSITIONS_TOPIC, 0)


async def read_states(settings: KafkaSettings) -> dict[bytes, bytes]:
    """The newest value of each key."""
    async with kafka.consumer(settings) as consumer:
        with kafka.translated(settings):
            consumer.assign([PARTITION])
            await consumer.seek_to_beginning(PARTITION)
            end = (await consumer.end_offsets([PARTITION]))[PARTITION]
            states: dict[bytes, bytes] = {}
            while await consumer.position(PARTITION) < end:
                for message in (await consumer.getmany(PARTITION, timeout_ms=500)).get(PARTITION, []):
                    states[message.key] = message.value
            return states


async def last_version(settings: KafkaSettings) -> int | None:
    """The greatest version among the last messages of the albums' partitions, None where no message has one."""
    async with kafka.consumer(settings, TOPICS["album"]) as consumer:
        with kafka.translated(settings):
            places = [TopicPartition(TOPICS["album"], p) for p in consumer.partitions_for_topic(TOPICS["album"])]
            ends = await consumer.end_offsets(places)
            begins = await consumer.beginning_offsets(places)
            for place in places:
                consumer.seek(place, max(begins[place], ends[place] - _LAST_MESSAGES))
            versions: list[int] = []
            while any([await consumer.position(place) < ends[place] for place in places]):
                for messages in (await consumer.getmany(timeout_ms=500)).values():
                    versions += _versions(messages)
            return max(versions, default=None)


def _versions(messages: Iterable[ConsumerRecord]) -> Iterator[int]:
    for message in messages:
        with suppress(InvalidRecord):
            found = decode(message.key, message.value, message.headers)
            yield found.position if isinstance(found, Marker) else found.version


async def write_state(producer: AIOKafkaProducer, settings: KafkaSettings, key: bytes, state: BaseModel) -> None:
    """Returns when the state is acknowledged."""
    with kafka.translated(settings):
        await producer.send_and_wait(POSITIONS_TOPIC, state.model_dump_json().encode(), key, partition=0)

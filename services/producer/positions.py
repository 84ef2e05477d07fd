"""Resume state in the compacted topic `catalogue.positions`."""

from aiokafka import AIOKafkaProducer, TopicPartition
from pydantic import BaseModel

from shared import kafka
from shared.settings import KafkaSettings
from shared.wire import POSITIONS_TOPIC

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


async def write_state(producer: AIOKafkaProducer, settings: KafkaSettings, key: bytes, state: BaseModel) -> None:
    """Returns when the state is acknowledged."""
    with kafka.translated(settings):
        await producer.send_and_wait(POSITIONS_TOPIC, state.model_dump_json().encode(), key, partition=0)

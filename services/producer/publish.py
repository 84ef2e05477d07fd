"""Writes records to the log and waits until all in-sync replicas have them."""

import logging
from collections import Counter
from collections.abc import Awaitable, Iterable

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata

from shared import clock, kafka, metrics
from shared.settings import KafkaSettings
from shared.wire import (
    DEAD_LETTERS_TOPIC,
    MAX_RECORD_BYTES,
    TOPICS,
    DeadLetter,
    Marker,
    Record,
    encode,
    encode_dead_letter,
    encode_marker,
)

logger = logging.getLogger(__name__)

Acknowledgement = Awaitable[RecordMetadata]
Place = tuple[str, int]
"""Topic and partition."""


class Publisher:
    """Publishes through one Kafka producer; several tasks may publish at once."""

    def __init__(self, producer: AIOKafkaProducer, settings: KafkaSettings) -> None:
        self._producer = producer
        self._settings = settings

    async def publish(self, records: Iterable[Record]) -> set[Place]:
        """Returns the partitions written to, when every record is acknowledged, or its dead letter where it is larger
        than the log takes.

        Raises LogAway: then any of them may be missing, and all have to be published again.
        """
        with kafka.translated(self._settings):
            written = await _all([await self._send(record) for record in records])
        for topic, count in Counter(metadata.topic for metadata in written).items():
            metrics.RECORDS_PUBLISHED.labels(topic).inc(count)
        return {(metadata.topic, metadata.partition) for metadata in written}

    async def mark(self, marker: Marker, places: Iterable[Place]) -> None:
        """Writes the marker into each of the partitions."""
        key, value, headers = encode_marker(marker)
        with kafka.translated(self._settings):
            for topic, partition in places:
                await self._producer.send_and_wait(topic, value, key, partition=partition, headers=headers)

    async def _send(self, record: Record) -> Acknowledgement:
        topic, (key, value, headers) = TOPICS[record.type], encode(record)
        if value is not None and len(value) > MAX_RECORD_BYTES:
            topic, (key, value, headers) = DEAD_LETTERS_TOPIC, encode_dead_letter(_refused(record), clock.timestamp())
        acknowledgement: Acknowledgement = await self._producer.send(topic, value, key, headers=headers)
        return acknowledgement


def _refused(record: Record) -> DeadLetter:
    size = len(record.value or b"")
    reason = f"{record.type} {record.id} is {size} bytes; the log takes {MAX_RECORD_BYTES}"
    logger.error("a document is too large for the log", extra={"type": record.type, "id": record.id, "bytes": size})
    metrics.RECORDS_REFUSED.labels(record.type).inc()
    return DeadLetter(*encode(record), reason, "london")


async def _all(acknowledgements: list[Acknowledgement]) -> list[RecordMetadata]:
    """Waits for all, also when one fails, and raises the first failure."""
    written: list[RecordMetadata] = []
    failures: list[KafkaError] = []
    for acknowledgement in acknowledgements:
        try:
            written.append(await acknowledgement)
        except KafkaError as error:
            failures.append(error)
    if failures:
        raise failures[0]
    return written

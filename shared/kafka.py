"""Producers and consumers of the log: durable, idempotent, compressed; the driver's errors translated once."""

import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import truststore
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from shared.errors import CrossfadeError, LogAway, TooLarge, Unusable
from shared.settings import KafkaSettings
from shared.topic_ids import TopicIdsRequest
from shared.wire import MAX_RECORD_BYTES

MAX_FETCH_BYTES = MAX_RECORD_BYTES + 1024 * 1024
# A transaction whose producer died holds up the readers of its partitions for so long, and until the broker looks.
TRANSACTION_MS = 10_000


def _arguments(settings: KafkaSettings) -> dict[str, Any]:
    arguments: dict[str, Any] = {"bootstrap_servers": settings.bootstrap, "security_protocol": settings.security}
    if settings.security.endswith("SSL"):
        arguments["ssl_context"] = _tls(settings)
    if settings.security.startswith("SASL"):
        arguments |= {
            "sasl_mechanism": settings.sasl_mechanism,
            "sasl_plain_username": settings.user,
            "sasl_plain_password": settings.password.get_secret_value(),
        }
    return arguments


def _tls(settings: KafkaSettings) -> ssl.SSLContext:
    if settings.ca_file:
        return ssl.create_default_context(cafile=settings.ca_file)
    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@asynccontextmanager
async def producer(
    settings: KafkaSettings, *, linger_ms: int = 0, transactional_id: str | None = None
) -> AsyncIterator[AIOKafkaProducer]:
    """Acknowledged by all in-sync replicas, without duplicates from its own retries. A batch is compressed whole, so
    `linger_ms` above 0 makes bulk writing smaller.

    One with a `transactional_id` sends in transactions only. When it opens, whatever another of that id has not
    committed is undone, and nothing of that other is ever committed again.
    """
    opened = AIOKafkaProducer(
        **_arguments(settings),
        acks="all",
        enable_idempotence=True,
        compression_type="zstd",
        linger_ms=linger_ms,
        transactional_id=transactional_id,
        transaction_timeout_ms=TRANSACTION_MS,
        max_batch_size=512 * 1024,
        max_request_size=MAX_RECORD_BYTES + 64 * 1024,
    )
    with translated(settings):
        await opened.start()
    try:
        yield opened
    finally:
        await opened.stop()


@asynccontextmanager
async def consumer(settings: KafkaSettings, *topics: str, group: str | None = None, **more: Any) -> AsyncIterator[Any]:
    """Reads only what was committed by producers and moves no offset by itself."""
    opened = AIOKafkaConsumer(
        *topics,
        **_arguments(settings),
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        max_partition_fetch_bytes=MAX_FETCH_BYTES,
        fetch_max_bytes=4 * MAX_FETCH_BYTES,
        **more,
    )
    with translated(settings):
        await opened.start()
    try:
        yield opened
    finally:
        await opened.stop()


@asynccontextmanager
async def admin(settings: KafkaSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    opened = AIOKafkaAdminClient(**_arguments(settings))
    with translated(settings):
        await opened.start()
    try:
        yield opened
    finally:
        await opened.close()


async def identify(settings: KafkaSettings, topics: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The cluster's id and each topic's; raises Unusable for a topic that does not exist."""
    client = AIOKafkaClient(**_arguments(settings))
    with translated(settings):
        try:
            await client.bootstrap()
            answer = await client.send(client.get_random_node(), TopicIdsRequest(topics))
        finally:
            await client.close()
    found = {topic[1]: topic[2].hex() for topic in answer.topics if topic[0] == 0}
    if missing := sorted(set(topics) - found.keys()):
        raise Unusable(
            f"Kafka at {settings.bootstrap} has no topic {', '.join(missing)}; `crossfade provision` makes it"
        )
    return answer.cluster_id, found


@contextmanager
def translated(settings: KafkaSettings) -> Iterator[None]:
    """Raises what the driver says as an error of ours, naming the brokers."""
    try:
        yield
    except MessageSizeTooLargeError as error:
        raise TooLarge(f"larger than the log takes ({MAX_RECORD_BYTES} bytes): {error}") from error
    except (KafkaError, OSError) as error:
        raise translate(error, settings.bootstrap) from error


def translate(error: BaseException, where: str) -> CrossfadeError:
    if isinstance(error, OSError) or getattr(error, "retriable", False):
        return LogAway(f"Kafka at {where}: {error!r}")
    return CrossfadeError(f"Kafka at {where}: {error!r}")

"""Reads the dead letters of a region, and puts those that were mended into the log again.

Records and the note that they were redriven are sent in one transaction of Kafka, and only one redrive at a time can
commit: whoever begins later undoes what the one before has not committed, and then reads all that it has. So nothing is
redriven twice, wherever a redrive ends and however many begin at once.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import ProducerFenced

from services.persister.batch import Message
from services.persister.dead_letters import (
    Letter,
    Letters,
    Outcome,
    Subject,
    encode_note,
    judge,
    pieces,
    redriven,
)
from shared import clock, kafka, mysql
from shared.batched import batched
from shared.errors import CrossfadeError
from shared.settings import KafkaSettings, RegionSettings
from shared.sql import numbers
from shared.wire import DEAD_LETTERS_TOPIC, DOCUMENTS, Encoded

TRANSACTIONAL_ID: Final = "crossfade.redrive"
_POLL_MS: Final = 500
_IDS: Final = 1000

Choice = Callable[[Letters], Iterable[Letter]]
"""Picks those to be redriven. Raises CrossfadeError where one may not be."""


async def read_letters(log: KafkaSettings, region: RegionSettings) -> Letters:
    """All letters, and what became of them."""
    async with _reader(log) as consumer:
        return await _read(consumer, log, region)


async def read_letter(log: KafkaSettings, region: RegionSettings, id: str) -> tuple[Letters, Letter, bytes | None]:
    """One of all the letters, with its value. Raises CrossfadeError where there is none of that id."""
    async with _reader(log) as consumer:
        letters = await _read(consumer, log, region)
        letter = letters.find(id)
        return letters, letter, await _read_value(consumer, log, letter)


async def redrive(log: KafkaSettings, region: RegionSettings, choose: Choice) -> Outcome:
    """Puts the chosen letters into the log again as they were, those that can be.

    Raises CrossfadeError when another redrive has begun meanwhile: then some of them may be redriven, and are noted.
    """
    with _alone():
        async with kafka.producer(log, transactional_id=TRANSACTIONAL_ID) as producer, _reader(log) as consumer:
            # Not before the producer is open: from then on no other redrive can commit.
            outcome = judge(choose(await _read(consumer, log, region)))
            for piece in pieces(outcome.redriven):
                records = [redriven(letter, await _read_value(consumer, log, letter)) for letter in piece]
                note = DEAD_LETTERS_TOPIC, encode_note(piece, clock.timestamp())
                await _send(producer, log, [*records, note])
            return outcome


async def _send(producer: AIOKafkaProducer, log: KafkaSettings, messages: Sequence[tuple[str, Encoded]]) -> None:
    """All of them or none: one that is not acknowledged, which a commit alone would pass over, undoes the others."""
    with kafka.translated(log):
        async with producer.transaction():
            for topic, (key, value, headers) in messages:
                await producer.send_and_wait(topic, value, key, headers=headers)


@contextmanager
def _alone() -> Iterator[None]:
    try:
        yield
    except CrossfadeError as error:
        if isinstance(error.__cause__, ProducerFenced):
            raise CrossfadeError(
                "another redrive has begun, or this one took too long; `crossfade dead-letters list` says what waits"
            ) from error
        raise


@asynccontextmanager
async def _reader(log: KafkaSettings) -> AsyncIterator[AIOKafkaConsumer]:
    """Raises Unusable where the topic is missing."""
    await kafka.identify(log, [DEAD_LETTERS_TOPIC])
    async with kafka.consumer(log, DEAD_LETTERS_TOPIC) as consumer:
        yield consumer


async def _read(consumer: Any, log: KafkaSettings, region: RegionSettings) -> Letters:
    letters = Letters()
    with kafka.translated(log):
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for place, messages in (await consumer.getmany(timeout_ms=_POLL_MS)).items():
                for one in messages:
                    letters.take(place.partition, Message(one.offset, one.key, one.value, list(one.headers)))
    letters.versions = await _read_versions(region, [one.subject for one in letters.letters.values() if one.subject])
    return letters


async def _read_value(consumer: Any, log: KafkaSettings, letter: Letter) -> bytes | None:
    place = TopicPartition(DEAD_LETTERS_TOPIC, letter.partition)
    with kafka.translated(log):
        consumer.seek(place, letter.offset)
        value: bytes | None = (await consumer.getone(place)).value
    return value


async def _read_versions(region: RegionSettings, subjects: Sequence[Subject]) -> dict[Subject, int]:
    """What the region holds of each of these documents."""
    versions: dict[Subject, int] = {}
    async with mysql.connection(region) as connection:
        with mysql.translated(region):
            for type in DOCUMENTS:
                for ids in batched((id for one, id in subjects if one == type), _IDS):
                    sql = f"SELECT {type}_id, version FROM {type} WHERE {type}_id IN ({numbers(ids)})"
                    versions |= {(type, id): version for id, version in await mysql.rows(connection, sql)}
    return versions

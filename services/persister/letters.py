"""Notes in the region which documents have dead letters, London's own included.

Whether a letter is healed is not decided here: `crossfade status` compares its version with what the region holds. So
a letter may be noted twice, and the group's offsets in Kafka are good enough.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from aiokafka.errors import KafkaError

from services.persister.store import QUERIES
from shared import kafka, mysql, wire
from shared.errors import InvalidRecord, Retry
from shared.lifecycle import Life
from shared.retry import delays
from shared.settings import KafkaSettings, RegionSettings
from shared.sql import SQL_MODE
from shared.wire import DEAD_LETTERS_TOPIC, DocumentType

logger = logging.getLogger(__name__)

_POLL_MS: Final = 500
_MOST: Final = 500


class Noted(NamedTuple):
    """What is kept of a letter; `reason` and `place` are as in `wire.DeadLetter`, cut to their columns."""

    type: DocumentType
    id: int
    reason: str
    place: str
    version: int


async def note_letters(life: Life, log: KafkaSettings, region: RegionSettings, group: str) -> None:
    """Notes every letter until the process is asked to stop."""
    waits = delays()
    while not life.stopping.is_set():
        try:
            async with kafka.consumer(log, DEAD_LETTERS_TOPIC, group=group) as consumer:
                await _note_what_comes(life, consumer, log, region)
        except Retry as error:
            logger.warning("dead letters cannot be noted yet", extra={"reason": str(error)})
            await life.sleep(next(waits))


def noted(key: bytes | None, headers: Sequence[tuple[str, bytes]]) -> Noted | None:
    """None for the letter of a message that named no document or no version: nothing in the region can be behind it."""
    with suppress(InvalidRecord):
        type, id, version = wire.subject(key, headers)
        told = dict(headers)
        reason, place = told.get("dead_letter_reason"), told.get("dead_letter_place")
        return Noted(type, id, _text(reason, 2000), _text(place, 200), version)
    return None


async def _note_what_comes(life: Life, consumer: Any, log: KafkaSettings, region: RegionSettings) -> None:
    while not life.stopping.is_set():
        with kafka.translated(log):
            found = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_MOST)
        letters = {noted(message.key, message.headers) for messages in found.values() for message in messages}
        if letters:
            await _note(region, sorted(letter for letter in letters if letter))
            # The partitions may be another's meanwhile, who notes these again.
            with suppress(KafkaError):
                await consumer.commit()


async def _note(region: RegionSettings, letters: Sequence[Noted]) -> None:
    if letters:
        async with mysql.connection(region) as connection, connection.cursor() as cursor:
            with mysql.translated(region):
                await connection.query(f"SET SESSION sql_mode = '{SQL_MODE}'")
                await cursor.executemany(QUERIES["put_parked"], letters)


def _text(value: bytes | None, most: int) -> str:
    return (value or b"").decode(errors="replace")[:most]

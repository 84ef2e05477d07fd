"""Parks records that cannot be applied in `catalogue.dead-letters`, as long as they are few."""

import logging
from collections.abc import Sequence
from typing import Final

from aiokafka import AIOKafkaProducer, TopicPartition

from shared import clock, kafka
from shared.errors import Flood
from shared.settings import KafkaSettings
from shared.wire import DEAD_LETTERS_TOPIC, DeadLetter, encode_dead_letter

logger = logging.getLogger(__name__)

HOUR_S: Final = 3600


class Parking:
    """Takes at most about `most` letters an hour: a batch that has begun is parked whole."""

    def __init__(self, producer: AIOKafkaProducer, log: KafkaSettings, most: int) -> None:
        self._producer = producer
        self._log = log
        self._most = most
        self._left = 0

    async def park(self, letters: Sequence[DeadLetter]) -> None:
        """Returns when the dead letters are acknowledged; only then may the offset pass them.

        Raises Flood, before any is parked, where the log has `most` or more of the last hour.
        """
        if letters:
            await self._require_few()
        with kafka.translated(self._log):
            for letter in letters:
                logger.error("a record was parked", extra={"place": letter.place, "reason": letter.reason})
                key, value, headers = encode_dead_letter(letter, clock.timestamp())
                await self._producer.send_and_wait(DEAD_LETTERS_TOPIC, value, key, headers=headers)
        self._left -= len(letters)

    async def _require_few(self) -> None:
        """The log is asked again only after as many letters as were left, since others park, too."""
        if self._left <= 0:
            self._left = self._most - await count_letters(self._log, clock.seconds() - HOUR_S)
        if self._left <= 0:
            raise Flood(
                f"a record cannot be applied, and there are {self._most - self._left:,} dead letters of the last hour"
                f" (at most {self._most:,}): `crossfade dead-letters list` says what is wrong with them"
            )


async def count_letters(log: KafkaSettings, since: float) -> int:
    """How many offsets the topic of dead letters has gone on since then, in Unix seconds. The notes of what was
    redriven are among them, one for many letters."""
    async with kafka.consumer(log, DEAD_LETTERS_TOPIC) as consumer:
        with kafka.translated(log):
            places = [TopicPartition(DEAD_LETTERS_TOPIC, n) for n in consumer.partitions_for_topic(DEAD_LETTERS_TOPIC)]
            begins = await consumer.offsets_for_times(dict.fromkeys(places, int(since * 1000)))
            ends = await consumer.end_offsets(places)
    return sum(ends[place] - begin.offset for place, begin in begins.items() if begin)

"""The persister's loop: stores one batch of the log while it reads the next.

Offsets live in the region's database; the ones in Kafka are for tools that show lag. Whatever is read twice, or comes
from an owner that was paused for an hour, is stale by its version or fails the compare-and-set of its offset.
"""

import asyncio
import logging
import math
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from services.persister.batch import Batch, Message, Place, Reading, halves, parked
from services.persister.park import Parking
from services.persister.settings import PersisterSettings
from services.persister.store import LogIdentity, Store, open_store
from shared import kafka, metrics
from shared.alarm import Alarm
from shared.batched import batched
from shared.errors import CrossfadeError, Deadlock, Flood, LogAway, OwnershipLost, Retry
from shared.lifecycle import Life
from shared.readiness import Contact
from shared.retry import delays
from shared.settings import KafkaSettings, RegionSettings

logger = logging.getLogger(__name__)

POLL_MS: Final = 200
# A fetch asks for the partitions of which nothing is at hand. While it waits, because those have nothing new, none of
# the others can be fetched, though what was at hand of them may long be stored.
FETCH_WAIT_MS: Final = 50
# Under a millisecond of work.
_PIECE: Final = 4
# The partitions of a process that died go to another after this time.
SESSION_MS: Final = 6000
# A database that is away is waited for without leaving the group.
MAX_PAUSE_MS: Final = 24 * 3600 * 1000
_DEADLOCK_ATTEMPTS: Final = 20
_ANSWER_S: Final = 2


class Persister(ConsumerRebalanceListener):
    """Keeps the region up to the partitions that the group gives it."""

    def __init__(
        self,
        life: Life,
        consumer: AIOKafkaConsumer,
        parking: Parking,
        log: LogIdentity,
        *,
        kafka_settings: KafkaSettings,
        region: RegionSettings,
        settings: PersisterSettings,
    ) -> None:
        self._life = life
        self._consumer = consumer
        self._parking = parking
        self._log = log
        self._kafka_settings = kafka_settings
        self._region = region
        self._settings = settings
        self._prepared: dict[Place, int] = {}
        """Per partition, the next offset after the last batch prepared."""
        self._stored: dict[Place, int] = {}
        """Per partition, the next offset that the region has."""
        self._flood: str | None = None
        self._alarm = Alarm("letters")
        self._lost: CrossfadeError | None = None
        """Why partitions that the group gave do not stand anywhere."""
        self._region_answers = Contact("the region's database has not answered")
        self.log_answers = Contact("Kafka has not answered")

    def start(self, topics: Sequence[str]) -> None:
        self._consumer.subscribe(topics, listener=self)

    @property
    def not_ready(self) -> str | None:
        reasons = self._flood, self.log_answers.why_lost(), self._region_answers.why_lost()
        return "; ".join(filter(None, reasons)) or (None if self._stored else "no partition is assigned yet")

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        for partition in revoked:
            self._prepared.pop(_place(partition), None)
            self._stored.pop(_place(partition), None)

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Returns when the partitions stand where the region's database says, however long it is away. The driver would
        pass over any other error, and nobody would read these partitions: it is raised where batches are read."""
        for wait_s in delays():
            try:
                async with open_store(self._region) as store:
                    return await self._return_to_stored(store, assigned)
            except Retry as error:
                logger.warning("offsets cannot be read yet", extra={"reason": str(error)})
                self._region_answers.failed(error)
            except CrossfadeError as error:
                self._lost = error
                return None
            await self._life.sleep(wait_s)
            if self._life.stopping.is_set():
                return None
        return None

    async def run(self) -> None:
        """Stores until the process is asked to stop."""
        waits = delays()
        while not self._life.stopping.is_set():
            try:
                async with open_store(self._region) as store:
                    await self._return_to_stored(store, self._consumer.assignment())
                    waits = delays()
                    await self._flow(store)
            except OwnershipLost as error:
                logger.info("another process moved an offset; reading it again", extra={"reason": str(error)})
            except Flood as error:
                self._look_at_flood(str(error))
                await self._life.sleep(next(waits))
            except Retry as error:
                logger.warning("waiting for what is away", extra={"reason": str(error)})
                (self.log_answers if isinstance(error, LogAway) else self._region_answers).failed(error)
                await self._life.sleep(next(waits))

    async def report(self) -> None:
        """Tells Kafka and the metrics, every second, how far the region is."""
        while not self._life.stopping.is_set():
            await self._life.sleep(1)
            await self._measure_lag()
            # The driver waits for brokers that are away; this loop may not.
            if self._stored:
                with suppress(KafkaError, TimeoutError):
                    async with asyncio.timeout(_ANSWER_S):
                        await self._commit()

    async def _commit(self) -> None:
        await self._consumer.commit({TopicPartition(*place): next for place, next in self._stored.items()})

    async def _flow(self, store: Store) -> None:
        """Reads and prepares each batch while the one before it is being stored."""
        storing: asyncio.Task[None] | None = None
        try:
            while not self._life.stopping.is_set():
                batch = await self._read()
                if storing:
                    await storing
                step = self._store(store, batch) if batch.advances else self._keep(store)
                storing = asyncio.create_task(step, name="store")
            if storing:
                await storing
        finally:
            if storing and not storing.done():
                storing.cancel()
                await asyncio.gather(storing, return_exceptions=True)

    async def _read(self) -> Batch:
        if self._lost:
            raise self._lost
        with kafka.translated(self._kafka_settings):
            found = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=self._settings.batch_records)
        reached = await self._read_positions()
        return await self._prepare({_place(partition): ones for partition, ones in found.items()}, reached)

    async def _read_positions(self) -> dict[Place, int]:
        """The offset behind all that was read of each partition."""
        found: dict[Place, int] = {}
        for partition in self._consumer.assignment():
            # One that is taken away meanwhile stands nowhere.
            with suppress(IllegalStateError):
                found[_place(partition)] = await self._consumer.position(partition)
        return found

    async def _prepare(self, found: Mapping[Place, Sequence[Any]], reached: Mapping[Place, int]) -> Batch:
        """Piece by piece: the batch before this one is being stored, whose statements must not wait for all of it."""
        begun = dict(self._prepared)
        reading = Reading(begun)
        for place, offset in reached.items():
            for some in batched(found.get(place, ()), _PIECE):
                # Of a partition that came, or was sent back, meanwhile, the rest comes again. Nothing behind a piece
                # that was left out may be taken: the offset would pass over it.
                if self._moved(place, begun):
                    break
                reading.take(place, [_message(one) for one in some])
                await asyncio.sleep(0)
            else:
                if not self._moved(place, begun):
                    reading.reach(place, offset)
        batch = reading.batch()
        self._prepared |= {
            one.place: one.next for one in batch.advances if self._prepared.get(one.place) == one.previous
        }
        return batch

    def _moved(self, place: Place, begun: Mapping[Place, int]) -> bool:
        return place not in begun or self._prepared.get(place) != begun[place]

    async def _keep(self, store: Store) -> None:
        await store.keep(self._log, dict(self._stored))
        self._region_answers.heard()

    async def _store(self, store: Store, batch: Batch) -> None:
        await self._parking.park(batch.letters)
        with metrics.STORE_SECONDS.time():
            await self._apply(store, batch)
        self._stored |= {advance.place: advance.next for advance in batch.advances}
        self._look_at_flood(None)

    def _look_at_flood(self, reason: str | None) -> None:
        self._flood = reason
        self._alarm.look(reason, time.monotonic())

    async def _apply(self, store: Store, batch: Batch) -> None:
        """Stores the batch; a record that the region refuses is found by splitting and parked, the rest goes on."""
        try:
            await self._store_through_deadlocks(store, batch)
        except (Retry, OwnershipLost):
            raise
        except CrossfadeError as error:
            match batch.records():
                case []:
                    raise
                case [refused]:
                    await self._parking.park([parked(refused, str(error))])
                case _:
                    for half in halves(batch):
                        await self._apply(store, half)
            await self._store_through_deadlocks(store, Batch(batch.advances, {}))

    async def _store_through_deadlocks(self, store: Store, batch: Batch) -> None:
        for attempt, wait_s in enumerate(delays(0.005, 0.5), start=1):
            try:
                outcome = await store.store(batch, self._log)
            except Deadlock:
                if attempt == _DEADLOCK_ATTEMPTS:
                    raise
                await asyncio.sleep(wait_s)
            else:
                self._region_answers.heard()
                metrics.BATCHES_STORED.inc()
                for (type, decision), count in outcome.items():
                    metrics.RECORDS_APPLIED.labels(type, decision.value).inc(count)
                return

    async def _return_to_stored(self, store: Store, partitions: Collection[TopicPartition]) -> None:
        """Goes on, in each of the partitions, at the offset that the region's database names."""
        offsets = await store.read_offsets(self._log, [_place(partition) for partition in partitions])
        self._region_answers.heard()
        for place, offset in offsets.items():
            # A partition that was taken away meanwhile needs no seeking.
            with suppress(IllegalStateError):
                self._consumer.seek(TopicPartition(*place), offset)
            self._prepared[place] = self._stored[place] = offset

    async def _measure_lag(self) -> None:
        partitions = self._consumer.assignment()
        try:
            async with asyncio.timeout(_ANSWER_S):
                ends = await self._consumer.end_offsets(partitions) if partitions else {}
        except (KafkaError, TimeoutError):
            ends = dict.fromkeys(partitions)
        metrics.REGION_LAG.clear()
        for topic, lag in lags({_place(partition): end for partition, end in ends.items()}, self._stored).items():
            metrics.REGION_LAG.labels(topic).set(lag)


def lags(ends: Mapping[Place, int | None], stored: Mapping[Place, int]) -> dict[str, float]:
    """By topic, how many records of these partitions are not stored; not a number where that cannot be told."""
    found: dict[str, float] = {}
    for place, end in ends.items():
        next = stored.get(place)
        lag = math.nan if end is None or next is None else max(0, end - next)
        found[place[0]] = found.get(place[0], 0) + lag
    return found


def _place(partition: TopicPartition) -> Place:
    return partition.topic, partition.partition


def _message(record: Any) -> Message:
    return Message(record.offset, record.key, record.value, list(record.headers))

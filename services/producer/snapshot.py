"""A snapshot of London: ranges of ids as work items in the log, shared by any number of producer processes.

Whoever holds the first partition of `catalogue.snapshot` plans; everybody in the group takes ranges. A range is
committed after its records are acknowledged, so the ranges of a process that died go to another and a restart goes on
where it was. A range that is published twice is harmless. A new epoch gives up the snapshot of the one before.
"""

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from services.producer.pace import Pace
from services.producer.positions import read_states, write_state
from services.producer.progress import (
    SNAPSHOT_KEY,
    FollowState,
    Range,
    SnapshotState,
    Unfinished,
    follow_state,
    snapshot_state,
)
from services.producer.publish import Publisher
from services.producer.source import BEFORE_ALL, London
from shared import kafka, metrics
from shared.errors import Retry
from shared.retry import delays
from shared.settings import KafkaSettings
from shared.tasks import first_of
from shared.wire import SNAPSHOT_TOPIC, DocumentType, Record

logger = logging.getLogger(__name__)

RANGE_SIZES: Final[Mapping[DocumentType, int]] = {"client": 500, "artist": 2000, "album": 250}
"""Documents a range, read in one snapshot of London of well under a second. Clients come first: they are few."""

GROUP: Final = "crossfade.snapshot"
_PLANNER: Final = TopicPartition(SNAPSHOT_TOPIC, 0)
_LOOK_S: Final = 0.1
_TAKE_MS: Final = 200
# While a fetch waits for partitions that have no more ranges, none of those that have some can be fetched.
_FETCH_WAIT_MS: Final = 50
# A dead process's ranges go to another after this time.
_SESSION_MS: Final = 6000

# How often a process looks whether a new epoch began under its snapshot.
_EPOCH_EVERY_S: Final = 5

OpenLondon = Callable[[], AbstractAsyncContextManager[London]]


class NewEpoch(Retry):
    """The snapshot is of an epoch that is over; the new one needs its own."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a snapshot is, over all processes that share it; all zero while it is being planned."""

    ranges_done: int = 0
    ranges: int = 0
    documents: int = 0


class Snapshot(ConsumerRebalanceListener):
    """This process's share of a snapshot: of the one that is under way, else of a new one.

    `followed` and `before` are how far following and the latest snapshot were when one more was found to be due.
    """

    def __init__(
        self,
        open_london: OpenLondon,
        producer: AIOKafkaProducer,
        settings: KafkaSettings,
        *,
        types: list[DocumentType],
        followed: FollowState,
        before: SnapshotState | None,
        pace: Pace,
        readers: int,
        report: Callable[[Progress], None],
    ) -> None:
        self._open_london = open_london
        self._producer = producer
        self._publisher = Publisher(producer, settings)
        self._settings = settings
        self._types = [type for type in RANGE_SIZES if type in types]
        self._epoch = followed.epoch
        self._before = before
        self._pace = pace
        self._readers = readers
        self._report = report
        self._unfinished: dict[TopicPartition, Unfinished] = {}
        self._is_planner = asyncio.Event()
        self._has_committed = asyncio.Event()

    async def run(self) -> SnapshotState:
        """Returns when the whole snapshot is in the log, whoever published it. Raises NewEpoch."""
        async with kafka.consumer(
            self._settings, group=GROUP, session_timeout_ms=_SESSION_MS, fetch_max_wait_ms=_FETCH_WAIT_MS
        ) as consumer:
            consumer.subscribe([SNAPSHOT_TOPIC], listener=self)
            state = await self._agree()
            logger.info("taking part in a snapshot", extra={"snapshot": state.id, "ranges": state.ranges})
            taking = asyncio.Lock()
            async with kafka.admin(self._settings) as admin:
                readers = (self._work(consumer, taking, state) for _ in range(self._readers))
                await first_of(self._watch(admin, state), self._watch_epoch(), *readers)
        return await self._end(state)

    async def _agree(self) -> SnapshotState:
        """The snapshot that all processes work on: one that is under way, or a new one that the planner plans."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_planner.wait(), _LOOK_S)
            followed, state = await self._states()
            if state is not None and self._is_the_one(state):
                return state
            if self._is_planner.is_set():
                return await self._plan(followed)

    def _is_the_one(self, state: SnapshotState) -> bool:
        is_new = self._before is None or state.id != self._before.id
        return state.epoch == self._epoch and (state.stage == "planned" or (state.stage == "done" and is_new))

    async def _states(self) -> tuple[FollowState, SnapshotState | None]:
        states = await read_states(self._settings)
        followed = follow_state(states)
        if followed is None or followed.epoch != self._epoch:
            raise NewEpoch(f"epoch {self._epoch} ended while a snapshot was taken in it")
        return followed, snapshot_state(states)

    async def _watch_epoch(self) -> None:
        while True:
            await asyncio.sleep(_EPOCH_EVERY_S)
            await self._states()

    async def _end(self, state: SnapshotState) -> SnapshotState:
        done = state.model_copy(update={"stage": "done"})
        _, latest = await self._states()
        # Otherwise another process has ended it and the next has begun.
        if latest and latest.id == state.id:
            await write_state(self._producer, self._settings, SNAPSHOT_KEY, done)
        return done

    async def _plan(self, followed: FollowState) -> SnapshotState:
        """Cuts London into ranges of existing ids: gaps cost nothing. Only its last message makes a plan valid."""
        state = SnapshotState(
            id=uuid.uuid4().hex,
            stage="planning",
            first=await self._ends(),
            epoch=followed.epoch,
            sweep=followed.sweep,
        )
        await write_state(self._producer, self._settings, SNAPSHOT_KEY, state)
        ranges = documents = 0
        async with self._open_london() as london:
            async for item in _ranges(london, state.id, self._types):
                with kafka.translated(self._settings):
                    await self._producer.send(
                        SNAPSHOT_TOPIC, item.model_dump_json().encode(), partition=ranges % len(state.first)
                    )
                ranges, documents = ranges + 1, documents + item.count
        with kafka.translated(self._settings):
            await self._producer.flush()
        plan = {"stage": "planned", "end": await self._ends(), "ranges": ranges, "documents": documents}
        state = state.model_copy(update=plan)
        await write_state(self._producer, self._settings, SNAPSHOT_KEY, state)
        return state

    async def _work(self, consumer: AIOKafkaConsumer, taking: asyncio.Lock, state: SnapshotState) -> None:
        while True:
            async with taking:
                taken = await self._take(consumer)
            for partition, offset, item, unfinished in taken:
                if state.is_before(partition.partition, offset):
                    # Not committed, so that it stays to be taken.
                    continue
                if item.snapshot == state.id:
                    await self._publish(item)
                committable = unfinished.finish(offset)
                # Otherwise the partition went to another process, and may have come back since.
                if self._unfinished.get(partition) is unfinished:
                    with kafka.translated(self._settings):
                        await consumer.commit({partition: committable})
                    self._has_committed.set()

    async def _take(self, consumer: AIOKafkaConsumer) -> list[tuple[TopicPartition, int, Range, Unfinished]]:
        """The next range, if one comes soon."""
        with kafka.translated(self._settings):
            found = await consumer.getmany(timeout_ms=_TAKE_MS, max_records=1)
        taken = []
        for partition, messages in found.items():
            unfinished = self._unfinished.setdefault(partition, Unfinished())
            for message in messages:
                unfinished.take(message.offset)
                taken.append((partition, message.offset, Range.model_validate_json(message.value), unfinished))
        return taken

    async def _publish(self, item: Range) -> None:
        for wait_s in delays():
            try:
                async with self._open_london() as london:
                    records = await read_range(london, item, self._epoch)
                await self._publisher.publish(records)
            except Retry as error:
                logger.warning("a range is tried again", extra={"range": str(item), "reason": str(error)})
                await asyncio.sleep(wait_s)
            else:
                metrics.DOCUMENTS_READ.labels(item.type, "snapshot").inc(item.count)
                return await self._pace.spend(item.count)
        return None

    async def _watch(self, admin: AIOKafkaAdminClient, state: SnapshotState) -> None:
        while not state.complete(committed := await self._committed(admin)):
            self._report(Progress(state.finished(committed), state.ranges, state.documents))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._has_committed.wait(), _LOOK_S)
            self._has_committed.clear()
        self._report(Progress(state.ranges, state.ranges, state.documents))

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        for partition in revoked:
            self._unfinished.pop(partition, None)
            if partition == _PLANNER:
                self._is_planner.clear()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Ranges are taken from where the group has committed."""
        if _PLANNER in assigned:
            self._is_planner.set()

    async def _ends(self) -> dict[int, int]:
        # On a connection of its own: that of the group's consumer mostly waits for messages, for half a second.
        async with kafka.consumer(self._settings, SNAPSHOT_TOPIC) as consumer:
            with kafka.translated(self._settings):
                partitions = [TopicPartition(SNAPSHOT_TOPIC, p) for p in consumer.partitions_for_topic(SNAPSHOT_TOPIC)]
                return {p.partition: end for p, end in (await consumer.end_offsets(partitions)).items()}

    async def _committed(self, admin: AIOKafkaAdminClient) -> dict[int, int]:
        with kafka.translated(self._settings):
            found = await admin.list_consumer_group_offsets(GROUP)
        return {p.partition: entry.offset for p, entry in found.items() if p.topic == SNAPSHOT_TOPIC}


async def read_range(london: London, item: Range, epoch: int) -> Iterator[Record]:
    """The documents of a range that exist now, read in one snapshot of London."""
    async with london.snapshot() as moment:
        ids = [id async for id in _ids(london, item)]
        rows = await london.rows(item.type, ids)
    return london.records(item.type, ids, rows, epoch, moment)


async def _ids(london: London, item: Range) -> AsyncIterator[int]:
    after, size = item.after, RANGE_SIZES[item.type]
    while after < item.last and (page := await london.page(item.type, after, size)):
        for id in takewhile(lambda id: id <= item.last, page):
            yield id
        after = page[-1]


async def _ranges(london: London, snapshot: str, types: Iterable[DocumentType]) -> AsyncIterator[Range]:
    for type in types:
        after = BEFORE_ALL
        async for page in london.pages(type, RANGE_SIZES[type]):
            yield Range(snapshot=snapshot, type=type, after=after, last=page[-1], count=len(page))
            after = page[-1]

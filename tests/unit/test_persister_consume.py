"""A batch is prepared while the event loop does other things, among them a rebalance."""

import asyncio
import math
from types import SimpleNamespace
from typing import Any, cast

from aiokafka import TopicPartition

from services.persister.batch import Batch
from services.persister.consume import Persister, lags
from services.persister.settings import PersisterSettings
from services.persister.store import LogIdentity
from shared.lifecycle import Life
from shared.settings import KafkaSettings, ProcessSettings, RegionSettings
from shared.wire import TOPICS, Record, encode

PLACE = (TOPICS["artist"], 0)
RECORDS = 40


def persister_at(offset: int) -> Persister:
    """One that was given the partition and stands at the offset; what it would talk to is not asked here."""
    nobody = cast(Any, None)
    made = Persister(
        Life(ProcessSettings()),
        nobody,
        nobody,
        LogIdentity("", {}),
        kafka_settings=KafkaSettings(bootstrap="127.0.0.1:1"),
        region=RegionSettings(port=1, user=""),
        settings=PersisterSettings(),
    )
    stand(made, offset)
    return made


def stand(persister: Persister, offset: int) -> None:
    persister._prepared[PLACE] = offset


def messages() -> list[Any]:
    """Tombstones of artists 1, 2, ... at the offsets 0, 1, ..."""
    found = []
    for offset in range(RECORDS):
        key, value, headers = encode(Record("artist", offset + 1, 5, None, "/test", "2026-01-01T00:00:00.000000Z"))
        found.append(SimpleNamespace(offset=offset, key=key, value=value, headers=headers))
    return found


async def prepared_through(persister: Persister, *, back_at: int | None) -> Batch:
    """The batch during whose preparation the partition was taken away, and given back at an offset."""
    preparing = asyncio.create_task(persister._prepare({PLACE: messages()}, {PLACE: RECORDS}))
    await asyncio.sleep(0)
    await persister.on_partitions_revoked([TopicPartition(*PLACE)])
    await asyncio.sleep(0)
    if back_at is not None:
        stand(persister, back_at)
    return await preparing


async def test_all_messages_of_a_partition_that_stays_are_taken() -> None:
    batch = await persister_at(0)._prepare({PLACE: messages()}, {PLACE: RECORDS})
    assert [(advance.previous, advance.next) for advance in batch.advances] == [(0, RECORDS)]
    assert set(batch.prepared["artist"]) == set(range(1, RECORDS + 1))


async def test_the_offset_passes_what_is_no_message() -> None:
    batch = await persister_at(0)._prepare({PLACE: messages()}, {PLACE: RECORDS + 1})
    assert [(advance.previous, advance.next) for advance in batch.advances] == [(0, RECORDS + 1)]
    batch = await persister_at(RECORDS)._prepare({}, {PLACE: RECORDS + 1})
    assert [(advance.previous, advance.next) for advance in batch.advances] == [(RECORDS, RECORDS + 1)]
    assert (await persister_at(RECORDS)._prepare({}, {PLACE: RECORDS})).advances == []


async def test_messages_of_a_partition_that_stands_nowhere_yet_are_not_taken() -> None:
    persister = persister_at(0)
    await persister.on_partitions_revoked([TopicPartition(*PLACE)])
    assert (await persister._prepare({PLACE: messages()}, {PLACE: RECORDS})).advances == []


async def test_no_offset_passes_over_messages_that_were_left_out_while_the_partition_was_away() -> None:
    for back_at in (None, 0, 17):
        batch = await prepared_through(persister_at(0), back_at=back_at)
        [advance] = batch.advances
        assert advance.next < RECORDS
        assert set(batch.prepared["artist"]) == set(range(1, advance.next + 1))


def test_the_lag_of_a_topic_is_what_its_partitions_lack_together() -> None:
    ends = {("albums", 0): 7, ("albums", 1): 5, ("artists", 0): 3}
    stored = {("albums", 0): 7, ("albums", 1): 3, ("artists", 0): 4, ("clients", 0): 1}
    assert lags(ends, stored) == {"albums": 2, "artists": 0}


def test_the_lag_of_a_topic_is_not_a_number_while_the_end_or_the_beginning_of_a_partition_is_not_known() -> None:
    found = lags({("albums", 0): 7, ("albums", 1): None, ("artists", 0): 5}, {("albums", 0): 7, ("albums", 1): 7})
    assert math.isnan(found["albums"])
    assert math.isnan(found["artists"])

"""Reads how far the producer and the region are, from the log and the region's database."""

import math
import time
from collections.abc import Mapping
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from prometheus_client.parser import text_string_to_metric_families
from pydantic import BaseModel

from deploy.supervisor import health
from deploy.supervisor.lag import Partition
from services.producer.progress import snapshot_state
from services.producer.snapshot import GROUP
from shared import kafka, mysql
from shared.settings import KafkaSettings, RegionSettings
from shared.wire import SNAPSHOT_TOPIC, TOPICS

FOLLOW_LAG: Final = "crossfade_follow_lag_seconds"
LOOK_S: Final = 2.0
"""Seconds to look for the oldest records that wait; those not found by then are taken for new."""

READ_OFFSETS: Final = "SELECT topic, partition_id, cluster_id, topic_id, next_offset FROM next_offset"

Offsets = Mapping[TopicPartition, int]


class SnapshotProgress(BaseModel):
    """How far a snapshot is; while it is being planned, ranges and documents are not known."""

    stage: str
    ranges_done: int
    ranges: int
    documents: int


async def read_partitions(settings: KafkaSettings, region: RegionSettings) -> list[Partition]:
    """Every partition that the region is made from."""
    stored = await _read_stored(settings, region)
    async with kafka.admin(settings) as admin, kafka.consumer(settings) as consumer:
        with kafka.translated(settings):
            ends = await consumer.end_offsets(await _read_places(admin))
            waiting = {place: stored.get(place, 0) for place, end in ends.items() if stored.get(place, 0) < end}
            times = await _read_times(consumer, waiting)
    return [
        Partition(
            topic=place.topic,
            partition=place.partition,
            next_offset=stored.get(place, 0),
            end_offset=end,
            oldest_s=max(0.0, time.time() - times.get(place, time.time())) if place in waiting else None,
        )
        for place, end in sorted(ends.items())
    ]


async def read_snapshot(settings: KafkaSettings, states: Mapping[bytes, bytes]) -> SnapshotProgress | None:
    """The latest snapshot; None where there never was one. `states` are what the producer remembers, by key."""
    if (state := snapshot_state(states)) is None:
        return None
    async with kafka.admin(settings) as admin:
        with kafka.translated(settings):
            committed = await admin.list_consumer_group_offsets(GROUP)
    done = {place.partition: entry.offset for place, entry in committed.items() if place.topic == SNAPSHOT_TOPIC}
    ranges_done = state.ranges if state.stage == "done" else state.finished(done)
    return SnapshotProgress(stage=state.stage, ranges_done=ranges_done, ranges=state.ranges, documents=state.documents)


async def read_follow_lag_s(admin_port: int) -> float | None:
    """What the producer on that port says of its lag; None when it does not answer, or does not follow."""
    answer = await health.ask(admin_port, "/metrics")
    lag_s = find_metric(answer[1], FOLLOW_LAG) if answer else None
    return None if lag_s is None or math.isnan(lag_s) else lag_s


def find_metric(text: str, name: str, **labels: str) -> float | None:
    """A metric with exactly these labels in what Prometheus reads."""
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return next((sample.value for sample in samples if (sample.name, sample.labels) == (name, labels)), None)


async def _read_stored(settings: KafkaSettings, region: RegionSettings) -> dict[TopicPartition, int]:
    """Where the region goes on, for partitions of this very log."""
    cluster_id, topic_ids = await kafka.identify(settings, list(TOPICS.values()))
    async with mysql.connection(region) as connection:
        with mysql.translated(region):
            rows = await mysql.rows(connection, READ_OFFSETS)
    return {
        TopicPartition(topic, partition): next_offset
        for topic, partition, cluster, topic_id, next_offset in rows
        if (cluster, topic_id) == (cluster_id, topic_ids.get(topic))
    }


async def _read_places(admin: AIOKafkaAdminClient) -> list[TopicPartition]:
    described = await admin.describe_topics(list(TOPICS.values()))
    return [TopicPartition(topic["topic"], part["partition"]) for topic in described for part in topic["partitions"]]


async def _read_times(consumer: Any, offsets: Offsets) -> dict[TopicPartition, float]:
    """When the message at each offset was written, in Unix seconds."""
    consumer.assign(list(offsets))
    for place, offset in offsets.items():
        consumer.seek(place, offset)
    times: dict[TopicPartition, float] = {}
    ends_at = time.monotonic() + LOOK_S
    while (left := [place for place in offsets if place not in times]) and time.monotonic() < ends_at:
        for place, messages in (await consumer.getmany(*left, timeout_ms=200)).items():
            times[place] = messages[0].timestamp / 1000
            consumer.pause(place)
    return times

"""Of several producer processes one follows London: whoever holds the only partition of `catalogue.positions`."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Final

from aiokafka import ConsumerRebalanceListener, TopicPartition

from shared import kafka
from shared.settings import KafkaSettings
from shared.wire import POSITIONS_TOPIC

_GROUP: Final = "crossfade.follow"
# Another process leads this long after the leader died.
_SESSION_MS: Final = 6000
_NO_POLL_MS: Final = 24 * 3600 * 1000


class Leadership(ConsumerRebalanceListener):
    """`gained` and `lost` are set in turn, and `agreed` while the group has told this process which of them it is.

    A leader that was paused, and does not know yet that another took over, does no harm: what it publishes is ordered
    by version like everything else.
    """

    def __init__(self) -> None:
        self.gained = asyncio.Event()
        self.lost = asyncio.Event()
        self.lost.set()
        self.agreed = asyncio.Event()

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self.agreed.set()
        if assigned:
            self.lost.clear()
            self.gained.set()

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        self.agreed.clear()
        if revoked:
            self.gained.clear()
            self.lost.set()


@asynccontextmanager
async def leadership(settings: KafkaSettings) -> AsyncIterator[Leadership]:
    """Stands for leader inside the block, and gives it up at its end."""
    # The partition is only a token; nothing is read from it here.
    async with kafka.consumer(
        settings, group=_GROUP, session_timeout_ms=_SESSION_MS, max_poll_interval_ms=_NO_POLL_MS
    ) as consumer:
        leading = Leadership()
        consumer.subscribe([POSITIONS_TOPIC], listener=leading)
        yield leading

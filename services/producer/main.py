"""The producer: London into the log. A snapshot if the region has none, and following all the while."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.producer.produce import Producing
from services.producer.settings import ProducerSettings
from services.producer.snapshot import Progress
from shared import kafka
from shared.lifecycle import Life
from shared.secret import SecretSettings
from shared.settings import KafkaSettings, LondonSettings, load

logger = logging.getLogger(__name__)

# Records of a snapshot's range are sent together; a change alone waits this long for company.
LINGER_MS = 1


@asynccontextmanager
async def producing() -> AsyncIterator[Producing]:
    """A producer wired from the environment."""
    london, log, secret = load(LondonSettings), load(KafkaSettings), load(SecretSettings)
    settings = load(ProducerSettings)
    async with kafka.producer(log, linger_ms=LINGER_MS) as producer:
        yield Producing(settings=settings, london=london, log=log, secret=secret, producer=producer)


async def main(life: Life) -> None:
    async with producing() as process:
        await life.run(follow=process.follow(life), snapshots=process.snapshots(life, log_progress))


async def follow(life: Life) -> None:
    async with producing() as process:
        await life.run(follow=process.follow(life), snapshots=process.snapshots(life, log_progress, also_first=False))


def log_progress(progress: Progress) -> None:
    logger.info(
        "snapshot",
        extra={"ranges_done": progress.ranges_done, "ranges": progress.ranges, "documents": progress.documents},
    )

"""Whether the log is still the one that the process started with: offsets of one say nothing about another."""

import asyncio
from typing import Final

from services.persister.store import LogIdentity
from shared import kafka
from shared.errors import CrossfadeError, Retry, Unusable
from shared.lifecycle import Life
from shared.readiness import Contact
from shared.settings import KafkaSettings

_LOOK_S: Final = 2
_ANSWER_S: Final = 2


async def watch(life: Life, settings: KafkaSettings, log: LogIdentity, answers: Contact) -> None:
    """Looks every few seconds until the process is asked to stop, and notes whether Kafka answers.

    Raises CrossfadeError when the log is another one: the next start begins where the region stands in that one, which
    is the beginning of a topic made anew (docs/convergence.md). A topic that is only gone is waited for.
    """
    while not life.stopping.is_set():
        try:
            async with asyncio.timeout(_ANSWER_S):
                found = LogIdentity(*await kafka.identify(settings, list(log.topic_ids)))
        except (Retry, Unusable, TimeoutError) as error:
            answers.failed(error)
        else:
            answers.heard()
            require_same(log, found)
        await life.sleep(_LOOK_S)


def require_same(log: LogIdentity, found: LogIdentity) -> None:
    """Raises CrossfadeError where `found` is of another cluster, or has topics that were made anew."""
    if found.cluster_id != log.cluster_id:
        raise CrossfadeError(
            f"Kafka is another cluster now, {found.cluster_id} and not {log.cluster_id}: starting anew"
        )
    if anew := sorted(topic for topic, id in found.topic_ids.items() if id != log.topic_ids[topic]):
        raise CrossfadeError(f"topics were made anew, which are read from their beginning: {', '.join(anew)}")

"""The persister: from the log into the region's database."""

import logging

from services.persister import identity
from services.persister.consume import FETCH_WAIT_MS, MAX_PAUSE_MS, SESSION_MS, Persister
from services.persister.letters import note_letters
from services.persister.park import Parking
from services.persister.schema import apply_schema
from services.persister.settings import PersisterSettings
from services.persister.store import LogIdentity
from shared import kafka
from shared.lifecycle import Life
from shared.settings import KafkaSettings, RegionSettings, load
from shared.wire import TOPICS

logger = logging.getLogger(__name__)


async def main(life: Life) -> None:
    kafka_settings, region, settings = load(KafkaSettings), load(RegionSettings), load(PersisterSettings)
    for step in await apply_schema(region):
        logger.info("the region's schema was extended", extra={"file": step.file})
    topics = list(TOPICS.values())
    log = LogIdentity(*await kafka.identify(kafka_settings, topics))
    async with (
        kafka.producer(kafka_settings) as producer,
        kafka.consumer(
            kafka_settings,
            group=settings.group,
            session_timeout_ms=SESSION_MS,
            max_poll_interval_ms=MAX_PAUSE_MS,
            fetch_max_wait_ms=FETCH_WAIT_MS,
        ) as consumer,
    ):
        parking = Parking(producer, kafka_settings, settings.most_letters)
        persister = Persister(
            life, consumer, parking, log, kafka_settings=kafka_settings, region=region, settings=settings
        )
        persister.start(topics)
        life.ready(lambda: persister.not_ready)
        await life.run(
            store=persister.run(),
            report=persister.report(),
            watch=identity.watch(life, kafka_settings, log, persister.log_answers),
            letters=note_letters(life, kafka_settings, region, f"{settings.group}.letters"),
        )

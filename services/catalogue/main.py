"""Wires catalogue and runs it."""

from services.catalogue import api, internal
from services.catalogue.settings import CatalogueSettings
from shared import http, readiness
from shared.lifecycle import Life
from shared.settings import load


async def main(life: Life) -> None:
    settings = load(CatalogueSettings)
    async with internal.region(settings.metadata_url, settings.availability_url) as region:
        application = api.application(region, settings.deadline_s)
        listener = http.bind(settings.host, settings.port)
        async with http.serving(application, listener, deadline_s=life.settings.stop_deadline_s):
            await life.run(readiness=readiness.watch(life, region.probe))

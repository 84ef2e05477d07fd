"""Wires availability and runs it."""

from services.availability import api, queries
from services.availability.settings import AvailabilitySettings
from shared import http, internal, readiness
from shared.lifecycle import Life
from shared.lookup import lookups
from shared.settings import RegionSettings, load


async def main(life: Life) -> None:
    settings, region = load(AvailabilitySettings), load(RegionSettings)
    async with lookups(region, settings.connections) as lookup:
        application = internal.application(api.routes(lookup), settings.deadline_s)
        listener = http.bind(settings.host, settings.port)
        async with http.serving(application, listener, deadline_s=life.settings.stop_deadline_s):
            await life.run(readiness=readiness.watch(life, lambda: lookup.read(queries.TRACKS, [0])))

"""From London to the region, with the real producer and persister as processes of their own."""

import signal
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from demo.changes import change_price, rename_artist, withdraw_album
from tests.replication import World, fill, world
from tests.servers import Database, Kafka
from tests.waiting import until

ALBUMS = 60


@pytest.fixture
async def here(kafka: Kafka, london_server: Database, region_server: Database, tmp_path: Path) -> AsyncIterator[World]:
    async with world(kafka.bootstrap, london_server.root, region_server.root, tmp_path) as made:
        await fill(made, ALBUMS)
        yield made


async def stored_some(world: World) -> bool:
    if not await world.in_region("SHOW TABLES LIKE 'quota_lease'"):
        return False
    [(albums,)] = await world.in_region("SELECT COUNT(*) FROM album")
    return albums > 0


async def test_the_region_equals_london_after_a_snapshot_and_every_kind_of_change(here: World) -> None:
    await here.start("services.persister")
    await here.start("services.producer")
    await here.until_equal()
    async with here.in_london() as london:
        await change_price(london, 1, "GB", Decimal("3.21"))
        await withdraw_album(london, 2)
        await rename_artist(london, 1, "Somebody Else")
    await here.until_equal()


async def test_every_service_stops_in_order_on_sigterm(here: World) -> None:
    services = [await here.start("services.persister"), await here.start("services.producer")]
    await here.until_equal()
    for service in services:
        service.terminate()
    assert [await service.wait() for service in services] == [0, 0], here.logs()


async def test_a_persister_that_was_killed_goes_on_where_the_region_stands(here: World) -> None:
    await here.start("services.producer")
    persister = await here.start("services.persister", CROSSFADE_PERSISTER_BATCH_RECORDS="1")
    await until(lambda: stored_some(here), deadline_s=30)
    persister.send_signal(signal.SIGKILL)
    await persister.wait()
    await here.start("services.persister")
    await here.until_equal()

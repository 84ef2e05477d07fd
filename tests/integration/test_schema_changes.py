"""Tables of London that change their definition, while they are followed and while nobody follows."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.following import ended, follow, refusal, stop
from tests.replication import World, fill, world
from tests.servers import Database, Kafka

ALBUMS = 10


@pytest.fixture
async def here(
    kafka: Kafka, any_london_server: Database, region_server: Database, tmp_path: Path
) -> AsyncIterator[World]:
    async with world(kafka.bootstrap, any_london_server.root, region_server.root, tmp_path) as made:
        await fill(made, ALBUMS)
        yield made


async def run(world: World, *statements: str) -> None:
    async with world.in_london() as london:
        for statement in statements:
            await london.query(statement)


async def test_columns_that_come_move_and_widen_are_followed_and_resumed_after(here: World) -> None:
    producer = await follow(here)
    await run(
        here,
        "UPDATE track SET title = 'Before' WHERE track_id = 1",
        "ALTER TABLE track ADD COLUMN note VARCHAR(9) NOT NULL DEFAULT '-' FIRST",
        "UPDATE track SET title = 'While Followed' WHERE track_id = 2",
    )
    await here.until_equal()
    await stop(producer)
    await run(
        here,
        "UPDATE track SET title = 'Unfollowed' WHERE track_id = 3",
        "ALTER TABLE track MODIFY track_id BIGINT UNSIGNED NOT NULL AFTER release_id, DROP COLUMN note",
        "UPDATE track SET title = 'Unfollowed, Too' WHERE track_id = 4",
    )
    await here.start("services.producer")
    await here.until_equal()
    await run(here, "UPDATE track SET title = 'Followed Again' WHERE track_id = 5")
    await here.until_equal()


async def test_a_column_that_the_mapping_lacks_ends_the_producer_until_it_is_there_again(here: World) -> None:
    producer = await follow(here)
    await run(here, "ALTER TABLE track RENAME COLUMN isrc TO code")
    assert await ended(producer) == 1
    assert "Unknown column 't.isrc'" in here.logs()
    await run(here, "UPDATE track SET title = 'Unfollowed' WHERE track_id = 1")
    await refusal(here)
    await run(here, "ALTER TABLE track RENAME COLUMN code TO isrc")
    await here.start("services.producer")
    await here.until_equal()

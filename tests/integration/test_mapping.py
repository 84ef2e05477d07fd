"""A schema that differs from the demo's in all: mapped by SQL alone, followed until the region equals London."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.vinyl import LPS, VINYL, make_vinyl, press
from tests.replication import World, world
from tests.servers import Database, Kafka

ALBUMS = "SELECT album_id FROM album WHERE NOT deleted ORDER BY album_id"


@pytest.fixture
async def here(kafka: Kafka, london_server: Database, region_server: Database, tmp_path: Path) -> AsyncIterator[World]:
    """MariaDB on both sides."""
    async with world(kafka.bootstrap, london_server.root, region_server.root, tmp_path) as made:
        made.mapping = VINYL
        await make_vinyl(made.london)
        yield made


@pytest.fixture
async def from_mysql(
    kafka: Kafka, mysql_london_server: Database, region_server: Database, tmp_path: Path
) -> AsyncIterator[World]:
    async with world(kafka.bootstrap, mysql_london_server.root, region_server.root, tmp_path) as made:
        made.mapping = VINYL
        await make_vinyl(made.london)
        yield made


async def test_another_schema_is_followed_through_sql_alone_also_where_its_text_keys_go_or_change(here: World) -> None:
    await follow_vinyl(here)


async def test_another_schema_is_followed_on_mysql_as_well(from_mysql: World) -> None:
    await follow_vinyl(from_mysql)


async def follow_vinyl(here: World) -> None:
    await here.start("services.persister")
    await here.start("services.producer")
    await here.until_equal()
    assert await here.in_region(ALBUMS) == [(10 * number,) for number in range(1, LPS + 1)]

    async with here.in_london() as london:
        await london.query("DELETE FROM lp WHERE cat_no = 'LP0000010'")
        await london.query("UPDATE lp SET cat_no = 'LP0000777' WHERE cat_no = 'LP0000020'")
        await london.query("UPDATE take SET on_lp = 'LP0000040', groove = 3 WHERE (reel, take_no) = (3, 4)")
        await london.query("UPDATE lp SET pence = 1 WHERE cat_no = 'LP0000050'")
        await london.query("DELETE FROM lp WHERE cat_no = 'LP0000060'")
        await press(london, "LP0000060", reel=66)
        await press(london, "LP9999999", reel=99)
        await london.query("UPDATE imprint SET trade_name = 'Night & Day' WHERE imprint_no = 2")
    await here.until_equal()

    left = {10 * number for number in range(1, LPS + 1)} - {10, 20} | {777, 9999999}
    assert await here.in_region(ALBUMS) == [(album,) for album in sorted(left)]
    assert await here.in_region("SELECT album_id FROM track_metadata WHERE track_id = 304") == [(40,)]
    # What the keys' cascades did is known from the records' own rows.
    assert "the whole catalogue is read again" not in here.logs()

"""The demo's data in real London servers: what is written is what was meant, on MariaDB and on MySQL."""

from __future__ import annotations

import asyncio
import csv
import gzip
import os
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest
from asyncmy.connection import Connection
from pydantic import SecretStr

from demo.albums import Album, read_album
from demo.changes import (
    Change,
    NotInLondon,
    change_price,
    end_licence,
    move_track,
    random_change,
    rename_artist,
    tracks_on_sale,
    withdraw_album,
)
from demo.clients import ACCOUNTS, SHOPS, UK_SHOP
from demo.feed_lines import FeedFile, Feeds, Kind, Malformed, find_feeds
from demo.feed_rows import Ingest
from demo.feeds import SYNTHETIC, Summary, apply_feeds, load_feeds, summarise
from demo.generate import ROWS_PER_ALBUM, Catalogue, write_catalogue
from demo.london import count_album_rows, count_rows, create, transaction
from demo.tables import NAMES
from demo.vocabulary import DOWNLOAD
from shared.errors import CrossfadeError, Unusable
from shared.mysql import connection
from shared.settings import LondonSettings
from tests.servers import Database

ALBUMS = 60
CATALOGUE = Catalogue(ALBUMS, seed=3)
NOON = datetime(2020, 5, 17, 12, tzinfo=UTC)


@pytest.fixture(params=["london_server", "mysql_london_server"])
def server(request: pytest.FixtureRequest) -> Database:
    """London on MariaDB, then on MySQL."""
    found: Database = request.getfixturevalue(request.param)
    return found


@pytest.fixture
async def empty(server: Database) -> AsyncIterator[LondonSettings]:
    """A London that has no database yet."""
    root = server.root
    settings = LondonSettings(
        host=root.host,
        port=root.port,
        user=root.user,
        password=SecretStr(root.password),
        database=f"demo-`{uuid4().hex[:12]}",
    )
    yield settings
    async with connection(settings, database=None) as opened:
        await execute(opened, f"DROP DATABASE IF EXISTS `{quoted(settings.database)}`")


@pytest.fixture
async def london(empty: LondonSettings) -> AsyncIterator[Connection]:
    """A connection to a London with tables and no rows."""
    await create(empty)
    async with connection(empty) as opened:
        yield opened


@pytest.fixture
async def filled(london: Connection) -> Connection:
    """A connection to a London with `CATALOGUE`."""
    await write(london, CATALOGUE)
    return london


def quoted(name: str) -> str:
    return name.replace("`", "``")


async def execute(connection: Connection, statement: str) -> list[tuple[object, ...]]:
    async with transaction(connection) as cursor:
        await cursor.execute(statement)
        return list(await cursor.fetchall()) if cursor.description else []


async def column(connection: Connection, statement: str) -> list[object]:
    """The first column of what a statement returns."""
    return [row[0] for row in await execute(connection, statement)]


async def write(connection: Connection, catalogue: Catalogue) -> list[int]:
    return [written async for written in write_catalogue(connection, catalogue, albums_per_transaction=25)]


async def read(connection: Connection, release_id: int) -> Album:
    async with transaction(connection) as cursor:
        return await read_album(cursor, release_id)


def rows(album: Album) -> list[list[tuple[object, ...]]]:
    """The rows of an album in an order of their own, with instants as the database gives them."""
    return [sorted(map(_plain, table), key=repr) for table in album.tables()]


def _plain(row: Iterable[object]) -> tuple[object, ...]:
    return tuple(value.replace(tzinfo=None) if isinstance(value, datetime) else value for value in row)


# Creation


async def test_creation_makes_every_table_and_a_repetition_makes_none(empty: LondonSettings) -> None:
    assert sorted(await create(empty)) == sorted(NAMES.values())
    assert await create(empty) == []


async def test_a_creation_that_was_cut_short_is_completed(empty: LondonSettings) -> None:
    await create(empty)
    async with connection(empty) as opened:
        await execute(opened, "DROP TABLE client_shop, licence")
        assert sorted(await create(empty)) == ["client_shop", "licence"]
        assert set(await count_rows(opened)) == set(NAMES.values())


async def test_a_table_with_other_columns_is_refused_by_name(empty: LondonSettings) -> None:
    await create(empty)
    async with connection(empty) as opened:
        await execute(opened, "ALTER TABLE licence DROP COLUMN usage_type, ADD COLUMN kind INT")
    with pytest.raises(Unusable, match=r"table licence .* kind, usage_type"):
        await create(empty)


async def test_a_server_that_refuses_the_password_is_an_error_that_says_so(empty: LondonSettings) -> None:
    with pytest.raises(Unusable, match="check the account, its password"):
        await create(empty.model_copy(update={"password": SecretStr("wrong")}))


# The generated catalogue


async def test_london_holds_each_generated_album_as_it_was_made(filled: Connection) -> None:
    for album in CATALOGUE:
        assert rows(await read(filled, album.release.release_id)) == rows(album)


async def test_london_holds_78_rows_an_album(filled: Connection) -> None:
    assert await count_album_rows(filled) == ROWS_PER_ALBUM * ALBUMS


async def test_writing_tells_how_many_albums_are_committed(london: Connection) -> None:
    assert await write(london, CATALOGUE) == [25, 50, 60]


async def test_a_catalogue_is_not_written_twice(filled: Connection) -> None:
    before = await count_rows(filled)
    with pytest.raises(CrossfadeError, match="Duplicate entry"):
        await write(filled, CATALOGUE)
    assert await count_rows(filled) == before


async def test_an_error_within_a_transaction_leaves_nothing_and_the_connection_goes_on(filled: Connection) -> None:
    with pytest.raises(CrossfadeError, match="nowhere"):
        async with transaction(filled) as cursor:
            await cursor.execute("DELETE FROM track")
            await cursor.execute("DELETE FROM nowhere")
    assert await column(filled, "SELECT COUNT(*) > 0 FROM track") == [1]


async def test_a_cancelled_transaction_leaves_nothing(filled: Connection, empty: LondonSettings) -> None:
    async def delete_and_wait() -> None:
        async with transaction(filled) as cursor:
            await cursor.execute("DELETE FROM track")
            await cursor.execute("SELECT SLEEP(1)")

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(delete_and_wait(), 0.3)
    assert not filled.connected
    async with connection(empty) as another:
        # Waits for the server to have rolled back what it deleted.
        assert await column(another, "SELECT track_id FROM track FOR UPDATE")


async def test_sparse_ids_reach_the_end_of_their_column(london: Connection) -> None:
    await write(london, Catalogue(3, first_id=2**32 - 70 * 1_000, id_step=1_000))
    assert await column(london, "SELECT release_id FROM `release` ORDER BY 1") == [
        2**32 - 70_000 + step for step in (0, 1_000, 2_000)
    ]


async def test_clients_have_access_shops_and_limits_of_their_own(filled: Connection) -> None:
    assert await column(filled, "SELECT consumer_key FROM client ORDER BY client_id") == [
        account.client.consumer_key for account in ACCOUNTS
    ]
    with_access = "SELECT client_id FROM client_endpoint WHERE endpoint = '~/track/details'"
    without_access = f"SELECT consumer_key FROM client WHERE client_id NOT IN ({with_access})"
    assert await column(filled, without_access) == ["no-track-details"]
    limits = await column(filled, "SELECT daily_limit FROM client ORDER BY client_id")
    assert limits == [None, 4000, 5, 4000, 4000, None]
    assert await column(filled, f"SELECT territory FROM shop WHERE shop_id = {UK_SHOP}") == ["GB"]
    of_demo = "client_shop JOIN client USING (client_id) WHERE consumer_key = 'demo'"
    assert await column(filled, f"SELECT COUNT(*) FROM {of_demo}") == [len(SHOPS)]


# Changes


async def test_tracks_on_sale_have_a_price_and_a_licence_that_covers_the_instant(filled: Connection) -> None:
    on_sale = await tracks_on_sale(filled, "GB", NOON, 1_000)
    assert [tuple(track) for track in on_sale] == sorted(
        (price.track_id, album.release.release_id, price.price)
        for album in CATALOGUE
        for price in album.track_prices
        if price[1:3] == (2, "GB") and price.price is not None and price.track_id in downloadable(album, NOON)
    )
    assert await tracks_on_sale(filled, "GB", NOON, 2) == on_sale[:2]


def downloadable(album: Album, at: datetime) -> set[int]:
    """The tracks that may be downloaded in GB."""
    return {
        licence.track_id
        for licence in album.licences
        if licence[1:3] == (DOWNLOAD, "GB")
        and licence.valid_from <= at
        and (licence.valid_until is None or at < licence.valid_until)
    }


async def test_a_changed_price_is_one_rows_price(filled: Connection) -> None:
    track_id, territory, old = await one(
        filled,
        "SELECT track_id, territory, price FROM track_price WHERE package_id = 2 AND price = 0.99 LIMIT 1",
    )
    before = await execute(filled, "SELECT * FROM track_price ORDER BY 1, 2, 3")
    change = await change_price(filled, track_id, territory, Decimal("1.49"))
    after = await execute(filled, "SELECT * FROM track_price ORDER BY 1, 2, 3")
    differing = [(old_row[4], row[4]) for old_row, row in zip(before, after, strict=True) if old_row != row]
    assert differing == [(old, Decimal("1.49"))]
    assert change.what == f"the price of track {track_id} in {territory} went from 0.99 to 1.49"
    assert change.track_ids == {track_id}
    assert change.album_ids == {await album_of(filled, track_id)}


async def test_a_price_can_become_nil_and_come_back(filled: Connection) -> None:
    track_id, territory, _ = await one(
        filled, "SELECT track_id, territory, 0 FROM track_price WHERE package_id = 2 LIMIT 1"
    )
    gone = await change_price(filled, track_id, territory, None)
    assert gone.what == f"track {track_id} is no longer sold on its own in {territory}"
    where = f"WHERE track_id = {track_id} AND territory = '{territory}' AND package_id = 2"
    assert await column(filled, f"SELECT price FROM track_price {where}") == [None]
    back = await change_price(filled, track_id, territory, Decimal("0.00"))
    assert back.what == f"track {track_id} is sold on its own in {territory}, for 0.00"
    assert await column(filled, f"SELECT price FROM track_price {where}") == [Decimal("0.00")]


async def test_a_withdrawn_album_leaves_no_row_and_no_other_album_loses_one(filled: Connection) -> None:
    album = CATALOGUE.album(7)
    before = await count_album_rows(filled)
    change = await withdraw_album(filled, album.release.release_id)
    assert change.track_ids == {track.track_id for track in album.tracks}
    assert await count_album_rows(filled) == before - sum(map(len, album.tables()))
    for other in (CATALOGUE.album(6), CATALOGUE.album(8)):
        assert rows(await read(filled, other.release.release_id)) == rows(other)


async def test_a_moved_track_stands_on_the_other_album_with_all_its_rows(filled: Connection) -> None:
    source, target = CATALOGUE.album(0), CATALOGUE.album(1)
    track = source.tracks[0]
    change = await move_track(filled, track.track_id, target.release.release_id)
    assert change.album_ids == {source.release.release_id, target.release.release_id}
    assert track.track_id in change.track_ids
    gained = await read(filled, target.release.release_id)
    assert {row.track_id for row in gained.tracks} == {track.track_id, *(row.track_id for row in target.tracks)}
    assert len([row for row in gained.licences if row.track_id == track.track_id]) == len(
        [row for row in source.licences if row.track_id == track.track_id]
    )


async def test_a_renamed_artist_names_every_album_that_the_artist_stands_on(filled: Connection) -> None:
    artist_id = CATALOGUE.album(0).release.artist_id
    change = await rename_artist(filled, artist_id, "Änother 🎷 Name")
    assert await column(filled, f"SELECT name FROM artist WHERE artist_id = {artist_id}") == ["Änother 🎷 Name"]
    assert change.album_ids == {
        album.release.release_id
        for album in CATALOGUE
        if artist_id in (album.release.artist_id, *(track.artist_id for track in album.tracks))
    }


async def test_an_ended_licence_ends_at_the_instant_and_others_stay(filled: Connection) -> None:
    licence = next(row for row in CATALOGUE.album(0).licences if row.usage_type == DOWNLOAD and row.valid_until is None)
    at = licence.valid_from + timedelta(days=1, seconds=1)
    before = await execute(filled, "SELECT * FROM licence ORDER BY licence_id")
    await end_licence(filled, licence.track_id, licence.territory, at)
    after = await execute(filled, "SELECT * FROM licence ORDER BY licence_id")
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert changed
    for old, new in changed:
        assert new == (*old[:5], at.replace(tzinfo=None))
        assert new[1:4] == (licence.track_id, DOWNLOAD, licence.territory)


async def test_a_change_tells_when_its_commit_had_returned(filled: Connection, empty: LondonSettings) -> None:
    started_ns = time.monotonic_ns()
    change = await rename_artist(filled, 1, "Renamed")
    assert started_ns < change.committed_ns <= time.monotonic_ns()
    async with connection(empty) as another:
        assert await column(another, "SELECT name FROM artist WHERE artist_id = 1") == ["Renamed"]


async def test_a_change_of_what_london_does_not_have_is_an_error_that_names_it(filled: Connection) -> None:
    with pytest.raises(NotInLondon, match="no track 999999"):
        await change_price(filled, 999_999, "GB", None)
    with pytest.raises(NotInLondon, match="no price of track 1 in ZW"):
        await change_price(filled, 1, "ZW", None)
    with pytest.raises(NotInLondon, match="no release 999999"):
        await withdraw_album(filled, 999_999)
    with pytest.raises(NotInLondon, match="no release 999999"):
        await move_track(filled, 1, 999_999)
    with pytest.raises(NotInLondon, match="no artist 999999"):
        await rename_artist(filled, 999_999, "x")
    with pytest.raises(NotInLondon, match="track 1 has no download licence in ZW at 2020-05-17T12:00:00Z"):
        await end_licence(filled, 1, "ZW", NOON)


@pytest.mark.parametrize("seed", [1, 2])
async def test_random_changes_of_several_writers_leave_no_row_without_its_track_or_release(
    filled: Connection, empty: LondonSettings, seed: int
) -> None:
    async def change(writer: int) -> list[Change]:
        rng = Random(f"{seed}/{writer}")
        async with connection(empty) as own:
            return [await random_change(rng, own) for _ in range(40)]

    changes = [done for of_writer in await asyncio.gather(*map(change, range(3))) for done in of_writer]
    assert await orphans(filled) == []
    assert any(len(done.album_ids) > 1 for done in changes)
    steps = {step for done in changes for step in done.what.split(", ")}
    assert {"insert_album", "withdraw", "reinsert", "move_some", "license"} <= steps


async def test_random_changes_of_a_single_writer_repeat_themselves(empty: LondonSettings) -> None:
    async def run() -> list[list[tuple[object, ...]]]:
        await create(empty)
        async with connection(empty) as opened:
            await write(opened, Catalogue(10))
            rng = Random(5)
            for _ in range(30):
                await random_change(rng, opened)
            tables = [await execute(opened, f"SELECT * FROM `{table}` ORDER BY 1, 2") for table in ("release", "track")]
            await execute(opened, f"DROP DATABASE `{quoted(empty.database)}`")
            return tables

    assert await run() == await run()


async def test_an_empty_london_has_nothing_to_change_at_random(london: Connection) -> None:
    with pytest.raises(NotInLondon):
        await random_change(Random(1), london)


async def orphans(connection: Connection) -> list[object]:
    """Tables with a row whose track or release is not there."""
    found: list[object] = []
    for table in ("licence", "track_format", "track_price"):
        statement = (
            f"SELECT DISTINCT '{table}' FROM {table} LEFT JOIN track USING (track_id) WHERE track.track_id IS NULL"
        )
        found += await column(connection, statement)
    for table in ("track", "release_format", "release_price"):
        statement = (
            f"SELECT DISTINCT '{table}' FROM {table} LEFT JOIN `release` USING (release_id)"
            " WHERE `release`.release_id IS NULL"
        )
        found += await column(connection, statement)
    return found


async def one(connection: Connection, statement: str) -> tuple[int, str, Decimal]:
    ((track_id, territory, price),) = await execute(connection, statement)
    assert isinstance(track_id, int)
    return track_id, str(territory), Decimal(str(price))


async def album_of(connection: Connection, track_id: int) -> object:
    return (await column(connection, f"SELECT release_id FROM track WHERE track_id = {track_id}"))[0]


# Feeds


async def test_the_synthetic_feed_becomes_london(london: Connection) -> None:
    feeds, ingest = find_feeds(SYNTHETIC), Ingest()
    await load(london, feeds.full, ingest)
    assert await summarise(london) == Summary(releases=20, releases_made_up=4, tracks=48)
    assert await column(london, "SELECT title FROM `release` WHERE release_id = 6001") == ["First of the Untold"]
    await apply(london, feeds.updates, ingest)
    assert await summarise(london) == Summary(releases=21, releases_made_up=3, tracks=48)
    assert await orphans(london) == []
    await assert_updates_show(london)


async def assert_updates_show(london: Connection) -> None:
    assert await execute(london, "SELECT release_id, title, label_id FROM `release` WHERE is_made_up ORDER BY 1") == [
        (5008, "Named Again", None),
        (6001, "Second of the Untold", None),
        (6002, "Alone", None),
    ]
    assert await column(london, "SELECT release_id FROM track WHERE track_id IN (70004, 70056) ORDER BY track_id") == [
        5002,
        5001,
    ]
    assert await column(london, "SELECT price FROM track_price WHERE track_id IN (70001, 70008) ORDER BY track_id") == [
        Decimal("0.79"),
        Decimal("1.49"),
    ]
    assert (
        await column(london, "SELECT track_id FROM track WHERE track_id IN (70025, 70026, 70030, 70051, 70064)") == []
    )
    of_described = "licence JOIN track USING (track_id) WHERE usage_type = 'download' AND release_id = 6003"
    assert await column(london, f"SELECT DISTINCT valid_from FROM {of_described}") == [datetime(2010, 10, 10)]  # noqa: DTZ001 (as the driver gives it)
    assert await column(
        london, "SELECT title FROM track WHERE track_id IN (70012, 70013, 70015, 70041) ORDER BY 1"
    ) == [
        "<b>Bold</b> & Brave",
        "Line one\nline two",
        "ありがとう 🎏",
        "𠮷野の夜",
    ]


async def test_how_a_feed_is_cut_into_transactions_does_not_matter(empty: LondonSettings) -> None:
    async def run(lines_per_transaction: int) -> list[list[str]]:
        feeds, ingest = find_feeds(SYNTHETIC), Ingest()
        await create(empty)
        async with connection(empty) as opened:
            await load(opened, feeds.full, ingest, lines_per_transaction)
            await apply(opened, feeds.updates, ingest, lines_per_transaction)
            content = await all_rows(opened)
            await execute(opened, f"DROP DATABASE `{quoted(empty.database)}`")
        return content

    one_by_one = await run(1)
    assert await run(7) == one_by_one
    assert await run(1_000) == one_by_one


async def test_malformed_lines_are_told_and_the_rest_goes_on(london: Connection) -> None:
    feeds, ingest = find_feeds(SYNTHETIC / "malformed"), Ingest()
    malformed = await load(london, feeds.full, ingest) + await apply(london, feeds.updates, ingest)
    assert len(malformed) == 24
    assert str(malformed[0]) == "releases-full.csv, line 3, column releaseId: 'abc' is no whole number"
    assert await summarise(london) == Summary(releases=2, releases_made_up=0, tracks=2)


async def test_progress_tells_the_lines_taken_of_each_file(london: Connection) -> None:
    feeds = find_feeds(SYNTHETIC)
    taken = [(step.file.path.name, step.lines) async for step in load_feeds(london, feeds.full, Ingest(), 20)]
    assert taken == [
        ("releases-full.csv", 16),
        ("tracks-full.csv", 20),
        ("tracks-full.csv", 40),
        ("tracks-full.csv", 48),
    ]


async def test_the_real_feeds_become_london(london: Connection, real_feeds: Path) -> None:
    feeds, ingest = find_feeds(real_feeds), Ingest()
    assert await load(london, feeds.full, ingest) + await apply(london, feeds.updates, ingest) == []
    assert await summarise(london) == counted(feeds)
    assert await column(london, "SELECT COUNT(DISTINCT track_id) >= 1990 FROM licence") == [1]
    assert await orphans(london) == []


def counted(feeds: Feeds) -> Summary:
    """What the files come to, read as plain CSV; they delete no release."""
    stated: dict[Kind, dict[str, str]] = {Kind.RELEASES: {}, Kind.TRACKS: {}}
    for file in (*feeds.full, *feeds.updates):
        with gzip.open(file.path, "rt", encoding="utf-8", newline="") as text:
            for line in csv.DictReader(text):
                row_id = line["releaseId" if file.kind is Kind.RELEASES else "trackId"]
                stated[file.kind][row_id] = line["releaseId"]
                if line.get("action") == "D":
                    del stated[file.kind][row_id]
    made_up = set(stated[Kind.TRACKS].values()) - set(stated[Kind.RELEASES])
    return Summary(len(stated[Kind.RELEASES]) + len(made_up), len(made_up), len(stated[Kind.TRACKS]))


@pytest.fixture
def real_feeds() -> Path:
    """The folder that CROSSFADE_FEEDS names; where feeds are required, none is a failure."""
    folder = os.environ.get("CROSSFADE_FEEDS", "")
    if folder and Path(folder).is_dir():
        return Path(folder)
    missing = f"no feed files: CROSSFADE_FEEDS names no folder ({folder!r})"
    if "feeds" in os.environ.get("CROSSFADE_REQUIRE", "").split(","):
        pytest.fail(missing)
    pytest.skip(missing)


async def load(
    london: Connection, files: Sequence[FeedFile], ingest: Ingest, lines_per_transaction: int = 500
) -> list[Malformed]:
    steps = load_feeds(london, files, ingest, lines_per_transaction)
    return [malformed async for step in steps for malformed in step.malformed]


async def apply(
    london: Connection, files: Sequence[FeedFile], ingest: Ingest, lines_per_transaction: int = 20
) -> list[Malformed]:
    steps = apply_feeds(london, files, ingest, lines_per_transaction)
    return [malformed async for step in steps for malformed in step.malformed]


async def all_rows(london: Connection) -> list[list[str]]:
    """The rows of each table; the server numbers the licences, so their ids do not count."""
    return [
        sorted(
            repr(row[1:] if table == "licence" else row) for row in await execute(london, f"SELECT * FROM `{table}`")
        )
        for table in sorted(NAMES.values())
    ]

"""Two persisters' stores, each through its own connection, in each other's way on a real server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from aiokafka import TopicPartition
from asyncmy.connection import Connection
from pydantic import SecretStr

from services.persister.batch import Batch, Message, Place, halves, prepare
from services.persister.consume import Persister
from services.persister.schema import LEAST_PACKET_BYTES, apply_schema
from services.persister.settings import PersisterSettings
from services.persister.store import LogIdentity, Store, open_store
from shared import kafka as log
from shared import mysql
from shared.errors import Deadlock, OwnershipLost, Unusable
from shared.lifecycle import Life
from shared.settings import KafkaSettings, ProcessSettings, RegionSettings
from shared.wire import DEAD_LETTERS_TOPIC, MAX_RECORD_BYTES, TOPICS, Record, encode
from tests.documents import ARTIST, Json, album, record
from tests.replication import region_without_documents, world
from tests.servers import Database, Kafka
from tests.waiting import until

PLACE: Place = (TOPICS["album"], 0)
OTHER: Place = (TOPICS["album"], 1)
LOG = LogIdentity("cluster", {TOPICS["album"]: "topic"})
WAITING = """
SELECT COUNT(*) FROM information_schema.innodb_trx
JOIN information_schema.processlist ON id = trx_mysql_thread_id AND db = DATABASE()
WHERE trx_state = 'LOCK WAIT'
"""
# MySQL cannot tell who waits while a statement holds bytes that are no text.
ONLY_MARIADB = pytest.mark.parametrize("any_region_server", ["region_server"], indirect=True)


@pytest.fixture
async def region(any_region_server: Database) -> AsyncIterator[RegionSettings]:
    async with region_without_documents(any_region_server.root) as made:
        yield made


@pytest.fixture
async def one(region: RegionSettings) -> AsyncIterator[Store]:
    async with open_store(region) as store:
        await store.read_offsets(LOG, [PLACE, OTHER])
        yield store


@pytest.fixture
async def other(region: RegionSettings) -> AsyncIterator[Store]:
    async with open_store(region) as store:
        yield store


@pytest.fixture
async def session(region: RegionSettings) -> AsyncIterator[Connection]:
    """Somebody else's connection."""
    async with mysql.connection(region) as connection:
        yield connection


def batch(previous: int, *records: Record, place: Place = PLACE) -> Batch:
    """What follows in a partition from an offset on."""
    messages = [Message(offset, *encode(one)) for offset, one in enumerate(records, start=previous)]
    return prepare({place: messages}, {place: previous})


@asynccontextmanager
async def holding(session: Connection, *statements: str) -> AsyncIterator[None]:
    """A transaction of somebody else's that has done this and is then undone."""
    await session.query("START TRANSACTION")
    for statement in statements:
        await session.query(statement)
    yield
    await session.query("ROLLBACK")


@asynccontextmanager
async def set_globally(session: Connection, name: str, value: int | str) -> AsyncIterator[None]:
    """What the server tells connections that are opened inside the block."""
    [(before,)] = await mysql.rows(session, f"SELECT @@GLOBAL.{name}")
    await session.query(f"SET GLOBAL {name} = {value}")
    try:
        yield
    finally:
        await session.query(f"SET GLOBAL {name} = {before}")


async def stands_at(session: Connection) -> int:
    """The next offset of the partition."""
    [(next,)] = await mysql.rows(
        session, f"SELECT next_offset FROM next_offset WHERE topic = '{PLACE[0]}' AND partition_id = {PLACE[1]}"
    )
    return int(next)


async def owners(session: Connection, track_id: int) -> list[tuple[Any, ...]]:
    """The album and the version of a track's two rows."""
    return [
        row
        for table in ("track_metadata", "track_availability")
        for row in await mysql.rows(session, f"SELECT album_id, version FROM {table} WHERE track_id = {track_id}")
    ]


async def until_waiting(session: Connection, count: int, *unless: asyncio.Task[Any]) -> None:
    """Returns when so many transactions wait for a lock, or one of the tasks is done."""

    async def holds() -> bool:
        return await mysql.rows(session, WAITING) >= [(count,)] or any(task.done() for task in unless)

    # The server looks anew only where it was not asked for 0.1 s, so it may still show whom an earlier test let wait.
    await until(holds, every_s=0.11)


async def test_a_stale_owner_changes_nothing(one: Store, other: Store, session: Connection) -> None:
    await one.store(batch(0, record("album", album(3, [12]), 6), record("album", album(4, [13]), 6)), LOG)
    for previous in (0, 1, 3):
        with pytest.raises(OwnershipLost, match=f"the next offset of catalogue.albums/0 is not {previous} any more"):
            await other.store(batch(previous, record("album", album(3, []), 9)), LOG)
    assert await stands_at(session) == 2
    assert await owners(session, 12) == [(3, 6), (3, 6)]


@ONLY_MARIADB
async def test_a_stale_owner_that_comes_while_the_new_one_stores_has_to_wait_and_changes_nothing(
    one: Store, other: Store, session: Connection
) -> None:
    async with holding(session, "INSERT INTO album VALUES (3, 1, 0, NULL, '[]')"):
        storing = asyncio.create_task(one.store(batch(0, record("album", album(3, [12]), 6)), LOG))
        await until_waiting(session, 1, storing)
        coming_back = asyncio.create_task(other.store(batch(0, record("album", album(3, []), 9)), LOG))
        await until_waiting(session, 2, coming_back)
    await storing
    with pytest.raises(OwnershipLost):
        await coming_back
    assert await stands_at(session) == 1
    assert await owners(session, 12) == [(3, 6), (3, 6)]


@ONLY_MARIADB
async def test_who_stores_record_by_record_shuts_out_another_owner_of_the_partition(
    region: RegionSettings, one: Store, other: Store, session: Connection
) -> None:
    stale, _ = halves(batch(0, *(record("album", album(id, [id]), 6) for id in (3, 4, 5, 6))))
    newer = batch(0, record("album", album(3, []), 7))
    async with holding(session, "INSERT INTO album VALUES (4, 1, 0, NULL, '[]')"):
        storing = asyncio.create_task(one.store(stale, LOG))
        await until_waiting(session, 1, storing)
        taking_over = asyncio.create_task(other.store(newer, LOG))
        await until_waiting(session, 2, taking_over)
    await asyncio.gather(storing, taking_over)
    assert await mysql.rows(session, "SELECT track_id FROM track_metadata WHERE album_id = 3") == []


@ONLY_MARIADB
async def test_a_deadlock_undoes_the_whole_batch_which_can_be_stored_again(one: Store, session: Connection) -> None:
    found = batch(0, record("album", album(3, [12]), 6))
    # The server gives up the transaction that has written less.
    much = ", ".join(f"({number})" for number in range(2, 1000))
    taken = "INSERT INTO track_metadata VALUES (12, 3, 1, '')"
    async with holding(session, f"INSERT INTO generation VALUES {much}", taken):
        storing = asyncio.create_task(one.store(found, LOG))
        await until_waiting(session, 1, storing)
        await session.query("INSERT INTO album VALUES (3, 1, 0, NULL, '[]')")
        with pytest.raises(Deadlock, match="1213"):
            await storing
    assert await stands_at(session) == 0
    assert await mysql.rows(session, "SELECT * FROM album") == []
    await one.store(found, LOG)
    assert await owners(session, 12) == [(3, 6), (3, 6)]


async def test_a_lock_that_is_waited_for_too_long_undoes_the_whole_batch_which_can_be_stored_again(
    region: RegionSettings, one: Store, session: Connection
) -> None:
    found = batch(0, record("album", album(3, [12]), 6))
    async with set_globally(session, "innodb_lock_wait_timeout", 1), open_store(region) as impatient:
        async with holding(session, "INSERT INTO track_metadata VALUES (12, 3, 1, '')"):
            with pytest.raises(Deadlock, match="1205"):
                await impatient.store(found, LOG)
            # Nothing is left locked, though this error undoes a statement only.
            await one.store(batch(0, record("album", album(3, []), 5)), LOG)
        await impatient.store(batch(1, record("album", album(3, [12]), 6)), LOG)
    assert await stands_at(session) == 2
    assert await owners(session, 12) == [(3, 6), (3, 6)]


PAUSES = {
    "its album": "INSERT INTO album VALUES ({album}, 1, 0, NULL, '[]')",
    "what is said of its album": "INSERT INTO album_metadata VALUES ({album}, 1, '')",
    "where its album is sold": "INSERT INTO album_availability VALUES ({album}, 1, '')",
    "what is said of its tracks": "INSERT INTO track_metadata VALUES (11, {album}, 1, '')",
    "where its tracks are sold": "INSERT INTO track_availability VALUES (11, {album}, 1, '')",
}


@ONLY_MARIADB
@pytest.mark.parametrize("pause", PAUSES.values(), ids=PAUSES)
@pytest.mark.parametrize("paused", [3, 4], ids=["the old album", "the new album"])
async def test_a_track_that_moves_to_an_album_of_another_partition_is_in_the_end_on_that_one_whoever_pauses_at(
    pause: str, paused: int, one: Store, other: Store, session: Connection
) -> None:
    first_of = {3: [11] if paused == 3 else [], 4: [11] if paused == 4 else []}
    old = batch(0, record("album", album(3, [*first_of[3], 12]), 6))
    new = batch(0, record("album", album(4, [*first_of[4], 12]), 7), place=OTHER)
    slow, quick = (old, new) if paused == 3 else (new, old)
    async with holding(session, pause.format(album=paused)):
        slowly = asyncio.create_task(one.store(slow, LOG))
        await until_waiting(session, 1, slowly)
        quickly = asyncio.create_task(other.store(quick, LOG))
        await until_waiting(session, 2, quickly)
    await asyncio.gather(slowly, quickly)
    await one.store(batch(1, record("album", album(3, first_of[3]), 8)), LOG)
    assert await owners(session, 12) == [(4, 7), (4, 7)]


@ONLY_MARIADB
async def test_a_row_that_another_has_changed_since_the_snapshot_is_a_deadlock_to_us(
    region: RegionSettings, one: Store, session: Connection
) -> None:
    await one.store(batch(0, record("album", album(3, [12]), 6)), LOG)
    await session.query("SET SESSION innodb_snapshot_isolation = ON")
    await session.query("START TRANSACTION WITH CONSISTENT SNAPSHOT")
    await one.store(batch(1, record("album", album(3, [12]), 7)), LOG)
    with pytest.raises(Deadlock, match="1020"), mysql.translated(region):
        await session.query("UPDATE album SET version = 8 WHERE album_id = 3")
    await session.query("ROLLBACK")


@ONLY_MARIADB
async def test_a_store_takes_rows_that_another_has_changed_also_under_snapshot_isolation(
    region: RegionSettings, session: Connection
) -> None:
    async with (
        set_globally(session, "innodb_snapshot_isolation", "ON"),
        open_store(region) as one,
        open_store(region) as other,
    ):
        await one.read_offsets(LOG, [PLACE, OTHER])
        await one.store(batch(0, record("album", album(3, [12]), 5)), LOG)
        async with holding(session, "SELECT * FROM album WHERE album_id = 3 FOR UPDATE"):
            waiting = asyncio.create_task(other.store(batch(1, record("album", album(3, [12]), 6)), LOG))
            await until_waiting(session, 1, waiting)
            await session.query("UPDATE album SET version = 4 WHERE album_id = 3")
            await session.query("COMMIT")
        await waiting
    assert await owners(session, 12) == [(3, 6), (3, 6)]


def large(letter: str) -> Json:
    """An album of as many bytes in the log as it takes, all but a few of them this letter's."""
    least = len(record("album", album(3, [12], title="")).value or b"")
    width = len(record("album", album(3, [12], title=letter)).value or b"") - least
    return album(3, [12], title=letter * ((MAX_RECORD_BYTES - least) // width))


@pytest.mark.parametrize("letter", ["x", '"', "\u20ac"])
async def test_the_largest_document_is_stored_where_packets_are_the_smallest(
    letter: str, region: RegionSettings, session: Connection
) -> None:
    async with set_globally(session, "max_allowed_packet", LEAST_PACKET_BYTES), open_store(region) as store:
        await store.read_offsets(LOG, [PLACE])
        await store.store(batch(0, record("album", large(letter))), LOG)
    [(length,)] = await mysql.rows(session, "SELECT LENGTH(document) FROM album_metadata")
    assert length > MAX_RECORD_BYTES - 2000


async def test_a_server_that_has_come_to_take_smaller_packets_is_refused_at_the_next_connection(
    region: RegionSettings, session: Connection
) -> None:
    async with set_globally(session, "max_allowed_packet", LEAST_PACKET_BYTES // 2):
        with pytest.raises(Unusable, match=f"SET GLOBAL max_allowed_packet = {LEAST_PACKET_BYTES}"):
            async with open_store(region):
                pass


async def test_a_persister_that_may_not_read_where_its_new_partitions_stand_ends_with_the_reason(
    region: RegionSettings,
) -> None:
    persister = Persister(
        Life(ProcessSettings()),
        *(cast(Any, None), cast(Any, None)),
        LOG,
        kafka_settings=KafkaSettings(bootstrap="127.0.0.1:1"),
        region=region.model_copy(update={"password": SecretStr("wrong by now")}),
        settings=PersisterSettings(),
    )
    await persister.on_partitions_assigned([TopicPartition(*PLACE)])
    with pytest.raises(Unusable, match="check the account, its password"):
        await persister._read()


REFUSED = 250
REFUSAL = f"""
    CREATE TRIGGER refusal BEFORE INSERT ON artist FOR EACH ROW
    IF NEW.artist_id = {REFUSED} THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not this one'; END IF
"""


async def test_one_of_500_records_that_the_region_refuses_is_parked_and_the_others_are_stored(
    kafka: Kafka, london_server: Database, any_region_server: Database, tmp_path: Path
) -> None:
    async with world(kafka.bootstrap, london_server.root, any_region_server.root, tmp_path) as here:
        await apply_schema(here.region)
        await here.in_region(REFUSAL)
        await send_artists(here.log, 500)
        await here.start("services.persister")
        offset = f"SELECT next_offset FROM next_offset WHERE topic = '{TOPICS['artist']}' AND partition_id = 0"
        await until(lambda: here.holds(offset, [(500,)]), deadline_s=30)
        assert await here.in_region("SELECT COUNT(*), SUM(artist_id = 250) FROM artist") == [(499, 0)]
        [letter] = await here.read(DEAD_LETTERS_TOPIC, 1)
        assert await here.size(DEAD_LETTERS_TOPIC) == 1
    told = dict(letter.headers)
    assert (letter.key, told["dead_letter_place"]) == (b"artist/250", b"catalogue.artists/0/249")
    assert b"not this one" in told["dead_letter_reason"]


async def send_artists(settings: KafkaSettings, count: int) -> None:
    """Records of the artists 1, 2, ... in one partition."""
    async with log.producer(settings) as producer:
        for id in range(1, count + 1):
            key, value, headers = encode(record("artist", {**ARTIST, "artist_id": id}))
            await producer.send(TOPICS["artist"], value, key, partition=0, headers=headers)

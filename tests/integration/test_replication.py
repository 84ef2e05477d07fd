"""From London to the region, with the real producer and persister as processes of their own."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from asyncmy.connection import Connection

from deploy.provision.topics import create_topics
from shared import mysql
from shared.wire import DEAD_LETTERS_TOPIC, POSITIONS_TOPIC, SNAPSHOT_TOPIC, TOPICS, Record, encode
from tests.changes import change_london
from tests.integration.following import (
    follow,
    follow_and_stop,
    follow_in_a_new_epoch,
    has_logged,
    next_second,
    position,
    refusal,
    stop,
)
from tests.replication import PARTITIONS, World, fill, remove_topics, renew_log, world
from tests.servers import Database, Kafka
from tests.waiting import until

ALBUMS = 60


@pytest.fixture
async def here(kafka: Kafka, london_server: Database, region_server: Database, tmp_path: Path) -> AsyncIterator[World]:
    """MariaDB on both sides."""
    async with world(kafka.bootstrap, london_server.root, region_server.root, tmp_path) as made:
        await fill(made, ALBUMS)
        yield made


@pytest.fixture
async def either(
    kafka: Kafka, any_london_server: Database, region_server: Database, tmp_path: Path
) -> AsyncIterator[World]:
    """A London on each kind of server."""
    async with world(kafka.bootstrap, any_london_server.root, region_server.root, tmp_path) as made:
        await fill(made, ALBUMS)
        yield made


async def test_every_service_stops_in_order_on_sigterm(here: World) -> None:
    services = [await here.start("services.persister"), await here.start("services.producer")]
    await here.until_equal()
    for service in services:
        service.terminate()
    assert [await service.wait() for service in services] == [0, 0], here.logs()


async def test_what_changed_while_no_producer_ran_is_followed_later(here: World) -> None:
    await follow_and_stop(here)
    await change_london(here)
    await here.start("services.producer")
    await here.until_equal()


async def test_a_persister_that_was_killed_goes_on_where_the_region_stands(here: World) -> None:
    await here.start("services.producer")
    persister = await here.start("services.persister", CROSSFADE_PERSISTER_BATCH_RECORDS="1")
    await until(lambda: has_albums(here), deadline_s=30)
    persister.send_signal(signal.SIGKILL)
    await persister.wait()
    await here.start("services.persister")
    await here.until_equal()


async def test_a_persister_that_comes_back_after_another_took_over_changes_nothing_for_the_worse(here: World) -> None:
    await here.start("services.producer")
    zombie = await here.start("services.persister", CROSSFADE_PERSISTER_BATCH_RECORDS="1")
    await until(lambda: has_albums(here), deadline_s=30)
    zombie.send_signal(signal.SIGSTOP)
    await here.start("services.persister")
    await here.until_equal()
    await change_london(here)
    zombie.send_signal(signal.SIGCONT)
    await here.until_equal()


async def test_a_region_that_is_set_back_under_its_persister_is_filled_again_without_another_message(
    here: World,
) -> None:
    await here.start("services.persister")
    producer = await here.start("services.producer")
    await here.until_equal()
    producer.terminate()
    await producer.wait()
    sent = sum([await here.size(topic) for topic in TOPICS.values()])
    await until(lambda: here.holds("SELECT CAST(SUM(next_offset) AS UNSIGNED) FROM next_offset", [(sent,)]))
    for statement in ("UPDATE next_offset SET next_offset = 0", "DELETE FROM album", "DELETE FROM track_availability"):
        await here.in_region(statement)
    await here.until_equal()


async def test_two_persisters_share_the_partitions(here: World) -> None:
    persisters = [await here.start("services.persister"), await here.start("services.persister")]
    await here.start("services.producer")
    await here.until_equal()
    await change_london(here)
    await here.until_equal()
    assert [persister.returncode for persister in persisters] == [None, None], here.logs()


async def test_two_producers_share_a_snapshot_and_one_of_them_may_die(here: World) -> None:
    await here.start("services.persister")
    producers = [await here.start("services.producer"), await here.start("services.producer")]
    await until(lambda: has_albums(here), deadline_s=30)
    producers[0].send_signal(signal.SIGKILL)
    await here.until_equal()
    await change_london(here)
    await here.until_equal()


async def test_a_topic_made_anew_is_read_from_its_beginning(here: World) -> None:
    persister, producer = await here.start("services.persister"), await here.start("services.producer")
    await here.until_equal()
    for service in (persister, producer):
        service.terminate()
        await service.wait()
    await renew_log(here.log)
    await here.start("services.persister")
    await here.start("services.producer")
    # The region is still equal from before; what matters is that London is followed again.
    await here.read(POSITIONS_TOPIC, 1)
    await change_london(here)
    await here.until_equal()


async def test_a_persister_ends_with_a_sentence_when_topics_are_made_anew_under_it(here: World) -> None:
    persister, producer = await here.start("services.persister"), await here.start("services.producer")
    await here.until_equal()
    producer.terminate()
    await producer.wait()
    await renew_log(here.log)
    assert await asyncio.wait_for(persister.wait(), 30) == 1
    assert "topics were made anew, which are read from their beginning: catalogue.albums" in here.logs()
    await here.start("services.persister")
    code, output = await here.run("produce", "snapshot")
    assert code == 0, output
    await change_london(here)
    await here.start("services.producer")
    await here.until_equal()


async def test_one_album_is_published_by_its_id(here: World) -> None:
    await here.start("services.persister")
    code, output = await here.run("produce", "snapshot")
    assert (code, "documents of London are in the log" in output) == (0, True), output
    await here.until_equal()
    async with here.in_london() as london:
        await london.query("UPDATE `release` SET title = 'Another Title' WHERE release_id = 7")
    code, output = await here.run("produce", "album", "7")
    assert (code, "album 7 is in the log" in output) == (0, True), output
    await here.until_equal()


async def test_an_album_that_london_does_not_have_is_published_as_deleted(here: World) -> None:
    await here.start("services.persister")
    code, output = await here.run("produce", "album", "424242")
    assert code == 0, output
    await until(lambda: here.holds("SELECT deleted FROM album WHERE album_id = 424242", [(1,)]), deadline_s=30)


BROKEN = {
    "no JSON": (b"album/900001", b"{not json", {}),
    "an unknown schema version": (b"album/900002", b"{}", {"ce_type": b"crossfade.album.v99"}),
    "an unknown type": (b"novel/900003", b"{}", {}),
    "a document that breaks its schema": (b"album/900004", b'{"album_id":900004}', {}),
    "no version": (b"album/900005", b"{}", {"ce_version": b"soon"}),
}


async def test_records_that_cannot_be_applied_are_parked_with_their_reason_and_the_rest_goes_on(here: World) -> None:
    _, _, headers = encode(Record("album", 1, 1, b"", "/test", "2026-01-01T00:00:00.000000Z"))
    for key, value, broken in BROKEN.values():
        await here.send(TOPICS["album"], key, value, list((dict(headers) | broken).items()))
    await here.start("services.persister")
    await here.start("services.producer")
    await here.until_equal()
    letters = await here.read(DEAD_LETTERS_TOPIC, len(BROKEN))
    reasons = {letter.key: dict(letter.headers)["dead_letter_reason"] for letter in letters}
    assert set(reasons) == {key for key, _, _ in BROKEN.values()}
    assert all(reasons.values())


async def test_an_album_larger_than_the_log_takes_is_refused_and_the_rest_goes_on(here: World) -> None:
    async with here.in_london() as london:
        await london.query("ALTER TABLE track MODIFY p_line LONGTEXT NULL")
        await london.query("UPDATE track SET p_line = REPEAT('x', 20000000) WHERE track_id = 1")
    await here.start("services.persister")
    await here.start("services.producer")
    [letter] = await here.read(DEAD_LETTERS_TOPIC, 1)
    assert b"the log takes 8388608" in dict(letter.headers)["dead_letter_reason"]
    async with here.in_london() as london:
        await london.query("UPDATE track SET p_line = 'short again' WHERE track_id = 1")
    await here.until_equal()


async def test_a_london_that_was_reset_is_refused_until_a_new_epoch_begins(here: World) -> None:
    await follow_and_stop(here)
    async with here.in_london() as london:
        await london.query("RESET MASTER")
        await london.query("UPDATE `release` SET title = 'After The Reset' WHERE release_id = 7")
    assert "`crossfade produce snapshot --new-epoch` is the way on" in await refusal(here)
    await follow_in_a_new_epoch(here)
    await change_london(here)
    await here.until_equal()


async def test_a_london_that_was_reset_is_refused_also_when_it_has_as_many_transactions_again(either: World) -> None:
    async with either.in_london() as london:
        # Otherwise all that other tests did, and in the name of other servers, would have to be done again.
        await reset_binlog(london)
        await london.query("UPDATE `release` SET title = UUID() WHERE release_id = 7")
    producer = await follow(either)
    await change_london(either)
    await either.until_equal()
    await stop(producer)
    async with either.in_london() as london:
        stopped_at = await position(either)
        await next_second(london)
        await reset_binlog(london)
        await london.query("UPDATE `release` SET title = UUID() WHERE release_id = 7")
        while not (await position(either)).contains(stopped_at):
            await london.query("UPDATE `release` SET title = UUID() WHERE release_id = 7")
    assert "is not the one that was followed" in await refusal(either)
    await follow_in_a_new_epoch(either)


async def test_a_binlog_purged_before_it_was_followed_is_followed_from_now_and_everything_read_again(
    either: World,
) -> None:
    await follow_and_stop(either)
    async with either.in_london() as london:
        await london.query("UPDATE `release` SET title = 'Unseen' WHERE release_id = 7")
        await london.query("FLUSH BINARY LOGS")
        await until(lambda: purged_all_but_one(london))
    await either.start("services.producer")
    await either.until_equal()
    await until(lambda: has_logged(either, '"message":"an alarm is over","alarm":"binlog_purged"'), deadline_s=30)
    assert '"reason":"London has deleted the part of its binlog that follows' in either.logs()
    await change_london(either)
    await either.until_equal()


async def test_another_server_that_holds_all_that_was_followed_goes_on_in_a_new_epoch(here: World) -> None:
    await follow_and_stop(here)
    async with here.in_london() as london:
        await london.query("SET GLOBAL server_id = 2")
        try:
            await change_london(here)
            # As if it had never got the transaction after which the region has this album.
            await unseen(london, "UPDATE `release` SET title = 'As The Other Server Has It' WHERE release_id = 8")
            code, output = await here.run("produce", "album", "7")
            assert (code, "is server 2 now, and 1 is followed" in " ".join(output.split())) == (1, True), output
            await here.start("services.producer")
            await here.until_equal()
        finally:
            await london.query("SET GLOBAL server_id = 1")
    assert '"epoch":1' in here.logs()


async def reset_binlog(london: Connection) -> None:
    [(release,)] = await mysql.rows(london, "SELECT VERSION()")
    is_new = "MariaDB" not in release and not release.startswith("8.0")
    await london.query("RESET BINARY LOGS AND GTIDS" if is_new else "RESET MASTER")


async def purged_all_but_one(london: Connection) -> bool:
    """Whether only the newest file of the binlog is left; a server keeps some for a moment longer."""
    files = await mysql.rows(london, "SHOW BINARY LOGS")
    await london.query(f"PURGE BINARY LOGS TO '{files[-1][0]}'")
    return len(files) == 1


async def test_a_foreign_key_that_comes_to_cascade_while_london_is_followed_is_watched(either: World) -> None:
    await either.start("services.persister")
    await either.start("services.producer")
    await either.until_equal()
    async with either.in_london() as london:
        await london.query(
            "ALTER TABLE `release` ADD FOREIGN KEY (label_id) REFERENCES label (label_id) ON DELETE SET NULL"
        )
        await london.query("DELETE FROM label")
    await either.until_equal()


async def test_everything_is_read_again_after_an_alteration_also_when_the_producers_are_killed_meanwhile(
    either: World,
) -> None:
    await either.start("services.persister")
    producers = [await either.start("services.producer", CROSSFADE_PRODUCER_ALBUMS_PER_S="50") for _ in range(2)]
    await either.until_equal()
    shares = shares_in_snapshots(either)
    async with either.in_london() as london:
        await unseen(london, "UPDATE artist SET name = 'Unseen'", "UPDATE `release` SET title = 'Unseen'")
        await london.query("ALTER TABLE `release` COMMENT 'another'")

    async def both_take_part_again() -> bool:
        return shares_in_snapshots(either) >= shares + 2

    await until(both_take_part_again, deadline_s=30)
    for producer in producers:
        producer.send_signal(signal.SIGKILL)
        await producer.wait()
    await either.start("services.producer")
    await either.until_equal()


def shares_in_snapshots(world: World) -> int:
    return world.logs().count('"taking part in a snapshot"')


async def unseen(london: Connection, *statements: str) -> None:
    """Changes that no event tells."""
    for statement in ("SET SESSION sql_log_bin = 0", *statements, "SET SESSION sql_log_bin = 1"):
        await london.query(statement)


async def test_a_snapshot_that_was_under_way_is_begun_anew_in_a_new_epoch(here: World) -> None:
    await here.start("services.persister")
    producer = await here.start("services.producer", CROSSFADE_PRODUCER_ALBUMS_PER_S="5")
    await until(lambda: has_logged(here, '"ranges_done":1,'), deadline_s=30)
    producer.send_signal(signal.SIGKILL)
    await producer.wait()
    async with here.in_london() as london:
        await reset_binlog(london)
        await london.query("UPDATE `release` SET title = 'After The Reset'")
        await london.query("UPDATE artist SET name = 'After The Reset'")
        await london.query("UPDATE client SET name = 'After The Reset'")
    code, output = await here.run("produce", "snapshot", "--new-epoch")
    assert code == 0, output
    await here.until_equal()


async def test_a_producer_that_comes_back_after_a_new_epoch_began_goes_on_in_it(here: World) -> None:
    await here.start("services.persister")
    paused = await here.start("services.producer")
    await here.until_equal()
    paused.send_signal(signal.SIGSTOP)
    code, output = await here.run("produce", "snapshot", "--new-epoch")
    paused.send_signal(signal.SIGCONT)
    assert code == 0, output
    await change_london(here)
    await here.until_equal()


async def test_where_what_was_remembered_is_lost_records_are_newer_than_those_in_the_log(here: World) -> None:
    await follow_and_stop(here)
    async with here.in_london() as london:
        # With an epoch of 0 again, what follows would be older than what the region has.
        await reset_binlog(london)
        await london.query("UPDATE `release` SET title = 'After The Loss' WHERE release_id = 7")
    await remove_topics(here.log, {POSITIONS_TOPIC, SNAPSHOT_TOPIC})
    await create_topics(here.log, PARTITIONS)
    await here.start("services.producer")
    await here.until_equal()
    await change_london(here)
    await here.until_equal()


async def test_what_has_0_for_an_id_is_no_document_in_a_snapshot_and_while_following(here: World) -> None:
    async with here.in_london() as london:
        await london.query("UPDATE `release` SET release_id = 0 WHERE release_id = 7")
        await here.start("services.persister")
        await here.start("services.producer")
        await here.until_equal()
        await london.query("UPDATE `release` SET title = 'No Document' WHERE release_id IN (0, 8)")
        await london.query("UPDATE track SET release_id = 0 WHERE release_id = 9")
    await here.until_equal()
    assert await here.size(DEAD_LETTERS_TOPIC) == 0


async def has_albums(world: World) -> bool:
    if not await world.in_region("SHOW TABLES LIKE 'quota_lease'"):
        return False
    [(albums,)] = await world.in_region("SELECT COUNT(*) FROM album")
    return bool(albums > 0)

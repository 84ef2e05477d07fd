"""Which documents are behind their dead letters, on a real log and a real region."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.supervisor.parked import SHOWN, read_parked
from shared.wire import DEAD_LETTERS_TOPIC, TOPICS, Record, encode
from tests.documents import album, record
from tests.replication import World, world
from tests.servers import Database, Kafka
from tests.waiting import until

TIME = "2026-01-01T00:00:00.000000Z"


@pytest.fixture
async def here(kafka: Kafka, london_server: Database, region_server: Database, tmp_path: Path) -> AsyncIterator[World]:
    """A log and a region that a persister keeps."""
    async with world(kafka.bootstrap, london_server.root, region_server.root, tmp_path) as made:
        await made.start("services.persister")
        yield made


async def deleted(world: World, id: int, version: int) -> None:
    """A record that can be applied."""
    await world.send(TOPICS["album"], *encode(Record("album", id, version, None, "/test", TIME)))


async def broken(world: World, id: int, version: int) -> None:
    await world.send(TOPICS["album"], *encode(Record("album", id, version, b"{", "/test", TIME)))


async def until_parked(world: World, documents: int) -> None:
    async def parked() -> bool:
        return (
            bool(await world.in_region("SHOW TABLES LIKE 'parked'"))
            and (await read_parked(world.region)).documents == documents
        )

    await until(parked, deadline_s=30)


async def test_a_document_whose_newest_record_is_parked_is_named_until_a_newer_one_is_applied(here: World) -> None:
    await deleted(here, 7, version=10)
    await broken(here, 7, version=20)
    await until_parked(here, 1)
    [document] = (await read_parked(here.region)).first
    assert (document.type, document.id, document.version) == ("album", 7, 20)
    assert document.reason.startswith("the document: ")
    assert document.place.startswith(f"{TOPICS['album']}/")
    await deleted(here, 7, version=30)
    await until_parked(here, 0)


async def test_a_letter_older_than_what_the_region_holds_does_not_count(here: World) -> None:
    await deleted(here, 7, version=30)
    await broken(here, 7, version=20)
    await broken(here, 8, version=20)
    await until_parked(here, 1)
    [document] = (await read_parked(here.region)).first
    assert document.id == 8


async def test_all_documents_are_counted_and_the_first_few_are_named(here: World) -> None:
    for id in range(1, SHOWN + 4):
        await broken(here, id, version=20)
    await until_parked(here, SHOWN + 3)
    assert [document.id for document in (await read_parked(here.region)).first] == list(range(1, SHOWN + 1))


async def test_what_london_could_not_send_counts_until_the_document_comes(here: World) -> None:
    key, _, headers = encode(Record("album", 7, 20, b"", "/test", TIME))
    letter = [*headers, ("dead_letter_reason", b"too large"), ("dead_letter_place", b"london")]
    await here.send(DEAD_LETTERS_TOPIC, key, None, letter)
    await until_parked(here, 1)
    await deleted(here, 7, version=20)
    await until_parked(here, 0)


@pytest.mark.parametrize("table", ["album", "track_availability"])
async def test_nothing_is_parked_because_a_table_was_altered_under_prepared_statements(here: World, table: str) -> None:
    async def until_stored(version: int) -> None:
        await here.send(TOPICS["album"], *encode(record("album", album(), version)))
        await until(lambda: here.holds("SELECT version FROM track_availability", [(version,)]), deadline_s=30)

    await until_stored(10)
    await here.in_region(f"ALTER TABLE {table} COMMENT 'altered'")
    await until_stored(20)
    assert await here.size(DEAD_LETTERS_TOPIC) == 0

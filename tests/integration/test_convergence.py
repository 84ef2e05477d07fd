"""Whatever happens, the region ends equal to London: any history, over the real store on a real server.

London is a list of what it said after each transaction, and the log a list of messages. What stands between them and
the region is the product's own: records, batches, and stores that get into each other's way.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, cast

import pytest
from asyncmy.connection import Connection
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from services.persister.batch import Batch, Message, Place, halves, prepare
from services.persister.store import LogIdentity, Store, open_store
from shared import mysql
from shared.errors import Deadlock, OwnershipLost
from shared.settings import RegionSettings
from shared.wire import TOPICS, DocumentType, Record, encode
from tests.documents import ARTIST, Json, album, record, tombstone
from tests.replication import Rows, differences, region_without_documents, rows_of_record, rows_of_region
from tests.servers import Database

Key = tuple[DocumentType, int]

ALBUMS: Final = (1, 2)
KEYS: Final[Sequence[Key]] = (*(("album", id) for id in ALBUMS), ("artist", 5))
TRACKS: Final = (11,)
PLACES: Final[Sequence[Place]] = ((TOPICS["album"], 0), (TOPICS["album"], 1), (TOPICS["artist"], 0))
LOG: Final = LogIdentity("cluster", {topic: "topic" for topic, _ in PLACES})
TABLES: Final = (
    "album",
    "album_metadata",
    "album_availability",
    "track_metadata",
    "track_availability",
    "artist",
    "next_offset",
)

keys = st.sampled_from(KEYS)
ages = st.integers(0, 5)
some_places = st.sets(st.sampled_from(PLACES), min_size=1)

Backup = Mapping[str, Sequence[tuple[Any, ...]]]
"""The rows of each table."""


def place_of(key: Key) -> Place:
    type, id = key
    return TOPICS[type], id % 2 if type == "album" else 0


@dataclass(frozen=True)
class Catalogue:
    """What London says at one time: the titles of the documents that there are, and the album of each track."""

    titles: Mapping[Key, str]
    owners: Mapping[int, int]

    def document(self, key: Key) -> Json | None:
        type, id = key
        if (title := self.titles.get(key)) is None:
            return None
        if type == "artist":
            return {**ARTIST, "name": title}
        return album(id, [track for track, owner in self.owners.items() if owner == id], title=title)


FIRST: Final = Catalogue(dict.fromkeys(KEYS, "Title 0"), dict.fromkeys(TRACKS, ALBUMS[0]))


class London:
    """Every catalogue that London had, by position."""

    def __init__(self) -> None:
        self._catalogues = [FIRST]

    @property
    def position(self) -> int:
        return len(self._catalogues) - 1

    def change(self, key: Key) -> None:
        now = self._catalogues[-1]
        self._catalogues.append(replace(now, titles={**now.titles, key: f"Title {self.position + 1}"}))

    def delete(self, key: Key) -> None:
        now = self._catalogues[-1]
        self._catalogues.append(replace(now, titles={k: title for k, title in now.titles.items() if k != key}))

    def move(self, track_id: int, album_id: int) -> None:
        now = self._catalogues[-1]
        self._catalogues.append(replace(now, owners={**now.owners, track_id: album_id}))

    def read(self, key: Key, position: int, seen: int) -> Record:
        """The record of a document whose position was read at one time, and whose content later."""
        type, id = key
        document = self._catalogues[seen].document(key)
        # No record has the version 0.
        version = position + 1
        return tombstone(type, id, version) if document is None else record(type, document, version)

    def last_change(self, key: Key) -> int:
        """The position of the last transaction that touched a document."""
        told = [catalogue.document(key) for catalogue in self._catalogues]
        return max((after for after in range(1, len(told)) if told[after] != told[after - 1]), default=0)


@dataclass(frozen=True)
class Region:
    """A real region, with two stores and a session of somebody who may do everything."""

    where: RegionSettings
    session: Connection
    stores: tuple[Store, Store]

    async def clear(self) -> None:
        await self.restore(dict.fromkeys(TABLES, ()))
        for store in self.stores:
            await store.keep(LOG, {})

    async def offsets(self) -> Mapping[Place, int]:
        return await self.stores[0].read_offsets(LOG, PLACES)

    async def store(self, *batches: Batch) -> None:
        """Stores one batch, or two at once; of a partition that another has moved, nothing."""
        await asyncio.gather(*map(is_stored, self.stores, batches))

    async def store_in_parts(self, batch: Batch) -> None:
        """As where the region refuses a record that is in neither half."""
        for part in (*halves(batch), Batch(batch.advances, {})):
            if not await is_stored(self.stores[0], part):
                return

    async def replay(self, place: Place, offset: int) -> None:
        where = f"topic = '{place[0]}' AND partition_id = {place[1]} AND next_offset > {offset}"
        await self.session.query(f"UPDATE next_offset SET next_offset = {offset} WHERE {where}")

    async def back_up(self) -> Backup:
        return {table: await mysql.rows(self.session, f"SELECT * FROM {table}") for table in TABLES}

    async def restore(self, backup: Backup) -> None:
        await self.session.query("START TRANSACTION")
        async with self.session.cursor() as cursor:
            for table, rows in backup.items():
                await cursor.execute(f"DELETE FROM {table}")
                for row in rows:
                    await cursor.execute(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(row))})", row)
        await self.session.query("COMMIT")


async def is_stored(store: Store, batch: Batch) -> bool:
    """Whether it was, and no other had moved an offset."""
    while True:
        try:
            await store.store(batch, LOG)
        except Deadlock:
            continue
        except OwnershipLost:
            return False
        return True


@asynccontextmanager
async def region_of(where: RegionSettings) -> AsyncIterator[Region]:
    async with mysql.connection(where) as session, open_store(where) as one, open_store(where) as other:
        yield Region(where, session, (one, other))


class Convergence(RuleBasedStateMachine):
    """Two producers are records of any age that come into the log late, again and in any order; two persisters are
    batches that were prepared at any time and are stored late, again, in parts and at once."""

    records: Bundle[Record] = Bundle("records")
    batches: Bundle[Batch] = Bundle("batches")
    backups: Bundle[Backup] = Bundle("backups")

    def __init__(self, run: Callable[[Coroutine[Any, Any, Any]], Any], region: Region) -> None:
        super().__init__()
        self.run = run
        self.region = region
        self.london = London()
        self.log: Mapping[Place, list[Record]] = {place: [] for place in PLACES}
        run(region.clear())

    @initialize(target=backups)
    def begin(self) -> Backup:
        """All of London is in the log, and nothing of it in the region."""
        self.tell_changes()
        return cast(Backup, self.run(self.region.back_up()))

    @rule(key=keys, told=st.booleans())
    def insert_or_update(self, key: Key, told: bool) -> None:
        self.london.change(key)
        if told:
            self.tell_changes()

    @rule(key=keys, told=st.booleans())
    def delete(self, key: Key, told: bool) -> None:
        self.london.delete(key)
        if told:
            self.tell_changes()

    @rule(track_id=st.sampled_from(TRACKS), album_id=st.sampled_from(ALBUMS), told=st.booleans())
    def move(self, track_id: int, album_id: int, told: bool) -> None:
        self.london.move(track_id, album_id)
        if told:
            self.tell_changes()

    @rule(target=records, key=keys, age=ages, later=ages, at_once=st.booleans())
    def read(self, key: Key, age: int, later: int, at_once: bool) -> Record:
        position = max(0, self.london.position - age)
        found = self.london.read(key, position, min(self.london.position, position + later))
        if at_once:
            self.publish(found)
        return found

    @rule(record=records)
    def publish(self, record: Record) -> None:
        self.log[place_of((record.type, record.id))].append(record)

    @rule(place=st.sampled_from(PLACES), most=st.integers(1, 4))
    def persist(self, place: Place, most: int) -> None:
        self.store(self.prepare([place], most))

    @rule(target=batches, places=some_places, most=st.integers(1, 4))
    def prepare(self, places: Collection[Place], most: int) -> Batch:
        offsets = self.run(self.region.offsets())
        return prepare({place: self.messages(place, offsets[place], most) for place in places}, offsets)

    @rule(batch=batches)
    def store(self, batch: Batch) -> None:
        self.run(self.region.store(batch))

    @rule(batch=batches)
    def store_in_parts(self, batch: Batch) -> None:
        self.run(self.region.store_in_parts(batch))

    @rule(one=batches, other=batches)
    def store_at_once(self, one: Batch, other: Batch) -> None:
        self.run(self.region.store(one, other))

    @rule(place=st.sampled_from(PLACES), offset=st.integers(0, 5))
    def replay(self, place: Place, offset: int) -> None:
        self.run(self.region.replay(place, offset))

    @rule(target=backups)
    def back_up(self) -> Backup:
        return cast(Backup, self.run(self.region.back_up()))

    @rule(backup=backups)
    def restore(self, backup: Backup) -> None:
        self.run(self.region.restore(backup))

    def teardown(self) -> None:
        self.rest()

    def tell_changes(self) -> None:
        """After a change its document is read at a position that contains it: once, and no more where that was done."""
        for key in KEYS:
            last = self.london.read(key, self.london.last_change(key), self.london.position)
            if not any((one.type, one.id) == key and one.version >= last.version for one in self.log[place_of(key)]):
                self.publish(last)

    def messages(self, place: Place, offset: int, most: int) -> list[Message]:
        return [
            Message(offset, *encode(record))
            for offset, record in enumerate(self.log[place][offset : offset + most], start=offset)
        ]

    @rule()
    def rest(self) -> None:
        """Once the producers have told every change, and the region has all of the log, it equals London."""
        self.tell_changes()
        while any(next < len(self.log[place]) for place, next in self.run(self.region.offsets()).items()):
            self.store(self.prepare(PLACES, 100))
        expected: Rows = {}
        for key in KEYS:
            expected |= rows_of_record(self.london.read(key, self.london.position, self.london.position))
        assert differences(expected, self.run(rows_of_region(self.region.where))) == []


HISTORIES: Final = settings(
    max_examples=500,
    stateful_step_count=40,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
async def where(any_region_server: Database) -> AsyncIterator[RegionSettings]:
    async with region_without_documents(any_region_server.root) as made:
        yield made


def test_any_history_of_changes_records_and_stores_ends_with_the_region_equal_to_london(where: RegionSettings) -> None:
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        opened = region_of(where)
        region = runner.run(opened.__aenter__())
        try:
            run_state_machine_as_test(cast(Any, partial(Convergence, runner.run, region)), settings=HISTORIES)
        finally:
            runner.run(opened.__aexit__(None, None, None))

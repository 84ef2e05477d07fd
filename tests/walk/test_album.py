"""The way of an album: from a COMMIT in London to the answer of the region's rules, one stop after the other.

binlog -> source -> wire -> publish -> consume -> decide -> store -> availability's rows -> rules. Each stop is the code
that runs in production, called by hand.
"""

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from demo.changes import change_price, tracks_on_sale
from services.availability import api as availability
from services.availability import queries
from services.persister.batch import Message, prepare
from services.persister.decide import Decision
from services.persister.schema import apply_schema
from services.persister.store import LogIdentity, open_store
from services.producer.binlog import Transaction
from services.producer.mapping import load_mapping
from services.producer.publish import Publisher
from services.producer.replication import stream
from services.producer.source import open_london
from shared import kafka, wire
from shared.clock import to_instant
from shared.lookup import lookups
from shared.secret import Sealer
from shared.wire import TOPICS
from tests.replication import MAPPING, World, fill, world
from tests.servers import Database, Kafka

NOW = datetime(2026, 7, 1, tzinfo=UTC)
ALBUMS = TOPICS["album"]
SERVER_ID = 4_000_000_001


@pytest.fixture
async def here(kafka: Kafka, london_server: Database, region_server: Database, tmp_path: Path) -> AsyncIterator[World]:
    async with world(kafka.bootstrap, london_server.root, region_server.root, tmp_path) as made:
        await fill(made, 20)
        yield made


async def test_the_way_of_an_album(here: World) -> None:
    mapping = load_mapping(MAPPING)
    await apply_schema(here.region)
    log = LogIdentity(*await kafka.identify(here.log, [ALBUMS]))

    async with (
        open_london(here.london, mapping, Sealer(here.secret).seal) as london,
        here.in_london() as londons_own_systems,
        kafka.producer(here.log) as producer,
        kafka.consumer(here.log, ALBUMS) as consumer,
        open_store(here.region) as store,
        lookups(here.region, size=1) as lookup,
    ):
        # London commits a new price. It knows nothing of Crossfade.
        before = await london.moment()
        [sold] = await tracks_on_sale(londons_own_systems, "GB", NOW, 1)
        await change_price(londons_own_systems, sold.track_id, "GB", Decimal("3.21"))

        # The binlog tells which rows changed: a signal, not content.
        async with aclosing(stream(here.london, before.position, mapping.wanted, SERVER_ID)) as events:
            transaction = await anext(event async for event in events if isinstance(event, Transaction))
        assert transaction.touched == {"track_price": {"track_id": {sold.track_id}}}

        # The mapping's route leads from the row to its album.
        [route] = [route for route in mapping.routes if route.table == "track_price"]
        assert await london.led_to(route, {sold.track_id}) == {sold.album_id}

        # The album is read again, in a snapshot whose position contains the change.
        assert (await london.moment()).position.contains(transaction.position)
        [record] = await london.read("album", [sold.album_id], epoch=0)
        assert record.version >= before.position.count + 1

        # It goes into the log, and all in-sync replicas have it.
        [(topic, partition)] = await Publisher(producer, here.log).publish([record])
        assert topic == ALBUMS

        # The region's persister takes it from the log and checks it.
        message = await consumer.getone()
        assert wire.decode(message.key, message.value, message.headers) == record
        place = (topic, partition)
        taken = Message(message.offset, message.key, message.value, list(message.headers))
        batch = prepare({place: [taken]}, await store.read_offsets(log, [place]))

        # It is newer than what the region has, which is nothing: rows and next offset go into one transaction.
        assert await store.store(batch, log) == {("album", Decision.APPLY): 1}
        assert await store.read_offsets(log, [place]) == {place: message.offset + 1}

        # Availability reads the track's row by its key and decides by the licences.
        [row] = (await lookup.read(queries.TRACKS, [sold.track_id])).found
        answer = availability.describe(row, "GB", ["download"], to_instant(NOW))
        assert (row.version, answer["outcome"]) == (record.version, "available")
        assert "3.21" in [offer["price"] for offer in answer["blocks"]["download"]["packages"]]

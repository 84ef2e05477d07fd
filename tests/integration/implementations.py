"""Both implementations of the contract, served by this process, over the same catalogue in two real databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from secrets import token_bytes
from typing import NamedTuple

from pydantic import SecretStr

from demo.generate import Catalogue, write_catalogue
from demo.london import create, transaction
from demo.origin.api import Origin
from demo.origin.settings import Settings
from demo.origin.tables import open_tables
from deploy.embedded.database import Login
from services.availability import api as availability
from services.catalogue import api as catalogue
from services.catalogue.internal import region as catalogue_region
from services.gateway import proxy
from services.gateway.app import Gateway
from services.gateway.clients import ClientPoll, Clients
from services.gateway.daily_limit import daily_limits
from services.gateway.lease_store import RegionLeaseStore
from services.gateway.quota import Policy
from services.metadata import api as metadata
from services.persister.batch import Batch, prepare_record
from services.persister.schema import apply_schema
from services.persister.store import LogIdentity, Store, open_store
from services.producer.mapping import load_mapping
from services.producer.source import London, open_london
from shared import internal, mysql
from shared.lookup import lookups
from shared.question import TRACK_DETAILS
from shared.settings import LondonSettings, RegionSettings
from shared.wire import DocumentType
from tests.integration.databases import rows
from tests.integration.sides import serving_at_free_port

MAPPING = Path(__file__).parents[2] / "mappings" / "sevendigital"
TYPES: tuple[DocumentType, ...] = ("album", "artist", "client")
EPOCH = 1
DEADLINE_S = 10.0


class Databases(NamedTuple):
    """London, and a region that holds what London says."""

    london: LondonSettings
    region: RegionSettings


class Addresses(NamedTuple):
    origin: str
    catalogue: str


async def make_databases(
    london: Login, region: Login, database: str, catalogue: Catalogue, *statements: str
) -> Databases:
    """Fills a new London with a generated catalogue and by more statements, and a new region with what London says."""
    made = Databases(
        LondonSettings(
            host=london.host, port=london.port, user=london.user, password=SecretStr(london.password), database=database
        ),
        RegionSettings(
            host=region.host, port=region.port, user=region.user, password=SecretStr(region.password), database=database
        ),
    )
    await create(made.london)
    await _write(made.london, catalogue, statements)
    await rows(region, f"CREATE DATABASE {database} CHARACTER SET utf8mb4")
    await apply_schema(made.region)
    await replicate(made)
    return made


async def _write(london: LondonSettings, catalogue: Catalogue, statements: Sequence[str]) -> None:
    async with mysql.connection(london, autocommit=False) as connection:
        async for _ in write_catalogue(connection, catalogue):
            pass
        async with transaction(connection) as cursor:
            for statement in statements:
                await cursor.execute(statement)


async def replicate(databases: Databases) -> None:
    """Stores all that London has in the region, by the producer's reading and the persister's writing."""
    mapping = load_mapping(MAPPING)
    async with (
        open_london(databases.london, mapping, lambda _, secret: secret) as london,
        open_store(databases.region) as store,
    ):
        for type in TYPES:
            await _replicate(london, store, type)


async def _replicate(london: London, store: Store, type: DocumentType) -> None:
    async with london.snapshot() as moment:
        ids = await london.page(type, 0, 100_000)
        records = london.records(type, ids, await london.rows(type, ids), EPOCH, moment)
    prepared = {record.id: prepare_record(record, "") for record in records}
    await store.store(Batch((), {type: prepared}), LogIdentity("", {}))


@asynccontextmanager
async def serving_both(databases: Databases) -> AsyncIterator[Addresses]:
    """The origin over London, and catalogue with metadata and availability over the region."""
    async with (
        open_tables(_origin_settings(databases.london)) as tables,
        lookups(databases.region, 8) as lookup,
        serving_at_free_port(Origin(tables)) as origin,
        serving_at_free_port(internal.application(metadata.routes(lookup), DEADLINE_S)) as metadata_url,
        serving_at_free_port(internal.application(availability.routes(lookup), DEADLINE_S)) as availability_url,
        catalogue_region(metadata_url, availability_url) as region,
        serving_at_free_port(catalogue.application(region, DEADLINE_S)) as address,
    ):
        yield Addresses(origin, address)


@asynccontextmanager
async def serving_gateway(databases: Databases, catalogue_url: str) -> AsyncIterator[str]:
    """A gateway before the catalogue, for the clients that the region has."""
    async with (
        mysql.pool(databases.region, 4) as pool,
        proxy.session(16) as session,
        daily_limits(RegionLeaseStore(databases.region, pool, token_bytes(16)), Policy(), DEADLINE_S) as limits,
    ):
        clients = Clients()
        await ClientPoll(clients, databases.region, pool).renew()
        routes = {TRACK_DETAILS.name: proxy.Region(session, catalogue_url, DEADLINE_S)}
        async with serving_at_free_port(Gateway("gateway", clients, limits, routes)) as address:
            yield address


def _origin_settings(london: LondonSettings) -> Settings:
    return Settings(
        origin_listen="127.0.0.1:1",
        london_host=london.host,
        london_port=london.port,
        london_user=london.user,
        london_password=london.password,
        london_database=london.database,
    )

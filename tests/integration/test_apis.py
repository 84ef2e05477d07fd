"""Metadata, availability and catalogue as three processes on a real database, each with its own account, and what they
say to customers, byte for byte."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from pydantic import SecretStr

from deploy.embedded.database import DatabaseFiles, Login, Role
from deploy.embedded.mariadb import MariaDBServer
from deploy.embedded.ports import free_port, free_ports
from deploy.embedded.running import running
from services.metadata import api
from services.persister.schema import apply_schema
from shared import http, internal, mysql
from shared.digest import canonical
from shared.lookup import lookups
from shared.settings import RegionSettings
from tests.integration.apis import Answered, ask, served
from tests.servers import Database
from tests.tracks import BARE, FULL, NOW, StoredTrack, golden
from tests.waiting import until

DATABASE = "apis"
PASSWORD = "only-for-tests"
READABLE = {"metadata": ("track_metadata", "album_metadata"), "availability": ("track_availability",)}
"""The table that each account may read, beside `generation`."""

READY_S = 20.0
STOP_S = 10.0
LONG_S = 20.0
ALL_USAGES = "usagetypes=download,subscriptionstreaming,adsupportedstreaming"


def reach(login: Login, database: str = DATABASE) -> RegionSettings:
    return RegionSettings(
        host=login.host, port=login.port, user=login.user, password=SecretStr(login.password), database=database
    )


async def run(login: Login, statement: str, args: Sequence[object] | None = None, database: str = DATABASE) -> None:
    async with mysql.connection(reach(login, database)) as connection, connection.cursor() as cursor:
        await cursor.execute(statement, args)


async def make_region(login: Login) -> None:
    """An empty region, and accounts that may read what their service needs."""
    await run(login, f"CREATE DATABASE {DATABASE}", database="mysql")
    await apply_schema(reach(login))
    for service, tables in READABLE.items():
        await run(login, f"CREATE USER apis_{service}@'%' IDENTIFIED BY '{PASSWORD}'")
        for readable in ("generation", *tables):
            await run(login, f"GRANT SELECT ON {DATABASE}.{readable} TO apis_{service}@'%'")


async def store(login: Login, track: StoredTrack, *, metadata_version: int = 7, availability_version: int = 7) -> None:
    """Writes a track's rows, in the bytes in which the persister writes them."""
    release, own = track.metadata.release, track.metadata.track
    album_id = release.album_id
    statement = "REPLACE INTO album_metadata (album_id, version, document) VALUES (%s, %s, %s)"
    await run(login, statement, (album_id, metadata_version, canonical(release).decode()))
    for table, version, document in (
        ("track_metadata", metadata_version, own),
        ("track_availability", availability_version, track.availability),
    ):
        statement = f"REPLACE INTO {table} (track_id, album_id, version, document) VALUES (%s, %s, %s, %s)"
        await run(login, statement, (track.id, album_id, version, canonical(document).decode()))


@dataclass(frozen=True)
class Service:
    """A running process."""

    url: str
    admin_url: str
    log: Path


@asynccontextmanager
async def started(name: str, folder: Path, environment: dict[str, str]) -> AsyncIterator[Service]:
    """A service's process; afterwards it is asked to stop, which it has to do in order."""
    port, admin_port = free_ports(2)
    log = folder / f"{name}.log"
    own = {f"CROSSFADE_{name.upper()}_PORT": str(port), "CROSSFADE_ADMIN_PORT": str(admin_port)}
    command = (sys.executable, "-P", "-m", f"services.{name}")
    with log.open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(*command, env=os.environ | environment | own, stderr=stderr)
    try:
        yield Service(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{admin_port}", log)
    finally:
        process.terminate()
        assert await asyncio.wait_for(process.wait(), STOP_S) == 0, log.read_text()


@asynccontextmanager
async def ready(name: str, folder: Path, environment: dict[str, str]) -> AsyncIterator[Service]:
    async with started(name, folder, environment) as service:
        await wait_for_readiness(service, "ready\n")
        yield service


async def wait_for_readiness(service: Service, expected: str) -> None:
    """Returns when what the service says of its readiness holds a text."""

    async def is_said() -> bool:
        return expected in await readiness(service)

    await until(is_said, deadline_s=READY_S)


async def readiness(service: Service) -> str:
    try:
        return (await ask(f"{service.admin_url}/health/ready")).body.decode()
    except aiohttp.ClientConnectionError:
        return "not listening"


@dataclass(frozen=True)
class Apis:
    """The three processes, and the login that may write what they read."""

    metadata: Service
    availability: Service
    catalogue: Service
    root: Login

    async def ask(self, query: str, format: str = "xml", now: str = NOW) -> Answered:
        headers = {"accept": f"application/{format}", "x-crossfade-now": now}
        return await ask(f"{self.catalogue.url}/1.2/track/details?{query}", headers)


@pytest.fixture(scope="module")
async def apis(region_server: Database, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Apis]:
    root, folder = region_server.root, tmp_path_factory.mktemp("apis")
    await make_region(root)
    await store(root, FULL)
    await store(root, BARE)
    async with (
        ready("metadata", folder, region_environment(root, "metadata")) as metadata,
        ready("availability", folder, region_environment(root, "availability")) as availability,
        ready("catalogue", folder, peer_environment(metadata.url, availability.url)) as catalogue,
    ):
        yield Apis(metadata, availability, catalogue, root)


def region_environment(root: Login, service: str) -> dict[str, str]:
    return {
        "CROSSFADE_REGION_HOST": root.host,
        "CROSSFADE_REGION_PORT": str(root.port),
        "CROSSFADE_REGION_USER": f"apis_{service}",
        "CROSSFADE_REGION_PASSWORD": PASSWORD,
        "CROSSFADE_REGION_DATABASE": DATABASE,
    }


def peer_environment(metadata_url: str, availability_url: str) -> dict[str, str]:
    return {"CROSSFADE_CATALOGUE_METADATA_URL": metadata_url, "CROSSFADE_CATALOGUE_AVAILABILITY_URL": availability_url}


@pytest.mark.parametrize("format", ["xml", "json"])
@pytest.mark.parametrize(("track", "file"), [(FULL, "track_full"), (BARE, "track_bare")])
async def test_a_stored_track_is_answered_in_the_contracts_bytes(
    apis: Apis, track: StoredTrack, file: str, format: str
) -> None:
    answered = await apis.ask(f"trackid={track.id}&{ALL_USAGES}", format)
    assert (answered.status, answered.body) == (200, golden(f"{file}.{format}"))


@pytest.mark.parametrize("query", ["trackid=999", "trackid=0", "trackid=999999999999999999", "trackid=77&country=US"])
@pytest.mark.parametrize("format", ["xml", "json"])
async def test_what_is_not_there_or_not_in_the_territory_is_not_found(apis: Apis, query: str, format: str) -> None:
    answered = await apis.ask(query, format)
    assert (answered.status, answered.body) == (404, golden(f"error_not_found.{format}"))


@pytest.mark.parametrize("format", ["xml", "json"])
async def test_what_is_not_licensed_for_the_asked_usage_is_not_available(apis: Apis, format: str) -> None:
    query = "trackid=12345&country=US&usagetypes=adsupportedstreaming,subscriptionstreaming"
    answered = await apis.ask(query, format)
    assert (answered.status, answered.body) == (404, golden(f"error_not_available.{format}"))


async def test_an_answer_turns_at_the_second_of_its_boundary(apis: Apis) -> None:
    query = "trackid=12345&usagetypes=adsupportedstreaming"
    before = await apis.ask(query, now="2021-05-05T05:05:34Z")
    assert (before.status, before.headers["cache-control"]) == (200, "private, max-age=1")
    at = await apis.ask(query, now="2021-05-05T05:05:35Z")
    assert (at.status, b'code="2002"' in at.body) == (404, True)


async def test_an_answer_names_the_moment_of_the_region_that_it_shows(apis: Apis) -> None:
    await run(apis.root, "UPDATE generation SET generation = 2")
    headers = (await apis.ask("trackid=12345")).headers
    assert (headers["x-crossfade-generation"], headers["x-crossfade-version"]) == ("2", "7")


async def test_rows_of_two_versions_are_never_one_answer(apis: Apis) -> None:
    await store(apis.root, BARE, metadata_version=8)
    answered = await apis.ask("trackid=77")
    await store(apis.root, BARE, metadata_version=8, availability_version=8)
    assert (answered.status, answered.body) == (500, golden("error_unexpected.xml"))
    assert "different versions of [77]" in apis.catalogue.log.read_text()
    assert (await apis.ask("trackid=77&" + ALL_USAGES)).body == golden("track_bare.xml")


async def test_lists_of_tracks_are_one_look_up(apis: Apis) -> None:
    query = f"/tracks?ids=77,5,12345&territory=GB&{ALL_USAGES.replace('usagetypes', 'usage_types')}"
    for peer in (apis.metadata, apis.availability):
        body = (await ask(peer.url + query, {"x-crossfade-now": NOW})).body
        assert body.count(b'"id":12345,') == body.count(b'"id":77,') == 1


async def test_metrics_count_answers_by_endpoint_and_status(apis: Apis) -> None:
    await apis.ask("trackid=abc")
    metrics = (await ask(f"{apis.catalogue.admin_url}/metrics")).body.decode()
    assert 'crossfade_answers_total{endpoint="~/track/details",status="400"}' in metrics


async def test_catalogue_is_not_ready_without_its_peers(tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    async with started("catalogue", tmp_path, peer_environment(nowhere, nowhere)) as service:
        await wait_for_readiness(service, f" at {nowhere}: ")


async def test_metadata_is_not_ready_with_a_wrong_password(apis: Apis, tmp_path: Path) -> None:
    environment = region_environment(apis.root, "metadata") | {"CROSSFADE_REGION_PASSWORD": "wrong"}
    async with started("metadata", tmp_path, environment) as service:
        await wait_for_readiness(service, "check the account, its password and its grants")


async def test_a_database_that_is_away_is_said_at_once_and_comes_back_by_itself(
    mariadb_programs: DatabaseFiles, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = MariaDBServer(mariadb_programs, tmp_path / "region", free_port(), Role.REGION)
    await asyncio.to_thread(server.prepare)
    async with metadata_of(server.root) as url:
        async with running(server, tmp_path / "region.log"):
            await make_region(server.root)
            await store(server.root, FULL)
            assert (await ask(f"{url}/tracks?ids=12345")).status == 200
        async with asyncio.timeout(LONG_S / 2):
            assert (await ask(f"{url}/tracks?ids=12345")).status == 500
        assert f"127.0.0.1:{server.port}" in caplog.records[-1].reason  # type: ignore[attr-defined]
        async with running(server, tmp_path / "region.log"):
            assert (await ask(f"{url}/tracks?ids=12345")).status == 200


async def test_a_database_that_does_not_answer_costs_no_more_than_the_deadline() -> None:
    silent = http.bind("127.0.0.1", 0)
    async with metadata_of(Login("127.0.0.1", silent.getsockname()[1], "root", "")) as url, asyncio.timeout(LONG_S / 2):
        answers = await asyncio.gather(
            *(ask(f"{url}/tracks?ids=1", {"x-crossfade-deadline-ms": "100"}) for _ in range(5))
        )
    silent.close()
    assert [answered.status for answered in answers] == [504] * 5


@asynccontextmanager
async def metadata_of(login: Login) -> AsyncIterator[str]:
    """The address of metadata, in this process and with much time, before some database."""
    async with lookups(reach(login), size=2) as lookup, served(internal.application(api.routes(lookup), LONG_S)) as url:
        yield url

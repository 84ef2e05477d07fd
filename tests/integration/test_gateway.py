"""The gateway as processes of its own, before a real region database and whom it passes requests on to."""

import asyncio
import os
import re
import secrets
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from pydantic import SecretStr
from yarl import URL

from deploy.embedded.database import DatabaseFiles, Login, Role
from deploy.embedded.mariadb import MariaDBServer
from deploy.embedded.ports import free_port, free_ports
from deploy.embedded.running import running
from services.persister.schema import apply_schema
from shared import http, mysql
from shared.client import Client
from shared.digest import canonical
from shared.http import Headers, Receive, Scope, Send
from shared.settings import RegionSettings
from tests.gateway import client, shop
from tests.servers import Database
from tests.waiting import Condition, until

PATH = "/1.2/track/details"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
FREE = "oauth_consumer_key=free"


@dataclass
class Heard:
    """A request as an upstream got it."""

    method: str
    target: bytes
    headers: dict[str, str]
    body: bytes


@dataclass
class Upstream:
    """Stands for the catalogue or for London: remembers what it hears, and answers what it is told to."""

    status: int = 200
    headers: Headers = field(default_factory=list)
    body: bytes = b"<response/>"
    heard: list[Heard] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        target = scope["raw_path"] + b"?" + scope["query_string"]
        body = await http.read_body(receive, 2**20)
        self.heard.append(Heard(scope["method"], target, headers, body or b""))
        await self.open.wait()
        await http.answer(send, self.status, self.headers, self.body)

    @property
    def last(self) -> Heard:
        return self.heard[-1]


@dataclass
class Region:
    """A region's database with clients."""

    settings: RegionSettings
    version: int = 0

    async def put(self, document: Client, *, deleted: bool = False) -> None:
        self.version += 1
        stored = None if deleted else canonical(document)
        row = document.client_id, self.version, deleted, None if deleted else document.daily_limit, stored
        async with mysql.connection(self.settings) as connection, connection.cursor() as cursor:
            await cursor.execute(
                "REPLACE INTO client (client_id, version, deleted, daily_limit, document) VALUES (%s, %s, %s, %s, %s)",
                row,
            )

    async def granted(self, client_id: int) -> int:
        async with mysql.connection(self.settings) as connection:
            [(granted,)] = await mysql.rows(
                connection, f"SELECT SUM(granted) FROM quota_day WHERE client_id = {client_id}"
            )
            return int(granted)


@dataclass
class Gateway:
    """A running gateway process."""

    url: str
    admin_url: str
    process: asyncio.subprocess.Process
    session: aiohttp.ClientSession

    async def ask(self, query: str = FREE, *, method: str = "GET", path: str = PATH, **more: object) -> "Got":
        url = URL(f"{self.url}{path}?{query}", encoded=True)
        async with self.session.request(method, url, **more) as response:  # type: ignore[arg-type]
            return Got(response.status, {k.lower(): v for k, v in response.headers.items()}, await response.read())

    async def status(self, query: str) -> int:
        return (await self.ask(query)).status

    async def ready(self) -> bool:
        try:
            async with self.session.get(f"{self.admin_url}/health/ready") as response:
                return response.status == 200
        except aiohttp.ClientError:
            assert self.process.returncode is None, "the gateway has ended"
            return False

    async def not_ready(self) -> bool:
        return not await self.ready()


@dataclass
class Got:
    status: int
    headers: dict[str, str]
    body: bytes


@asynccontextmanager
async def upstream() -> AsyncIterator[Upstream]:
    made = Upstream()
    made.open.set()
    listener = http.bind("127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with http.serving(made, listener, deadline_s=1):
        yield made


@asynccontextmanager
async def gateway(region: Region, errors: int | None = None, **settings: str) -> AsyncIterator[Gateway]:
    """A gateway process that is ready; in the end it must stop in order, unless it was killed."""
    port, admin_port = free_ports(2)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "services.gateway"),
        env=environment(region, port, admin_port, **settings),
        stderr=errors,
    )
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:
        made = Gateway(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{admin_port}", process, session)
        try:
            await until(made.ready)
            yield made
        finally:
            await stop(process)


def environment(region: Region, port: int, admin_port: int, **settings: str) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "CROSSFADE_ADMIN_PORT": str(admin_port),
        "CROSSFADE_GATEWAY_PORT": str(port),
        "CROSSFADE_GATEWAY_NAME": "gateway-1",
        "CROSSFADE_REGION_HOST": region.settings.host,
        "CROSSFADE_REGION_PORT": str(region.settings.port),
        "CROSSFADE_REGION_USER": region.settings.user,
        "CROSSFADE_REGION_PASSWORD": region.settings.password.get_secret_value(),
        "CROSSFADE_REGION_DATABASE": region.settings.database,
    } | {f"CROSSFADE_GATEWAY_{name.upper()}": value for name, value in settings.items()}


async def stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 15) == 0


async def new_region(login: Login) -> Region:
    root = RegionSettings(
        host=login.host, port=login.port, user=login.user, password=SecretStr(login.password), database=""
    )
    name = f"gateway_{secrets.token_hex(4)}"
    async with mysql.connection(root) as connection:
        await connection.query(f"CREATE DATABASE {name}")
    made = Region(root.model_copy(update={"database": name}))
    await apply_schema(made.settings)
    await made.put(client(1, "free"))
    await made.put(client(2, "partner", default_territory="US", shops=[shop(701, "US"), shop(702, "CA")]))
    await made.put(client(3, "nowhere", default_territory=None))
    await made.put(client(4, "limited", 4000))
    return made


@pytest.fixture(scope="module")
async def region(region_server: Database) -> Region:
    return await new_region(region_server.root)


@pytest.fixture(scope="module")
async def shared_catalogue() -> AsyncIterator[Upstream]:
    async with upstream() as made:
        yield made


@pytest.fixture(scope="module")
async def shared_london() -> AsyncIterator[Upstream]:
    async with upstream() as made:
        yield made


@pytest.fixture(scope="module")
async def to_region(region: Region, shared_catalogue: Upstream) -> AsyncIterator[Gateway]:
    async with gateway(region, catalogue_url=shared_catalogue.url, deadline_s="1") as made:
        yield made


@pytest.fixture(scope="module")
async def to_london(region: Region, shared_london: Upstream) -> AsyncIterator[Gateway]:
    async with gateway(region, track_details="london", london_url=shared_london.url, deadline_s="1") as made:
        yield made


def anew(made: Upstream) -> Upstream:
    made.status, made.headers, made.body = 200, [], b"<response/>"
    made.heard.clear()
    made.open.set()
    return made


@pytest.fixture
def catalogue(shared_catalogue: Upstream) -> Upstream:
    return anew(shared_catalogue)


@pytest.fixture
def london(shared_london: Upstream) -> Upstream:
    return anew(shared_london)


async def test_the_catalogue_gets_method_path_and_query_as_the_customer_wrote_them(
    to_region: Gateway, catalogue: Upstream
) -> None:
    query = "TRACKID=1%2C2&country=gb&x=%zz&y=%C3%A9+~&" + FREE
    got = await to_region.ask(query, path="/1.2/Track/Details/")
    assert (got.status, got.body) == (200, b"<response/>")
    assert (catalogue.last.method, catalogue.last.target) == ("GET", b"/1.2/Track/Details/?" + query.encode())


async def test_the_catalogue_is_told_the_instant_and_what_the_key_stands_for(
    to_region: Gateway, catalogue: Upstream
) -> None:
    await to_region.ask("oauth_consumer_key=partner", headers={"X-7d-TraceId": "trace-1", "Accept": "text/json"})
    told = catalogue.last.headers
    assert INSTANT.fullmatch(told["x-crossfade-now"])
    assert (told["x-crossfade-territory"], told["x-crossfade-shops"]) == ("US", "34:GB,701:US,702:CA")
    assert 0 < int(told["x-crossfade-deadline-ms"]) <= 1000
    assert (told["x-7d-traceid"], told["accept"]) == ("trace-1", "text/json")


async def test_a_key_without_a_default_territory_tells_none(to_region: Gateway, catalogue: Upstream) -> None:
    await to_region.ask("oauth_consumer_key=nowhere")
    assert "x-crossfade-territory" not in catalogue.last.headers
    assert catalogue.last.headers["x-crossfade-shops"] == "34:GB"


async def test_a_customers_own_internal_headers_reach_nobody(
    to_region: Gateway, to_london: Gateway, catalogue: Upstream, london: Upstream
) -> None:
    forged = {"X-Crossfade-Now": "2001-01-01T00:00:00Z", "x-crossfade-territory": "JP", "X-CROSSFADE-Other": "1"}
    for asked, heard in ((to_region, catalogue), (to_london, london)):
        await asked.ask("oauth_consumer_key=nowhere", headers=forged)
        assert not set(forged.values()) & set(heard.last.headers.values())


async def test_a_customer_sees_no_internal_header_and_each_other_once(to_region: Gateway, catalogue: Upstream) -> None:
    catalogue.headers = [
        (b"content-type", b"application/xml; charset=utf-8"),
        (b"x-crossfade-until", b"2030-01-01T00:00:00Z"),
        (b"cache-control", b"private, max-age=17"),
        (b"access-control-allow-origin", b"elsewhere"),
        (b"etag", b'"1"'),
    ]
    got = await to_region.ask(headers={"x-7d-traceid": "trace-2"})
    assert not [name for name in got.headers if name.startswith("x-crossfade")]
    assert (got.headers["cache-control"], got.headers["etag"]) == ("private, max-age=17", '"1"')
    assert (got.headers["access-control-allow-origin"], got.headers["x-7dig"]) == ("*", "gateway-1")
    assert got.headers["x-7d-traceid"] == "trace-2"


async def test_a_compressed_answer_is_passed_on_as_it_is(to_region: Gateway, catalogue: Upstream) -> None:
    catalogue.headers, catalogue.body = [(b"content-encoding", b"gzip")], b"\x1f\x8bnot really"
    got = await to_region.ask(headers={"Accept-Encoding": "gzip"})
    assert (got.body, got.headers["content-encoding"]) == (catalogue.body, "gzip")
    assert catalogue.last.headers["accept-encoding"] == "gzip"


async def test_a_conditional_request_and_its_304_are_passed_on(to_region: Gateway, catalogue: Upstream) -> None:
    catalogue.status, catalogue.headers, catalogue.body = 304, [(b"etag", b'"1"')], b""
    got = await to_region.ask(headers={"If-None-Match": '"1"'})
    assert (got.status, got.headers["etag"]) == (304, '"1"')
    assert catalogue.last.headers["if-none-match"] == '"1"'


async def test_head_has_the_headers_of_get_and_no_body(to_region: Gateway, catalogue: Upstream) -> None:
    got = await to_region.ask(method="HEAD")
    assert (got.status, got.headers["content-length"], got.body) == (200, "11", b"")
    refused = await to_region.ask(method="HEAD", path="/nothing")
    assert (refused.status, refused.headers["content-length"], refused.body) == (404, "18", b"")


async def test_a_form_body_is_read_for_the_key_and_passed_on(to_region: Gateway, catalogue: Upstream) -> None:
    got = await to_region.ask("country=GB", method="POST", data={"trackid": "1", "oauth_consumer_key": "free"})
    assert got.status == 200
    assert (catalogue.last.method, catalogue.last.body) == ("POST", b"trackid=1&oauth_consumer_key=free")
    assert catalogue.last.headers["content-type"] == "application/x-www-form-urlencoded"


async def test_a_form_body_of_more_than_64_kib_is_refused(to_region: Gateway, catalogue: Upstream) -> None:
    room = 64 * 1024 - len("a=")
    assert (await to_region.ask(method="POST", data={"a": "b" * room})).status == 200
    assert (await to_region.ask(method="POST", data={"a": "b" * (room + 1)})).status == 413
    assert len(catalogue.heard) == 1


async def test_a_key_in_a_header_is_not_passed_on_to_the_catalogue(to_region: Gateway, catalogue: Upstream) -> None:
    got = await to_region.ask("", headers={"Authorization": 'OAuth oauth_consumer_key="free"'})
    assert got.status == 200
    assert "authorization" not in catalogue.last.headers


async def test_london_gets_the_request_as_it_is_and_the_instant(to_london: Gateway, london: Upstream) -> None:
    sent = {"Authorization": "OAuth oauth_consumer_key=free", "Accept": "application/json", "User-Agent": "x/1"}
    query = "TrackId=1%2C2&shopId=34"
    got = await to_london.ask(query, method="POST", data=b"a=b", headers=sent)
    assert got.status == 200
    heard = london.last
    assert (heard.method, heard.target, heard.body) == ("POST", f"{PATH}?{query}".encode(), b"a=b")
    assert {name: heard.headers[name.lower()] for name in sent} == sent
    assert INSTANT.fullmatch(heard.headers["x-crossfade-now"])


async def test_londons_limit_headers_and_cookies_are_dropped(to_london: Gateway, london: Upstream) -> None:
    london.headers = [
        (b"x-ratelimit-limit", b"1"),
        (b"X-RateLimit-Current", b"2"),
        (b"x-ratelimit-reset", b"3"),
        (b"set-cookie", b"a=b"),
        (b"cache-control", b"private, max-age=60"),
    ]
    got = await to_london.ask()
    assert not [name for name in got.headers if name.startswith("x-ratelimit") or name == "set-cookie"]
    assert (got.headers["cache-control"], got.headers["x-7dig"]) == ("private, max-age=60", "london")


@pytest.mark.parametrize("accept", ["application/json", "*/*"])
async def test_a_catalogue_that_does_not_answer_in_time_is_a_timed_out_call(
    to_region: Gateway, catalogue: Upstream, accept: str
) -> None:
    catalogue.open.clear()
    got = await to_region.ask(headers={"Accept": accept})
    catalogue.open.set()
    assert got.status == 504
    assert (b'"code":7003' if "json" in accept else b'<error code="7003">') in got.body


async def test_a_catalogue_that_cannot_be_reached_is_an_unexpected_error(region: Region) -> None:
    async with gateway(region, catalogue_url=f"http://127.0.0.1:{free_port()}") as alone:
        got = await alone.ask("oauth_consumer_key=limited")
        assert (got.status, b'<error code="9001">' in got.body) == (500, True)
        assert got.headers["x-ratelimit-limit"] == "4000"


@pytest.mark.parametrize("side", ["region", "london"])
async def test_of_an_upstream_that_speaks_no_http_the_log_says_so_without_a_key(region: Region, side: str) -> None:
    async def speak(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: none\r\n\r\n")
        writer.close()

    speaking = await asyncio.start_server(speak, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{speaking.sockets[0].getsockname()[1]}"
    settings = {"track_details": side, "catalogue_url": url, "london_url": url}
    async with speaking, gateway(region, errors=asyncio.subprocess.PIPE, **settings) as made:
        headers = {"authorization": 'OAuth oauth_consumer_key="free", oauth_signature="free"'}
        assert (await made.ask(f"{FREE}&trackid=1", headers=headers)).status == 500
        made.process.terminate()
        _, log = await made.process.communicate()
    assert b"an upstream does not answer" in log
    assert b"free" not in log


@pytest.mark.parametrize(
    ("target", "headers", "status"),
    [
        (b"/1.2/track/details?oauth_consumer_key=%FF%zz", b"", 401),
        (b"/1.2/track/details?oauth_consumer_key=\xff", b"", 400),
        (b"/1.2/track/details?x=\"<>\\^`{|}'@:/?[]&" + FREE.encode() + b"#" + FREE.encode(), b"", 200),
        (b"/1.2/track/details?%E9=%&&=&;&" + FREE.encode(), b"", 200),
        (b"/1.2/tr%61ck/details?" + FREE.encode(), b"", 200),
        (b"/1.2/track%FFdetails?" + FREE.encode(), b"", 404),
        (b"/1.2/track/details?" + FREE.encode(), b"User-Agent: \xe9\r\nX-7d-TraceId: \xe9\r\n", 200),
        (b"http://elsewhere/1.2/track/details?" + FREE.encode(), b"", 200),
        (b"/1.2/tr\xe4ck/details?" + FREE.encode(), b"", 400),
        (b"/1.2/track/details?" + FREE.encode(), b"Broken\r\n", 400),
        (b"/1.2/track/details?" + FREE.encode(), b"X-7d-TraceId: a\x01b\r\n", 400),
    ],
)
async def test_odd_bytes_are_answered_and_never_an_error_of_ours(
    to_region: Gateway, to_london: Gateway, target: bytes, headers: bytes, status: int
) -> None:
    for asked in (to_region, to_london):
        assert await raw_status(URL(asked.url), b"GET " + target + b" HTTP/1.1\r\nHost: a\r\n" + headers) == status


async def raw_status(url: URL, head: bytes) -> int:
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(head + b"Connection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return int(answer.split(b" ", 2)[1])


async def test_a_key_begins_and_ceases_to_work_within_a_second(to_region: Gateway, region: Region) -> None:
    def answered(status: int) -> Condition:
        async def holds() -> bool:
            return await to_region.status("oauth_consumer_key=brief") == status

        return holds

    made = client(50, "brief")
    assert await to_region.status("oauth_consumer_key=brief") == 401
    await region.put(made)
    await until(answered(200), deadline_s=1)
    await region.put(client(50, "brief", endpoints=["~/artist/details"]))
    await until(answered(401), deadline_s=1)
    await region.put(made)
    await until(answered(200), deadline_s=1)
    await region.put(made, deleted=True)
    await until(answered(401), deadline_s=1)


async def test_counting_goes_on_where_the_last_gateway_stopped(region: Region, catalogue: Upstream) -> None:
    await region.put(client(60, "goes-on", 100))
    for served in (1, 2, 3):
        async with gateway(region, catalogue_url=catalogue.url) as made:
            got = await made.ask("oauth_consumer_key=goes-on")
        assert (got.headers["x-ratelimit-limit"], got.headers["x-ratelimit-current"]) == ("100", str(served))
        assert 0 < int(got.headers["x-ratelimit-reset"]) <= 86400


@asynccontextmanager
async def several(region: Region, url: str, count: int) -> AsyncIterator[list[Gateway]]:
    if count == 0:
        yield []
        return
    async with gateway(region, catalogue_url=url) as one, several(region, url, count - 1) as others:
        yield [one, *others]


async def decided(asked: Gateway, query: str) -> int:
    """200 or 429: where it cannot be known yet, the customer comes back."""
    statuses: list[int] = []

    async def known() -> bool:
        statuses.append(await asked.status(query))
        return statuses[-1] != 503

    await until(known, every_s=0.05)
    return statuses[-1]


async def test_several_gateways_together_admit_the_limit_exactly(region: Region, catalogue: Upstream) -> None:
    await region.put(client(70, "exact", 50))
    async with several(region, catalogue.url, 3) as gateways:
        requests = (decided(gateways[one % 3], "oauth_consumer_key=exact") for one in range(200))
        statuses = Counter(await asyncio.gather(*requests))
    assert statuses == {200: 50, 429: 150}
    assert (await region.granted(70), len(catalogue.heard)) == (50, 50)


async def test_a_gateway_that_is_killed_lets_nobody_over_the_limit(region: Region, catalogue: Upstream) -> None:
    await region.put(client(80, "killed", 50))
    query = "oauth_consumer_key=killed"
    async with several(region, catalogue.url, 3) as gateways:
        victim, *others = gateways
        doomed = [asyncio.create_task(victim.status(query)) for _ in range(60)]
        living = [asyncio.create_task(decided(others[one % 2], query)) for one in range(100)]
        await until(heard(catalogue, 5))
        victim.process.kill()
        await victim.process.wait()
        statuses = Counter(await asyncio.gather(*living))
        lost = await asyncio.gather(*doomed, return_exceptions=True)
        assert await decided(others[0], query) == 429
    assert statuses[200] + lost.count(200) <= 50
    assert statuses[429] >= 50
    assert len(catalogue.heard) <= await region.granted(80) == 50


def heard(catalogue: Upstream, requests: int) -> Condition:
    async def holds() -> bool:
        return len(catalogue.heard) >= requests

    return holds


async def test_without_its_database_a_gateway_serves_whom_it_may_and_goes_on_when_it_is_back(
    mariadb_programs: DatabaseFiles, catalogue: Upstream, tmp_path: Path
) -> None:
    server = MariaDBServer(mariadb_programs, tmp_path / "region", free_port(), Role.REGION)
    async with AsyncExitStack() as stack:
        async with running(server, tmp_path / "log"):
            region = await new_region(server.root)
            asked = await stack.enter_async_context(gateway(region, catalogue_url=catalogue.url))
            assert await asked.status("oauth_consumer_key=limited") == 200
        assert await asked.status(FREE) == 200
        assert await asked.status("oauth_consumer_key=unknown") == 401
        got = await asked.ask("oauth_consumer_key=limited")
        assert (got.status, got.headers["retry-after"]) == (503, "1")
        assert (got.headers["x-ratelimit-limit"], got.headers["x-ratelimit-current"]) == ("4000", "1")
        await until(asked.not_ready)
        async with running(server, tmp_path / "log"):
            await until(asked.ready)
            got = await asked.ask("oauth_consumer_key=limited")
            assert (got.status, got.headers["x-ratelimit-current"]) == (200, "2")


async def test_a_gateway_that_stops_answers_what_it_has_begun(region: Region, catalogue: Upstream) -> None:
    catalogue.open.clear()
    async with gateway(region, catalogue_url=catalogue.url, deadline_s="5") as asked:
        request = asyncio.create_task(asked.status(FREE))
        await until(heard(catalogue, 1))
        asked.process.terminate()
        await until(asked.not_ready)
        catalogue.open.set()
        assert await request == 200
        assert await asked.process.wait() == 0

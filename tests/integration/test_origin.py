"""The London origin as its own process, over a real London."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import aiohttp
import asyncmy
import pytest
from yarl import URL

from demo.origin.settings import Settings
from demo.origin.tables import open_tables
from deploy.embedded.database import DatabaseFiles, Login, Role
from deploy.embedded.mariadb import MariaDBServer
from deploy.embedded.ports import free_port
from deploy.embedded.running import running
from tests.servers import Database

ROOT = Path(__file__).parents[2]
SCHEMA = (ROOT / "demo" / "schema.sql").read_text()
ROWS = """
INSERT INTO artist VALUES (1, 'Ålpha\x01', 'alpha', FALSE), (2, 'Beta', 'beta', TRUE);
INSERT INTO label VALUES (21, 'Label & Co');
INSERT INTO licensor VALUES (1, 'Universal');
INSERT INTO package VALUES (2, 'standard'), (9, 'premium');
INSERT INTO format VALUES (17, 'MP3 320'), (33, 'AAC 320'), (45, 'FLAC 16-bit 44.1kHz');

INSERT INTO `release` (release_id, title, version, type, barcode, artist_id, appears_as, slug, label_id, licensor_id)
VALUES (4256469, 'Album <1>', NULL, 'Album', '00602517', 1, 'Alpha & Friends', 'album-1', 21, 1),
       (500, 'Other', 'Live', 'Single', NULL, 404, NULL, 'other', NULL, 404);

INSERT INTO track (track_id, release_id, title, version, type, isrc, explicit_content, p_line, duration,
                   disc_number, number, artist_id, appears_as)
VALUES (100, 4256469, 'First', 'Edit', 'AUDIO', 'GBAAA0900001', TRUE, '(P) 2009', 241, 1, 1, 1, NULL),
       (101, 4256469, 'Second disc', '', 'audio', NULL, FALSE, NULL, NULL, 2, 1, 2, 'Beta feat. Alpha'),
       (99, 4256469, 'Not licensed', NULL, 'audio', NULL, FALSE, NULL, 10, 1, 2, 1, NULL),
       (98, 4256469, 'Same place as 99', NULL, 'audio', NULL, FALSE, NULL, 10, 1, 2, 1, NULL),
       (200, 500, 'Of lost rows', NULL, 'audio', NULL, FALSE, NULL, 10, 1, 1, 405, 'Credit'),
       (300, 999, 'Without a release', NULL, 'audio', NULL, FALSE, NULL, 10, 1, 1, 1, NULL);

INSERT INTO licence (track_id, usage_type, territory, valid_from, valid_until)
VALUES (100, 'download', 'GB', '2009-02-09 00:00:00', NULL),
       (100, 'download', 'GB', '2012-01-01 00:00:00', NULL),
       (100, 'subscriptionStreaming', 'GB', '2010-01-01 12:30:00', NULL),
       (100, 'preview', 'GB', '2009-01-31 23:59:59', '2009-02-01 00:00:00'),
       (100, 'adsupportedstreaming', 'GB', '2026-12-01 00:00:00', '2026-12-02 00:00:00'),
       (100, 'download', 'FR', '2011-01-01 00:00:00', NULL),
       (101, 'download', 'GB', '2009-02-09 00:00:00', NULL),
       (98, 'download', 'GB', '2009-02-09 00:00:00', NULL),
       (200, 'download', 'GB', '2009-02-09 00:00:00', NULL),
       (300, 'download', 'GB', '2009-02-09 00:00:00', NULL);

INSERT INTO track_format VALUES (100, 9, 45), (100, 2, 33), (100, 2, 17);
INSERT INTO track_price VALUES (100, 2, 'GB', 'GBP', 0.99, 1.2), (100, 9, 'GB', 'GBP', NULL, 0),
                               (100, 2, 'FR', 'EUR', 1.29, NULL);

INSERT INTO client (client_id, consumer_key, consumer_secret, name, default_territory)
VALUES (1, 'key', 's', 'One', NULL), (2, 'french', 's', 'Two', 'FR'), (3, 'clé &', 's', 'Three', NULL);
INSERT INTO shop VALUES (34, 'GB', 'UK'), (35, 'FR', 'France'), (36, 'DE', 'Germany');
INSERT INTO client_shop VALUES (1, 35);
"""

NOW = "2026-11-24T07:30:00Z"
START = (
    '<?xml version="1.0" encoding="utf-8"?><response xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" status="{status}" version="1.2" '
    'xsi:noNamespaceSchemaLocation="http://api.7digital.com/1.2/static/7digitalAPI.xsd">'
)
TRACK_100 = (
    START.format(status="ok") + '<track id="100"><title>First</title><version>Edit</version>'
    '<artist id="1"><name>Ålpha</name><appearsAs>Ålpha</appearsAs><slug>alpha</slug>'
    "<image>http://cdn.7static.com/static/img/artistimages/00/000/000/0000000001_150.jpg</image>"
    "<isPlaceholderImage>false</isPlaceholderImage></artist><trackNumber>1</trackNumber><duration>241</duration>"
    "<explicitContent>true</explicitContent><isrc>GBAAA0900001</isrc><pline>(P) 2009</pline><type>audio</type>"
    '<release id="4256469"><title>Album &lt;1&gt;</title><version /><type>Album</type><barcode>00602517</barcode>'
    '<artist id="1"><name>Ålpha</name><appearsAs>Alpha &amp; Friends</appearsAs><slug>alpha</slug>'
    "<image>http://cdn.7static.com/static/img/artistimages/00/000/000/0000000001_150.jpg</image>"
    "<isPlaceholderImage>false</isPlaceholderImage></artist><slug>album-1</slug>"
    "<image>http://cdn.7static.com/static/img/sleeveart/00/042/564/0004256469_50.jpg</image>"
    '<label id="21"><name>Label &amp; Co</name></label><licensor id="1"><name>Universal</name></licensor></release>'
    "<discNumber>1</discNumber><number>1</number><download><releaseDate>2009-02-09T00:00:00Z</releaseDate>"
    "<previewDate>2009-01-31T23:59:59Z</previewDate><packages>"
    '<package id="2"><description>standard</description><price><currencyCode>GBP</currencyCode>'
    "<sevendigitalPrice>0.99</sevendigitalPrice><recommendedRetailPrice>1.20</recommendedRetailPrice></price><formats>"
    '<format id="17"><description>MP3 320</description></format>'
    '<format id="33"><description>AAC 320</description></format></formats></package>'
    '<package id="9"><description>premium</description><price><currencyCode>GBP</currencyCode>'
    '<sevendigitalPrice xsi:nil="true" /><recommendedRetailPrice>0.00</recommendedRetailPrice></price><formats>'
    '<format id="45"><description>FLAC 16-bit 44.1kHz</description></format></formats></package>'
    "</packages></download>"
    "<subscriptionStreaming><releaseDate>2010-01-01T12:30:00Z</releaseDate></subscriptionStreaming></track></response>"
)
TRACK_200_JSON = (
    '{"status":"ok","version":"1.2","track":{"id":200,"title":"Of lost rows","version":"",'
    '"artist":{"id":405,"name":"","appearsAs":"Credit","slug":"",'
    '"image":"http://cdn.7static.com/static/img/artistimages/00/000/004/0000000405_150.jpg",'
    '"isPlaceholderImage":false},"trackNumber":1,"duration":10,"explicitContent":false,"isrc":"","pline":"",'
    '"type":"audio","release":{"id":500,"title":"Other","version":"Live","type":"Single","barcode":"",'
    '"artist":{"id":404,"name":"","appearsAs":"","slug":"",'
    '"image":"http://cdn.7static.com/static/img/artistimages/00/000/004/0000000404_150.jpg",'
    '"isPlaceholderImage":false},"slug":"other",'
    '"image":"http://cdn.7static.com/static/img/sleeveart/00/000/005/0000000500_50.jpg",'
    '"label":null,"licensor":{"id":404,"name":""}},"discNumber":1,"number":1,'
    '"download":{"releaseDate":"2009-02-09T00:00:00Z","packages":[]}}}'
)


class Answered(NamedTuple):
    status: int
    headers: Mapping[str, str]
    text: str


class Running(NamedTuple):
    """A running origin and a customer of it."""

    process: asyncio.subprocess.Process
    session: aiohttp.ClientSession
    address: str

    async def ask(self, path: str, method: str = "GET", form: str | None = None, **headers: str) -> Answered:
        """`headers` are named with underscores."""
        sent = {"x-crossfade-now": NOW} | {name.replace("_", "-"): value for name, value in headers.items()}
        if form is not None:
            sent["content-type"] = "application/x-www-form-urlencoded"
        url = URL(self.address + path, encoded=True)
        async with self.session.request(method, url, headers=sent, data=form) as response:
            return Answered(response.status, response.headers, await response.text())

    async def track(self, query: str, **headers: str) -> Answered:
        return await self.ask(f"/1.2/track/details?oauth_consumer_key=key&{query}", **headers)

    async def ready(self) -> int:
        """The status of the origin's readiness, 0 while nobody listens."""
        try:
            return (await self.ask("/health/ready")).status
        except aiohttp.ClientConnectionError:
            return 0


def environment(login: Login, database: str) -> dict[str, str]:
    return {
        "CROSSFADE_ORIGIN_LISTEN": f"127.0.0.1:{free_port()}",
        "CROSSFADE_LONDON_HOST": login.host,
        "CROSSFADE_LONDON_PORT": str(login.port),
        "CROSSFADE_LONDON_USER": login.user,
        "CROSSFADE_LONDON_PASSWORD": login.password,
        "CROSSFADE_LONDON_DATABASE": database,
    }


async def start(variables: dict[str, str]) -> asyncio.subprocess.Process:
    command = (sys.executable, "-P", "-m", "demo.origin")
    return await asyncio.create_subprocess_exec(*command, env=os.environ | variables, stderr=asyncio.subprocess.PIPE)


@asynccontextmanager
async def running_origin(variables: dict[str, str]) -> AsyncIterator[Running]:
    process = await start(variables)
    try:
        async with aiohttp.ClientSession() as session:
            origin = Running(process, session, "http://" + variables["CROSSFADE_ORIGIN_LISTEN"])
            await until_ready(origin)
            yield origin
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def until_ready(origin: Running) -> None:
    async with asyncio.timeout(20):
        while await origin.ready() != 200:
            assert origin.process.returncode is None
            await asyncio.sleep(0.02)


async def run_sql(login: Login, script: str) -> None:
    async with (
        asyncmy.connect(host=login.host, port=login.port, user=login.user, password=login.password) as connection,
        connection.cursor() as cursor,
    ):
        await cursor.execute(script)
        while await cursor.nextset():
            pass
        await connection.commit()


async def make_london(login: Login, database: str, rows: str = "") -> None:
    await run_sql(login, f"CREATE DATABASE {database}; USE {database}; {SCHEMA} {rows}")


@pytest.fixture(scope="module")
async def london(london_server: Database) -> Login:
    """London's account, with the catalogue above in the database `origin`."""
    await make_london(london_server.root, "origin", ROWS)
    return london_server.root


@pytest.fixture(scope="module")
async def origin(london: Login) -> AsyncIterator[Running]:
    async with running_origin(environment(london, "origin")) as running:
        yield running


# --- answers ---


async def test_a_track_in_xml_byte_for_byte(origin: Running) -> None:
    answered = await origin.track("trackid=100&usageTypes=subscriptionstreaming,download")
    assert (answered.status, answered.text) == (200, TRACK_100)
    assert answered.headers["content-type"] == "application/xml; charset=utf-8"


async def test_lost_rows_are_missing_fields_byte_for_byte_in_json(origin: Running) -> None:
    answered = await origin.track("trackid=200", accept="application/json")
    assert (answered.status, answered.text) == (200, TRACK_200_JSON)
    assert answered.headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(("track_id", "position"), [(100, 1), (98, 2), (101, 4)])
async def test_a_track_number_is_the_rank_over_all_discs_licensed_or_not(
    origin: Running, track_id: int, position: int
) -> None:
    assert f"<trackNumber>{position}</trackNumber>" in (await origin.track(f"trackid={track_id}")).text


async def test_prices_are_those_of_the_territory_and_packages_are_listed_without_one(origin: Running) -> None:
    text = (await origin.track("trackid=100&country=FR")).text
    assert (
        "<currencyCode>EUR</currencyCode><sevendigitalPrice>1.29</sevendigitalPrice>"
        '<recommendedRetailPrice xsi:nil="true" />'
    ) in text
    assert (
        '<package id="9"><description>premium</description><price><currencyCode />'
        '<sevendigitalPrice xsi:nil="true" /><recommendedRetailPrice xsi:nil="true" /></price>'
    ) in text


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("", 1001, "Missing parameter trackId."),
        ("trackid=%3Ca%3E", 1002, "Value of parameter trackId is not valid: &lt;a&gt;"),
        ("trackid=100&country=GBR", 1002, "Value of parameter country is not valid: GBR"),
        ("trackid=100&imageSize=51", 1002, "Value of parameter imageSize is not valid: 51"),
        ("trackid=100&usageTypes=abc", 1006, "Value of parameter usageTypes is not valid: abc"),
        ("trackid=1", 2001, "Track not found"),
        ("trackid=999999999999999999", 2001, "Track not found"),
        ("trackid=100&country=ZZ", 2001, "Track not found"),
        ("trackid=99", 2001, "Track not found"),
        ("trackid=300", 2001, "Track not found"),
        ("trackid=100&usageTypes=adsupportedstreaming", 2002, "Track not available for adsupportedstreaming"),
    ],
)
async def test_errors(origin: Running, query: str, code: int, message: str) -> None:
    answered = await origin.track(query)
    assert answered.status == (404 if code > 2000 else 400)
    assert answered.text == (
        START.format(status="error") + f'<error code="{code}"><errorMessage>{message}</errorMessage></error></response>'
    )
    assert "cache-control" not in answered.headers


# --- time ---


@pytest.mark.parametrize(
    ("now", "status", "cache_control"),
    [
        ("2026-11-30T23:59:59Z", 404, None),
        ("2026-12-01T00:00:00Z", 200, "private, max-age=60"),
        ("2026-12-01T23:59:59Z", 200, "private, max-age=1"),
        ("2026-12-02T00:00:00Z", 404, None),
    ],
)
async def test_a_licence_holds_from_its_first_second_until_just_before_its_end(
    origin: Running, now: str, status: int, cache_control: str | None
) -> None:
    answered = await origin.track("trackid=100&usageTypes=adsupportedstreaming", x_crossfade_now=now)
    assert (answered.status, answered.headers.get("cache-control")) == (status, cache_control)


async def test_without_an_instant_given_the_origin_reads_its_own_clock(origin: Running, london: Login) -> None:
    await run_sql(
        london,
        "INSERT INTO origin.track (track_id, release_id, title, type, number, artist_id)"
        " VALUES (400, 500, 'Now', 'audio', 9, 1);"
        "INSERT INTO origin.licence (track_id, usage_type, territory, valid_from, valid_until) VALUES"
        " (400, 'download', 'GB', UTC_TIMESTAMP() - INTERVAL 1 HOUR, UTC_TIMESTAMP() + INTERVAL 1 HOUR)",
    )
    url = origin.address + "/1.2/track/details?trackid=400&oauth_consumer_key=key"
    async with origin.session.get(url) as response:
        assert response.status == 200


async def test_an_instant_that_is_none_is_refused(origin: Running) -> None:
    assert (await origin.track("trackid=100", x_crossfade_now="yesterday")).status == 400


# --- territory ---


@pytest.mark.parametrize(
    ("query", "currency"),
    [
        ("oauth_consumer_key=key", "GBP"),
        ("oauth_consumer_key=french", "EUR"),
        ("oauth_consumer_key=french&country=uk", "GBP"),
        ("oauth_consumer_key=french&shopId=34", "GBP"),
        ("oauth_consumer_key=key&shopId=35&country=gb", "EUR"),
    ],
)
async def test_a_territory_comes_from_shop_country_or_key(origin: Running, query: str, currency: str) -> None:
    text = (await origin.ask(f"/1.2/track/details?trackid=100&{query}")).text
    assert f"<currencyCode>{currency}</currencyCode>" in text


@pytest.mark.parametrize("shop", ["36", "37", "x", "-34"])
async def test_a_shop_unknown_to_the_key_is_refused(origin: Running, shop: str) -> None:
    answered = await origin.track(f"trackid=bad&shopId={shop}")
    assert (answered.status, answered.text) == (401, "Access to resource denied")


# --- keys, paths, methods ---


@pytest.mark.parametrize("key", ["KEY", "key%20", "key+", "keys", "%FF", "cl%C3%A9"])
async def test_keys_compare_as_bytes(origin: Running, key: str) -> None:
    answered = await origin.ask(f"/1.2/track/details?trackid=100&oauth_consumer_key={key}")
    assert (answered.status, answered.text) == (401, "Access to resource denied")
    assert answered.headers["content-type"] == "text/plain; charset=utf-8"


async def test_a_key_of_any_characters_is_found(origin: Running) -> None:
    assert (await origin.ask("/1.2/track/details?trackid=100&oauth_consumer_key=cl%C3%A9+%26")).status == 200


@pytest.mark.parametrize("authorization", ['OAuth oauth_consumer_key="key", oauth_nonce="n"', "oauth_consumer_key=key"])
async def test_a_key_is_found_in_the_authorization_header(origin: Running, authorization: str) -> None:
    assert (await origin.ask("/1.2/track/details?trackid=100", authorization=authorization)).status == 200


async def test_a_key_and_a_track_are_found_in_a_form_body_and_a_country_is_not(origin: Running) -> None:
    answered = await origin.ask("/1.2/track/details", "POST", "trackid=100&oauth_consumer_key=key&country=FR")
    assert "<currencyCode>GBP</currencyCode>" in answered.text


@pytest.mark.parametrize("path", ["/1.2/track/details", "/1.2/nothing", "/"])
async def test_no_key_is_refused_first(origin: Running, path: str) -> None:
    answered = await origin.ask(path, "DELETE")
    assert answered.status == 401
    assert answered.text.startswith("OAuth authentication error: ")


@pytest.mark.parametrize("path", ["/1.2/track/details/batch", "/1.2/track/details//", "/track/details", "/"])
async def test_an_unknown_path_is_refused_before_its_method(origin: Running, path: str) -> None:
    answered = await origin.ask(f"{path}?oauth_consumer_key=key", "DELETE")
    assert (answered.status, answered.text) == (404, "Resource not found")


async def test_an_unknown_method_is_refused_before_the_shop(origin: Running) -> None:
    answered = await origin.ask("/1.2/track/details?oauth_consumer_key=key&shopId=x", "DELETE")
    assert (answered.status, answered.headers["allow"]) == (405, "GET, HEAD, POST, OPTIONS")


@pytest.mark.parametrize("path", ["/1.2/track/details/", "/1.2/Track/DETAILS"])
async def test_paths_are_case_insensitive_and_may_end_in_one_slash(origin: Running, path: str) -> None:
    assert (await origin.ask(f"{path}?oauth_consumer_key=key&trackid=100")).status == 200


async def test_head_is_get_without_a_body(origin: Running) -> None:
    path = "/1.2/track/details?oauth_consumer_key=key&trackid=100"
    get, head = await origin.ask(path), await origin.ask(path, "HEAD")
    assert (head.status, head.text, head.headers["content-length"]) == (200, "", str(len(get.text.encode())))


async def test_options_needs_no_key(origin: Running) -> None:
    assert (await origin.ask("/1.2/track/details", "OPTIONS")).status == 204


@pytest.mark.parametrize("query", ["", "oauth_consumer_key=key", "oauth_consumer_key=key&trackid=100"])
async def test_every_answer_names_its_server_and_is_open_to_every_page(origin: Running, query: str) -> None:
    headers = (await origin.ask(f"/1.2/track/details?{query}")).headers
    assert (headers["x-7dig"], headers["access-control-allow-origin"]) == ("london-origin", "*")


# --- London ---


async def test_all_reads_of_an_answer_see_one_instant_of_london(london: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(london, "origin").items():
        monkeypatch.setenv(name, value)
    async with open_tables(Settings.model_validate({})) as tables:
        async with tables.snapshot() as before:
            await run_sql(london, "UPDATE origin.artist SET name = 'Gamma' WHERE artist_id = 2")
            track = await before.track(101)
        async with tables.snapshot() as after:
            track_after = await after.track(101)
    assert track is not None
    assert track_after is not None
    assert (track.artist.name, track_after.artist.name) == ("Beta", "Gamma")


async def test_an_unexpected_error_leaks_no_detail(london: Login) -> None:
    await run_sql(london, "CREATE DATABASE origin_without_tables")
    async with running_origin(environment(london, "origin_without_tables")) as origin:
        answered = await origin.track("trackid=100", accept="application/json")
    assert (answered.status, answered.text) == (
        500,
        '{"status":"error","version":"1.2","error":'
        '{"code":9001,"message":"Unexpected server error","errorMessage":"Unexpected server error"}}',
    )


async def test_a_london_that_goes_away_is_9001_and_found_again(mariadb_programs: DatabaseFiles, tmp_path: Path) -> None:
    server = MariaDBServer(mariadb_programs, tmp_path / "london", free_port(), Role.LONDON, durable=False)
    async with AsyncExitStack() as stack:
        async with running(server, tmp_path / "first.log"):
            await make_london(server.root, "origin", ROWS)
            origin = await stack.enter_async_context(running_origin(environment(server.root, "origin")))
        assert (await origin.ready(), (await origin.track("trackid=100")).status) == (503, 500)
        async with running(server, tmp_path / "second.log"):
            await until_ready(origin)
            assert (await origin.track("trackid=100")).status == 200


# --- start and stop ---


async def test_a_signal_ends_it_in_order(london: Login) -> None:
    async with running_origin(environment(london, "origin")) as origin:
        origin.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            assert await origin.process.wait() == 0


async def refused_start(variables: dict[str, str]) -> tuple[int | None, str]:
    process = await start(variables)
    async with asyncio.timeout(20):
        _, said = await process.communicate()
    return process.returncode, said.decode()


async def test_a_setting_at_fault_is_named(london: Login) -> None:
    code, said = await refused_start(environment(london, "origin") | {"CROSSFADE_ORIGIN_LISTEN": "127.0.0.1:0"})
    assert (code, said.split(":")[0]) == (2, "CROSSFADE_ORIGIN_LISTEN")


async def test_a_wrong_password_is_named_by_london(london: Login) -> None:
    code, said = await refused_start(environment(london, "origin") | {"CROSSFADE_LONDON_PASSWORD": "wrong"})
    assert code == 1
    assert said.startswith(f"London at {london.host}:{london.port} cannot be read as root: ")


async def test_a_port_in_use_is_named(london: Login, origin: Running) -> None:
    listen = origin.address.removeprefix("http://")
    code, said = await refused_start(environment(london, "origin") | {"CROSSFADE_ORIGIN_LISTEN": listen})
    assert code == 1
    assert f"cannot listen on {listen}" in said

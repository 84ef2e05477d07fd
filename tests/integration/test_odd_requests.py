"""Odd requests, byte for byte as they are sent: the gateway's reading of the contract and London's are the same.

Each row has the status that the contract gives it, so that the two cannot agree on a nonsense.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest
from yarl import URL

from demo.generate import Catalogue
from deploy.embedded.mariadb import MariaDBServer
from tests.integration.implementations import make_databases, serving_both, serving_gateway

ROWS = (
    """INSERT INTO `release` (release_id, title, type, artist_id, slug)
       VALUES (900001, 'Always', 'Album', 1, 'always')""",
    """INSERT INTO track (track_id, release_id, title, type, number, artist_id)
       VALUES (900001, 900001, 'On sale', 'audio', 1, 1)""",
    """INSERT INTO licence (track_id, usage_type, territory, valid_from)
       VALUES (900001, 'download', 'GB', '2020-01-01 00:00:00')""",
    """INSERT INTO client (client_id, consumer_key, consumer_secret, name, daily_limit)
       VALUES (900001, 'a+b c"', 's', 'Odd', NULL), (900002, 'K', 's', 'Kelvin', NULL)""",
    "INSERT INTO client_endpoint VALUES (900001, '~/track/details'), (900002, '~/track/details')",
)

COMPARED = ("content-type", "cache-control", "vary", "allow", "x-7d-traceid", "access-control-allow-origin")
"""Headers that the contract gives to both; the others say who answered, and when."""

PATH = b"/1.2/track/details"
TRACK = b"trackid=900001"
KEY = b"oauth_consumer_key=demo"
FORM = b"Content-Type: application/x-www-form-urlencoded"


class Odd(NamedTuple):
    """A request as its bytes, and the status of its answer."""

    why: str
    status: int
    query: bytes = TRACK
    headers: tuple[bytes, ...] = ()
    method: bytes = b"GET"
    body: bytes = b""
    path: bytes = PATH


def authorized(why: str, status: int, *values: bytes, query: bytes = TRACK) -> Odd:
    return Odd(why, status, query, tuple(b"Authorization: " + value for value in values))


REQUESTS = [
    # Where the key comes from.
    Odd("no key", 401),
    Odd("an unknown key", 401, TRACK + b"&oauth_consumer_key=DEMO"),
    Odd("an empty key", 401, TRACK + b"&oauth_consumer_key="),
    Odd("an empty key before another", 401, TRACK + b"&oauth_consumer_key=&" + KEY),
    Odd("two keys", 200, TRACK + b"&" + KEY + b"&oauth_consumer_key=unknown"),
    Odd("the name of the key in other case", 200, TRACK + b"&OAuth_Consumer_KEY=demo"),
    Odd("the name of the key encoded", 200, TRACK + b"&oauth%5Fconsumer%5fkey=d%65mo"),
    Odd("a Kelvin sign in the name of the key", 401, TRACK + b"&oauth_consumer_%E2%84%AAey=demo"),
    Odd("a Kelvin sign for a key", 401, TRACK + b"&oauth_consumer_key=%E2%84%AA"),
    Odd("a key that needs encoding", 200, TRACK + b"&oauth_consumer_key=a%2Bb+c%22"),
    Odd("a key of no UTF-8", 401, TRACK + b"&oauth_consumer_key=%FF%zz"),
    Odd("a key with a blank at its end", 401, TRACK + b"&oauth_consumer_key=demo%20"),
    Odd("a bad signature, which nobody looks at", 200, TRACK + b"&" + KEY + b"&oauth_signature=x&oauth_nonce="),
    # The Authorization header.
    authorized("quoted", 200, b'OAuth oauth_consumer_key="demo"'),
    authorized("unquoted", 200, b"OAuth oauth_consumer_key=demo"),
    authorized("without its first quote", 200, b'OAuth oauth_consumer_key=demo"'),
    authorized("without its last quote", 200, b'OAuth oauth_consumer_key="demo'),
    authorized("without its last quote before another", 401, b'OAuth oauth_consumer_key="demo, oauth_nonce="n"'),
    authorized("quotes twice", 200, b'OAuth oauth_consumer_key=""demo""'),
    authorized("an empty value", 401, b'OAuth oauth_consumer_key=""'),
    authorized("a blank within the quotes", 401, b'OAuth oauth_consumer_key=" demo"'),
    authorized("a tab after the scheme", 200, b'OAuth\toauth_consumer_key="demo"'),
    authorized("tabs and blanks everywhere", 200, b'OAuth \t oauth_nonce = "n"\t,\toauth_consumer_key\t= "demo" \t'),
    authorized("commas without blanks", 200, b'OAuth realm="",oauth_nonce="n",oauth_consumer_key="demo"'),
    authorized("no comma at all", 401, b'OAuth oauth_nonce="n" oauth_consumer_key="demo"'),
    authorized("empty items", 200, b'OAuth ,, oauth_consumer_key="demo",,'),
    authorized("a comma after the scheme", 200, b'OAuth,oauth_consumer_key="demo"'),
    authorized("a realm", 200, b'OAuth realm="http://api.example/", oauth_consumer_key="demo"'),
    authorized("a realm with a comma", 200, b'OAuth realm="a, oauth_consumer_key=no", oauth_consumer_key="demo"'),
    authorized("a realm with a backslash", 200, b'OAuth realm="a\\", oauth_consumer_key="demo"'),
    authorized("a realm of no ASCII", 200, b'OAuth realm="\xc3\xa9\xff", oauth_consumer_key="demo"'),
    authorized("two keys in one header", 200, b'OAuth oauth_consumer_key="demo", oauth_consumer_key="unknown"'),
    authorized("an empty one of two", 401, b'OAuth oauth_consumer_key="", oauth_consumer_key="demo"'),
    authorized("the scheme in other case", 200, b'oAUTH oauth_consumer_key="demo"'),
    authorized("the name in other case", 200, b'OAuth OAUTH_CONSUMER_KEY="demo"'),
    authorized("the name encoded", 200, b'OAuth oauth%5Fconsumer_key="d%65mo"'),
    authorized("a Kelvin sign in the name", 401, b'OAuth oauth_consumer_%E2%84%AAey="demo"'),
    authorized("a plus", 200, b'OAuth oauth_consumer_key="a+b%20c%22"'),
    authorized("an equals sign within another value", 200, b"OAuth oauth_signature=ab==, oauth_consumer_key=demo"),
    authorized("no scheme", 200, b"oauth_consumer_key=demo"),
    authorized("no scheme, quoted", 200, b'oauth_consumer_key="demo"'),
    authorized("no scheme, in a list", 200, b"oauth_nonce=n, oauth_consumer_key=demo"),
    authorized("no scheme, blanks around the sign", 200, b"oauth_consumer_key = demo"),
    authorized("no scheme and no name", 401, b"=n, oauth_consumer_key=demo"),
    authorized("the scheme alone", 401, b"OAuth"),
    authorized("a name alone", 401, b"OAuth oauth_consumer_key"),
    authorized("nothing", 401, b""),
    authorized("another scheme", 401, b'Digest username="u", oauth_consumer_key="demo"'),
    authorized("another scheme that names this one", 401, b'Digest realm="oauth x", oauth_consumer_key="demo"'),
    authorized("another scheme and a key in the query", 200, b"Basic ZGVtbzpkZW1v==", query=TRACK + b"&" + KEY),
    authorized("a scheme that begins the same", 401, b"OAuth2 oauth_consumer_key=demo"),
    authorized("two headers", 200, b"OAuth oauth_consumer_key=demo", b"OAuth oauth_consumer_key=unknown"),
    authorized("two headers, the first of another scheme", 401, b"Basic eA==", b"OAuth oauth_consumer_key=demo"),
    authorized(
        "an unknown key, and a known one in the query", 200, b"OAuth oauth_consumer_key=x", query=TRACK + b"&" + KEY
    ),
    # Bodies and methods.
    Odd("a form", 200, b"", (FORM,), b"POST", TRACK + b"&" + KEY),
    Odd("a form with a charset", 200, b"", (FORM.upper() + b"; charset=utf-8",), b"POST", TRACK + b"&" + KEY),
    Odd("a form with GET", 401, TRACK, (FORM,), b"GET", KEY),
    Odd("a form with PUT", 401, TRACK, (FORM,), b"PUT", KEY),
    Odd("a body that is no form", 401, TRACK, (b"Content-Type: text/plain",), b"POST", KEY),
    Odd("a body of no type", 401, TRACK, (), b"POST", KEY),
    Odd("a track in a form with GET", 400, KEY, (FORM,), b"GET", TRACK),
    Odd("an empty track before one in a form", 400, b"trackid=&" + KEY, (FORM,), b"POST", TRACK),
    Odd("a country in a form", 200, TRACK + b"&" + KEY, (FORM,), b"POST", b"country=US"),
    Odd("HEAD", 200, TRACK + b"&" + KEY, (), b"HEAD"),
    Odd("OPTIONS without a key", 204, b"", (), b"OPTIONS"),
    Odd("DELETE", 405, TRACK + b"&" + KEY, (), b"DELETE"),
    Odd("a method that does not exist without a key", 401, TRACK, (), b"DELETE"),
    # Paths.
    Odd("a path in other case", 200, TRACK + b"&" + KEY, path=b"/1.2/Track/DETAILS/"),
    Odd("an encoded path", 200, TRACK + b"&" + KEY, path=b"/1.2/tr%61ck/details"),
    Odd("a path with two slashes", 404, TRACK + b"&" + KEY, path=b"/1.2/track/details//"),
    Odd("a Kelvin sign in the path", 404, TRACK + b"&" + KEY, path=b"/1.2/trac%E2%84%AA/details"),
    # Parameters.
    Odd("a Kelvin sign in the name of a parameter", 400, b"trac%E2%84%AAid=900001&" + KEY),
    Odd("names of no UTF-8 and of nothing", 200, b"%FF=1&=2&&;&" + TRACK + b"&" + KEY),
    Odd("a wrong value, cut, with what XML forbids", 400, b"trackid=" + b"%01<%FF" * 60 + b"&" + KEY),
    Odd("Arabic digits", 400, b"trackid=%D9%A1&" + KEY),
    Odd("leading zeros", 200, b"trackid=000000000000900001&" + KEY),
    Odd("19 digits", 400, b"trackid=0000000000000900001&" + KEY),
    Odd("an unknown shop", 401, TRACK + b"&shopid=35x&" + KEY),
    Odd("the shop of everybody", 200, TRACK + b"&shopid=034&country=US&" + KEY),
    Odd("a country in other case", 200, TRACK + b"&country=uK&" + KEY),
    # What is sent back.
    Odd("a trace id", 200, TRACK + b"&" + KEY, (b"X-7d-TraceId: a b;c",)),
    Odd("a trace id on a refusal", 401, TRACK, (b"X-7D-TRACEID: abc",)),
    Odd("a trace id on an error", 400, KEY, (b"x-7d-traceid: abc",)),
    Odd("a trace id without a path", 404, KEY, (b"x-7d-traceid: abc",), path=b"/"),
    Odd("an empty trace id", 200, TRACK + b"&" + KEY, (b"x-7d-traceid:",)),
    Odd("two trace ids", 200, TRACK + b"&" + KEY, (b"x-7d-traceid: one", b"x-7d-traceid: two")),
    Odd("a trace id of no ASCII", 200, TRACK + b"&" + KEY, (b"x-7d-traceid: \xe9",)),
    Odd("the longest trace id", 200, TRACK + b"&" + KEY, (b"x-7d-traceid: " + b"x" * 1024,)),
    Odd("a trace id that is too long", 200, TRACK + b"&" + KEY, (b"x-7d-traceid: " + b"x" * 1025,)),
    Odd("JSON among other types", 200, TRACK + b"&" + KEY, (b"Accept: text/html, ", b"Accept: TEXT/json;q=0.1")),
]


class Said(NamedTuple):
    """An answer as far as it must be the same."""

    status: int
    headers: dict[str, list[bytes]]
    body: bytes


class Sides(NamedTuple):
    london: str
    gateway: str


@pytest.fixture(scope="module")
async def sides(london_server: MariaDBServer, region_server: MariaDBServer) -> AsyncIterator[Sides]:
    databases = await make_databases(london_server.root, region_server.root, "asked_oddly", Catalogue(2), *ROWS)
    async with serving_both(databases) as both, serving_gateway(databases, both.catalogue) as gateway:
        yield Sides(both.origin, gateway)


@pytest.mark.parametrize("odd", REQUESTS, ids=[odd.why for odd in REQUESTS])
async def test_the_gateway_answers_an_odd_request_as_london_does(sides: Sides, odd: Odd) -> None:
    london, region = await said(sides.london, odd), await said(sides.gateway, odd)
    assert region == london
    assert london.status == odd.status


async def said(address: str, odd: Odd) -> Said:
    """The answer to the bytes, over a connection of its own."""
    url = URL(address)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = [b"%s %s?%s HTTP/1.1" % (odd.method, odd.path, odd.query), b"Host: a", b"Connection: close", *odd.headers]
    if odd.body:
        head.append(b"Content-Length: %d" % len(odd.body))
    writer.write(b"\r\n".join(head) + b"\r\n\r\n" + odd.body)
    answer, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    status, *lines = answer.split(b"\r\n")
    headers = [line.partition(b": ") for line in lines]
    found = {name: [value for key, _, value in headers if key.lower() == name.encode()] for name in COMPARED}
    return Said(int(status.split()[1]), found, body)

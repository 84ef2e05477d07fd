"""Passing a request on: to the region's catalogue or to the London origin, and the answer back."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Final, Protocol

import aiohttp
from yarl import URL

from services.gateway.access import shops_of
from services.gateway.messages import SERVER_HEADER, Answer, Request
from shared.client import Client
from shared.hop import SHOPS_HEADER, TERRITORY_HEADER, TRACE_HEADER, Hop, encode_shops
from shared.http import NOW_HEADER, Headers
from shared.refusal import TIMED_OUT, UNEXPECTED, Refusal

logger = logging.getLogger(__name__)

INTERNAL: Final = b"x-crossfade-"
"""How headers between the services begin: a customer's own are dropped, and none reaches a customer."""

GRACE_S: Final = 0.25
"""How much longer than the time it was given the catalogue is waited for: it may still say that it ran out."""

IDLE_S: Final = 4.0
"""How long an idle connection is kept: less than the servers that it leads to keep it."""

HOP_BY_HOP: Final = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization te trailer transfer-encoding upgrade".split()
)
"""Headers about one connection (RFC 9110, section 7.6.1)."""

TO_REGION: Final = frozenset(b"accept accept-encoding content-type if-none-match if-modified-since".split())
NOT_TO_LONDON: Final = HOP_BY_HOP | {b"host", b"content-length", b"expect"}

FROM_UPSTREAM: Final = HOP_BY_HOP | {b"date", b"server", b"access-control-allow-origin", TRACE_HEADER}
"""Headers of an answer that the gateway writes itself, or that are not for its customer."""

FROM_LONDON: Final = FROM_UPSTREAM | {b"x-ratelimit-limit", b"x-ratelimit-current", b"x-ratelimit-reset", b"set-cookie"}

TextHeaders = list[tuple[str, str]]


class Upstream(Protocol):
    async def answer(self, request: Request, client: Client) -> Answer | Refusal:
        """The upstream's answer; refused when there is none in time."""


class Region:
    """The catalogue. It is told the instant, what the consumer key stands for, and the time left."""

    def __init__(self, session: aiohttp.ClientSession, url: str, deadline_s: float) -> None:
        self._session = session
        self._url = url
        self._deadline_s = deadline_s

    async def answer(self, request: Request, client: Client) -> Answer | Refusal:
        ends_at = asyncio.get_running_loop().time() + self._deadline_s
        hop = Hop(request.now, ends_at, request.trace_id)
        headers = _text(header for header in request.headers if header[0] in TO_REGION)
        headers += hop.headers().items()
        headers += _identity(client)
        found = await _fetch(self._session, self._url, request, headers, self._deadline_s + GRACE_S)
        return _returned(found, FROM_UPSTREAM)


class London:
    """The origin. It gets the customer's request as it is, and the instant."""

    def __init__(self, session: aiohttp.ClientSession, url: str, deadline_s: float) -> None:
        self._session = session
        self._url = url
        self._deadline_s = deadline_s

    async def answer(self, request: Request, client: Client) -> Answer | Refusal:
        headers = _text(_without(request.headers, NOT_TO_LONDON))
        headers.append((NOW_HEADER.decode(), request.now))
        found = await _fetch(self._session, self._url, request, headers, self._deadline_s)
        return _named(_returned(found, FROM_LONDON), b"london")


@asynccontextmanager
async def session(connections: int) -> AsyncIterator[aiohttp.ClientSession]:
    """Connections to an upstream; nothing is added to what is sent, and bodies are left as they come."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections, keepalive_timeout=IDLE_S),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
    ) as opened:
        yield opened


async def _fetch(
    session: aiohttp.ClientSession, url: str, request: Request, headers: TextHeaders, timeout_s: float
) -> Answer | Refusal:
    try:
        async with session.request(
            request.method,
            _target(url, request),
            headers=headers,
            data=request.body or None,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=timeout_s),
        ) as response:
            return Answer(response.status, list(response.raw_headers), await response.read())
    except TimeoutError:
        return TIMED_OUT
    except aiohttp.ClientError as error:
        logger.warning("an upstream does not answer", extra={"url": url, "reason": _reason(error)})
        return UNEXPECTED


def _reason(error: aiohttp.ClientError) -> str:
    """Without the request, which has the consumer key in its address and in its headers."""
    return error.message if isinstance(error, aiohttp.ClientResponseError) else repr(error)


def _target(url: str, request: Request) -> URL:
    """The address, with path and query as the customer wrote them."""
    target = request.raw_path + (b"?" + request.query if request.query else b"")
    return URL(url + target.decode("ascii"), encoded=True)


def _identity(client: Client) -> TextHeaders:
    """What the consumer key stands for."""
    headers = [(SHOPS_HEADER.decode(), encode_shops(shops_of(client)).decode())]
    if territory := client.default_territory:
        headers.append((TERRITORY_HEADER.decode(), territory))
    return headers


def _returned(found: Answer | Refusal, dropped: frozenset[bytes]) -> Answer | Refusal:
    """An upstream's answer as its customer gets it."""
    if isinstance(found, Refusal):
        return found
    headers = _without([(name.lower(), value) for name, value in found.headers], dropped)
    return Answer(found.status, headers, found.body)


def _named(found: Answer | Refusal, server: bytes) -> Answer | Refusal:
    """The answer with the name of who gave it, where it does not say so itself."""
    if isinstance(found, Refusal) or any(name == SERVER_HEADER for name, _ in found.headers):
        return found
    return Answer(found.status, [*found.headers, (SERVER_HEADER, server)], found.body)


def _without(headers: Headers, dropped: frozenset[bytes]) -> Headers:
    """The headers that are for whoever is beyond this connection."""
    options = {
        option.strip().lower() for name, value in headers if name == b"connection" for option in value.split(b",")
    }
    internal = (name for name, _ in headers if name.startswith(INTERNAL))
    unwanted = dropped.union(options, internal)
    return [header for header in headers if header[0] not in unwanted]


def _text(headers: Iterable[tuple[bytes, bytes]]) -> TextHeaders:
    """Headers as aiohttp takes them, which writes them in UTF-8."""
    return [(name.decode("latin-1"), value.decode("utf-8", "replace")) for name, value in headers]

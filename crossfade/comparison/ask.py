"""Asks both sides the same question, at the same instant."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

import aiohttp
from yarl import URL

from crossfade.comparison.difference import Answer, Comparison, Outcome, Silence, compared
from crossfade.comparison.questions import Question
from shared import clock
from shared.accept import Format
from shared.errors import Unusable
from shared.http import NOW_HEADER

ACCEPT: Final[Mapping[Format, str]] = {"xml": "application/xml", "json": "application/json"}
TIMES_WITHIN_A_SECOND: Final = 5
KEEP_IDLE_S: Final = 4.0
"""Shorter than what servers keep idle connections for (5 s), so that none is closed under a request."""


@dataclass(frozen=True, slots=True)
class Side:
    """Where one side answers, for which consumer key, and the headers that every question to it carries."""

    name: str
    address: str
    key: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def url(self, question: Question) -> str:
        return f"{self.address}{question.target}&oauth_consumer_key={quote(self.key, safe='')}"

    def headers_for(self, question: Question) -> dict[str, str]:
        now = {NOW_HEADER.decode(): question.now} if question.now else {}
        # Unpacked bytes are compared, whatever a side can pack.
        return {"accept": ACCEPT[question.format], "accept-encoding": "identity", **self.headers, **now}


class Both:
    """London and the region, over one pool of connections."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        london: Side,
        region: Side,
        *,
        timeout_s: float,
        now: Callable[[], str] = clock.now,
    ) -> None:
        self.london, self.region = london, region
        self._session = session
        self._timeout_s = timeout_s
        self._now = now

    async def reach(self) -> None:
        """Raises Unusable, naming the side that does not answer at all."""
        for side in (self.london, self.region):
            outcome = await self._get(URL(f"{side.address}/"), {})
            if isinstance(outcome, Silence):
                raise Unusable(f"{side.name} at {side.address} cannot be reached: {outcome.reason}")

    async def compare(self, question: Question) -> Comparison:
        """Both answers. Where the sides take the instant from their own clocks, answers that differ count only if they
        were given within one second."""
        for _ in range(TIMES_WITHIN_A_SECOND):
            began = self._now()
            comparison = await self._compare(question)
            if question.now or comparison.verdict != "different" or self._now() == began:
                break
        return comparison

    async def _compare(self, question: Question) -> Comparison:
        outcomes = await asyncio.gather(self._ask(self.london, question), self._ask(self.region, question))
        return compared(question, *outcomes)

    async def _ask(self, side: Side, question: Question) -> Outcome:
        return await self._get(URL(side.url(question), encoded=True), side.headers_for(question))

    async def _get(self, url: URL, headers: Mapping[str, str]) -> Outcome:
        try:
            async with self._session.get(url, headers=headers, allow_redirects=False) as response:
                return await _answer(response)
        except TimeoutError:
            return Silence(str(url), f"no answer within {self._timeout_s:g} s")
        except aiohttp.ClientConnectorError as error:
            return Silence(str(url), f"no connection ({error.os_error.strerror})")
        except (aiohttp.ClientError, OSError) as error:
            return Silence(str(url), str(error) or type(error).__name__)


async def _answer(response: aiohttp.ClientResponse) -> Answer:
    return Answer(
        url=str(response.url),
        status=response.status,
        content_type=response.headers.get("content-type", ""),
        cache_control=response.headers.get("cache-control", ""),
        body=await response.read(),
    )


@asynccontextmanager
async def asking(london: Side, region: Side, *, timeout_s: float) -> AsyncIterator[Both]:
    """Both sides, reached. Raises Unusable when one is not."""
    timeout = aiohttp.ClientTimeout(total=timeout_s)
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_IDLE_S)
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        both = Both(session, london, region, timeout_s=timeout_s)
        await both.reach()
        yield both

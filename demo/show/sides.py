"""The same question to both sides: London's API and the region's gateway."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final, Self

import aiohttp

from demo.show.errors import NotHeld
from demo.show.stage import Stage
from shared.accept import Format

FORMATS: Final[tuple[Format, ...]] = ("xml", "json")
ACCEPT: Final[Mapping[Format, str]] = {"xml": "application/xml", "json": "application/json"}
TIMEOUT_S: Final = 10.0
POLL_S: Final = 0.05
PATIENCE_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Question:
    """One track, asked for as the client that a key stands for."""

    track_id: int
    format: Format = "xml"
    key: str = "demo"

    def in_format(self, format: Format) -> Self:
        return replace(self, format=format)

    @property
    def target(self) -> str:
        return f"/1.2/track/details?trackid={self.track_id}&oauth_consumer_key={self.key}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, after `took_ms`."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    took_ms: float

    def equals(self, other: "Answer") -> bool:
        """In status, content type and every byte of the body."""
        return self._said() == other._said()

    def _said(self) -> tuple[int, str | None, bytes]:
        return self.status, self.headers.get("content-type"), self.body

    @property
    def outcome(self) -> str:
        """The status, and the code of an error."""
        code = re.search(rb"code[^0-9]{1,3}([0-9]{4})", self.body) if self.status != HTTPStatus.OK else None
        return f"{self.status} {code[1].decode()}" if code else str(self.status)

    def __str__(self) -> str:
        phrase = HTTPStatus(self.status).phrase
        return f"{self.status} {phrase}, {len(self.body):,} bytes, {self.took_ms:.0f} ms"


class Sides:
    """Both of them. All questions raise NotHeld where nobody answers."""

    def __init__(self, session: aiohttp.ClientSession, stage: Stage) -> None:
        self._session = session
        self._origin, self._gateway = stage.origin, stage.gateway

    async def london(self, question: Question) -> Answer:
        return await self._ask(self._origin, question)

    async def region(self, question: Question) -> Answer:
        return await self._ask(self._gateway, question)

    async def until_served(self, question: Question) -> None:
        """Returns when the gateway finds what is asked for: it reads the API clients of a new region now and then."""
        ends_at = time.monotonic() + PATIENCE_S
        while (answer := await self.region(question)).status != HTTPStatus.OK:
            if time.monotonic() > ends_at:
                raise NotHeld(f"after {PATIENCE_S:g} s the gateway answers {answer}: {answer.body[:200]!r}")
            await asyncio.sleep(POLL_S)

    async def agree(self, question: Question) -> tuple[Answer, Answer]:
        """Both answers, London's first. Raises NotHeld where they differ."""
        london, region = await self.london(question), await self.region(question)
        if not london.equals(region):
            raise NotHeld(
                f"track {question.track_id} in {question.format.upper()}: London says {london}, the region {region}; "
                "they are not equal"
            )
        return london, region

    async def _ask(self, address: str, question: Question) -> Answer:
        began = time.perf_counter()
        try:
            async with self._session.get(
                address + question.target, headers={"accept": ACCEPT[question.format]}
            ) as response:
                body = await response.read()
                took_ms = (time.perf_counter() - began) * 1e3
                return Answer(response.status, response.headers, body, took_ms)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise NotHeld(f"{address} does not answer: {error or type(error).__name__}") from error


@asynccontextmanager
async def both(stage: Stage) -> AsyncIterator[Sides]:
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    async with aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield Sides(session, stage)

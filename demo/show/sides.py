"""The same question to both sides: London's API and the region's gateway."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import aiohttp

from demo.show.errors import NotHeld
from demo.show.stage import Stage
from shared.accept import Format

ACCEPT: Final[Mapping[Format, str]] = {"xml": "application/xml", "json": "application/json"}
TIMEOUT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Question:
    """One track, asked for as the client that a key stands for."""

    track_id: int
    format: Format = "xml"
    key: str = "demo"

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

    def __str__(self) -> str:
        return f"{self.status} {HTTPStatus(self.status).phrase}, {len(self.body):,} bytes"


class Sides:
    """Both of them. All questions raise NotHeld where nobody answers."""

    def __init__(self, session: aiohttp.ClientSession, stage: Stage) -> None:
        self._session = session
        self._origin, self._gateway = stage.origin, stage.gateway

    async def london(self, question: Question) -> Answer:
        return await self._ask(self._origin, question)

    async def region(self, question: Question) -> Answer:
        return await self._ask(self._gateway, question)

    async def agree(self, question: Question) -> tuple[Answer, Answer]:
        """Both answers, London's first. Raises NotHeld where they differ."""
        london, region = await self.london(question), await self.region(question)
        if not london.equals(region):
            raise NotHeld(
                f"track {question.track_id} in {question.format.upper()}: London says {london}, the region {region}, "
                "and the bytes differ"
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

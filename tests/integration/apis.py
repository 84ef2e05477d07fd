"""Asking APIs over HTTP, byte for byte."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from yarl import URL

from shared import http
from shared.http import Application


@dataclass(frozen=True)
class Answered:
    """An answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@asynccontextmanager
async def served(application: Application) -> AsyncIterator[str]:
    """The address of an application that is served on a free port as long as the context lasts."""
    listener = http.bind("127.0.0.1", 0)
    async with http.serving(application, listener, deadline_s=1):
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


async def ask(
    url: str, headers: Mapping[str, str] | None = None, *, method: str = "GET", data: bytes | None = None
) -> Answered:
    """One request on a connection of its own; the address is sent as it stands."""
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, URL(url, encoded=True), headers=headers, data=data) as response,
    ):
        found = {name.lower(): value for name, value in response.headers.items()}
        return Answered(response.status, found, await response.read())

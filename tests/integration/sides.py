"""Small sides for the comparison to ask: real servers that answer as a test says and remember what they were asked."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import parse_qs

from shared import http
from shared.http import Application, Receive, Scope, Send


class Asked(NamedTuple):
    """One request; parameters by name, headers by lower-case name."""

    parameters: dict[str, str]
    headers: dict[str, str]

    @property
    def track_id(self) -> int:
        return int(self.parameters["trackid"])


class Said(NamedTuple):
    """One answer."""

    body: str
    status: int = 200
    content_type: str = "application/xml; charset=utf-8"
    cache_control: str = "private, max-age=60"


Answer = Callable[[Asked], Awaitable[Said]]


async def title(asked: Asked) -> Said:
    """A track named by its id and the instant that it is asked about."""
    now = asked.headers.get("x-crossfade-now", "")
    return Said(f'<response><track id="{asked.track_id}"><title>At {now}</title></track></response>')


@dataclass
class Side:
    """An ASGI application; `asked` are the questions so far and `most_at_once` how many of them overlapped at most."""

    answer: Answer = title
    asked: list[Asked] = field(default_factory=list)
    address: str = ""
    most_at_once: int = 0
    at_once: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/1.2/track/details":
            await http.answer(send, 404, [(b"content-type", b"text/plain")], b"Resource not found")
            return
        said = await self._answer(_read(scope))
        headers = [(b"content-type", said.content_type.encode()), (b"cache-control", said.cache_control.encode())]
        await http.answer(send, said.status, headers, said.body.encode())

    async def _answer(self, asked: Asked) -> Said:
        self.asked.append(asked)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self.answer(asked)
        finally:
            self.at_once -= 1


@asynccontextmanager
async def serving(side: Side) -> AsyncIterator[Side]:
    """The side at a free port, its address filled in."""
    async with serving_at_free_port(side) as side.address:
        yield side


@asynccontextmanager
async def serving_at_free_port(application: Application) -> AsyncIterator[str]:
    """Serves the application, and gives its address."""
    # A loop of asyncio answers at once, and not after 40 ms, only on a socket that names its protocol.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    async with http.serving(application, listener, deadline_s=1):
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def _read(scope: Scope) -> Asked:
    found = parse_qs(scope["query_string"].decode(), keep_blank_values=True)
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    return Asked({name: values[0] for name, values in found.items()}, headers)

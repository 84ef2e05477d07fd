"""HTTP servers: raw ASGI applications on uvicorn, inside a process that has its own lifecycle."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from shared.errors import Unusable

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

NOW_HEADER = b"x-crossfade-now"
"""The instant that a question is answered for, taken once at the gateway; a customer's own is dropped there."""


class _Server(uvicorn.Server):
    """Leaves signals to the process's lifecycle."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def bind(host: str, port: int) -> socket.socket:
    """A listening socket that several workers may share; port 0 takes a free one. Raises Unusable."""
    # Only where the protocol is named does asyncio turn Nagle's algorithm off.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        opened.bind((host, port))
    except OSError as error:
        opened.close()
        raise Unusable(f"cannot listen on {host}:{port}: {error.strerror}; name another port") from error
    opened.listen(1024)
    return opened


@asynccontextmanager
async def serving(application: Application, listener: socket.socket, *, deadline_s: float) -> AsyncIterator[None]:
    """Serves until the block ends, then lets requests in flight finish for `deadline_s`."""
    server = _Server(
        uvicorn.Config(
            application,
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            date_header=True,
            timeout_graceful_shutdown=max(1, int(deadline_s)),
        )
    )
    task = asyncio.create_task(server.serve(sockets=[listener]), name="http")
    try:
        yield
    finally:
        server.should_exit = True
        await task


async def answer(send: Send, status: int, headers: Headers, body: bytes) -> None:
    """Sends one whole answer; the length is added."""
    start = {
        "type": "http.response.start",
        "status": status,
        "headers": [*headers, (b"content-length", b"%d" % len(body))],
    }
    await send(start)
    await send({"type": "http.response.body", "body": body})


class Disconnected(Exception):
    """The client went away before its request was whole; nobody waits for an answer."""


async def read_body(receive: Receive, limit: int) -> bytes | None:
    """The request's whole body; None when it is longer than `limit` bytes. Raises Disconnected."""
    chunks: list[bytes] = []
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        chunk = message.get("body", b"")
        length += len(chunk)
        if length > limit:
            return None
        chunks.append(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks)


def header(scope: Scope, name: bytes) -> bytes | None:
    """The first header of that lower-case name."""
    return next((value for key, value in scope["headers"] if key == name), None)

"""HTTP servers: raw ASGI applications on uvicorn, inside a process that has its own lifecycle."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.errors import Unusable

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

NOW_HEADER = b"x-crossfade-now"
"""The instant that a question is answered for, taken once at the gateway; a customer's own is dropped there."""

REQUEST_DEADLINE_S: Final = 10.0
"""How long a connection waits for its first request, and each request takes to arrive whole, its body included."""

IDLE_S: Final = 5
"""How long a connection is kept after an answer; whoever keeps connections to a service gives them up sooner."""


class _Connection(HttpToolsProtocol):
    """Closed when no whole request arrives in time: uvicorn itself waits for the rest of a request for ever."""

    _deadline: asyncio.TimerHandle | None = None
    _is_whole = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_request()

    def data_received(self, data: bytes) -> None:
        self._is_whole = False
        super().data_received(data)
        if not self._is_whole and self._deadline is None:
            self._await_request()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_whole = False

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._is_whole = True
        self._end_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_deadline()
        super().connection_lost(exc)

    def _await_request(self) -> None:
        self._deadline = self.loop.call_later(REQUEST_DEADLINE_S, self.transport.abort)

    def _end_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


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
    """Serves until the block ends, then lets requests in flight finish for `deadline_s`. Connections on which nothing
    whole arrives, or nothing at all, are closed in time."""
    server = _Server(
        uvicorn.Config(
            application,
            http=_Connection,
            lifespan="off",
            timeout_keep_alive=IDLE_S,
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

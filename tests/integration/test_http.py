"""Connections over real sockets: a client that sends half a request, or nothing, does not keep one for ever."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from shared import http
from shared.http import Disconnected, Receive, Scope, Send
from tests.integration.sides import serving_at_free_port

DEADLINE_S = 0.4
IDLE_S = 1
WHOLE = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
HALF_A_BODY = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf"


class Echo:
    """Answers with the body it got, after a while; `given_up` is set when a request never arrived whole."""

    def __init__(self) -> None:
        self.answers_after_s = 0.0
        self.given_up = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await http.read_body(receive, 100)
        except Disconnected:
            self.given_up.set()
            return
        await asyncio.sleep(self.answers_after_s)
        await http.answer(send, 200, [], body or b"too long")


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
async def port(echo: Echo, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(http, "REQUEST_DEADLINE_S", DEADLINE_S)
    monkeypatch.setattr(http, "IDLE_S", IDLE_S)
    async with serving_at_free_port(echo) as address:
        yield int(address.rpartition(":")[2])


async def closed_after_s(port: int, *pieces: bytes) -> float:
    """Sends the pieces, a tenth of a second between them, and returns when the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began = time.monotonic()
    sending = asyncio.create_task(send(writer, pieces))
    try:
        async with asyncio.timeout(10):
            while await reader.read(1000):
                pass
    except ConnectionResetError:
        pass
    finally:
        sending.cancel()
        writer.close()
    return time.monotonic() - began


async def send(writer: asyncio.StreamWriter, pieces: tuple[bytes, ...]) -> None:
    for piece in pieces:
        writer.write(piece)
        await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    "pieces",
    [
        (),
        (b"\r\n",),
        (b"GET / HTTP/1.1\r\nHost: a\r\n",),
        (b"GET / HTTP/1.1\r\n", *(b"x: y\r\n" for _ in range(50))),
        (HALF_A_BODY,),
        (HALF_A_BODY[:-4], *(b"." for _ in range(9))),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", *(b"1\r\nx\r\n" for _ in range(50))),
    ],
    ids=["nothing", "an empty line", "half the head", "a head in drops", "half a body", "a body in drops", "chunks"],
)
async def test_a_request_that_does_not_arrive_whole_in_time_ends_its_connection(
    port: int, pieces: tuple[bytes, ...]
) -> None:
    assert DEADLINE_S * 0.9 < await closed_after_s(port, *pieces) < DEADLINE_S + 2


async def test_half_a_request_after_a_whole_one_has_the_same_time(port: int) -> None:
    assert DEADLINE_S * 0.9 < await closed_after_s(port, WHOLE, HALF_A_BODY) < DEADLINE_S + 2


@pytest.mark.parametrize(
    "before", [WHOLE, WHOLE + WHOLE, HALF_A_BODY + b"." * 6], ids=["one", "two", "one with a body"]
)
async def test_half_a_request_that_comes_together_with_whole_ones_has_the_same_time(port: int, before: bytes) -> None:
    assert DEADLINE_S * 0.9 < await closed_after_s(port, before + HALF_A_BODY) < DEADLINE_S + 2


async def test_half_a_request_that_comes_together_with_the_rest_of_one_has_the_same_time(port: int) -> None:
    rest = b"." * 6
    assert DEADLINE_S * 0.9 < await closed_after_s(port, HALF_A_BODY, rest + HALF_A_BODY) < DEADLINE_S + 2


async def test_the_rest_of_a_body_that_was_answered_as_too_long_is_not_waited_for(port: int) -> None:
    long = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\n" + b"." * 200
    assert await closed_after_s(port, long, *(b"." for _ in range(50))) < DEADLINE_S + 2


async def test_a_connection_that_is_idle_after_an_answer_is_closed(port: int) -> None:
    assert IDLE_S * 0.9 < await closed_after_s(port, WHOLE) < IDLE_S + 2


async def test_an_application_hears_of_a_request_that_was_given_up(port: int, echo: Echo) -> None:
    await closed_after_s(port, HALF_A_BODY)
    async with asyncio.timeout(5):
        await echo.given_up.wait()


async def test_an_answer_may_take_longer_than_its_request_and_requests_may_follow_it(port: int, echo: Echo) -> None:
    echo.answers_after_s = DEADLINE_S * 2
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for body in (b"first", b"second"):
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body))
        await asyncio.sleep(DEADLINE_S / 2)
        writer.write(body)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        assert await reader.readexactly(len(body)) == body
    writer.close()

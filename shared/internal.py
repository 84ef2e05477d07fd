"""The server's side of an internal API: JSON on GET, within the deadline that the caller passed, errors kept inside.

A caller sees 200 with JSON, 504 when the time ran out, or 500; what went wrong stands in this process's log.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Final

from shared import http, metrics
from shared.errors import CrossfadeError
from shared.hop import TRACE_HEADER, Hop, arrive
from shared.http import Application, Receive, Scope, Send
from shared.question import Parameters

logger = logging.getLogger(__name__)

Answer = Callable[[bytes, Hop], Awaitable[bytes]]
"""From the raw query string to JSON. Raises CrossfadeError when it cannot."""

_JSON: Final[http.Headers] = [(b"content-type", b"application/json")]
_TEXT: Final[http.Headers] = [(b"content-type", b"text/plain")]


def application(routes: Mapping[str, Answer], deadline_s: float) -> Application:
    """Answers each path by its route. A request has at most `deadline_s`, less when its caller says so."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if (answer := routes.get(path)) is None:
            await http.answer(send, HTTPStatus.NOT_FOUND, _TEXT, b"not found\n")
            return
        started = time.perf_counter()
        status, headers, body = await _reply(answer, scope, deadline_s)
        metrics.ANSWERS.labels(path, str(status)).inc()
        metrics.ANSWER_SECONDS.labels(path).observe(time.perf_counter() - started)
        await http.answer(send, status, headers, body)

    return serve


def read_ids(parameters: Parameters) -> list[int]:
    """The ids that an internal request asks for. Raises KeyError or ValueError when there are none."""
    return [int(id) for id in parameters["ids"].split(",")]


async def _reply(answer: Answer, scope: Scope, deadline_s: float) -> tuple[int, http.Headers, bytes]:
    headers = dict(scope["headers"])
    try:
        hop = arrive(headers, deadline_s)
        async with asyncio.timeout_at(hop.ends_at):
            return 200, _JSON, await answer(scope["query_string"], hop)
    except TimeoutError:
        return 504, _TEXT, b"out of time\n"
    except CrossfadeError as error:
        logger.error("cannot answer", extra=_about(scope, headers) | {"reason": str(error)})
    except Exception:
        logger.exception("cannot answer", extra=_about(scope, headers))
    return 500, _TEXT, b"cannot answer\n"


def _about(scope: Scope, headers: Mapping[bytes, bytes]) -> dict[str, str]:
    return {
        "path": scope["path"],
        "query": scope["query_string"].decode("latin-1"),
        "trace_id": headers.get(TRACE_HEADER, b"").decode("latin-1"),
    }

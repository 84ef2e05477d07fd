"""The catalogue's side of the public API: a question in, its answer in XML or JSON out.

It stands behind the gateway, which has settled identity, access, limit and method before, and which finds beside an
answer what its cache needs (`shared.hop`).
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from services.catalogue import json, xml
from services.catalogue.internal import Facts, Moment, Region
from services.catalogue.view import Track, track_details
from shared import envelope, http, metrics
from shared.accept import Format, negotiate
from shared.errors import CrossfadeError
from shared.fields import Instant
from shared.hop import (
    GENERATION_HEADER,
    SHOPS_HEADER,
    TERRITORY_HEADER,
    TRACE_HEADER,
    UNTIL_HEADER,
    VERSION_HEADER,
    Hop,
    arrive,
    decode_shops,
)
from shared.http import Application, Disconnected, Headers, Receive, Scope, Send
from shared.question import KNOWN_PARAMETERS, Endpoint, Question, ask, find_endpoint, read_parameters
from shared.refusal import BODY_TOO_LARGE, RESOURCE_NOT_FOUND, TIMED_OUT, UNEXPECTED, Refusal

logger = logging.getLogger(__name__)

LONGEST_FORM: Final = 64 * 1024
"""In bytes; the longest list of ids that is answered takes 2 KiB."""

LONGEST_AGE_S: Final = 60
"""How long a customer may keep an answer when no licence boundary comes before."""

_FORM: Final = b"application/x-www-form-urlencoded"
_VARY: Final = (b"vary", b"Accept, Accept-Encoding")
_RENDER: Final[Mapping[Format, Callable[[Track], bytes]]] = {"xml": xml.track_details, "json": json.track_details}


class Answer(NamedTuple):
    status: int
    headers: Headers
    body: bytes


def application(region: Region, deadline_s: float) -> Application:
    """Answers the public API's paths from the region, each within `deadline_s`, or less when the caller says so."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        endpoint = find_endpoint(scope["path"])
        if endpoint is None:
            await http.answer(send, *refuse(RESOURCE_NOT_FOUND, "xml"))
            return
        try:
            answer = await _answer(endpoint, region, deadline_s, scope, receive)
        except Disconnected:
            return
        metrics.ANSWERS.labels(endpoint.name, str(answer.status)).inc()
        metrics.ANSWER_SECONDS.labels(endpoint.name).observe(time.perf_counter() - started)
        await http.answer(send, *answer)

    return serve


async def _answer(endpoint: Endpoint, region: Region, deadline_s: float, scope: Scope, receive: Receive) -> Answer:
    """An answer whatever happens; what went wrong inside stands in the log only."""
    headers = dict(scope["headers"])
    accept = b",".join(value for name, value in scope["headers"] if name == b"accept").decode("latin-1")
    try:
        question = await _read_question(endpoint, accept, scope, headers, receive)
        if isinstance(question, Refusal):
            answer = refuse(question, negotiate(accept))
        else:
            answer = await find_track(question, region, arrive(headers, deadline_s))
    except TimeoutError:
        logger.warning("out of time", extra=about(scope, headers))
        answer = refuse(TIMED_OUT, negotiate(accept))
    except CrossfadeError as error:
        logger.error("cannot answer", extra=about(scope, headers) | {"reason": str(error)})
        answer = refuse(UNEXPECTED, negotiate(accept))
    except Disconnected:
        raise
    except Exception:
        logger.exception("cannot answer", extra=about(scope, headers))
        answer = refuse(UNEXPECTED, negotiate(accept))
    return answer._replace(headers=answer.headers + trace(headers))


async def _read_question(
    endpoint: Endpoint, accept: str, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive
) -> Question | Refusal:
    form = await _read_form(scope, headers, receive)
    if form is None:
        return BODY_TOO_LARGE
    territory = headers.get(TERRITORY_HEADER)
    return ask(
        endpoint,
        read_parameters(scope["query_string"], form),
        accept,
        default_territory=territory.decode() if territory else None,
        shops=decode_shops(headers.get(SHOPS_HEADER, b"")),
    )


async def _read_form(scope: Scope, headers: Mapping[bytes, bytes], receive: Receive) -> bytes | None:
    """The form body of a POST, `b""` where there is none; None when it is too long."""
    is_form = scope["method"] == "POST" and headers.get(b"content-type", b"").lower().startswith(_FORM)
    return await http.read_body(receive, LONGEST_FORM) if is_form else b""


async def find_track(question: Question, region: Region, hop: Hop) -> Answer:
    """Asks the region for the one track of the question. Raises TimeoutError and CrossfadeError."""
    async with asyncio.timeout_at(hop.ends_at):
        found = await region.tracks(question.ids, question.territory, question.usage_types, hop)
    return answer_track(found[question.ids[0]], question, hop.now)


def answer_track(facts: Facts, question: Question, now: Instant) -> Answer:
    until = facts.availability["until"] if facts.availability else None
    track = track_details(facts.metadata, facts.availability, question)
    if isinstance(track, Refusal):
        answer = refuse(track, question.format)
    else:
        cached = (b"cache-control", b"private, max-age=%d" % max_age_s(now, until))
        content_type = (b"content-type", envelope.CONTENT_TYPES[question.format])
        answer = Answer(200, [content_type, _VARY, cached], _RENDER[question.format](track))
    return answer._replace(headers=answer.headers + for_cache(facts.moment, until))


def refuse(refusal: Refusal, format: Format) -> Answer:
    content_type, body = envelope.refused(refusal, format)
    return Answer(refusal.status, [(b"content-type", content_type), _VARY], body)


def max_age_s(now: Instant, until: Instant | None) -> int:
    """How long an answer of `now` may be kept: never beyond the next licence boundary."""
    if until is None:
        return LONGEST_AGE_S
    left = datetime.fromisoformat(until) - datetime.fromisoformat(now)
    return min(LONGEST_AGE_S, int(left.total_seconds()))


def for_cache(moment: Moment, until: Instant | None) -> Headers:
    """What the gateway's cache needs to know of an answer."""
    headers = [(GENERATION_HEADER, b"%d" % moment.generation), (VERSION_HEADER, b"%d" % moment.version)]
    return headers if until is None else [*headers, (UNTIL_HEADER, until.encode())]


def about(scope: Scope, headers: Mapping[bytes, bytes]) -> dict[str, str]:
    """What a log may hold of a request: the consumer key and a signature stand in its query, too."""
    parameters = read_parameters(scope["query_string"])
    asked = {name: parameters[name] for name in KNOWN_PARAMETERS if name in parameters}
    return {"path": scope["path"], "trace_id": headers.get(TRACE_HEADER, b"").decode("latin-1"), **asked}


def trace(headers: Mapping[bytes, bytes]) -> Headers:
    """The customer's trace id, sent back as it came."""
    return [(TRACE_HEADER, headers[TRACE_HEADER])] if TRACE_HEADER in headers else []

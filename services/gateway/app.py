"""The gateway: the order in which a request is checked, then passed on, and what every answer carries."""

import logging
from collections.abc import Mapping
from time import perf_counter
from typing import Final

from services.gateway import access, oauth1
from services.gateway.clients import Clients
from services.gateway.daily_limit import DailyLimits
from services.gateway.messages import SERVER_HEADER, Answer, Request, receive_request, send_answer
from services.gateway.proxy import Upstream
from services.gateway.quota import Figures, Verdict
from shared import metrics
from shared.client import Client
from shared.envelope import refused
from shared.hop import TRACE_HEADER
from shared.http import Disconnected, Headers, Receive, Scope, Send
from shared.question import Endpoint, find_endpoint, read_parameters
from shared.refusal import ACCESS_DENIED, BODY_TOO_LARGE, RESOURCE_NOT_FOUND, UNEXPECTED, Refusal

logger = logging.getLogger(__name__)

METHODS: Final = ("GET", "HEAD", "POST")
ALLOWED: Final = ", ".join([*METHODS, "OPTIONS"]).encode()

NO_KEY: Final = Refusal(401, None, "OAuth authentication error: no oauth_consumer_key was sent")
METHOD_NOT_ALLOWED: Final = Refusal(405, None, "Method not allowed")
OVER_LIMIT: Final = Refusal(429, None, "Daily request limit exceeded")
UNAVAILABLE: Final = Refusal(503, None, "Service temporarily unavailable")

PREFLIGHT: Final = Answer(
    204,
    [
        (b"allow", ALLOWED),
        (b"access-control-allow-methods", ALLOWED),
        (b"access-control-allow-headers", b"authorization, accept, content-type, x-7d-traceid"),
    ],
)

_VERDICTS: Final[Mapping[Verdict, Refusal | None]] = {
    Verdict.ADMITTED: None,
    Verdict.OVER_LIMIT: OVER_LIMIT,
    Verdict.UNAVAILABLE: UNAVAILABLE,
}


class Gateway:
    """The ASGI application. `name` is what answers say of who answered; `routes` has the upstream of each endpoint."""

    def __init__(self, name: str, clients: Clients, limits: DailyLimits, routes: Mapping[str, Upstream]) -> None:
        self._name = name.encode()
        self._clients = clients
        self._limits = limits
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            request = await receive_request(scope, receive)
        except Disconnected:
            return
        started = perf_counter()
        answer = await self.answer(request)
        await send_answer(send, answer)
        _measure(request, answer, perf_counter() - started)

    async def answer(self, request: Request) -> Answer:
        outcome = await self._outcome(request)
        figures = await self._figures(request)
        answer = _refuse(outcome, request, figures) if isinstance(outcome, Refusal) else outcome
        return Answer(answer.status, answer.headers + self._always(request, answer, figures), answer.body)

    async def _outcome(self, request: Request) -> Answer | Refusal:
        try:
            return await self._checked(request)
        except Exception:
            logger.exception("cannot answer", extra={"endpoint": request.endpoint_name})
            return UNEXPECTED

    async def _checked(self, request: Request) -> Answer | Refusal:
        """The order of the checks is the public API contract's (section 1)."""
        if request.method == "OPTIONS":
            return PREFLIGHT
        client = self._identify(request)
        if isinstance(client, Refusal):
            return client
        endpoint = _locate(request)
        if isinstance(endpoint, Refusal):
            return endpoint
        refusal = access.check(client, endpoint, read_parameters(request.query)) or await self._count(client)
        return refusal or await self._routes[endpoint.name].answer(request, client)

    def _identify(self, request: Request) -> Client | Refusal:
        key = oauth1.consumer_key(request.query, request.header(b"authorization"), request.form)
        request.client = self._clients.find(key) if key else None
        if request.body is None:
            return BODY_TOO_LARGE
        if key is None:
            return NO_KEY
        return request.client or (ACCESS_DENIED if self._clients.known else UNAVAILABLE)

    async def _count(self, client: Client) -> Refusal | None:
        if client.daily_limit is None:
            return None
        return _VERDICTS[await self._limits.admit(client.client_id)]

    async def _figures(self, request: Request) -> Figures | None:
        client = request.client
        if client is None or client.daily_limit is None:
            return None
        return await self._limits.figures(client.client_id)

    def _always(self, request: Request, answer: Answer, figures: Figures | None) -> Headers:
        """What stands on every answer."""
        headers = [(b"access-control-allow-origin", b"*")]
        if not any(name == SERVER_HEADER for name, _ in answer.headers):
            headers.append((SERVER_HEADER, self._name))
        if trace_id := request.trace_id:
            headers.append((TRACE_HEADER, trace_id))
        return headers + _limit_headers(figures)


def _locate(request: Request) -> Endpoint | Refusal:
    request.endpoint = find_endpoint(request.path)
    if request.endpoint is None:
        return RESOURCE_NOT_FOUND
    return request.endpoint if request.method in METHODS else METHOD_NOT_ALLOWED


def _refuse(refusal: Refusal, request: Request, figures: Figures | None) -> Answer:
    content_type, body = refused(refusal, request.format)
    return Answer(refusal.status, [(b"content-type", content_type), *_advice(refusal, figures)], body)


def _advice(refusal: Refusal, figures: Figures | None) -> Headers:
    """What the customer can do about it."""
    if refusal is METHOD_NOT_ALLOWED:
        return [(b"allow", ALLOWED)]
    if refusal is UNAVAILABLE:
        return [(b"retry-after", b"1")]
    if refusal is OVER_LIMIT and figures:
        return [(b"retry-after", b"%d" % figures.reset_s)]
    return []


def _limit_headers(figures: Figures | None) -> Headers:
    if figures is None:
        return []
    return [
        (b"x-ratelimit-limit", b"%d" % figures.limit),
        (b"x-ratelimit-current", b"%d" % figures.current),
        (b"x-ratelimit-reset", b"%d" % figures.reset_s),
    ]


def _measure(request: Request, answer: Answer, took_s: float) -> None:
    metrics.ANSWERS.labels(request.endpoint_name, str(answer.status)).inc()
    metrics.ANSWER_SECONDS.labels(request.endpoint_name).observe(took_s)

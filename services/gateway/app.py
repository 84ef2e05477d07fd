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
from shared.envelope import refused
from shared.hop import TRACE_HEADER
from shared.http import Headers, Receive, Scope, Send
from shared.question import find_endpoint, read_parameters
from shared.refusal import ACCESS_DENIED, BODY_TOO_LARGE, RESOURCE_NOT_FOUND, UNEXPECTED, Refusal

logger = logging.getLogger(__name__)

METHODS: Final = frozenset({"GET", "HEAD", "POST"})
ALLOWED: Final = b"GET, HEAD, POST, OPTIONS"

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
        request = await receive_request(scope, receive)
        started = perf_counter()
        answer = await self.answer(request)
        await send_answer(send, answer)
        _measure(request, answer, perf_counter() - started)

    async def answer(self, request: Request) -> Answer:
        try:
            outcome = await self._outcome(request)
            figures = await self._figures(request)
        except Exception:
            logger.exception("cannot answer", extra={"path": request.path})
            outcome, figures = UNEXPECTED, None
        answer = _refuse(outcome, request, figures) if isinstance(outcome, Refusal) else outcome
        return Answer(answer.status, answer.headers + self._always(request, answer, figures), answer.body)

    async def _outcome(self, request: Request) -> Answer | Refusal:
        """The order of the checks is the public API contract's (section 1)."""
        if request.method == "OPTIONS":
            return PREFLIGHT
        refusal = (
            self._identify(request)
            or _locate(request)
            or _permit_method(request)
            or _permit_access(request)
            or await self._count(request)
        )
        return refusal or await self._pass_on(request)

    def _identify(self, request: Request) -> Refusal | None:
        key = oauth1.consumer_key(request.query, request.header(b"authorization"), request.form)
        request.client = self._clients.find(key) if key else None
        if request.body is None:
            return BODY_TOO_LARGE
        if key is None:
            return NO_KEY
        if request.client is None:
            return ACCESS_DENIED if self._clients.complete else UNAVAILABLE
        return None

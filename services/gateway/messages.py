"""The request and the answer as they pass through the gateway."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from shared import clock, http
from shared.accept import Format, negotiate
from shared.client import Client
from shared.fields import Instant
from shared.hop import TRACE_HEADER
from shared.http import Headers, Receive, Scope, Send
from shared.question import Endpoint

LARGEST_BODY: Final = 64 * 1024
LONGEST_TRACE_ID: Final = 1024
FORM: Final = b"application/x-www-form-urlencoded"

SERVER_HEADER: Final = b"x-7dig"
"""Names the server that answered."""

_BODILESS: Final = frozenset({204, 304})


@dataclass(slots=True)
class Request:
    """A customer's request; `body` None is one larger than `LARGEST_BODY`, `now` the instant it is answered for.

    `client` and `endpoint` are found on its way.
    """

    method: str
    path: str
    raw_path: bytes
    query: bytes
    headers: Headers
    body: bytes | None
    now: Instant = field(default_factory=clock.now)
    client: Client | None = None
    endpoint: Endpoint | None = None

    def header(self, name: bytes) -> bytes | None:
        """The first header of that lower-case name."""
        return next(self._values(name), None)

    @property
    def trace_id(self) -> bytes | None:
        """The customer's trace id, passed on and sent back; one too long for a header of ours counts as absent."""
        trace_id = self.header(TRACE_HEADER)
        return trace_id if trace_id and len(trace_id) <= LONGEST_TRACE_ID else None

    @property
    def endpoint_name(self) -> str:
        """For logs and metrics, which hold nothing that a customer wrote."""
        return self.endpoint.name if self.endpoint else "other"

    @property
    def form(self) -> bytes:
        """The body of a POST, if it is a form."""
        is_form = self.method == "POST" and (self.header(b"content-type") or b"").lower().startswith(FORM)
        return self.body or b"" if is_form else b""

    @property
    def format(self) -> Format:
        """The format that is asked for."""
        return negotiate(b",".join(self._values(b"accept")).decode("latin-1"))

    def _values(self, name: bytes) -> Iterator[bytes]:
        return (value for key, value in self.headers if key == name)


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` may hold a length, of the body that GET would have; without one it is the body's."""

    status: int
    headers: Headers
    body: bytes = b""


async def receive_request(scope: Scope, receive: Receive) -> Request:
    return Request(
        method=scope["method"],
        path=scope["path"],
        raw_path=scope["raw_path"],
        query=scope["query_string"],
        headers=scope["headers"],
        body=await http.read_body(receive, LARGEST_BODY),
    )


async def send_answer(send: Send, answer: Answer) -> None:
    headers = (
        answer.headers if _has_length(answer) else [*answer.headers, (b"content-length", b"%d" % len(answer.body))]
    )
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def _has_length(answer: Answer) -> bool:
    return answer.status in _BODILESS or any(name == b"content-length" for name, _ in answer.headers)

"""The requests that the origin answers, each checked in the order of section 1 of the public API contract.

It knows keys and shops, so that defaults come out as London's, and leaves access, limits and signatures to the gateway.
"""

import logging
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from demo.origin import errors
from demo.origin.accept import negotiate
from demo.origin.catalogue import Client
from demo.origin.endpoints import ENDPOINTS, Answer, Asked, Endpoint
from demo.origin.errors import ApiError, Refusal, TablesAway
from demo.origin.questions import UK_SHOP, Fields, Parameters, read_fields, read_key, read_parameters, read_shop
from demo.origin.responses import allowed, failed, granted, plain, refused
from demo.origin.tables import Snapshot, Tables
from demo.origin.text import lower

METHODS = ("GET", "HEAD", "POST")
FORM_BODY = "application/x-www-form-urlencoded"
TRACE_HEADER = "x-7d-traceid"
LONGEST_TRACE_ID = 1024
NOW_FORMAT = "%Y-%m-%dT%H:%M:%SZ"

log = logging.getLogger(__name__)


class Origin:
    """The ASGI application."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        respond = self._ready if request.scope["path"] == "/health/ready" else self._respond
        response = await respond(request)
        response.raw_headers += trace(request)
        await response(scope, receive, send)

    async def _ready(self, _: Request) -> Response:
        """Whether London can be read."""
        try:
            async with self._tables.snapshot():
                return plain(200, "ready")
        except TablesAway as error:
            return plain(503, f"London cannot be read: {error}")

    async def _respond(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return allowed()
        form = negotiate(",".join(request.headers.getlist("accept")))
        try:
            return granted(await self._answer(request), form)
        except Refusal as refusal:
            return refused(refusal)
        except ApiError as error:
            return failed(error, form)
        except TablesAway as error:
            log.error("London cannot be read error=%s", error)
            return failed(errors.unexpected(), form)
        except Exception:
            log.exception("unexpected error")
            return failed(errors.unexpected(), form)

    async def _answer(self, request: Request) -> Answer:
        now = moment(request)
        query, body = await fields(request)
        key = read_key(query, request.headers.get("authorization", "").encode("latin-1"), body)
        async with self._tables.snapshot() as london:
            client = await known_client(london, key)
            answer = endpoint(request)
            parameters = read_parameters(query, body)
            shop_territory = await territory_of_shop(london, client, parameters)
            return await answer(london, Asked(parameters, client, shop_territory, now))


def trace(request: Request) -> list[tuple[bytes, bytes]]:
    """The asker's trace id as the header that sends it back; none that is empty or longer than a header should be."""
    trace_id = request.headers.get(TRACE_HEADER, "").encode("latin-1")
    return [(TRACE_HEADER.encode(), trace_id)] if 0 < len(trace_id) <= LONGEST_TRACE_ID else []


def moment(request: Request) -> datetime:
    """The instant that the asker fixed, otherwise this clock's, in whole seconds."""
    value = request.headers.get("x-crossfade-now")
    if value is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        return datetime.strptime(value, NOW_FORMAT).replace(tzinfo=UTC)
    except ValueError as error:
        raise Refusal(400, "x-crossfade-now must look like 2026-11-24T07:30:00Z") from error


async def fields(request: Request) -> tuple[Fields, Fields]:
    """What the query and the form body say."""
    query = read_fields(request.scope["query_string"])
    posted = request.method == "POST" and request.headers.get("content-type", "").lower().startswith(FORM_BODY)
    return query, read_fields(await request.body()) if posted else {}


async def known_client(london: Snapshot, key: bytes) -> Client:
    client = await london.client(key)
    if client is None:
        raise errors.access_denied()
    return client


def endpoint(request: Request) -> Endpoint:
    answer = ENDPOINTS.get(lower(request.scope["path"]).removesuffix("/"))
    if answer is None:
        raise errors.unknown_path()
    if request.method not in METHODS:
        raise errors.unknown_method()
    return answer


async def territory_of_shop(london: Snapshot, client: Client, parameters: Parameters) -> str | None:
    """None where no shop is asked for. Raises `Refusal` where the key does not know the shop."""
    shop = read_shop(parameters)
    if shop is None:
        return None
    territory = "GB" if shop == UK_SHOP else await london.shop_territory(client.client_id, shop)
    if territory is None:
        raise errors.access_denied()
    return territory

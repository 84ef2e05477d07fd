"""The order of the checks, and what every answer carries: the public API contract, sections 1 and 5."""

from dataclasses import replace

import pytest

from services.gateway.app import Gateway
from services.gateway.clients import Clients
from services.gateway.daily_limit import DailyLimits
from services.gateway.messages import Answer, Request
from services.gateway.quota import Policy
from shared.client import Client
from shared.digest import canonical
from shared.http import Headers
from shared.refusal import TIMED_OUT, Refusal
from tests.contract.lease_stores import Fault, LeaseStoreInMemory, RowsInMemory
from tests.gateway import TRACK_DETAILS, client, shop

CLIENTS = (
    client(1, "free"),
    client(2, "limited", 100),
    client(3, "used-up", 0),
    client(4, "denied", 100, endpoints=["~/artist/details"]),
    client(5, "partner", 100, shops=[shop(701, "US")]),
)
PATH = "/1.2/track/details"
LIMIT_HEADERS = {b"x-ratelimit-limit", b"x-ratelimit-current", b"x-ratelimit-reset"}
AT_ONCE = Policy(settling_s=0, retry_s=0.01)
FORM = (b"content-type", b"application/x-www-form-urlencoded")


class Catalogue:
    """Stands for whom requests are passed on to."""

    def __init__(self) -> None:
        self.asked: list[tuple[Request, Client]] = []
        self.answers: Answer | Refusal | Exception = Answer(
            200, [(b"content-type", b"application/xml")], b"<response/>"
        )

    async def answer(self, request: Request, client: Client) -> Answer | Refusal:
        self.asked.append((request, client))
        if isinstance(self.answers, Exception):
            raise self.answers
        return self.answers


class Bench:
    """A gateway with its clients, rows and upstream in memory."""

    def __init__(self) -> None:
        self.catalogue = Catalogue()
        self.rows = RowsInMemory(limits={each.client_id: each.daily_limit for each in CLIENTS})
        self.clients = Clients()
        self.clients.learn((each.client_id, 1, canonical(each).decode()) for each in CLIENTS)
        limits = DailyLimits(LeaseStoreInMemory(self.rows, b"i" * 16), AT_ONCE)
        self.gateway = Gateway("gateway-1", self.clients, limits, {TRACK_DETAILS: self.catalogue})

    async def ask(self, query: str, *, method: str = "GET", path: str = PATH, **more: object) -> Answer:
        request = Request(method=method, path=path, raw_path=path.encode(), query=query.encode(), headers=[], body=b"")
        return await self.gateway.answer(replace(request, **more))  # type: ignore[arg-type]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def values(headers: Headers) -> dict[bytes, bytes]:
    assert len({name for name, _ in headers}) == len(headers), "a header stands twice"
    return dict(headers)


UNKNOWN, NO_KEY = "oauth_consumer_key=unknown", ""
FREE, LIMITED, USED_UP = "oauth_consumer_key=free", "oauth_consumer_key=limited", "oauth_consumer_key=used-up"
DENIED, PARTNER = "oauth_consumer_key=denied", "oauth_consumer_key=partner"


@pytest.mark.parametrize(
    ("query", "method", "path", "status", "text"),
    [
        (NO_KEY, "PUT", "/nothing", 401, b"OAuth authentication error: no oauth_consumer_key was sent"),
        (UNKNOWN, "PUT", "/nothing", 401, b"Access to resource denied"),
        (DENIED, "PUT", "/nothing", 404, b"Resource not found"),
        (DENIED, "PUT", PATH, 405, b"Method not allowed"),
        (DENIED + "&shopid=999", "GET", PATH, 401, b"Access to resource denied"),
        (PARTNER + "&shopid=999", "GET", PATH, 401, b"Access to resource denied"),
        (USED_UP + "&shopid=999", "GET", PATH, 401, b"Access to resource denied"),
        (USED_UP, "GET", PATH, 429, b"Daily request limit exceeded"),
    ],
)
async def test_the_first_check_that_fails_answers_in_plain_text(
    bench: Bench, *, query: str, method: str, path: str, status: int, text: bytes
) -> None:
    answer = await bench.ask(query, method=method, path=path, headers=[(b"accept", b"application/json")])
    assert (answer.status, answer.body) == (status, text)
    assert values(answer.headers)[b"content-type"] == b"text/plain; charset=utf-8"
    assert bench.catalogue.asked == []


async def test_a_request_that_passes_all_checks_is_passed_on_and_counted_once(bench: Bench) -> None:
    answer = await bench.ask(LIMITED + "&trackid=1")
    assert (answer.status, answer.body) == (200, b"<response/>")
    assert values(answer.headers)[b"x-ratelimit-current"] == b"1"
    assert [asked.client_id for _, asked in bench.catalogue.asked] == [2]


async def test_what_the_upstream_refuses_is_counted_and_answered_in_the_format_asked_for(bench: Bench) -> None:
    bench.catalogue.answers = TIMED_OUT
    xml = await bench.ask(LIMITED)
    json = await bench.ask(LIMITED, headers=[(b"accept", b"application/json")])
    assert (xml.status, json.status) == (504, 504)
    assert b'<error code="7003"><errorMessage>Internal call timed out</errorMessage></error>' in xml.body
    assert json.body.startswith(b'{"status":"error"')
    assert values(json.headers)[b"x-ratelimit-current"] == b"2"


@pytest.mark.parametrize("path", ["/1.2/track/details", "/1.2/track/details/", "/1.2/TRACK/Details"])
async def test_paths_are_read_in_any_case_with_or_without_a_slash(bench: Bench, path: str) -> None:
    assert (await bench.ask(FREE, path=path)).status == 200


@pytest.mark.parametrize(
    "path", ["/", "", "/1.2/track/details//", "//1.2/track/details", "/1.3/track/details", "/1.2/track/details/batch"]
)
async def test_any_other_path_is_not_found(bench: Bench, path: str) -> None:
    answer = await bench.ask(FREE, path=path)
    assert (answer.status, answer.body) == (404, b"Resource not found")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
async def test_get_head_and_post_are_passed_on(bench: Bench, method: str) -> None:
    assert (await bench.ask(FREE, method=method)).status == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "get"])
async def test_another_method_is_told_which_there_are(bench: Bench, method: str) -> None:
    answer = await bench.ask(FREE, method=method)
    assert answer.status == 405
    assert values(answer.headers)[b"allow"] == b"GET, HEAD, POST, OPTIONS"


async def test_options_needs_no_key_and_is_not_counted(bench: Bench) -> None:
    for query in (NO_KEY, LIMITED):
        answer = await bench.ask(query, method="OPTIONS")
        assert (answer.status, answer.body) == (204, b"")
        assert values(answer.headers)[b"access-control-allow-origin"] == b"*"
        assert values(answer.headers)[b"access-control-allow-methods"] == b"GET, HEAD, POST, OPTIONS"
    assert bench.rows.days == {}


async def test_a_form_body_may_hold_the_key_and_is_passed_on(bench: Bench) -> None:
    answer = await bench.ask("", method="POST", headers=[FORM], body=b"trackid=1&oauth_consumer_key=free")
    assert answer.status == 200
    assert bench.catalogue.asked[0][0].body == b"trackid=1&oauth_consumer_key=free"


async def test_a_body_of_another_type_holds_no_key(bench: Bench) -> None:
    other = (b"content-type", b"text/plain")
    assert (await bench.ask("", method="POST", headers=[other], body=b"oauth_consumer_key=free")).status == 401


async def test_shops_are_read_from_the_query_alone(bench: Bench) -> None:
    answer = await bench.ask(PARTNER, method="POST", headers=[FORM], body=b"shopid=999")
    assert answer.status == 200


async def test_a_body_that_is_too_large_is_refused_whatever_else_is_wrong(bench: Bench) -> None:
    for query in (NO_KEY, UNKNOWN, LIMITED):
        answer = await bench.ask(query, method="POST", path="/nothing", body=None)
        assert answer.status == 413
    assert values(answer.headers)[b"x-ratelimit-current"] == b"0"


@pytest.mark.parametrize(
    ("query", "method", "path", "limited"),
    [
        (LIMITED, "GET", PATH, True),
        (LIMITED, "PUT", PATH, True),
        (LIMITED, "GET", "/nothing", True),
        (LIMITED + "&shopid=999", "GET", PATH, True),
        (DENIED, "GET", PATH, True),
        (USED_UP, "GET", PATH, True),
        (FREE, "GET", PATH, False),
        (UNKNOWN, "GET", PATH, False),
        (NO_KEY, "GET", PATH, False),
    ],
)
async def test_every_answer_carries_the_same_headers_and_limits_where_the_key_has_one(
    bench: Bench, query: str, method: str, path: str, limited: bool
) -> None:
    found = values((await bench.ask(query, method=method, path=path, headers=[(b"x-7d-traceid", b"t-1")])).headers)
    assert (found[b"x-7dig"], found[b"access-control-allow-origin"]) == (b"gateway-1", b"*")
    assert found[b"x-7d-traceid"] == b"t-1"
    assert (found.keys() >= LIMIT_HEADERS) is limited


@pytest.mark.parametrize(
    ("query", "method", "path"),
    [
        (LIMITED, "PUT", PATH),
        (LIMITED, "GET", "/nothing"),
        (LIMITED + "&shopid=999", "GET", PATH),
        (LIMITED, "OPTIONS", PATH),
    ],
)
async def test_what_the_checks_refuse_is_not_counted(bench: Bench, query: str, method: str, path: str) -> None:
    await bench.ask(query, method=method, path=path)
    assert values((await bench.ask(LIMITED)).headers)[b"x-ratelimit-current"] == b"1"


async def test_over_the_limit_the_answer_says_when_to_come_back(bench: Bench) -> None:
    found = values((await bench.ask(USED_UP)).headers)
    assert found[b"retry-after"] == found[b"x-ratelimit-reset"]
    assert 0 < int(found[b"retry-after"]) <= 86400
    assert (found[b"x-ratelimit-limit"], found[b"x-ratelimit-current"]) == (b"0", b"0")


async def test_without_the_database_a_limited_key_is_asked_to_come_back_and_is_not_counted(bench: Bench) -> None:
    bench.rows.faults.append(Fault.LOST_BEFORE)
    answer = await bench.ask(LIMITED)
    assert (answer.status, answer.body) == (503, b"Service temporarily unavailable")
    assert values(answer.headers)[b"retry-after"] == b"1"
    assert (await bench.ask(FREE)).status == 200
    assert len(bench.catalogue.asked) == 1


async def test_before_the_clients_are_known_no_key_is_called_unknown(bench: Bench) -> None:
    bench.clients.known = False
    answer = await bench.ask(UNKNOWN)
    assert (answer.status, values(answer.headers)[b"retry-after"]) == (503, b"1")


async def test_an_upstream_that_names_itself_is_the_server_that_answered(bench: Bench) -> None:
    bench.catalogue.answers = Answer(200, [(b"x-7dig", b"london")])
    assert values((await bench.ask(FREE)).headers)[b"x-7dig"] == b"london"


async def test_a_fault_of_the_program_is_an_unexpected_error_without_detail(bench: Bench) -> None:
    bench.catalogue.answers = ZeroDivisionError("secret")
    answer = await bench.ask(LIMITED)
    assert (answer.status, values(answer.headers)[b"x-7dig"]) == (500, b"gateway-1")
    assert b'<error code="9001"><errorMessage>Unexpected server error</errorMessage></error>' in answer.body
    assert b"secret" not in answer.body
    assert values(answer.headers)[b"x-ratelimit-current"] == b"1"


async def test_a_trace_id_too_long_for_a_header_counts_as_absent(bench: Bench) -> None:
    found = await bench.ask(FREE, headers=[(b"x-7d-traceid", b"t" * 1025)])
    assert found.status == 200
    assert b"x-7d-traceid" not in values(found.headers)

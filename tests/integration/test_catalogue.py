"""Catalogue before two peers that say what a test lets them: no answer mixes two moments, none waits beyond its time,
and nothing of what goes wrong inside leaks out."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from msgspec import json

from services.availability.api import describe
from services.catalogue import api
from services.catalogue.internal import region
from shared import http
from shared.digest import canonical
from shared.http import Receive, Scope, Send
from shared.log import JsonLines
from shared.lookup import Row
from shared.question import USAGE_TYPES
from tests.integration.apis import Answered, ask, served
from tests.tracks import FULL, NOW, golden

Moment = tuple[int, int | None]
"""Generation, and the version of the row if there is one."""

PATH = "/1.2/track/details?trackid=12345&usagetypes=download,subscriptionstreaming,adsupportedstreaming"
AT_NOW = {"x-crossfade-now": NOW}


class Peer:
    """Says FULL, at one moment after another; the last is repeated."""

    def __init__(self, row: dict[str, Any]) -> None:
        self._true_row = row
        self.reset()

    def reset(self) -> None:
        self.row = self._true_row
        self.moments: list[Moment] = [(1, 5)]
        self.status = 200
        self.asked: list[dict[str, str]] = []
        self.is_asked = asyncio.Event()
        self.answers = asyncio.Event()
        self.answers.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.asked.append({**headers, "query": scope["query_string"].decode()})
        self.is_asked.set()
        await self.answers.wait()
        await http.answer(send, self.status, [], json.encode(self.next_answer()))

    def next_answer(self) -> dict[str, Any]:
        generation, version = self.moments.pop(0) if len(self.moments) > 1 else self.moments[0]
        rows = [] if version is None else [{**self.row, "id": FULL.id, "version": version}]
        return {"generation": generation, "rows": rows}


@dataclass
class Stage:
    metadata: Peer
    availability: Peer
    url: str

    async def ask(self, headers: dict[str, str] | None = None, path: str = PATH, **more: Any) -> Answered:
        return await ask(self.url + path, {**AT_NOW, **(headers or {})}, **more)


@asynccontextmanager
async def standing(deadline_s: float = 5.0) -> AsyncIterator[Stage]:
    metadata = Peer({"document": FULL.metadata})
    availability = Peer(dict(describe(Row(FULL.id, 5, canonical(FULL.availability)), "GB", USAGE_TYPES, NOW)))
    async with (
        served(metadata) as metadata_url,
        served(availability) as availability_url,
        region(metadata_url, availability_url) as both,
        served(api.application(both, deadline_s)) as url,
    ):
        yield Stage(metadata, availability, url)


@pytest.fixture(scope="module")
async def one_stage() -> AsyncIterator[Stage]:
    async with standing() as stage:
        yield stage


@pytest.fixture
def stage(one_stage: Stage) -> Stage:
    one_stage.metadata.reset()
    one_stage.availability.reset()
    return one_stage


async def test_an_answer_of_one_moment_asks_each_side_once(stage: Stage) -> None:
    answered = await stage.ask()
    assert (answered.status, answered.body) == (200, golden("track_full.xml"))
    assert len(stage.metadata.asked) == len(stage.availability.asked) == 1


async def test_both_sides_are_asked_at_the_same_time(stage: Stage) -> None:
    peers = (stage.metadata, stage.availability)
    for peer in peers:
        peer.answers.clear()
    question = asyncio.create_task(stage.ask())
    async with asyncio.timeout(5):
        await asyncio.gather(*(peer.is_asked.wait() for peer in peers))
    for peer in peers:
        peer.answers.set()
    assert (await question).status == 200


@pytest.mark.parametrize("moments", [[(1, 4), (1, 5)], [(1, 3), (1, 4), (1, 5)], [(0, 9), (1, 5)]])
async def test_the_older_side_is_asked_again_and_the_newer_is_not(stage: Stage, moments: list[Moment]) -> None:
    asked = len(moments)
    stage.availability.moments = moments
    answered = await stage.ask()
    assert (answered.status, answered.headers["x-crossfade-version"]) == (200, "5")
    assert (len(stage.metadata.asked), len(stage.availability.asked)) == (1, asked)


async def test_a_side_that_stays_older_is_asked_again_twice_at_most(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.metadata.moments = [(1, 4)]
    answered = await stage.ask()
    assert (answered.status, answered.body) == (500, golden("error_unexpected.xml"))
    assert (len(stage.metadata.asked), len(stage.availability.asked)) == (3, 1)
    assert "different versions of [12345]" in reasons(caplog)


async def test_a_track_that_comes_in_between_is_answered(stage: Stage) -> None:
    stage.metadata.moments = [(1, None), (1, 5)]
    assert (await stage.ask()).status == 200


async def test_a_track_that_goes_in_between_is_not_found(stage: Stage) -> None:
    stage.metadata.moments = [(1, 5), (1, None)]
    stage.availability.moments = [(1, None)]
    answered = await stage.ask()
    assert (answered.status, answered.body) == (404, golden("error_not_found.xml"))
    assert answered.headers["x-crossfade-version"] == "0"


async def test_a_hop_passes_on_the_instant_the_trace_id_and_less_time(stage: Stage) -> None:
    await stage.ask({"x-7d-traceid": "abc", "x-crossfade-deadline-ms": "1500"})
    for asked in stage.metadata.asked + stage.availability.asked:
        assert asked["x-crossfade-now"] == NOW
        assert asked["x-7d-traceid"] == "abc"
        assert 0 < int(asked["x-crossfade-deadline-ms"]) < 1500


async def test_the_trace_id_is_echoed_on_every_answer(stage: Stage) -> None:
    trace = {"x-7d-traceid": "abc 1"}
    assert (await stage.ask(trace)).headers["x-7d-traceid"] == "abc 1"
    assert (await stage.ask(trace, "/1.2/track/details")).headers["x-7d-traceid"] == "abc 1"
    stage.metadata.status = 500
    assert (await stage.ask(trace)).headers["x-7d-traceid"] == "abc 1"


@pytest.mark.parametrize("format", ["xml", "json"])
async def test_a_peer_that_does_not_answer_in_time_is_7003(stage: Stage, format: str) -> None:
    stage.availability.answers.clear()
    answered = await stage.ask({"accept": f"application/{format}", "x-crossfade-deadline-ms": "100"})
    stage.availability.answers.set()
    assert (answered.status, answered.body) == (504, golden(f"error_timed_out.{format}"))


async def test_the_time_of_an_answer_is_limited_also_when_nobody_says_so() -> None:
    async with standing(deadline_s=0.1) as stage:
        stage.metadata.answers.clear()
        answered = await stage.ask()
        stage.metadata.answers.set()
    assert answered.status == 504


async def test_a_peer_that_ran_out_of_time_itself_is_7003(stage: Stage) -> None:
    stage.metadata.status = 504
    assert (await stage.ask()).body == golden("error_timed_out.xml")


@pytest.mark.parametrize("format", ["xml", "json"])
async def test_a_peer_that_fails_is_9001_and_only_the_log_says_why(
    stage: Stage, caplog: pytest.LogCaptureFixture, format: str
) -> None:
    stage.availability.status = 500
    answered = await stage.ask({"accept": f"application/{format}", "x-7d-traceid": "abc"})
    assert (answered.status, answered.body) == (500, golden(f"error_unexpected.{format}"))
    assert "availability at http://127.0.0.1" in reasons(caplog)
    assert caplog.records[-1].trace_id == "abc"  # type: ignore[attr-defined]


async def test_a_log_has_what_was_asked_and_neither_key_nor_signature(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.availability.status = 504
    secrets = "oauth_consumer_key=SECRET&OAUTH_SIGNATURE=SECRET&%6Fauth_token=SECRET&password=SECRET"
    await stage.ask({"authorization": 'OAuth oauth_consumer_key="SECRET"'}, path=f"{PATH}&{secrets}")
    line = JsonLines("catalogue").format(caplog.records[-1])
    assert '"trackid":"12345"' in line
    assert "SECRET" not in caplog.text + line


async def test_a_peer_that_says_nonsense_is_9001(stage: Stage) -> None:
    stage.metadata.row = {"document": {}}
    assert (await stage.ask()).body == golden("error_unexpected.xml")


async def test_peers_that_are_away_are_9001_at_once() -> None:
    listener = http.bind("127.0.0.1", 0)
    away = f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.close()
    async with region(away, away) as both, served(api.application(both, 60.0)) as url, asyncio.timeout(10):
        answered = await ask(url + PATH, AT_NOW)
    assert (answered.status, answered.body) == (500, golden("error_unexpected.xml"))


async def test_a_success_says_what_it_is_and_how_long_it_may_be_kept(stage: Stage) -> None:
    headers = (await stage.ask({"accept": "application/json"})).headers
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert headers["vary"] == "Accept, Accept-Encoding"
    assert headers["cache-control"] == "private, max-age=30"
    assert headers["x-crossfade-until"] == "2021-05-05T05:05:35Z"
    assert (headers["x-crossfade-generation"], headers["x-crossfade-version"]) == ("1", "5")


async def test_a_refusal_may_not_be_kept_by_customers(stage: Stage) -> None:
    answered = await stage.ask(path="/1.2/track/details?trackid=abc")
    assert answered.headers["vary"] == "Accept, Accept-Encoding"
    assert "cache-control" not in answered.headers


async def test_a_post_with_a_form_body_is_a_get(stage: Stage) -> None:
    answered = await stage.ask(
        {"content-type": "Application/X-WWW-Form-Urlencoded; charset=utf-8"},
        "/1.2/track/details?usagetypes=download,subscriptionstreaming,adsupportedstreaming",
        method="POST",
        data=b"trackid=12345&country=US",
    )
    assert answered.body == golden("track_full.xml")
    assert "territory=GB" in stage.availability.asked[0]["query"]


async def test_a_body_that_is_no_form_is_not_read_as_one(stage: Stage) -> None:
    headers = {"content-type": "application/json"}
    answered = await stage.ask(headers, "/1.2/track/details", method="POST", data=b"trackid=12345")
    assert answered.body == golden("error_missing.xml")


async def test_a_form_of_more_than_64_kib_is_refused(stage: Stage) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answered = await stage.ask(headers, method="POST", data=b"a" * (64 * 1024 + 1))
    assert (answered.status, answered.body) == (413, b"Request body too large")


async def test_head_is_get_without_a_body(stage: Stage) -> None:
    get, head = await stage.ask(), await stage.ask(method="HEAD")
    assert head.body == b""
    assert {**head.headers, "date": ""} == {**get.headers, "date": ""}


async def test_several_accept_headers_are_one(stage: Stage) -> None:
    answered = await stage.ask({"accept": "text/html", "Accept": "application/json"})
    assert answered.headers["content-type"].startswith("application/json")


async def test_the_keys_territory_and_shops_come_in_headers(stage: Stage) -> None:
    headers = {"x-crossfade-territory": "IE", "x-crossfade-shops": "34:GB,55:US"}
    for query, territory in (("", "IE"), ("&country=FR", "FR"), ("&shopid=55", "US"), ("&shopid=34", "GB")):
        await stage.ask(headers, PATH + query)
        assert f"territory={territory}&" in stage.availability.asked[-1]["query"]


async def test_a_shop_that_the_key_does_not_know_is_refused_in_plain_text(stage: Stage) -> None:
    answered = await stage.ask({"accept": "application/json"}, PATH + "&shopid=55")
    assert (answered.status, answered.body) == (401, b"Access to resource denied")
    assert answered.headers["content-type"] == "text/plain; charset=utf-8"


async def test_another_path_is_not_found_in_plain_text(stage: Stage) -> None:
    answered = await stage.ask(path="/1.2/track/nothing")
    assert (answered.status, answered.body) == (404, b"Resource not found")


def reasons(caplog: pytest.LogCaptureFixture) -> str:
    """Why answers failed, as the log says it."""
    assert all(record.levelno >= logging.WARNING for record in caplog.records)
    return " ".join(str(getattr(record, "reason", "")) for record in caplog.records)

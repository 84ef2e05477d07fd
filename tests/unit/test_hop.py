"""What a hop passes on: the same instant, less time, the customer's trace id."""

import asyncio

import pytest

from shared import clock
from shared.hop import Hop, arrive, decode_shops, encode_shops

DEADLINE_S = 2.0


async def left_s(hop: Hop) -> float:
    return hop.ends_at - asyncio.get_running_loop().time()


async def test_a_request_without_headers_is_about_this_moment_and_has_the_services_own_time() -> None:
    before = clock.now()
    hop = arrive({}, DEADLINE_S)
    assert before <= hop.now <= clock.now()
    assert 0 < await left_s(hop) <= DEADLINE_S
    assert hop.trace_id is None


async def test_the_time_left_shrinks_from_hop_to_hop() -> None:
    first = arrive({b"x-crossfade-deadline-ms": b"500"}, DEADLINE_S)
    second = arrive({name.encode(): value.encode() for name, value in first.headers().items()}, DEADLINE_S)
    assert await left_s(second) <= 0.5
    assert second.now == first.now


async def test_a_caller_cannot_ask_for_more_time_than_the_service_gives() -> None:
    assert await left_s(arrive({b"x-crossfade-deadline-ms": b"99999"}, DEADLINE_S)) <= DEADLINE_S


async def test_time_that_has_run_out_is_none() -> None:
    hop = Hop("2020-01-01T00:00:00Z", asyncio.get_running_loop().time() - 1, None)
    assert hop.headers()["x-crossfade-deadline-ms"] == "0"


async def test_the_instant_and_the_trace_id_are_passed_on() -> None:
    headers = {b"x-crossfade-now": b"2020-01-01T00:00:00Z", b"x-7d-traceid": "ä1".encode()}
    passed = arrive(headers, DEADLINE_S).headers()
    assert passed["x-crossfade-now"] == "2020-01-01T00:00:00Z"
    assert passed["x-7d-traceid"] == "ä1"


@pytest.mark.parametrize("value", [b"", b"2020-01-01", b"2020-01-01T00:00:00", b"2020-01-01T00:00:00.5Z", b"now"])
async def test_what_is_no_instant_is_an_error(value: bytes) -> None:
    with pytest.raises(ValueError, match="not an instant"):
        arrive({b"x-crossfade-now": value}, DEADLINE_S)


def test_shops_survive_the_way_to_catalogue() -> None:
    assert encode_shops({34: "GB", 55: "US"}) == b"34:GB,55:US"
    for shops in ({}, {34: "GB"}, {34: "GB", 55: "US"}):
        assert decode_shops(encode_shops(shops)) == shops

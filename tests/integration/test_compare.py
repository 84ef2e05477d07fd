"""`crossfade compare` over real servers: it finds what differs, and takes nothing missing for agreement."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from crossfade.comparison import ask
from crossfade.comparison.difference import Comparison
from crossfade.comparison.main import Request
from crossfade.comparison.questions import Question
from deploy.embedded.ports import free_port
from shared.errors import Unusable
from tests.integration.hearing import listen
from tests.integration.sides import Answer, Asked, Said, Side, serving, title

NOW = "2026-11-24T07:30:00Z"
COMMAND = "from crossfade import compare, main; main.app.command()(compare.compare); main.main()"


@pytest.fixture
async def london() -> AsyncIterator[Side]:
    async with serving(Side()) as side:
        yield side


@pytest.fixture
async def region() -> AsyncIterator[Side]:
    async with serving(Side()) as side:
        yield side


def asking(london: Side, region: Side, *track_ids: int) -> Request:
    return Request(
        origin=london.address,
        region=region.address,
        way="catalogue",
        consumer_key="demo",
        seed=1,
        now=NOW,
        track_ids=track_ids,
        grid="full",
    )


async def run_command(*arguments: str, **variables: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of the command as its own process."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-c", COMMAND, "compare", *arguments),
        env={name: value for name, value in os.environ.items() if not name.startswith("CROSSFADE_")} | variables,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


# --- the command ---


async def test_the_command_exits_0_where_all_agree_and_counts_what_it_compared(london: Side, region: Side) -> None:
    code, out, _ = await run_command(
        *("--origin", london.address, "--tracks", "1-3", "--grid", "one", "--json", "--seed", "5"),
        CROSSFADE_COMPARE_CATALOGUE=region.address,
    )
    summary: dict[str, Any] = json.loads(out)
    assert code == 0
    assert (summary["compared"], summary["tracks"], summary["differences"]) == (6, 3, 0)
    assert (summary["statuses"], summary["seed"]) == ({"200": 6}, 5)


async def test_the_command_exits_1_where_an_answer_differs_and_tells_it(london: Side, region: Side) -> None:
    async def other(asked: Asked) -> Said:
        said = await title(asked)
        return said._replace(body=said.body.replace("At ", "At about ")) if asked.track_id == 2 else said

    region.answer = other
    code, out, _ = await run_command("--origin", london.address, "--region", region.address, "--tracks", "1-3")
    assert code == 1
    assert "track 2: track/title differs" in out
    assert "track 1:" not in out


async def test_the_command_exits_2_where_a_side_cannot_be_reached_and_names_it(london: Side) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    code, out, err = await run_command("--origin", london.address, "--region", nobody, "--tracks", "1")
    assert (code, out) == (2, "")
    assert f"the region at http://{nobody} cannot be reached" in err


async def test_the_command_exits_2_where_londons_database_is_not_said_or_away(london: Side, region: Side) -> None:
    sides = ("--origin", london.address, "--region", region.address)
    code, _, err = await run_command(*sides)
    assert code == 2
    assert "CROSSFADE_LONDON_PORT is missing" in err
    code, _, err = await run_command(*sides, CROSSFADE_LONDON_PORT=str(free_port()), CROSSFADE_LONDON_USER="x")
    assert code == 2
    assert "x@127.0.0.1" in err


# --- what is asked ---


async def test_both_sides_get_the_same_questions_with_the_same_instants(london: Side, region: Side) -> None:
    heard = await listen(asking(london, region, 1, 2))

    def seen(side: Side) -> list[tuple[str, ...]]:
        return sorted(
            (str(asked.parameters), asked.headers["accept"], asked.headers["x-crossfade-now"]) for asked in side.asked
        )

    assert heard.tally.is_proof
    assert len(london.asked) == heard.tally.compared > 40
    assert seen(london) == seen(region)
    assert {asked.parameters["oauth_consumer_key"] for asked in region.asked} == {"demo"}


async def test_only_the_catalogue_is_told_the_keys_territory_and_shops(london: Side, region: Side) -> None:
    await listen(replace(asking(london, region, 1), territory="US", shops="34:GB,55:DE"))
    told = {(asked.headers["x-crossfade-territory"], asked.headers["x-crossfade-shops"]) for asked in region.asked}
    assert told == {("US", "34:GB,55:DE")}
    assert not any("x-crossfade-shops" in asked.headers for asked in london.asked)
    assert {asked.parameters.get("shopId") for asked in london.asked} == {None, "34", "55"}


async def test_the_gateway_is_told_nothing_that_a_customer_cannot_say(london: Side, region: Side) -> None:
    await listen(replace(asking(london, region, 1), way="gateway", territory="US"))
    assert not any(name.startswith("x-crossfade") for side in (london, region) for name in _headers(side))


def _headers(side: Side) -> set[str]:
    return {name for asked in side.asked for name in asked.headers}


async def test_no_more_tracks_are_asked_about_at_once_than_allowed(london: Side, region: Side) -> None:
    three = asyncio.Event()

    async def wait_for_three(asked: Asked) -> Said:
        if london.at_once == 3:
            three.set()
        await three.wait()
        return await title(asked)

    london.answer = wait_for_three
    heard = await listen(replace(asking(london, region, *range(1, 21)), grid="one", at_once=3))
    assert heard.tally.tracks == 20
    assert london.most_at_once == 3


# --- what is found ---


async def test_a_licence_boundary_taken_otherwise_is_found_at_its_instant(london: Side, region: Side) -> None:
    async def early(asked: Asked) -> Said:
        return Said("<response />", 404) if asked.headers["x-crossfade-now"] == NOW else await title(asked)

    region.answer = early
    heard = await listen(replace(asking(london, region, 1), grid="one"))
    assert heard.fields == {(1, "status")}
    assert (heard.tally.differences, heard.tally.is_proof) == (2, False)


@pytest.mark.parametrize("status", [500, 503, 504])
async def test_a_failing_side_is_a_difference_and_so_are_two(london: Side, region: Side, status: int) -> None:
    async def fail(_: Asked) -> Said:
        return Said("<response />", status)

    region.answer = fail
    one = await listen(replace(asking(london, region, 1), grid="one"))
    london.answer = fail
    both = await listen(replace(asking(london, region, 1), grid="one"))
    assert (one.fields, one.tally.compared, one.tally.is_proof) == ({(1, "answer")}, 0, False)
    assert (both.fields, both.tally.compared, both.tally.is_proof) == ({(1, "answer")}, 0, False)


async def test_the_same_refusal_from_both_sides_proves_nothing(london: Side, region: Side) -> None:
    async def refuse(_: Asked) -> Said:
        return Said("Access to resource denied", 401, "text/plain; charset=utf-8")

    london.answer = region.answer = refuse
    heard = await listen(replace(asking(london, region, 1), grid="one"))
    assert (heard.tally.compared, heard.tally.unanswered, heard.tally.is_proof) == (0, 2, False)


async def test_a_side_that_is_too_slow_is_a_difference(london: Side, region: Side) -> None:
    async def never(asked: Asked) -> Said:
        await asyncio.Event().wait()
        return await title(asked)

    region.answer = never
    heard = await listen(replace(asking(london, region, 1), grid="one", timeout_s=0.2))
    assert heard.tally.unanswered == 2
    assert "region says 'no answer within 0.2 s'" in heard.text


async def test_a_side_that_goes_away_leaves_differences_not_silence(london: Side) -> None:
    async with serving(Side()) as region:
        stopped = asyncio.Event()

        async def last(asked: Asked) -> Said:
            stopped.set()
            return await title(asked)

        region.answer = last
        request = replace(asking(london, region, *range(1, 400)), grid="one", timeout_s=2)
        comparing = asyncio.create_task(listen(request))
        await stopped.wait()
    heard = await comparing
    assert heard.tally.compared + heard.tally.unanswered == 2 * 399
    assert heard.tally.unanswered > 0


async def test_a_side_that_is_away_at_the_start_is_named(london: Side) -> None:
    nobody = Side(address=f"http://127.0.0.1:{free_port()}")
    for request in (asking(london, nobody, 1), asking(nobody, london, 1)):
        with pytest.raises(Unusable, match=nobody.address):
            await listen(request)


async def test_without_tracks_nothing_is_compared_which_is_a_failure(london: Side, region: Side) -> None:
    heard = await listen(asking(london, region))
    assert not heard.tally.is_proof
    assert "Nothing was compared" in heard.text


# --- the sides' own clocks ---

ONCE = Question(1, "xml", None)


async def compare_with_clock(london: Side, region: Side, *instants: str) -> Comparison:
    """One question without an instant, where the clock says these one after the other."""
    clock = iter(instants)
    async with aiohttp.ClientSession() as session:
        sides = (ask.Side("London", london.address, "demo"), ask.Side("the region", region.address, "demo"))
        return await ask.Both(session, *sides, timeout_s=5, now=lambda: next(clock)).compare(ONCE)


def differ(times: int) -> Answer:
    """Another answer than London's, that many times."""
    left = iter(range(times))

    async def answer(asked: Asked) -> Said:
        return Said("<response />") if next(left, None) is not None else await title(asked)

    return answer


async def test_answers_of_two_seconds_that_differ_are_asked_for_again(london: Side, region: Side) -> None:
    region.answer = differ(times=2)
    comparison = await compare_with_clock(london, region, "01", "02", "02", "03", "03", "04")
    assert comparison.agrees()
    assert len(london.asked) == len(region.asked) == 3


async def test_answers_of_one_second_that_differ_are_a_difference(london: Side, region: Side) -> None:
    region.answer = differ(times=1)
    comparison = await compare_with_clock(london, region, "01", "01")
    assert comparison.verdict == "different"
    assert len(region.asked) == 1


async def test_answers_that_go_on_differing_are_a_difference(london: Side, region: Side) -> None:
    region.answer = differ(times=1000)
    comparison = await compare_with_clock(london, region, *map(str, range(100)))
    assert comparison.verdict == "different"


async def test_answers_about_a_given_instant_are_never_asked_for_again(london: Side, region: Side) -> None:
    region.answer = differ(times=1)
    heard = await listen(replace(asking(london, region, 1), grid="one"))
    assert (heard.tally.differences, len(region.asked)) == (1, 2)

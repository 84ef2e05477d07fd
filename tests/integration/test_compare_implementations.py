"""Both readings of the contract agree on all that is asked, and no bound of time in either can move unseen."""

from __future__ import annotations

import ast
import inspect
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from types import CodeType, FunctionType, ModuleType
from typing import NamedTuple

import aiohttp
import pytest

import demo.origin.rules
import services.availability.rules
from crossfade.comparison.main import Request
from demo.generate import Catalogue
from shared import mysql
from shared.mysql import ServerSettings
from tests.integration.hearing import listen
from tests.integration.implementations import Addresses, Databases, make_databases, serving_both
from tests.servers import Database

NOW = "2026-07-01T12:00:00Z"
DURING = "2021-01-01T00:00:00Z"
SOLD, STREAMED = 900_001, 900_002
"""Two tracks with the same download licence, which covers DURING and not NOW; one can be streamed from 2000 on."""

NEVER, OPEN, ROLLED, PARTIAL = 900_011, 900_012, 900_013, 900_014
"""Tracks with licences from and until what a lax sql_mode holds as dates."""

STARTS_AND_ENDS = {"2020-03-29T01:30:00Z", "2025-10-26T01:30:00Z", "2000-01-01T00:00:00Z"}

ROWS = (
    """INSERT INTO `release` (release_id, title, type, artist_id, slug)
       VALUES (900001, 'On the minute', 'Album', 1, 'on-the-minute')""",
    """INSERT INTO track (track_id, release_id, title, type, number, artist_id)
       VALUES (900001, 900001, 'Sold', 'audio', 1, 1), (900002, 900001, 'Streamed', 'audio', 2, 1)""",
    """INSERT INTO licence (track_id, usage_type, territory, valid_from, valid_until)
       VALUES (900001, 'download', 'GB', '2020-03-29 01:30:00', '2025-10-26 01:30:00'),
              (900002, 'download', 'GB', '2020-03-29 01:30:00', '2025-10-26 01:30:00'),
              (900002, 'subscriptionstreaming', 'GB', '2000-01-01 00:00:00', NULL)""",
    "INSERT INTO track_format VALUES (900001, 2, 17), (900002, 2, 17)",
    "SET SESSION sql_mode = 'ALLOW_INVALID_DATES'",
    """INSERT INTO track (track_id, release_id, title, type, number, artist_id)
       VALUES (900011, 900001, 'Never', 'audio', 3, 1), (900012, 900001, 'Open', 'audio', 4, 1),
              (900013, 900001, 'Rolled', 'audio', 5, 1), (900014, 900001, 'Partial', 'audio', 6, 1)""",
    """INSERT INTO licence (track_id, usage_type, territory, valid_from, valid_until)
       VALUES (900011, 'download', 'GB', '0000-00-00 00:00:00', NULL),
              (900011, 'preview', 'GB', '0000-00-00 00:00:00', '0000-00-00 00:00:00'),
              (900012, 'download', 'GB', '2020-01-01 00:00:00', '0000-00-00 00:00:00'),
              (900013, 'download', 'GB', '2021-02-29 18:00:00', '2021-05-00 00:00:00'),
              (900014, 'download', 'GB', '2020-00-00 00:00:00', '2020-06-31 00:00:00')""",
)


@pytest.fixture(scope="module")
async def databases(london_server: Database, region_server: Database) -> Databases:
    return await make_databases(london_server.root, region_server.root, "compared", Catalogue(6), *ROWS)


@pytest.fixture(scope="module")
async def addresses(databases: Databases) -> AsyncIterator[Addresses]:
    async with serving_both(databases) as found:
        yield found


@pytest.fixture
def two_tracks(databases: Databases, addresses: Addresses) -> Request:
    """Everything about the two tracks above."""
    return Request(
        origin=addresses.origin,
        region=addresses.catalogue,
        way="catalogue",
        consumer_key="demo",
        seed=1,
        now=NOW,
        track_ids=(SOLD, STREAMED),
        grid="full",
        london=databases.london,
        regions_database=databases.region,
    )


# --- agreement ---


async def test_both_agree_on_everything_about_two_tracks_at_the_ends_of_their_licences(two_tracks: Request) -> None:
    heard = await listen(two_tracks)
    assert heard.found == [], heard.text
    assert heard.tally.tracks == 2
    assert {200, 404} <= heard.tally.statuses.keys()


async def test_both_agree_on_every_track_of_a_generated_catalogue(two_tracks: Request, databases: Databases) -> None:
    heard = await listen(replace(two_tracks, track_ids=None, grid="one"))
    assert heard.found == [], heard.text
    assert heard.tally.tracks == await count_tracks(databases)
    assert heard.tally.statuses[200] > heard.tally.statuses[404]


@pytest.mark.parametrize("seed", [1, 2])
async def test_both_agree_on_random_questions(two_tracks: Request, seed: int) -> None:
    heard = await listen(replace(two_tracks, track_ids=None, grid="random", sample=500, seed=seed))
    assert heard.found == [], heard.text
    assert heard.tally.compared == 500
    assert {200, 400, 404} <= heard.tally.statuses.keys()


# --- dates that are none ---


async def test_both_agree_on_licences_of_zero_and_impossible_dates(two_tracks: Request) -> None:
    heard = await listen(replace(two_tracks, track_ids=(NEVER, OPEN, ROLLED, PARTIAL)))
    assert heard.found == [], heard.text
    assert heard.tally.tracks == 4


@pytest.mark.parametrize(
    ("track_id", "now", "said"),
    [
        (NEVER, NOW, "Track not found"),
        (OPEN, "2020-01-01T00:00:00Z", "<releaseDate>2020-01-01T00:00:00Z"),
        (OPEN, "9999-12-31T23:59:59Z", "<releaseDate>2020-01-01T00:00:00Z"),
        (ROLLED, "2021-02-28T23:59:59Z", "Track not available for download"),
        (ROLLED, "2021-03-01T00:00:00Z", "<releaseDate>2021-03-01T00:00:00Z"),
        (ROLLED, "2021-04-30T23:59:59Z", "<releaseDate>2021-03-01T00:00:00Z"),
        (ROLLED, "2021-05-01T00:00:00Z", "Track not available for download"),
        (PARTIAL, "2019-12-31T23:59:59Z", "Track not available for download"),
        (PARTIAL, "2020-06-30T23:59:59Z", "<releaseDate>2020-01-01T00:00:00Z"),
        (PARTIAL, "2020-07-01T00:00:00Z", "Track not available for download"),
    ],
)
async def test_a_zero_date_is_missing_and_an_impossible_one_is_the_next_that_there_is(
    addresses: Addresses, track_id: int, now: str, said: str
) -> None:
    target = f"/1.2/track/details?trackid={track_id}&oauth_consumer_key=demo"
    async with aiohttp.ClientSession(headers={"x-crossfade-now": now}) as session:
        for address in addresses:
            async with session.get(address + target) as response:
                assert said in await response.text(), address


# --- a changed comparison ---

OTHER_STRICTNESS = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}


class Mutant(NamedTuple):
    """A function with one comparison made strict, or no longer strict; `change` says which."""

    function: FunctionType
    code: CodeType
    change: str


def mutants(module: ModuleType) -> Iterator[Mutant]:
    """One for each comparison of order in each of the module's functions."""
    for function in vars(module).values():
        if inspect.isfunction(function) and function.__module__ == module.__name__:
            for index in range(len(comparisons(tree_of(function)))):
                yield mutate(function, index)


def mutate(function: FunctionType, index: int) -> Mutant:
    tree = tree_of(function)
    comparison = comparisons(tree)[index]
    before = ast.unparse(comparison)
    comparison.ops = [OTHER_STRICTNESS[type(comparison.ops[0])]()]
    names = dict(function.__globals__)
    exec(compile(ast.fix_missing_locations(tree), function.__module__, "exec"), names)
    change = f"{function.__module__}: {before} becomes {ast.unparse(comparison)}"
    return Mutant(function, names[function.__name__].__code__, change)


def comparisons(tree: ast.Module) -> list[ast.Compare]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Compare) and type(node.ops[0]) in OTHER_STRICTNESS]


def tree_of(function: FunctionType) -> ast.Module:
    return ast.parse(inspect.getsource(function))


MUTANTS = [*mutants(demo.origin.rules), *mutants(services.availability.rules)]


@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.change for mutant in MUTANTS])
async def test_a_changed_comparison_in_either_is_found_at_the_second_where_it_matters(
    two_tracks: Request, monkeypatch: pytest.MonkeyPatch, mutant: Mutant
) -> None:
    monkeypatch.setattr(mutant.function, "__code__", mutant.code)
    heard = await listen(two_tracks)
    assert {one.question.now for one in heard.found} <= STARTS_AND_ENDS
    if mutant.function.__name__ == "covers":
        assert {(SOLD, "status"), (STREAMED, "status"), (STREAMED, "track/download")} <= heard.fields
    else:
        assert heard.fields == {(SOLD, "cache-control: max-age"), (STREAMED, "cache-control: max-age")}


def test_every_bound_of_a_licence_is_changed_in_both() -> None:
    changed = [mutant.function.__module__ for mutant in MUTANTS if mutant.function.__name__ == "covers"]
    assert changed == ["demo.origin.rules"] * 2 + ["services.availability.rules"] * 2


# --- what the databases say ---

ONLY_IN_THE_REGION = 900_003
LEFT_OVER = (
    "INSERT INTO track_metadata SELECT 900003, album_id, version, document FROM track_metadata WHERE track_id = 900001",
    "INSERT INTO track_availability SELECT 900003, album_id, version, document FROM track_availability"
    " WHERE track_id = 900001",
)
TAKEN_AWAY = (
    "DELETE FROM track_metadata WHERE track_id = 900003",
    "DELETE FROM track_availability WHERE track_id = 900003",
)


@pytest.fixture
async def left_over(databases: Databases) -> AsyncIterator[None]:
    """A track in the region that London does not have."""
    await run(databases.region, *LEFT_OVER)
    yield
    await run(databases.region, *TAKEN_AWAY)


@pytest.mark.usefixtures("left_over")
async def test_a_track_that_only_the_region_has_is_asked_about_where_it_is_licensed(two_tracks: Request) -> None:
    heard = await listen(replace(two_tracks, track_ids=None, grid="one", now=DURING))
    assert heard.fields == {(ONLY_IN_THE_REGION, "status")}
    assert {one.question.parameters[0] for one in heard.found} == {("country", "GB")}


async def test_the_default_territory_and_the_shops_are_those_of_the_key(two_tracks: Request) -> None:
    of_partner = replace(two_tracks, consumer_key="partner-us", now=DURING)
    heard = await listen(of_partner)
    assert heard.found == [], heard.text
    told_otherwise = await listen(replace(of_partner, territory="GB"))
    assert told_otherwise.fields >= {(SOLD, "status")}


async def run(server: ServerSettings, *statements: str) -> None:
    async with mysql.connection(server) as connection:
        for statement in statements:
            await connection.query(statement)


async def count_tracks(databases: Databases) -> int:
    async with mysql.connection(databases.london) as connection:
        [(count,)] = await mysql.rows(connection, "SELECT COUNT(*) FROM track")
        return int(count)

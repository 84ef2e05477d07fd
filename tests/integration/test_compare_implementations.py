"""Both readings of the contract agree on all that is asked, and no bound of time in either can move unseen."""

from __future__ import annotations

import ast
import inspect
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from types import CodeType, FunctionType, ModuleType
from typing import NamedTuple

import pytest

import demo.origin.rules
import services.availability.rules
from crossfade.comparison.main import Request
from demo.generate import Catalogue
from deploy.embedded.mariadb import MariaDBServer
from shared import mysql
from shared.mysql import ServerSettings
from tests.integration.hearing import listen
from tests.integration.implementations import Addresses, Databases, make_databases, serving_both

NOW = "2026-07-01T12:00:00Z"
DURING = "2021-01-01T00:00:00Z"
SOLD, STREAMED = 900_001, 900_002
"""Two tracks with the same download licence, which covers DURING and not NOW; one can be streamed from 2000 on."""

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
)


@pytest.fixture(scope="module")
async def databases(london_server: MariaDBServer, region_server: MariaDBServer) -> Databases:
    return await make_databases(london_server.root, region_server.root, "compared", Catalogue(6), *ROWS)


@pytest.fixture(scope="module")
async def addresses(databases: Databases) -> AsyncIterator[Addresses]:
    async with serving_both(databases) as found:
        yield found


@pytest.fixture
def two_tracks(databases: Databases, addresses: Addresses, monkeypatch: pytest.MonkeyPatch) -> Request:
    """Everything about the two tracks above."""
    for name, value in databases.variables().items():
        monkeypatch.setenv(name, value)
    return Request(
        origin=addresses.origin,
        region=addresses.catalogue,
        way="catalogue",
        consumer_key="demo",
        seed=1,
        now=NOW,
        track_ids=(SOLD, STREAMED),
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

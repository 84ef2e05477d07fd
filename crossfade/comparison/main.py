"""Wires a comparison: the databases, the key, the plan, the two sides, and who is told."""

import random
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from itertools import filterfalse
from typing import Literal

from crossfade.comparison import databases, report
from crossfade.comparison.ask import Side, asking
from crossfade.comparison.databases import London, Region
from crossfade.comparison.difference import Comparison
from crossfade.comparison.key import Key, read_key
from crossfade.comparison.output import Output
from crossfade.comparison.questions import Grid, Plan
from crossfade.comparison.run import Tally, compare_all
from crossfade.comparison.tracks import Draws, GivenTracks, TrackIds, drawn_tracks, every_track, subjects
from shared.settings import LondonSettings, RegionSettings

Way = Literal["catalogue", "gateway"]
Known = tuple[London | None, Region | None]


@dataclass(frozen=True, slots=True)
class Request:
    """What to compare. `origin` and `region` are addresses, and `way` is which service stands at the region's.
    `track_ids` None is every track that `london` or `regions_database` has; the random grid asks `sample` questions in
    all. `territory` and `shops` are the key's; None leaves them to the region's database."""

    origin: str
    region: str
    way: Way
    consumer_key: str
    seed: int
    now: str
    track_ids: Sequence[int] | None = None
    london: LondonSettings | None = None
    regions_database: RegionSettings | None = None
    grid: Grid = "one"
    sample: int = 0
    territory: str | None = None
    shops: str | None = None
    at_once: int = 16
    timeout_s: float = 10.0


async def compare(request: Request, output: Output) -> Tally:
    """Asks both sides everything, tells each difference as it is found, and in the end what was compared.

    Raises Unusable when a side cannot be reached, and what `shared.mysql` raises.
    """
    async with _databases(request, output) as (london, region):
        known = [place for place in (london, region) if place]
        places = known if request.track_ids is None else [GivenTracks(request.track_ids)]
        key = await _key(request, region)
        plan = _plan(request, key)
        output.note(f"London at {request.origin}, the region's {request.way} at {request.region}")
        async with asking(*_sides(request, key), timeout_s=request.timeout_s) as both:
            asked = subjects(_draws(request, places), known)
            tally = await _tell(compare_all(asked, plan, both, request.at_once), await _greatest(places), output)
    output.conclusion(tally, plan)
    return tally


async def _tell(found: AsyncGenerator[list[Comparison], None], greatest: int, output: Output) -> Tally:
    """Tells what is found; ids ascend towards `greatest`, which says how far it is."""
    tally = Tally()
    with output.progress(greatest) as show:
        async with aclosing(found):
            async for comparisons in found:
                tally.add(comparisons)
                for comparison in filterfalse(Comparison.agrees, comparisons):
                    output.difference(comparison)
                show(comparisons[0].question.track_id, report.progress(tally))
    return tally


@asynccontextmanager
async def _databases(request: Request, output: Output) -> AsyncIterator[Known]:
    """Those that are named."""
    if request.track_ids is None and request.regions_database is None:
        output.note("Without CROSSFADE_REGION_*, tracks that only the region has are not asked about.")
    async with AsyncExitStack() as stack:
        london = await stack.enter_async_context(databases.london(request.london)) if request.london else None
        region = (
            await stack.enter_async_context(databases.region(request.regions_database))
            if request.regions_database
            else None
        )
        yield london, region


async def _key(request: Request, region: Region | None) -> Key:
    client = await region.client(request.consumer_key) if region else None
    return read_key(request.consumer_key, client, request.territory, request.shops)


def _plan(request: Request, key: Key) -> Plan:
    return Plan(
        grid=request.grid,
        seed=request.seed,
        now=request.now,
        shops=key.shop_ids,
        own_clocks=request.way == "gateway",
    )


def _sides(request: Request, key: Key) -> tuple[Side, Side]:
    """The gateway finds out itself what the catalogue has to be told of the key."""
    told = key.headers() if request.way == "catalogue" else {}
    london = Side("London", request.origin, request.consumer_key)
    return london, Side("the region", request.region, request.consumer_key, told)


def _draws(request: Request, places: Sequence[TrackIds]) -> AsyncIterator[Draws]:
    if request.grid == "random":
        return drawn_tracks(places, request.sample, random.Random(request.seed))
    return every_track(places)


async def _greatest(places: Sequence[TrackIds]) -> int:
    return max([await place.greatest() for place in places])

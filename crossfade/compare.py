"""`crossfade compare`."""

import random
from typing import Annotated, Literal

import typer
import uvloop

from crossfade.comparison import main
from crossfade.comparison.arguments import read_address, read_database, read_instant, read_tracks
from crossfade.comparison.here import look_here
from crossfade.comparison.main import Request, Way
from crossfade.comparison.output import json_output, text_output
from crossfade.comparison.settings import ComparisonSettings
from deploy.supervisor.folder import Folder
from shared import clock
from shared.settings import LondonSettings, RegionSettings, load

Origin = Annotated[
    str, typer.Option(help="Address of the London origin; CROSSFADE_COMPARE_ORIGIN by default, else the one here.")
]
Region = Annotated[
    str,
    typer.Option(
        help="Address of the region's catalogue service, or of its gateway with --through-gateway;"
        " CROSSFADE_COMPARE_CATALOGUE and CROSSFADE_COMPARE_GATEWAY by default, else the ones here."
    ),
]
ThroughGateway = Annotated[
    bool,
    typer.Option(
        "--through-gateway",
        help="Ask the gateway, as customers do. It takes the time itself, so no other instant is asked about.",
    ),
]
Key = Annotated[str, typer.Option(help="Consumer key to ask as; CROSSFADE_COMPARE_KEY by default.")]
Territory = Annotated[
    str | None, typer.Option(help="The key's default territory; what the region's database says by default.")
]
Shops = Annotated[
    str | None, typer.Option(help="The key's shops, as 34:GB,55:US; what the region's database says by default.")
]
Tracks = Annotated[
    str | None,
    typer.Option(
        help="Ask about these tracks: ids and ranges, as 1,2,5-9; by default every one that London or the region has."
    ),
]
Grid = Annotated[
    Literal["one", "full"],
    typer.Option(help="Questions a track: one in XML and in JSON, or all that the contract tells apart."),
]
Sample = Annotated[int, typer.Option(min=0, help="Ask this many random questions instead of the grid.")]
Seed = Annotated[int | None, typer.Option(help="Seed of what is random; printed, and random itself by default.")]
Now = Annotated[str | None, typer.Option(help="Instant to ask about, as 2026-11-24T07:30:00Z; this one by default.")]
AtOnce = Annotated[int, typer.Option(min=1, max=256, help="Tracks asked about at the same time.")]
Timeout = Annotated[float, typer.Option("--timeout", min=0.1, help="Seconds to wait for an answer.")]
Full = Annotated[bool, typer.Option("--full", help="Show answers of any length.")]
Json = Annotated[bool, typer.Option("--json", help="Write a JSON object a line: each difference, then the summary.")]


def compare(
    *,
    origin: Origin = "",
    region: Region = "",
    through_gateway: ThroughGateway = False,
    key: Key = "",
    territory: Territory = None,
    shops: Shops = None,
    tracks: Tracks = None,
    grid: Grid = "one",
    sample: Sample = 0,
    seed: Seed = None,
    now: Now = None,
    at_once: AtOnce = 16,
    timeout_s: Timeout = 10.0,
    full: Full = False,
    json: Json = False,
) -> None:
    """Ask London and the region the same, and tell what differs.

    Where `crossfade up` or a demo runs in the current directory, both sides and their databases are found there; what
    options and settings say comes first.

    The exit code is 0 when something was compared and all of it agrees byte for byte, 1 when answers differ or are
    missing or nothing was compared, 2 when a side cannot be reached or something required is not given.
    """
    way: Way = "gateway" if through_gateway else "catalogue"
    here = look_here(Folder.here())
    settings = here.complete(load(ComparisonSettings))
    track_ids = read_tracks(tracks)
    request = Request(
        origin=read_address(origin, settings, "origin"),
        region=read_address(region, settings, way),
        way=way,
        consumer_key=key or settings.key,
        territory=territory,
        shops=shops,
        track_ids=track_ids,
        london=read_database(LondonSettings, here.london, is_needed=track_ids is None),
        regions_database=read_database(RegionSettings, here.region),
        grid="random" if sample else grid,
        sample=sample,
        seed=random.getrandbits(32) if seed is None else seed,
        now=read_instant(now) if now else clock.now(),
        at_once=at_once,
        timeout_s=timeout_s,
    )
    tally = uvloop.run(main.compare(request, json_output() if json else text_output(is_full=full)))
    raise typer.Exit(0 if tally.is_proof else 1)

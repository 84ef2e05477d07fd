"""`crossfade bench`: what README and docs claim about speed, measured on this machine."""

from typing import Annotated, Final

import typer
import uvloop

from bench import latency as latencies
from bench import snapshot as snapshots
from shared import lifecycle, log

bench: Final = typer.Typer(help="Measure Crossfade beside other ways to do the same.")

Albums = Annotated[int, typer.Option(min=1, help="Albums in London, of about 78 rows each.")]
Rounds = Annotated[int, typer.Option(min=1, help="How often each side is measured; medians count.")]
Changes = Annotated[int, typer.Option(min=1, help="Price changes, one at a time.")]
Renames = Annotated[int, typer.Option(min=0, help="How often an artist of all albums is renamed before one more.")]
Json = Annotated[bool, typer.Option("--json", help="Write one JSON object.")]


@bench.callback()
def group() -> None:
    """Measure Crossfade beside other ways to do the same."""


@bench.command()
def snapshot(albums: Albums = 5000, rounds: Rounds = 3, json: Json = False) -> None:
    """London into an empty region, beside mariadb-dump | mariadb.

    Both copy the same London, Crossfade with everything on. The content is compared by digest.

    The exit code is 0 when all of it arrived, whatever the speed; 1 when not; 2 when the peer or something else
    required is missing.
    """
    log.configure("bench", "WARNING")
    lifecycle.spare_documents()
    request = snapshots.Request(albums=albums, rounds=rounds)
    report = uvloop.run(snapshots.bench(request, lambda sentence: typer.echo(sentence, err=True)))
    typer.echo(report.as_json() if json else report.as_text())
    raise typer.Exit(report.exit_code)


@bench.command()
def latency(changes: Changes = 1000, renames: Renames = 10, albums: Albums = 5000, json: Json = False) -> None:
    """From COMMIT in London until the gateway shows the change.

    On all that `crossfade up` runs, in a folder of its own. Behind a rename of an artist whom all albums have, single
    changes are measured again.

    The exit code is 0 when each change was shown as it was made, whatever the speed; 1 when not; 2 when something
    required is missing.
    """
    log.configure("bench", "WARNING")
    request = latencies.Request(changes=changes, renames=renames, albums=albums)
    report = latencies.bench(request, lambda sentence: typer.echo(sentence, err=True))
    typer.echo(report.as_json() if json else report.as_text())
    raise typer.Exit(report.exit_code)

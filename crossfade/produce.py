"""`crossfade produce` and its parts: London into the log."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import Annotated

import typer
import uvloop
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from services.producer import main as producer
from services.producer import snapshot as snapshots
from services.producer.progress import SnapshotState
from shared import lifecycle, log

app = typer.Typer(help="Publish London's catalogue into the region's log.", invoke_without_command=True)

AlbumId = Annotated[int, typer.Argument(min=1, max=2**63 - 1, help="London's id of the album.")]

NewEpoch = Annotated[
    bool,
    typer.Option("--new-epoch", help="London was reset or restored: begin a new history, once no producer follows."),
]

Report = Callable[[snapshots.Progress], None]


@app.callback()
def produce(context: typer.Context) -> None:
    """Take a snapshot if the region has none, and follow London's changes. This is how it runs in production."""
    if context.invoked_subcommand is None:
        lifecycle.run("producer", producer.main)


@app.command()
def album(album_id: AlbumId) -> None:
    """Publish one album as it is now, or its deletion.

    Its deletion is published where London has no album of that id.
    """
    version = uvloop.run(_album(album_id))
    typer.echo(f"album {album_id} is in the log at version {version}")


@app.command()
def snapshot(new_epoch: NewEpoch = False) -> None:
    """Publish the whole catalogue.

    A snapshot that is under way is gone on with, together with other processes.
    """
    log.configure("producer", "WARNING" if sys.stderr.isatty() else "INFO")
    with _progress() as report:
        done, seconds = uvloop.run(_snapshot(report, new_epoch))
    typer.echo(f"{done.documents} documents of London are in the log ({seconds:.1f} s)")


@app.command()
def follow() -> None:
    """Follow London's changes, without the region's first snapshot."""
    lifecycle.run("producer", producer.follow)


async def _album(album_id: int) -> int:
    async with producer.producing() as process:
        return await process.album(album_id)


async def _snapshot(report: Report, new_epoch: bool) -> tuple[SnapshotState, float]:
    started = time.monotonic()
    async with producer.producing() as process:
        if new_epoch:
            await process.new_epoch()
        return await process.snapshot(report), time.monotonic() - started


@contextlib.contextmanager
def _progress() -> Iterator[Report]:
    """A bar on a terminal, log lines elsewhere."""
    if not sys.stderr.isatty():
        yield producer.log_progress
        return
    columns = (
        TextColumn("snapshot"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f} documents"),
        TextColumn("{task.fields[rate]:.0f}/s"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=None, rate=0)
        started = time.monotonic()

        def report(progress: snapshots.Progress) -> None:
            # Ranges are of one size each, so their share is that of the documents.
            done = progress.documents * progress.ranges_done / max(progress.ranges, 1)
            rate = done / max(time.monotonic() - started, 0.001)
            bar.update(task, total=progress.documents, completed=done, rate=rate)

        yield report

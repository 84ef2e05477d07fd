"""`crossfade status`."""

import asyncio
from typing import Annotated

import typer

from deploy.supervisor.folder import Folder
from deploy.supervisor.report import report
from deploy.supervisor.status import read_status

Json = Annotated[bool, typer.Option("--json", help="For programs.")]


def status(json: Json = False) -> None:
    """Show what runs, its health, and how far the region is behind.

    Every process with its port, the snapshot, London's position, and the lag in albums and seconds.

    The exit code is 0 when all is well, else 1.
    """
    now = asyncio.run(read_status(Folder.here()))
    typer.echo(now.model_dump_json(indent=2) if json else "\n".join(report(now)))
    raise typer.Exit(0 if now.well else 1)

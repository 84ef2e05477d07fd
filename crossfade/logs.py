"""`crossfade logs`."""

from typing import Annotated

import typer

from deploy.supervisor.folder import Folder
from deploy.supervisor.logs import find, follow, tail

Service = Annotated[str | None, typer.Argument(help="One program, as `crossfade status` names it; else all.")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is written from now on.")]
Lines = Annotated[int, typer.Option("--lines", "-n", min=0, help="How many of the last lines to show.")]


def logs(service: Service = None, on: Follow = False, lines: Lines = 20) -> None:
    """Show the last lines that a program wrote, or each of them."""
    files = find(Folder.here().logs, service)
    for file in files:
        for line in tail(file, lines):
            show(file.stem, line, len(files) > 1)
    if on:
        for file, line in follow(files):
            show(file.stem, line, len(files) > 1)


def show(program: str, line: str, named: bool) -> None:
    typer.echo(f"{program} | {line}" if named else line)

"""`crossfade up` and `crossfade down`."""

import asyncio
import os
from typing import Annotated

import typer

from deploy.supervisor import control
from deploy.supervisor.folder import Folder
from deploy.supervisor.london import is_filled
from deploy.supervisor.news import where
from deploy.supervisor.servers import embedded_names, fetch
from deploy.supervisor.state import State
from deploy.variables import require_valid

Albums = Annotated[int | None, typer.Option(min=0, help="Albums to generate into a new embedded London; else 2000.")]
Foreground = Annotated[bool, typer.Option("--foreground", help="Stay, tell what changes, stop everything on Ctrl-C.")]
Wipe = Annotated[bool, typer.Option("--wipe", help="Delete .crossfade/ with all data afterwards.")]


def up(albums: Albums = None, foreground: Foreground = False) -> None:
    """Start everything on this machine, in the background.

    Data, passwords and logs are below .crossfade/ in the current directory. Servers that the settings do not name
    (CROSSFADE_KAFKA_*, _LONDON_*, _REGION_*) are embedded ones.
    """
    require_valid()
    folder, environment = Folder.here(), dict(os.environ)
    if albums is not None:
        environment["CROSSFADE_UP_ALBUMS"] = str(albums)
        if is_filled(folder):
            typer.echo("London has its catalogue already: --albums counts for a new one (crossfade down --wipe).")
    fetch(embedded_names(environment))
    if foreground:
        control.stay_up(folder, environment, typer.echo, tell_where)
    else:
        tell_where(control.up(folder, environment, typer.echo))


def down(wipe: Wipe = False) -> None:
    """Stop everything that `crossfade up` started here."""
    folder = Folder.here()
    if wipe:
        folder.require_idle_below()
    stopped = asyncio.run(control.down(folder, typer.echo))
    typer.echo("Crossfade is down." if stopped else "Nothing ran here.")
    if wipe:
        folder.wipe()
        typer.echo(f"{folder.path} is deleted.")


def tell_where(state: State) -> None:
    for line in where(state):
        typer.echo(line)

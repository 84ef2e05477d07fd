"""`crossfade demo`."""

from pathlib import Path
from typing import Annotated

import typer

from demo.show.main import Request, show

Albums = Annotated[int, typer.Option(min=20, help="Albums to generate into London.")]
Feeds = Annotated[
    Path | None, typer.Option(help="Folder of feed files in the 7digital format, to fill London from instead.")
]
Once = Annotated[bool, typer.Option("--once", help="End after the last step; else everything runs until Ctrl-C.")]


def demo(albums: Albums = 500, feeds: Feeds = None, once: Once = False) -> None:
    """Show it all in a minute, on real servers on this machine.

    A London, a region that follows it, and the same answers from both. Everything runs below .crossfade/demo/ in the
    current directory, and is deleted afterwards.

    The exit code is 0 when every step held, 1 when one did not, 2 when something required is missing.
    """
    raise typer.Exit(show(Request(albums, feeds, once)))

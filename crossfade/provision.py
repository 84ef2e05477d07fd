"""`crossfade provision`."""

import asyncio
import os
from typing import Annotated

import typer

from deploy.provision.main import Part, named_parts, script
from deploy.provision.main import provision as provide
from deploy.supervisor.folder import Folder

Parts = Annotated[list[Part] | None, typer.Argument(help="What to make; else what is for the servers in the settings.")]
Print = Annotated[bool, typer.Option("--print", help="Print the statements, with places for passwords; ask no server.")]


def provision(parts: Parts = None, show: Print = False) -> None:
    """Make topics, schema and accounts on servers of your own.

    Each account has the rights that its process needs and no more. It may be repeated.

    It works as the accounts that CROSSFADE_REGION_USER and CROSSFADE_LONDON_USER name, which must be allowed to. The
    passwords of the accounts that it makes are kept in .crossfade/secrets/, where `crossfade up` finds them.
    """
    folder = Folder.here()
    if show:
        for part in parts or Part:
            typer.echo(script(part))
        return
    for part in parts or named_parts(os.environ):
        typer.echo(asyncio.run(provide(part, folder)))

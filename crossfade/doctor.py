"""`crossfade doctor`."""

import asyncio
import os

import typer

from deploy.doctor import examine
from deploy.supervisor.folder import Folder


def doctor() -> None:
    """Say what this machine lacks, and what to do about it.

    The exit code is 0 when all is well, else 2.
    """
    findings = asyncio.run(examine(Folder.here(), os.environ))
    for name, found, advice in findings:
        typer.echo(f"{'!!' if advice else 'ok'}  {name}: {found}{f'. {advice}' if advice else ''}")
    raise typer.Exit(2 if any(finding.advice for finding in findings) else 0)

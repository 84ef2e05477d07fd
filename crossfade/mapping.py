"""`crossfade mapping`."""

from pathlib import Path
from typing import Annotated, Final

import orjson
import typer
import uvloop
from rich.console import Console

from services.producer.mapping_check import Report, check
from shared.errors import Retry, Unusable
from shared.settings import LondonSettings, load
from shared.wire import DocumentType

mapping: Final = typer.Typer(help="Work on a mapping of London's schema.")

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The mapping's folder.", exists=True, file_okay=False)]
All = Annotated[bool, typer.Option("--all", help="Read every document, instead of some hundred of each type.")]
Json = Annotated[bool, typer.Option("--json", help="Write one JSON object.")]


@mapping.callback()
def group() -> None:
    """Work on a mapping of London's schema."""


@mapping.command("check")
def check_mapping(folder: Folder, is_whole: All = False, json: Json = False) -> None:
    """Run a mapping against London, and tell what is wrong with it.

    London is the server that CROSSFADE_LONDON_* name; nothing is written. docs/mapping.md says what is looked at.

    The exit code is 0 when nothing is wrong, 1 when something is, 2 when London or the folder cannot be used.
    """
    report = run(folder, load(LondonSettings), is_whole)
    typer.echo(orjson.dumps(report).decode() if json else as_text(report))
    raise typer.Exit(1 if report.findings else 0)


def run(folder: Path, london: LondonSettings, is_whole: bool) -> Report:
    """Raises Unusable where nothing can be said of the mapping."""
    with Console(stderr=True).status("") as status:

        def progress(type: DocumentType, read: int) -> None:
            status.update(f"{read} {type}s")

        try:
            return uvloop.run(check(folder, london, is_whole=is_whole, progress=progress))
        except Retry as error:
            raise Unusable(str(error)) from error


def as_text(report: Report) -> str:
    read = ", ".join(f"{count} {type}s" for type, count in report.documents.items())
    last = f"{report.mapping}: {len(report.findings) or 'nothing'} wrong; read {read or 'nothing'}"
    return "\n".join([*report.findings, last])

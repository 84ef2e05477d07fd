"""`crossfade dead-letters` and its parts: what could not be applied, and applying it after all."""

import os
from collections.abc import Iterable
from typing import Annotated, Any

import orjson
import typer
import uvloop

from crossfade import dead_letters_text as text
from deploy.supervisor.folder import Folder
from deploy.supervisor.servers import settings_from
from deploy.supervisor.state import read_state
from services.persister import redrive as letters
from services.persister.dead_letters import Letters
from shared.settings import KafkaSettings, RegionSettings, S, load, variable

app = typer.Typer(
    help="Show records that could not be applied, and put them into the log again after a fix.", no_args_is_help=True
)

ACCOUNT = "crossfade_status"

Json = Annotated[bool, typer.Option("--json", help="For programs.")]
Id = Annotated[str, typer.Argument(help="A letter's id, as `list` names it.")]
MaybeId = Annotated[str | None, typer.Argument(help="A letter's id, as `list` names it.")]
Every = Annotated[bool, typer.Option("--all", help="Also those that are redriven, or healed by a newer record.")]
AllWaiting = Annotated[bool, typer.Option("--all", help="Every letter that waits and can be redriven.")]


@app.command("list")
def list_letters(every: Every = False, json: Json = False) -> None:
    """List the dead letters that wait for a fix, the oldest first.

    Where `crossfade up` or a demo runs in the current directory, Kafka and the region's database are found there; what
    CROSSFADE_KAFKA_BOOTSTRAP and CROSSFADE_REGION_USER say comes first.
    """
    found = uvloop.run(letters.read_letters(*_servers(Folder.here())))
    shown = found.in_order() if every else found.waiting()
    if json:
        _write_json([text.as_json(found, letter) for letter in shown])
    else:
        _write(text.listing(found, shown))


@app.command()
def show(id: Id, json: Json = False) -> None:
    """Show one dead letter, with its record.

    It says why the record was parked, where it stood in the log, and what it has at the place that the reason names.
    """
    found, letter, value = uvloop.run(letters.read_letter(*_servers(Folder.here()), id))
    if json:
        _write_json(text.as_json(found, letter) | text.record_as_json(letter, value))
    else:
        _write(text.whole(found, letter, value))


@app.command()
def redrive(id: MaybeId = None, every: AllWaiting = False, json: Json = False) -> None:
    """Put letters into the log again after a fix.

    Each goes back as the record was, and none twice. One that still cannot be applied becomes a new letter.

    The exit code is 0, or 1 when the letter that is named cannot be redriven.
    """
    if (id is None) != every:
        raise typer.BadParameter("name one letter, or say --all")
    choose = Letters.waiting if id is None else lambda found: [found.find_waiting(id)]
    outcome = uvloop.run(letters.redrive(*_servers(Folder.here()), choose))
    if json:
        _write_json(text.outcome_as_json(outcome))
    else:
        _write(text.outcome(outcome))
    raise typer.Exit(1 if id and outcome.refused else 0)


def _servers(folder: Folder) -> tuple[KafkaSettings, RegionSettings]:
    """The settings' servers, or else those of what runs in the folder."""
    state = read_state(folder.state) if folder.supervisor() else None
    if state is None:
        return load(KafkaSettings), load(RegionSettings)
    account = {"USER": ACCOUNT, "PASSWORD": folder.secret(ACCOUNT)}
    return (
        _first(KafkaSettings, "bootstrap") or settings_from(KafkaSettings, state.servers["kafka"]),
        _first(RegionSettings, "user") or settings_from(RegionSettings, state.servers["region"], **account),
    )


def _first(settings: type[S], field: str) -> S | None:
    return load(settings) if variable(settings, field) in os.environ else None


def _write(lines: Iterable[str]) -> None:
    typer.echo("\n".join(lines))


def _write_json(found: Any) -> None:
    typer.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())

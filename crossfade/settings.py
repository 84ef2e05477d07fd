"""`crossfade settings`."""

import os
from typing import Annotated

import orjson
import typer

from deploy.variables import Variable, variables

Json = Annotated[bool, typer.Option("--json", help="For programs.")]


def settings(json: Json = False) -> None:
    """List every setting, with type, default, value and purpose.

    Secrets are masked.
    """
    found = variables(os.environ)
    if json:
        typer.echo(orjson.dumps([one.model_dump() for one in found], option=orjson.OPT_INDENT_2).decode())
    else:
        for one in found:
            typer.echo(as_text(one))


def as_text(one: Variable) -> str:
    default = "must be set where it is read" if one.default is None else f"default {one.default or 'empty'}"
    value = f"\n    now {one.value}" if one.value else ""
    return f"{one.name} ({one.type}, {default})\n    {one.description}{value}"

"""Searches the worlds, takes out one rule after the other, and prints what was seen."""

import sys
import time
from typing import Annotated

import typer

from tests.explorer.fiber import sleeping
from tests.explorer.mutations import MUTATIONS, Mutation
from tests.explorer.search import search
from tests.explorer.world import Bounds, World
from tests.explorer.worlds import DEEPER, LEAST_STATES, WORLDS


class Failed(Exception):
    """What was promised does not hold."""


def main() -> None:
    typer.run(_command)


def _command(
    deep: Annotated[bool, typer.Option(help="Search larger worlds as well, for some minutes.")] = False,
) -> None:
    """Searches every history of small worlds: in each the region has to end equal to London. Then takes out the rules
    that make it so, each on its own: a history in which it does not has to be found. Exit code 1 if not."""
    try:
        explore((*WORLDS, *DEEPER) if deep else WORLDS)
    except Failed as error:
        sys.exit(str(error))


def explore(worlds: tuple[Bounds, ...]) -> None:
    """Raises Failed."""
    with sleeping():
        states = sum(map(_search_world, worlds))
        typer.echo(f"{states:>9,} states in all: in every history the region ends equal to London\n")
        if states < LEAST_STATES:
            raise Failed(f"{LEAST_STATES:,} states are expected at least")
        for mutation in MUTATIONS:
            _find(mutation)


def _search_world(bounds: Bounds) -> int:
    begun = time.monotonic()
    found = search(World(bounds))
    seconds = time.monotonic() - begun
    typer.echo(f"{found.states:>9,} states, {len(found.ends):>5,} ends, {seconds:5.1f} s: {bounds}")
    if found.fault:
        raise Failed(str(found))
    return found.states


def _find(mutation: Mutation) -> None:
    found = mutation.search()
    typer.echo(f"Without the rule to {mutation.rule} ({found.states:,} states, {mutation.bounds}):")
    if not found.fault:
        raise Failed("no history was found in which the region ends different from London")
    typer.echo(f"{found}\n")

"""`crossfade persist` and `crossfade serve`: one service in the foreground, as its module runs it."""

from enum import StrEnum
from importlib import import_module
from typing import Annotated

import typer

from services.persister import main as persister
from shared import lifecycle


class Service(StrEnum):
    """The services that answer requests."""

    GATEWAY = "gateway"
    CATALOGUE = "catalogue"
    METADATA = "metadata"
    AVAILABILITY = "availability"


Which = Annotated[Service, typer.Argument(help="The service to run.")]


def serve(service: Which) -> None:
    """Run a service that answers requests, in the foreground.

    SIGTERM stops it in order.
    """
    lifecycle.run(service, import_module(f"services.{service}.main").main)


def persist() -> None:
    """Run the persister, in the foreground.

    It writes the log into the region's database; SIGTERM stops it in order.
    """
    lifecycle.run("persister", persister.main)

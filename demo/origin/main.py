"""Wires the origin and runs it until SIGTERM or SIGINT."""

import asyncio
import logging
import signal
import socket
import sys
from types import FrameType
from typing import NoReturn

import uvicorn
import uvloop
from pydantic import ValidationError

from demo.origin.api import Origin
from demo.origin.errors import TablesAway
from demo.origin.settings import Settings, complaints
from demo.origin.tables import open_tables

STOP_WITHIN_S = 5

log = logging.getLogger(__name__)


def main() -> None:
    """Exits 0 when told to stop, 1 where London or the port cannot be had, 2 where a setting is missing or wrong."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, _leave)
    try:
        settings = Settings.model_validate({})
    except ValidationError as error:
        _give_up(2, complaints(error))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(settings))


async def run(settings: Settings) -> None:
    """Serves until a signal ends it; London's connections are closed last."""
    try:
        async with open_tables(settings) as tables:
            await serve(Origin(tables), bound(settings))
    except TablesAway as error:
        place = f"{settings.london_host}:{settings.london_port}"
        _give_up(1, f"London at {place} cannot be read as {settings.london_user}: {error}")


async def serve(origin: Origin, listener: socket.socket) -> None:
    config = uvicorn.Config(
        origin,
        lifespan="off",
        ws="none",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_WITHIN_S,
    )
    log.info("listening on %s:%s", *listener.getsockname()[:2])
    await uvicorn.Server(config).serve(sockets=[listener])


def bound(settings: Settings) -> socket.socket:
    try:
        return socket.create_server(settings.address)
    except OSError as error:
        _give_up(1, f"CROSSFADE_ORIGIN_LISTEN: cannot listen on {settings.origin_listen}: {error.strerror}")


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    # The server raises the signal that stopped it once more when it has stopped: that is an ordinary end.
    sys.exit(0)


def _give_up(code: int, sentence: str) -> NoReturn:
    sys.stderr.write(sentence + "\n")
    sys.exit(code)

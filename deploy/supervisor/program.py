"""What the supervisor runs: servers and services, which it keeps running, and steps, which end by themselves."""

import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from deploy.embedded.running import Server

READY_S: Final = 60.0
STOP_S: Final = 20.0


@dataclass(frozen=True)
class Program:
    """One process. It is started when all in `after` are ready, and stopped when all that come after it are.

    `environment` is the whole of it. `wait_ready` returns when it is ready and raises ServerFailed after the seconds
    given; a step has none: it is ready when it has ended with exit code 0, however long that takes. `port` is where
    others find it; `health_port` answers `/health/ready`.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    after: tuple[str, ...] = ()
    port: int | None = None
    health_port: int | None = None
    wait_ready: Callable[[float], Awaitable[None]] | None = field(default=None, repr=False)
    ready_s: float = READY_S
    stop_s: float = STOP_S


def python(module: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs a module of ours; `-P` keeps the current directory off its path."""
    return (sys.executable, "-P", "-m", module, *arguments)


def server(name: str, embedded: Server, port: int) -> Program:
    """An embedded server that has been prepared."""
    command, environment = tuple(embedded.command()), embedded.environment()
    return Program(name, command, environment, port=port, wait_ready=embedded.wait_ready)

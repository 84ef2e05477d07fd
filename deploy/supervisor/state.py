"""What the supervisor says of itself and of all it runs, in one file that is at any time the old or the new one."""

import logging
import os
import time
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ValidationError

from deploy.embedded.process import ProcessId
from deploy.supervisor.folder import Folder
from deploy.supervisor.plan import Plan
from deploy.supervisor.program import Program
from deploy.supervisor.servers import Environment
from shared.errors import CrossfadeError, Unusable

logger = logging.getLogger(__name__)


class Phase(StrEnum):
    """Where a program is in its life; the supervisor has STARTING, READY, STOPPING, STOPPED and FAILED."""

    WAITING = "waiting"  # for what it needs
    STARTING = "starting"
    READY = "ready"
    DONE = "done"  # a step, which ends by itself
    DEAD = "dead"  # and will be started again
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"  # to start, so that all was stopped


class ProgramState(BaseModel):
    """A program: `since` when it is in its phase and `started` when its process began, in Unix seconds."""

    phase: Phase = Phase.WAITING
    since: float = 0.0
    started: float = 0.0
    restarts: int = 0
    exit_code: int | None = None
    port: int | None = None
    health_port: int | None = None

    @classmethod
    def of(cls, program: Program) -> Self:
        return cls(port=program.port, health_port=program.health_port)


class State(BaseModel):
    """The whole. `reason` says why it failed, `unusable` whether for something required that is missing. `ports` have
    their names, so that they stay; `servers` tells where Kafka, London and the region are, as environment variables;
    `addresses` are for people."""

    supervisor: ProcessId
    phase: Phase = Phase.STARTING
    since: float = 0.0
    reason: str = ""
    unusable: bool = False
    ports: dict[str, int] = {}
    servers: dict[str, dict[str, str]] = {}
    addresses: dict[str, str] = {}
    programs: dict[str, ProgramState] = {}


def read_state(file: Path) -> State | None:
    """The state that stands in `file`; None where none was ever written."""
    try:
        return State.model_validate_json(file.read_text())
    except (FileNotFoundError, ValidationError):
        return None


class Record:
    """The state as it changes; every change is written at once."""

    def __init__(self, file: Path, state: State) -> None:
        self.file = file
        self._write(state)

    @classmethod
    def begin(cls, folder: Folder) -> Self:
        """That of this process, as supervisor; it takes over the ports of the last one."""
        before = read_state(folder.state)
        ports = before.ports if before else {}
        return cls(folder.state, State(supervisor=ProcessId.of(os.getpid()), since=time.time(), ports=ports))

    def supervisor(self, phase: Phase) -> None:
        self._write(self.state.model_copy(update={"phase": phase, "since": time.time()}))

    def failed(self, error: CrossfadeError) -> None:
        """The supervisor itself ends with this error."""
        changes = {"phase": Phase.FAILED, "reason": str(error), "unusable": isinstance(error, Unusable)}
        self._write(self.state.model_copy(update={**changes, "since": time.time()}))

    def planned(self, plan: Plan) -> None:
        """What is going to run; nothing of it has started. Passwords stay where they are."""
        servers = {name: _without_passwords(settings) for name, settings in plan.servers.items()}
        programs = {each.name: ProgramState.of(each) for each in plan.programs}
        changes = {"ports": dict(plan.ports), "servers": servers, "addresses": dict(plan.addresses)}
        self._write(self.state.model_copy(update={**changes, "programs": programs}))

    def program(self, name: str, phase: Phase, **changes: Any) -> None:
        changed = self.state.programs[name].model_copy(update={"phase": phase, "since": time.time(), **changes})
        self._write(self.state.model_copy(update={"programs": {**self.state.programs, name: changed}}))

    def _write(self, state: State) -> None:
        self.state = state
        part = self.file.with_name(self.file.name + ".part")
        try:
            part.write_text(state.model_dump_json(indent=2))
            part.replace(self.file)
        except OSError as error:
            # What runs goes on on a full disk; only nobody is told.
            logger.error("the state cannot be written", extra={"reason": str(error)})


def _without_passwords(settings: Environment) -> dict[str, str]:
    return {name: value for name, value in settings.items() if not name.endswith("_PASSWORD")}

"""What `crossfade status` says: every process and its health, positions, and how far the region is behind."""

import asyncio
import time
from typing import Final

from pydantic import BaseModel

from deploy.supervisor import health
from deploy.supervisor.folder import Folder
from deploy.supervisor.lag import Partition, lag_albums, lag_s
from deploy.supervisor.parked import Parked, read_parked
from deploy.supervisor.progress import (
    SnapshotProgress,
    read_follow_lag_s,
    read_partitions,
    read_snapshot,
)
from deploy.supervisor.servers import settings_from
from deploy.supervisor.state import Phase, ProgramState, State, read_state
from services.producer.positions import read_states
from services.producer.progress import follow_state
from shared.errors import CrossfadeError
from shared.settings import KafkaSettings, RegionSettings

WELL: Final = "ready"
PROGRESS_S: Final = 15.0


class ProgramStatus(BaseModel):
    """`health` is `ready`, or why not; `uptime_s` is None where no process lives."""

    name: str
    phase: Phase
    pid: int | None
    port: int | None
    health_port: int | None
    health: str
    restarts: int
    uptime_s: float | None


class Progress(BaseModel):
    """`position` is London's, up to which everything is in the log; `lag_s` None while nobody follows."""

    snapshot: SnapshotProgress | None
    position: str | None
    lag_albums: int
    lag_s: float | None
    partitions: list[Partition]
    parked: Parked = Parked()


class Status(BaseModel):
    """`progress` is None where it cannot be read, for the reason in `problem`."""

    phase: Phase
    supervisor: int | None = None
    addresses: dict[str, str] = {}
    programs: list[ProgramStatus] = []
    progress: Progress | None = None
    problem: str = ""

    @property
    def well(self) -> bool:
        """Whether everything is as it should be."""
        has_parked = self.progress is not None and self.progress.parked.documents > 0
        has_problem = has_parked or bool(self.problem)
        return self.phase is Phase.READY and not has_problem and all(each.health == WELL for each in self.programs)


async def read_status(folder: Folder) -> Status:
    """What runs below the folder, read from the supervisor's state, the processes and the servers."""
    supervisor, state = folder.supervisor(), read_state(folder.state)
    if state is None:
        return Status(phase=Phase.STOPPED, problem="nothing runs here: `crossfade up` starts everything")
    programs = await asyncio.gather(*(_read_program(folder, *item) for item in state.programs.items()))
    phase, problem = judge(state, supervised=supervisor is not None)
    progress, problem = (None, problem) if problem else await _try_progress(folder, state)
    return Status(
        phase=phase,
        supervisor=supervisor.pid if supervisor else None,
        addresses=state.addresses,
        programs=[each for each in programs if each.phase is not Phase.DONE],
        progress=progress,
        problem=problem,
    )


async def _read_program(folder: Folder, name: str, state: ProgramState) -> ProgramStatus:
    process = folder.process(name)
    return ProgramStatus(
        name=name,
        phase=state.phase,
        pid=process.pid if process else None,
        port=state.port,
        health_port=state.health_port,
        health=await _read_health(state) if process else "does not run",
        restarts=state.restarts,
        uptime_s=time.time() - state.started if process else None,
    )


async def _read_health(state: ProgramState) -> str:
    """Servers that are not ours tell no health; of them it counts that somebody takes connections."""
    if state.health_port:
        return await health.why_not_ready(state.health_port) or WELL
    return WELL if state.port and await health.connects(state.port) else "does not answer"


def judge(state: State, *, supervised: bool) -> tuple[Phase, str]:
    """The phase by what the supervisor said last, and why not everything runs; empty when it does."""
    if not supervised and state.phase not in (Phase.STOPPED, Phase.FAILED):
        return Phase.FAILED, "the supervisor is gone: `crossfade up` starts anew, `crossfade down` ends what it left"
    reasons = {
        Phase.READY: "",
        Phase.STARTING: "not everything is ready yet",
        Phase.STOPPING: "everything is being stopped",
        Phase.STOPPED: "`crossfade up` starts everything",
    }
    return state.phase, reasons.get(state.phase, state.reason)


async def _try_progress(folder: Folder, state: State) -> tuple[Progress | None, str]:
    try:
        async with asyncio.timeout(PROGRESS_S):
            return await _read_progress(folder, state), ""
    except TimeoutError:
        return None, f"the servers did not tell within {PROGRESS_S:g} s how far they are"
    except CrossfadeError as error:
        return None, str(error)


async def _read_progress(folder: Folder, state: State) -> Progress:
    kafka = settings_from(KafkaSettings, state.servers["kafka"])
    account = {"USER": "crossfade_status", "PASSWORD": folder.secret("crossfade_status")}
    region = settings_from(RegionSettings, state.servers["region"], **account)
    partitions, states = await read_partitions(kafka, region), await read_states(kafka)
    follow, producer = follow_state(states), state.programs["producer"].health_port
    follow_lag_s = await read_follow_lag_s(producer) if follow and producer else None
    return Progress(
        snapshot=await read_snapshot(kafka, states),
        position=follow.position if follow else None,
        lag_albums=lag_albums(partitions),
        lag_s=lag_s(partitions, follow_lag_s),
        partitions=partitions,
        parked=await read_parked(region),
    )

"""The status as lines for people."""

from datetime import timedelta

from deploy.supervisor.parked import Parked
from deploy.supervisor.status import ProgramStatus, Progress, Status

HEAD = ("program", "process", "port", "restarts", "up for", "health")


def report(status: Status) -> list[str]:
    """The whole status."""
    supervisor = f" (supervisor: process {status.supervisor})" if status.supervisor else ""
    problem = [f"!! {status.problem}"] if status.problem else []
    rows = [_row(HEAD), *map(_program, status.programs)] if status.programs else []
    return [f"Crossfade: {status.phase}{supervisor}", *problem, *rows, *_progress(status.progress)]


def _program(program: ProgramStatus) -> str:
    up_for = "" if program.uptime_s is None else timedelta(seconds=int(program.uptime_s))
    return _row((program.name, program.pid or "", program.port or "", program.restarts, up_for, program.health))


def _row(cells: tuple[object, ...]) -> str:
    name, pid, port, restarts, up_for, health = map(str, cells)
    return f"{name:<20} {pid:>8} {port:>6} {restarts:>8} {up_for:>16}  {health}"


def _progress(progress: Progress | None) -> list[str]:
    if progress is None:
        return []
    lines = []
    if snapshot := progress.snapshot:
        ranges = f"{snapshot.ranges_done:,} of {snapshot.ranges:,} ranges, {snapshot.documents:,} documents"
        lines.append(f"snapshot: {snapshot.stage}, {ranges}")
    if progress.position:
        lines.append(f"position: {progress.position} of London is in the log")
    seconds = "" if progress.lag_s is None else f", {progress.lag_s:.1f} s"
    return [*lines, f"lag: {progress.lag_albums:,} albums{seconds}", *_parked(progress.parked)]


def _parked(parked: Parked) -> list[str]:
    if not parked.documents:
        return []
    head = f"!! parked: {parked.documents:,} documents are served in an older version, or not at all"
    return [head, *(f"   {each.type} {each.id}: {each.reason} ({each.place})" for each in parked.first)]

"""What the supervisor's state means for people."""

from pathlib import Path

from deploy.embedded.advice import advice
from deploy.supervisor.child import describe_end
from deploy.supervisor.folder import SUPERVISOR, Folder
from deploy.supervisor.logs import tail
from deploy.supervisor.state import Phase, ProgramState, State
from shared.errors import Stop, Unusable

TAIL_LINES = 20
NAME_WIDTH = 20


def news(before: State | None, after: State) -> list[str]:
    """A line for each program that is not where it was."""
    known = before.programs if before else {}
    changed = {name: now for name, now in after.programs.items() if name not in known or known[name].phase != now.phase}
    return [f"{name:<{NAME_WIDTH}} {text}" for name, now in changed.items() if (text := describe(now))]


def describe(program: ProgramState) -> str:
    """What a program has come to; empty for what need not be told."""
    took_s = program.since - program.started
    match program.phase:
        case Phase.READY:
            return f"ready{_port(program)} ({took_s:.1f} s)"
        case Phase.DONE:
            return f"done ({took_s:.1f} s)"
        case Phase.DEAD:
            return f"died with {describe_end(program.exit_code or 0)} and is started again"
        case Phase.FAILED:
            return "did not start; stopping everything"
        case _:
            return ""


def failure(folder: Folder, state: State | None) -> Stop:
    """Why a supervisor ended before everything was ready, with the end of the log that tells more, where one does;
    `state` is None where it did not come to tell anything."""
    if state is None:
        return Stop(f"the supervisor ended. {end_of(folder.log(SUPERVISOR))}")
    kind = Unusable if state.unusable else Stop
    reason = state.reason or "it was asked to stop"
    failed = next((name for name, now in state.programs.items() if now.phase is Phase.FAILED), None)
    return kind(f"{reason}. {end_of(folder.log(failed))}" if failed else reason)


def end_of(log: Path) -> str:
    """What to do by what a log says last, and that."""
    end = "\n".join(tail(log, TAIL_LINES))
    return f"{advice(end)} The end of {log}:\n{end}"


def where(state: State) -> list[str]:
    """Where people find what is up."""
    return [f"{name:<{NAME_WIDTH}} {address}" for name, address in state.addresses.items()]


def _port(program: ProgramState) -> str:
    return f" on port {program.port}" if program.port else ""

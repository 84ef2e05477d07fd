"""What the supervisor's state means for people."""

from deploy.embedded.advice import advice
from deploy.embedded.process import ProcessId
from deploy.supervisor.child import describe_end
from deploy.supervisor.folder import SUPERVISOR, Folder
from deploy.supervisor.logs import tail
from deploy.supervisor.state import Phase, ProgramState, State

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


def why_failed(folder: Folder, state: State | None, supervisor: ProcessId) -> str:
    """Why a supervisor ended before everything was ready: its reason, what to do, and the end of the log that tells."""
    reason, program = "the supervisor ended", SUPERVISOR
    if state and state.supervisor == supervisor:
        reason = state.reason or "it was asked to stop"
        program = next((name for name, now in state.programs.items() if now.phase is Phase.FAILED), SUPERVISOR)
    end = "\n".join(tail(folder.log(program), TAIL_LINES))
    return f"{reason}. {advice(end)} The end of {folder.log(program)}:\n{end}"


def _port(program: ProgramState) -> str:
    return f" on port {program.port}" if program.port else ""


def where(state: State) -> list[str]:
    """Where people find what is up."""
    return [f"{name:<{NAME_WIDTH}} {address}" for name, address in state.addresses.items()]

"""What each program of the stack is for, in words for somebody who has never heard of it. Pure."""

from collections.abc import Iterator
from typing import Final

from deploy.embedded.kafka import PACKAGE as KAFKA
from deploy.embedded.mariadb import PACKAGE as MARIADB
from deploy.supervisor.state import Phase, ProgramState, State

WHAT: Final = {
    "london": f"London's database, {MARIADB.title}",
    "london-catalogue": "London gets its catalogue",
    "origin": "London's API: what customers call today",
    "producer": "reads London's database and writes its documents into the log",
    "kafka": f"the log between London and the region, {KAFKA.title}",
    "persister": "writes the log into the region's database",
    "region": f"the region's database, {MARIADB.title}",
    "metadata": "knows what a track is",
    "availability": "knows who may have it, where and when, and its price",
    "catalogue": "makes one answer of both",
    "gateway": "the region's API: keys, access, daily limits",
}
"""Steps that are of no interest to people are not here."""


def arrivals(before: State | None, after: State) -> Iterator[str]:
    """A line for each program of interest that has become ready, or has died since."""
    known = before.programs if before else {}
    for name, program in after.programs.items():
        if name in WHAT and (name not in known or known[name].phase != program.phase):
            yield from _arrival(name, program)


def _arrival(name: str, program: ProgramState) -> Iterator[str]:
    match program.phase:
        case Phase.READY | Phase.DONE:
            port = f"port {program.port}" if program.port else ""
            yield f"{name:<16}  {port:<10} {program.since - program.started:5.1f} s  {WHAT[name]}"
        case Phase.DEAD:
            yield f"{name:<16}  died; it is started again"


def are_ready(state: State, *but: str) -> bool:
    """Whether all programs are, but those."""
    return bool(state.programs) and all(
        program.phase in (Phase.READY, Phase.DONE) for name, program in state.programs.items() if name not in but
    )

"""What people are told of the supervisor's state."""

import pytest

from deploy.embedded.process import ProcessId
from deploy.supervisor.news import news
from deploy.supervisor.state import Phase, ProgramState, State


def state(**programs: ProgramState) -> State:
    return State(supervisor=ProcessId(1, "boot 1"), programs=programs)


def program(phase: Phase, exit_code: int | None = None) -> ProgramState:
    return ProgramState(phase=phase, started=10.0, since=12.25, port=4711, exit_code=exit_code)


@pytest.mark.parametrize(
    ("now", "line"),
    [
        (program(Phase.READY), "ready on port 4711 (2.2 s)"),
        (program(Phase.DONE), "done (2.2 s)"),
        (program(Phase.DEAD, 3), "died with exit code 3 and is started again"),
        (program(Phase.DEAD, -9), "died with signal SIGKILL and is started again"),
        (program(Phase.FAILED, 2), "did not start; stopping everything"),
    ],
)
def test_each_phase_that_matters_is_told(now: ProgramState, line: str) -> None:
    assert [text.split(maxsplit=1) for text in news(state(kafka=program(Phase.STARTING)), state(kafka=now))] == [
        ["kafka", line]
    ]


def test_what_has_not_changed_is_not_told_again() -> None:
    ready = state(kafka=program(Phase.READY))
    assert news(ready, ready) == []


def test_to_who_comes_later_what_is_ready_is_told() -> None:
    assert len(news(None, state(kafka=program(Phase.READY), region=program(Phase.WAITING)))) == 1

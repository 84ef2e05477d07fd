"""What a demo says of the programs that become ready."""

import pytest

from demo.show.programs import WHAT, are_ready, arrivals
from demo.show.supervisor import arranged
from deploy.embedded.process import ProcessId
from deploy.supervisor.program import Program
from deploy.supervisor.servers import SERVERS
from deploy.supervisor.stack import SERVICES
from deploy.supervisor.state import Phase, ProgramState, State


def state(**phases: Phase) -> State:
    programs = {
        name.replace("_", "-"): ProgramState(phase=phase, started=10.0, since=12.25, port=4711)
        for name, phase in phases.items()
    }
    return State(supervisor=ProcessId(1, "boot 1"), programs=programs)


def test_each_server_and_service_has_its_words() -> None:
    assert {*SERVERS, *SERVICES, "origin"} <= WHAT.keys()


def test_what_became_ready_is_told_once_with_its_port_and_time() -> None:
    starting, ready = state(gateway=Phase.STARTING), state(gateway=Phase.READY)
    [line] = arrivals(starting, ready)
    assert line.split() == ["gateway", "port", "4711", "2.2", "s", *WHAT["gateway"].split()]
    assert list(arrivals(ready, ready)) == []
    assert list(arrivals(None, starting)) == []


def test_a_program_that_died_is_told() -> None:
    [line] = arrivals(state(gateway=Phase.READY), state(gateway=Phase.DEAD))
    assert "died" in line


def test_steps_that_tell_people_nothing_are_left_out() -> None:
    assert list(arrivals(None, state(provision_london=Phase.DONE))) == []


@pytest.mark.parametrize("producer", [Phase.WAITING, Phase.STARTING, Phase.READY])
def test_all_are_ready_whatever_the_excepted_is(producer: Phase) -> None:
    assert are_ready(state(london_catalogue=Phase.DONE, gateway=Phase.READY, producer=producer), "producer")


def test_nothing_is_ready_while_one_starts_or_none_is_known() -> None:
    assert not are_ready(state(gateway=Phase.STARTING, producer=Phase.READY), "producer")
    assert not are_ready(state())


def test_the_producer_starts_after_the_gateway_and_nothing_else_is_changed() -> None:
    producer = Program("producer", ("run",), {}, after=("persister",))
    gateway = Program("gateway", ("run",), {}, after=("catalogue",))
    assert arranged(producer, None).after == ("persister", "gateway")
    assert arranged(gateway, "feeds") == gateway


def test_feed_files_fill_london_in_place_of_invented_albums() -> None:
    step = Program("london-catalogue", ("invent",), {"A": "1"}, after=("london",))
    assert arranged(step, None) == step
    filled = arranged(step, "feeds of today")
    assert filled.command[-2:] == ("demo.show.filling", "feeds of today")
    assert (filled.environment, filled.after) == (step.environment, step.after)

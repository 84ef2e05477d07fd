"""Ports that stay what they were."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded import ports
from deploy.embedded.ports import EPHEMERAL, LOOPBACK, free_ports
from deploy.supervisor.ports import choose, named_ports, require_free
from shared.errors import Unusable


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        yield listener.getsockname()[1]


def test_a_port_that_is_free_stays() -> None:
    before = dict(zip(("kafka", "region"), free_ports(2), strict=True))
    assert choose(("kafka", "region"), before, {}) == before


def test_a_port_that_somebody_took_is_changed(taken: int) -> None:
    assert choose(("kafka",), {"kafka": taken}, {})["kafka"] != taken


def test_all_ports_are_different() -> None:
    names = [f"program-{number}" for number in range(20)]
    assert len(set(choose(names, {}, {}).values())) == 20


def test_a_port_that_a_setting_names_goes_before_the_last_one() -> None:
    last, fixed = free_ports(2)
    assert choose(("gateway",), {"gateway": last}, {"gateway": fixed}) == {"gateway": fixed}


def test_a_port_that_a_setting_names_is_nobody_elses() -> None:
    (port,) = free_ports(1)
    chosen = choose(("gateway", "region"), {"region": port}, {"gateway": port})
    assert chosen["region"] != port


def test_one_port_for_two_services_is_refused_with_both_settings() -> None:
    asked = {"CROSSFADE_GATEWAY_PORT": "8080", "CROSSFADE_CATALOGUE_PORT": "8080"}
    with pytest.raises(
        Unusable, match="CROSSFADE_GATEWAY_PORT and CROSSFADE_CATALOGUE_PORT ask for the same port 8080"
    ):
        named_ports(("gateway", "catalogue"), asked)


def test_no_outgoing_connection_is_given_a_port_that_was_found() -> None:
    first, last = map(int, EPHEMERAL.read_text().split())
    assert not [port for port in free_ports(50) if first <= port <= last]


def test_where_every_port_is_for_outgoing_connections_ports_are_found_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = tmp_path / "range"
    everything.write_text("1024\t65535\n")
    monkeypatch.setattr(ports, "EPHEMERAL", everything)
    assert len(set(free_ports(20))) == 20


def test_a_port_that_is_kept_for_another_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "LEAST", 2**16 - 10)
    kept = range(2**16 - 10, 2**16 - 1)
    assert free_ports(1, without=kept)[0] not in kept


def test_a_fixed_port_that_somebody_took_is_named_with_its_setting(taken: int) -> None:
    with pytest.raises(Unusable, match=f"port {taken} is taken.*CROSSFADE_GATEWAY_PORT"):
        require_free({"gateway": taken})


@pytest.mark.parametrize("text", ["http", "-1", "0", "65536", "80.5"])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(Unusable, match="CROSSFADE_GATEWAY_PORT"):
        named_ports(("gateway",), {"CROSSFADE_GATEWAY_PORT": text})


def test_only_ports_that_are_set_are_fixed() -> None:
    assert named_ports(("gateway", "origin"), {"CROSSFADE_GATEWAY_PORT": "8080"}) == {"gateway": 8080}

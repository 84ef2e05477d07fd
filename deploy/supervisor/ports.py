"""Ports that stay: those that settings name, else those of the last time as far as they are still free."""

import socket
from collections.abc import Iterable, Mapping, Sequence

from deploy.embedded.ports import LOOPBACK, free_ports
from shared.errors import Unusable


def choose(names: Sequence[str], before: Mapping[str, int], fixed: Mapping[str, int]) -> dict[str, int]:
    """A port of 127.0.0.1 for each name: the fixed one, else the one before if nobody listens there, else a new."""
    asked_for = fixed.values()
    kept = {name: port for name, port in before.items() if name in names and port not in asked_for and is_free(port)}
    kept.update(fixed)
    new = [name for name in names if name not in kept]
    return kept | dict(zip(new, free_ports(len(new), without=kept.values()), strict=True))


def require_free(fixed: Mapping[str, int]) -> None:
    """Raises Unusable, naming the setting, for a fixed port on which somebody listens."""
    for name, port in fixed.items():
        if not is_free(port):
            raise Unusable(f"port {port} is taken: end what listens there, or change CROSSFADE_{name.upper()}_PORT")


def named_ports(names: Iterable[str], environment: Mapping[str, str]) -> dict[str, int]:
    """The ports that settings `CROSSFADE_NAME_PORT` ask for. Raises Unusable for what is no port, and for one that two
    ask for: services listen so that several processes share a port, and would share it, too."""
    asked = {name: environment.get(f"CROSSFADE_{name.upper()}_PORT") for name in names}
    ports = {name: _read_port(name, text) for name, text in asked.items() if text}
    for port in ports.values():
        if len(same := [f"CROSSFADE_{name.upper()}_PORT" for name, other in ports.items() if other == port]) > 1:
            raise Unusable(f"{' and '.join(same)} ask for the same port {port}: give each service its own")
    return ports


def is_free(port: int) -> bool:
    """Whether one could listen on the port now."""
    with socket.socket() as tried:
        # Without it, connections that ended a minute ago would count as somebody.
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def _read_port(name: str, text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 2**16:
        raise Unusable(f"the setting CROSSFADE_{name.upper()}_PORT is {text!r}, not a port")
    return int(text)

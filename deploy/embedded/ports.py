"""Free ports of this machine."""

from __future__ import annotations

import random
import socket
from collections.abc import Container, Iterator
from contextlib import ExitStack, suppress
from itertools import chain, islice, repeat
from pathlib import Path

LOOPBACK = "127.0.0.1"
EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
LEAST = 10_000
"""Below it are the ports that people know other programs by."""


def free_ports(count: int, without: Container[int] = ()) -> list[int]:
    """`count` different TCP ports of 127.0.0.1 that nobody listens on at the moment, none of them in `without`.

    As far as there are any, they are ones that no outgoing connection is given before the port is listened on.
    """
    with ExitStack() as held:
        sockets = (_bound(held, port) for port in chain(_steady_ports(), repeat(0)))
        found = (each.getsockname()[1] for each in sockets if each)
        return list(islice((port for port in found if port not in without), count))


def free_port() -> int:
    """One TCP port of 127.0.0.1 that nobody listens on at the moment."""
    return free_ports(1)[0]


def _steady_ports() -> Iterator[int]:
    """Those outside of the range for outgoing connections; in random order, since another may look for one, too."""
    first, last = map(int, EPHEMERAL.read_text().split()) if EPHEMERAL.exists() else (32768, 60999)
    steady = [*range(LEAST, first), *range(max(LEAST, last + 1), 2**16)]
    return iter(random.sample(steady, len(steady)))


def _bound(held: ExitStack, port: int) -> socket.socket | None:
    """A socket that keeps the port until `held` ends; 0 is whichever the system finds. None where it is taken."""
    opened = held.enter_context(socket.socket())
    with suppress(OSError):
        opened.bind((LOOPBACK, port))
        return opened
    return None

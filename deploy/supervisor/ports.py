"""Ports that stay: those of the last time, as far as they are still free."""

import socket
from collections.abc import Iterable, Mapping

from deploy.embedded.ports import LOOPBACK, free_ports


def choose(names: Iterable[str], before: Mapping[str, int]) -> dict[str, int]:
    """A port of 127.0.0.1 for each name: the one it had before where nobody else listens there now, else a free one."""
    kept = {name: before[name] for name in names if name in before and is_free(before[name])}
    new = [name for name in names if name not in kept]
    return kept | dict(zip(new, free_ports(len(new)), strict=True))


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

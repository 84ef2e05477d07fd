"""Whether this machine can run the embedded servers."""

from __future__ import annotations

import platform

from deploy.embedded.errors import UnsupportedPlatform

OTHER_WAYS = (
    "Use containers (docker compose up with compose.yaml; CROSSFADE_TEST_SERVERS=containers for the tests) "
    "or servers of your own (their addresses in the settings; see crossfade settings)."
)


def require_platform() -> None:
    """Raise UnsupportedPlatform, naming the other ways, unless the embedded servers can run here."""
    refuse_others(platform.system(), platform.machine(), platform.libc_ver()[0])


def refuse_others(system: str, machine: str, libc: str) -> None:
    """The servers are programs for Linux x86-64 with the GNU C library; anything else is refused."""
    if (system, machine, libc) != ("Linux", "x86_64", "glibc"):
        found = " ".join(filter(None, (system, machine, libc)))
        raise UnsupportedPlatform(f"Embedded servers need Linux x86-64 with glibc, and this is {found}. {OTHER_WAYS}")

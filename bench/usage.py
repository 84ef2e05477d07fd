"""What processes use of the machine, as Linux tells it in /proc."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
# Of /proc/PID/stat, counted after the command's name: see proc(5).
_USER_TICKS, _SYSTEM_TICKS = 11, 12
# Written to /proc/PID/clear_refs, it makes the peak what is held now.
_RESET_PEAK: Final = "5"


@dataclass(frozen=True, slots=True)
class Usage:
    """`cpu_s` is processor time, user's and system's; `peak_mb` the most memory held at once, in MiB."""

    cpu_s: float
    peak_mb: float


class Meter:
    """Measures processes, by name, from when it is made."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = pids
        for pid in pids.values():
            _file(pid, "clear_refs").write_text(_RESET_PEAK)
        self._start_s = {name: _cpu_s(pid) for name, pid in pids.items()}

    def read(self) -> dict[str, Usage]:
        """What each has used since."""
        return {name: Usage(_cpu_s(pid) - self._start_s[name], _peak_mb(pid)) for name, pid in self._pids.items()}


def total(usages: Iterable[Usage]) -> Usage:
    found = list(usages)
    return Usage(sum(usage.cpu_s for usage in found), sum(usage.peak_mb for usage in found))


def parse_cpu_s(stat: str) -> float:
    """Of the text of /proc/PID/stat."""
    # The name stands in parentheses and may hold any character.
    fields = stat.rpartition(")")[2].split()
    return (int(fields[_USER_TICKS]) + int(fields[_SYSTEM_TICKS])) / _TICKS_PER_S


def parse_peak_mb(status: str) -> float:
    """Of the text of /proc/PID/status."""
    [kilobytes] = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(kilobytes) / 1024


def _cpu_s(pid: int) -> float:
    return parse_cpu_s(_file(pid, "stat").read_text())


def _peak_mb(pid: int) -> float:
    return parse_peak_mb(_file(pid, "status").read_text())


def _file(pid: int, name: str) -> Path:
    return Path(f"/proc/{pid}/{name}")

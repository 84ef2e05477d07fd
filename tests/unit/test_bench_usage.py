"""Processor time and memory, read from what Linux tells of a process; and of this very process."""

import os

import pytest

from bench.usage import Meter, Usage, parse_cpu_s, parse_peak_mb, total

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
MIB = 1024 * 1024


def stat(name: str, user_ticks: int, system_ticks: int) -> str:
    return f"7 ({name}) S 1 7 7 0 -1 4194560 2012 0 0 0 {user_ticks} {system_ticks} 0 0 20 0 1 0 84 48 16"


@pytest.mark.parametrize("name", ["python", "a b", ") 1 2 3", "((x)"])
def test_processor_time_is_the_users_and_the_systems_whatever_the_commands_name_is(name: str) -> None:
    assert parse_cpu_s(stat(name, 3 * TICKS_PER_S, TICKS_PER_S)) == 4


def test_the_peak_is_in_mebibytes() -> None:
    assert parse_peak_mb("Name:\tx\nVmPeak:\t  9999 kB\nVmHWM:\t  2048 kB\nVmRSS:\t  1024 kB\n") == 2


def test_the_total_is_the_sum_of_both() -> None:
    assert total([Usage(1.5, 100), Usage(0.25, 20)]) == Usage(1.75, 120)


def test_a_meter_counts_from_when_it_is_made() -> None:
    meter = Meter({"this": os.getpid()})
    before = meter.read()["this"]
    while meter.read()["this"].cpu_s < before.cpu_s + 0.05:
        sum(range(100_000))
    assert before.cpu_s < 0.05


def test_a_peak_of_before_is_not_counted_and_one_of_after_is() -> None:
    held = bytearray(os.urandom(64 * MIB))
    del held
    meter = Meter({"this": os.getpid()})
    before = meter.read()["this"].peak_mb
    held = bytearray(os.urandom(64 * MIB))
    after = meter.read()["this"].peak_mb
    assert len(held) == 64 * MIB
    assert after >= before + 60

"""Every track compared, by `crossfade compare` as its own process, which asks both sides as customers do."""

import asyncio
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import orjson

from demo.show.errors import NotHeld
from demo.show.page import Page
from demo.show.stage import Stage
from deploy.embedded.running import stop, tether
from deploy.supervisor.program import python
from shared.settings import LondonSettings, RegionSettings, variable

LONGEST_LINE: Final = 64 * 1024 * 1024
"""Bytes: a difference holds both answers."""
PASSED_ON: Final = ("PATH", "LANG", "LC_ALL", "TERM", "NO_COLOR")
TOLD: Final = 3
AT_ONCE: Final = 16


@dataclass(frozen=True)
class Compared:
    """What was compared, and what came of it; `statuses` counts London's answers."""

    tracks: int
    questions: int
    differences: int
    unanswered: int
    statuses: Mapping[str, int]

    @property
    def is_proof(self) -> bool:
        return self.questions > 0 and self.differences == self.unanswered == 0

    def __str__(self) -> str:
        return (
            f"{self.tracks:,} tracks in XML and in JSON, {self.questions:,} answers: "
            f"{self.differences:,} differ, {self.unanswered:,} missing"
        )


async def compare_all(stage: Stage, page: Page) -> Compared:
    """Raises NotHeld where an answer differs, or nothing was compared."""
    async with _comparing(stage, page.is_terminal) as process:
        found, _ = await asyncio.gather(_read_found(process), _relay(process, page))
        code = await process.wait()
    if not found or found[-1]["type"] != "summary":
        raise NotHeld(f"crossfade compare ended with exit code {code} and compared nothing")
    compared = read_summary(found[-1])
    page.evidence(str(compared), f"London's answers: {_statuses(compared)}")
    for difference in found[:-1][:TOLD]:
        page.evidence(describe(difference))
    if code or not compared.is_proof:
        raise NotHeld("the region does not say what London says" if compared.questions else "nothing was compared")
    return compared


def read_summary(line: Mapping[str, Any]) -> Compared:
    """The last line that the comparison writes."""
    return Compared(line["tracks"], line["compared"], line["differences"], line["unanswered"], line["statuses"])


def describe(difference: Mapping[str, Any]) -> str:
    """A difference in one line."""
    fields = "; ".join(f"{one['name']}: London {one['london']}, region {one['region']}" for one in difference["fields"])
    return f"track {difference['track_id']} {difference['verdict']}, {difference['format']}: {fields}"


def _statuses(compared: Compared) -> str:
    return ", ".join(f"{count:,} with status {status}" for status, count in compared.statuses.items())


def _command(stage: Stage) -> Sequence[str]:
    return python(
        *("crossfade.main", "compare", "--through-gateway", "--json"),
        *("--origin", stage.origin, "--region", stage.gateway, "--at-once", str(AT_ONCE)),
    )


def _environment(stage: Stage) -> dict[str, str]:
    """It reads in both databases which tracks there are."""
    outside = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return outside | _told(stage.london) | _told(stage.region)


@asynccontextmanager
async def _comparing(stage: Stage, shows_itself: bool) -> AsyncIterator[Process]:
    """The process, ended with the context. It shows its own progress on a terminal; elsewhere its lines are piped."""
    process = await asyncio.create_subprocess_exec(
        *tether(os.getpid()),
        *_command(stage),
        env=_environment(stage),
        stdout=PIPE,
        stderr=None if shows_itself else PIPE,
        limit=LONGEST_LINE,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        await stop(process)


async def _read_found(process: Process) -> list[dict[str, Any]]:
    assert process.stdout
    return [orjson.loads(line) async for line in process.stdout]


async def _relay(process: Process, page: Page) -> None:
    if process.stderr:
        async for line in process.stderr:
            page.evidence(line.decode(errors="replace").rstrip())


def _told(server: LondonSettings | RegionSettings) -> dict[str, str]:
    """The variables from which a process reads these settings."""
    values = server.model_dump() | {"password": server.password.get_secret_value()}
    return {variable(type(server), field): str(value) for field, value in values.items()}

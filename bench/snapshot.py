"""`crossfade bench snapshot`: London into an empty region by a snapshot, beside a plain copy of the same London.

What is measured is the production path with everything on: durable servers, a producer that follows London meanwhile, a
log that acknowledges, a persister that validates, digests and guards. Both sides run on the same servers, one after the
other, several times; a first round warms the servers up and is not counted, and before each run the servers have
written out what came before. The clock stops when the last row is committed.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from bench import content, peer
from bench.path import documents_path
from bench.report import Report
from bench.servers import Servers, programs, renew_database, servers, settle
from bench.usage import Meter, Usage, total
from demo.generate import Catalogue, write_catalogue
from demo.london import create
from demo.tables import NAMES
from shared import mysql

_TO_REACH: Final = 1.0
_COPY: Final = "copy"

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Request:
    """How many albums, of about 78 rows each in London, and how often each side is measured."""

    albums: int = 5000
    rounds: int = 3


@dataclass(frozen=True, slots=True)
class Run:
    """One side's run: its duration, whether all of London arrived, and what each process of ours used."""

    duration_s: float
    correct: bool
    usage: Mapping[str, Usage]


class Round(NamedTuple):
    ours: Run
    peers: Run


async def bench(request: Request, tell: Tell) -> Report:
    """Runs it all on servers of its own; `tell` gets a sentence now and then.

    Raises Unusable where the peer's programs are missing, EmbeddedError where the servers cannot be had.
    """
    peer.require(await asyncio.to_thread(programs))
    with tempfile.TemporaryDirectory(prefix="crossfade-bench-") as folder:
        async with servers(Path(folder)) as running_servers:
            measuring = Measuring(running_servers, Path(folder), request.albums, tell)
            await measuring.fill_london()
            await measuring.round("warming up")
            rounds = [await measuring.round(f"round {number}") for number in range(1, request.rounds + 1)]
    return report(request, rounds)


def report(request: Request, rounds: Sequence[Round]) -> Report:
    """The medians of the rounds; correct if every run was."""
    used = [total(one.ours.usage.values()) for one in rounds]
    return Report(
        bench="snapshot",
        figure=request.albums / statistics.median(one.ours.duration_s for one in rounds),
        unit="albums/s",
        peer=peer.NAME,
        peer_figure=request.albums / statistics.median(one.peers.duration_s for one in rounds),
        to_reach=_TO_REACH,
        correct=all(run.correct for one in rounds for run in one),
        cpu_s=statistics.median(usage.cpu_s for usage in used),
        peak_mb=statistics.median(usage.peak_mb for usage in used),
    )


class Measuring:
    """Measures both sides in turn on the same servers."""

    def __init__(self, servers: Servers, folder: Path, albums: int, tell: Tell) -> None:
        self._servers = servers
        self._folder = folder
        self._albums = albums
        self._tell = tell

    async def fill_london(self) -> None:
        self._tell(f"writing {self._albums:,} albums into London")
        await create(self._servers.london)
        async with mysql.connection(self._servers.london) as connection:
            async for _ in write_catalogue(connection, Catalogue(self._albums)):
                pass
            # A server that has had its rows for a while knows how many there are.
            await mysql.rows(connection, f"ANALYZE TABLE {', '.join(f'`{table}`' for table in NAMES.values())}")

    async def round(self, name: str) -> Round:
        ours = await self._ours()
        self._tell(f"{name}: {self._albums / ours.duration_s:,.0f} albums/s; {self._costs(ours.usage)}")
        peers = await self._peers()
        self._tell(f"{name}: {self._albums / peers.duration_s:,.0f} albums/s by {peer.NAME}")
        return Round(ours, peers)

    async def _ours(self) -> Run:
        async with documents_path(self._servers, self._folder) as path:
            await self._settle()
            meter, start_s = Meter(path.pids), time.monotonic()
            await path.snapshot()
            duration_s, usage = time.monotonic() - start_s, meter.read()
            correct = await content.expected(path.london()) == await content.stored(self._servers.region)
        return Run(duration_s, correct, usage)

    async def _peers(self) -> Run:
        london, region = self._servers.london, self._servers.region
        await renew_database(region, _COPY)
        await self._settle()
        start_s = time.monotonic()
        await peer.copy(self._servers.programs, london, region, _COPY)
        duration_s = time.monotonic() - start_s
        copied = await content.checksums(region, _COPY) == await content.checksums(london, london.database)
        return Run(duration_s, copied, {})

    async def _settle(self) -> None:
        await settle(self._servers.london)
        await settle(self._servers.region)

    def _costs(self, usage: Mapping[str, Usage]) -> str:
        each = (f"{name} {used.cpu_s / self._albums * 1000:.3f}" for name, used in usage.items())
        return f"ms of processor time an album: {', '.join(each)}"

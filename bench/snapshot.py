"""`crossfade bench snapshot`: London into an empty region by a snapshot, beside a plain copy of the same London.

What is measured is the production path with everything on: durable servers, a producer that follows London meanwhile, a
log that acknowledges, a persister that validates, digests and guards. Both sides run on the same servers, one after the
other, several times; a first round warms the servers up and is not counted, and before each run the servers have
written what came before. The clock stops when the last row is committed.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final, NamedTuple

from aiokafka import TopicPartition

from bench import content, peer
from bench.report import Report
from bench.servers import Servers, Service, renew_database, renew_topics, servers, settle
from bench.usage import Meter, Usage, total
from demo.generate import Catalogue, write_catalogue
from demo.london import create
from deploy.embedded.running import running
from services.persister.settings import PersisterSettings
from services.producer.mapping import load_mapping
from services.producer.produce import Producing
from services.producer.settings import ProducerSettings
from services.producer.source import London, open_london
from shared import kafka, mysql
from shared.lifecycle import Life
from shared.secret import Sealer, SecretSettings, new_key
from shared.settings import KafkaSettings, ProcessSettings, RegionSettings
from shared.wire import TOPICS

_TO_REACH: Final = 1.0
_COPY: Final = "copy"
_MAPPING: Final = Path(__file__).parents[1] / "mappings" / "sevendigital"
_POLL_S: Final = 0.01

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Request:
    """How many albums, of about 78 rows each in London, and how often each side is measured."""

    albums: int = 5000
    rounds: int = 3


@dataclass(frozen=True, slots=True)
class Run:
    """One side's run: its duration, whether all of London arrived, and what our processes used."""

    seconds: float
    correct: bool
    usage: dict[str, Usage]


class Round(NamedTuple):
    ours: Run
    peers: Run


async def bench(request: Request, tell: Tell) -> Report:
    """Runs it all on servers of its own; `tell` gets a sentence now and then.

    Raises Unusable where the peer's programs are missing, EmbeddedError where the servers cannot be had.
    """
    with tempfile.TemporaryDirectory(prefix="crossfade-bench-") as folder:
        async with servers(Path(folder)) as running_servers:
            peer.require(running_servers.programs)
            measuring = Measuring(running_servers, Path(folder), tell)
            await measuring.fill_london(request.albums)
            await measuring.round("warming up")
            rounds = [await measuring.round(f"round {number}") for number in range(1, request.rounds + 1)]
    return report(request, rounds)


def report(request: Request, rounds: Sequence[Round]) -> Report:
    """The medians of all rounds; correct if every run was."""
    used = [total(one.ours.usage.values()) for one in rounds]
    return Report(
        bench="snapshot",
        figure=request.albums / statistics.median(one.ours.seconds for one in rounds),
        unit="albums/s",
        peer=peer.NAME,
        peer_figure=request.albums / statistics.median(one.peers.seconds for one in rounds),
        to_reach=_TO_REACH,
        correct=all(run.correct for one in rounds for run in one),
        cpu_s=statistics.median(usage.cpu_s for usage in used),
        peak_mb=statistics.median(usage.peak_mb for usage in used),
    )

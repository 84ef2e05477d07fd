"""`crossfade bench latency`: from the return of COMMIT in London until the gateway's answer has the change.

On all that `crossfade up` runs: every server and service a process of its own, durable, and a customer who asks again
and again over one connection. Prices are changed one at a time, each when the one before has arrived and after a pause
of its own, so that nothing runs in step with them. Then an artist whom all albums have is renamed, and a price changed
right behind it: what that takes longer is what the many documents of one change cost the single one of another.

Such figures say little without the machine's speed: beside them stands that of `mariadb-dump | mariadb`.
"""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

import uvloop
from asyncmy.connection import Connection

from bench import peer
from bench.latency_report import LatencyReport
from bench.servers import programs, renew_database
from demo.changes import Change, OnSale, change_price, rename_artist, tracks_on_sale
from demo.show import rest, sides
from demo.show.home import Home
from demo.show.sides import Question, Sides
from demo.show.stage import Stage, running
from demo.vocabulary import STANDARD_PACKAGE
from deploy.supervisor.control import follow_until_ready
from deploy.supervisor.servers import SERVERS, fetch
from shared import mysql
from shared.errors import CrossfadeError

_COPY: Final = "copy"
_TERRITORY: Final = "GB"
_MOST_TRACKS: Final = 500
_WARM_UP: Final = 100
_PATIENCE_S: Final = 30.0
# The customer's questions take the same processors as what is measured.
_POLL_S: Final = 0.001
_LONGEST_PAUSE_S: Final = 0.02
_PRICES: Final = [Decimal(pence) / 100 for pence in range(50, 300)]

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Request:
    """How many price changes, how many of them behind a rename, and in a London of how many albums."""

    changes: int = 1000
    renames: int = 10
    albums: int = 5000
    seed: int = 1


def bench(request: Request, tell: Tell) -> LatencyReport:
    """Runs it all on servers of its own; `tell` gets a sentence now and then.

    Raises Unusable where the peer's programs are missing, Stop where something does not start.
    """
    fetch(list(SERVERS))
    peer.require(programs())
    with TemporaryDirectory(prefix="crossfade-bench-") as folder:
        home = Home(Path(folder))
        with running(home, request.albums, None) as supervisor:
            state = follow_until_ready(home.folder, supervisor, tell)
            return uvloop.run(_measure(request, Stage.of(home, state), tell))


async def _measure(request: Request, stage: Stage, tell: Tell) -> LatencyReport:
    async with sides.both(stage) as both, mysql.connection(stage.london) as london:
        await rest.until_at_rest(stage, london)
        customer = Customer(both, london, Random(request.seed))
        await customer.choose_tracks()
        copied_s = await _copy(stage)
        await customer.change_prices(_WARM_UP)
        tell(f"changing {request.changes:,} prices (seed {request.seed})")
        alone_ms = await customer.change_prices(request.changes)
        tell(f"renaming an artist of {request.albums:,} albums {request.renames} times")
        behind_ms = await _behind_renames(request.renames, customer, stage, london)
    return LatencyReport(alone_ms, behind_ms, request.albums, request.albums / copied_s, correct=not customer.wrong)


async def _copy(stage: Stage) -> float:
    """Seconds that the peer takes for all of London."""
    await renew_database(stage.region, _COPY)
    start_s = time.monotonic()
    await peer.copy(programs(), stage.london, stage.region, _COPY)
    taken_s = time.monotonic() - start_s
    async with mysql.connection(stage.region) as region:
        await mysql.rows(region, f"DROP DATABASE {_COPY}")
    return taken_s


async def _behind_renames(count: int, customer: "Customer", stage: Stage, london: Connection) -> list[float]:
    [(artist_id,)] = await mysql.rows(london, "SELECT MIN(artist_id) FROM artist")
    await mysql.rows(london, f"UPDATE `release` SET artist_id = {artist_id}")
    delays_ms = []
    for number in range(count):
        await rest.until_at_rest(stage, london)
        await rename_artist(london, artist_id, f"Renamed {number}")
        delays_ms += await customer.change_prices(1)
    return delays_ms


class Customer:
    """Changes prices in London, and asks the gateway until it has them; `wrong` has answers with another price."""

    def __init__(self, both: Sides, london: Connection, random: Random) -> None:
        self.wrong: list[str] = []
        self._both = both
        self._london = london
        self._random = random
        self._tracks: Sequence[OnSale] = ()

    async def choose_tracks(self) -> None:
        self._tracks = await tracks_on_sale(self._london, _TERRITORY, datetime.now(UTC), _MOST_TRACKS)
        await self._both.until_served(Question(self._tracks[0].track_id))

    async def change_prices(self, count: int) -> list[float]:
        """Milliseconds until each of so many changes was shown."""
        return [await self._change_price(self._random.choice(self._tracks).track_id) for _ in range(count)]

    async def _change_price(self, track_id: int) -> float:
        await asyncio.sleep(self._random.uniform(0, _LONGEST_PAUSE_S))
        before = await self._price(track_id)
        price = self._random.choice([price for price in _PRICES if f"{price:.2f}" != before])
        change = await change_price(self._london, track_id, _TERRITORY, price)
        shown, delay_ms = await self._next_price(track_id, before, change)
        if shown != f"{price:.2f}":
            self.wrong.append(f"track {track_id} costs {shown}; {change.what}")
        return delay_ms

    async def _next_price(self, track_id: int, before: str, change: Change) -> tuple[str, float]:
        while True:
            shown = await self._price(track_id)
            delay_ms = (time.monotonic_ns() - change.committed_ns) / 1e6
            if shown != before:
                return shown, delay_ms
            if delay_ms > _PATIENCE_S * 1000:
                raise CrossfadeError(f"after {_PATIENCE_S:g} s the gateway does not show that {change.what}")
            await asyncio.sleep(_POLL_S)

    async def _price(self, track_id: int) -> str:
        answer = await self._both.region(Question(track_id, "json"))
        packages = json.loads(answer.body)["track"]["download"]["packages"]
        return next(str(one["price"]["sevendigitalPrice"]) for one in packages if one["id"] == STANDARD_PACKAGE)

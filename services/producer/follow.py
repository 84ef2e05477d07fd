"""Follows London: binlog -> dirty documents -> wait until the change is visible -> read again -> publish.

Three rules make this safe (docs/convergence.md): a document is read in a snapshot whose position contains the change;
what was read is always published, also when it looks unchanged; and a position is saved only after everything up to it
is acknowledged. Changes that lead to few documents take the fast lane. Those that lead to many, as when an artist with
thousands of albums is renamed, are read piece by piece in the slow lane, and the saved position waits for them.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Final

from services.producer.binlog import Transaction
from services.producer.cascades import Watches
from services.producer.dirty import Ledger, Reached, Round, Signals
from services.producer.mapping import LondonMapping
from services.producer.progress import FollowState
from services.producer.publish import Place, Publisher
from services.producer.replication import stream
from services.producer.snapshot import OpenLondon
from services.producer.source import Instance, London, Moment
from shared import metrics
from shared.batched import batched
from shared.position import Position, version
from shared.settings import LondonSettings
from shared.tasks import together
from shared.wire import DocumentType, Marker

logger = logging.getLogger(__name__)

FAST_MOST: Final = 100
"""More documents than this, found by one route, go into the slow lane, unless many transactions share them."""

DOCUMENTS_A_TRANSACTION: Final = 4

PIECE: Final = 100
"""Documents read and published at a time; a fast change waits for one such piece of the slow lane at most."""

_VISIBLE_PAUSE_S: Final = 0.001
_SAVE_EVERY_S: Final = 1

Found = Mapping[DocumentType, Collection[int]]


class Follower:
    """Follows London from a saved state, on connections of its own."""

    def __init__(
        self,
        *,
        server: LondonSettings,
        server_id: int,
        instance: Instance,
        mapping: LondonMapping,
        open_london: OpenLondon,
        publisher: Publisher,
        watched: Watches,
        check: Callable[[], Awaitable[None]],
        state: FollowState,
        save: Callable[[FollowState], Awaitable[None]],
    ) -> None:
        self.state = state
        self._server = server
        self._server_id = server_id
        self._instance = instance
        self._mapping = mapping
        self._open_london = open_london
        self._publisher = publisher
        self._watched = watched
        self._check = check
        self._save_state = save
        self._ledger = Ledger(Reached(instance.parse_position(state.position), state.event, state.event_time))
        self._finished = asyncio.Event()
        self._signals = Signals()
        self._signalled = asyncio.Event()
        self._round = Round()
        self._deferred = asyncio.Event()
        self._unmarked: set[Place] = set()
        self._ahead: deque[Moment] = deque()

    async def run(self) -> None:
        """Follows until it is cancelled. Raises Retry when a server is lost: then `state` is where to go on."""
        metrics.DIRTY_DOCUMENTS.set(0)
        async with self._open_london() as fast, self._open_london() as slow, self._open_london() as clock:
            await together(
                listen=self._listen(),
                fast_lane=self._fast_lane(fast),
                slow_lane=self._slow_lane(slow),
                save=self._save_regularly(clock),
            )

    async def _listen(self) -> None:
        """Notes what each transaction of the binlog touched."""
        async for item in stream(
            self._server, self._ledger.reached.position, self._mapping.wanted, self._server_id, watched=self._watched
        ):
            if isinstance(item, Transaction):
                self._signals.add(self._ledger.enter(item), item, self._mapping.routes)
                self._signalled.set()
                await self._room()

    async def _room(self) -> None:
        while not self._ledger.has_room:
            self._finished.clear()
            await self._finished.wait()

    def _finish(self, numbers: Iterable[int]) -> None:
        self._ledger.finish(numbers)
        self._finished.set()

    async def _fast_lane(self, london: London) -> None:
        while True:
            await self._signalled.wait()
            self._signalled.clear()
            signals, self._signals = self._signals, Signals()
            await self.deal(london, signals)

    async def deal(self, london: London, signals: Signals) -> None:
        """One round of the fast lane; what leads to many documents is left to the slow lane."""
        if signals.sweeps:
            await self._doubt(signals.sweeps)
        if signals.position:
            await self._until_visible(london, signals.position)
        await self._deal_with(london, signals)

    async def _doubt(self, reasons: Collection[str]) -> None:
        """A sweep heals what one session of London hid. What the server is set to hide would be hidden again: that
        raises SourceUnfit."""
        for reason in reasons:
            logger.warning("the whole catalogue is read again", extra={"reason": reason})
        await self._check()

    async def _slow_lane(self, london: London) -> None:
        while True:
            await self._deferred.wait()
            self._deferred.clear()
            now, self._round = self._round, Round()
            for type, ids in now.ids.items():
                for piece in batched(sorted(ids), PIECE):
                    await self._read_again(london, {type: piece}, "slow lane")
                    metrics.DIRTY_DOCUMENTS.dec(len(piece))
            self._finish(now.numbers)

    async def _until_visible(self, london: London, position: Position) -> None:
        """The binlog tells of a commit before readers can see it."""
        while not (await london.moment()).position.contains(position):  # noqa: ASYNC110  # only London knows
            await asyncio.sleep(_VISIBLE_PAUSE_S)

    async def _deal_with(self, london: London, signals: Signals) -> None:
        few: dict[DocumentType, set[int]] = {}
        is_deferred = False
        for route, values in signals.values.items():
            ids = await london.led_to(route, values)
            if len(ids) > max(FAST_MOST, DOCUMENTS_A_TRANSACTION * len(signals.numbers)):
                before = len(self._round.ids[route.type])
                self._round.ids[route.type] |= ids
                metrics.DIRTY_DOCUMENTS.inc(len(self._round.ids[route.type]) - before)
                is_deferred = True
            else:
                few.setdefault(route.type, set()).update(ids)
        await self._read_again(london, few, "fast lane")
        if signals.sweeps:
            # Saved together with the position that passes these transactions; a snapshot planned after that answers it.
            self.state = self.state.model_copy(update={"sweep": str(signals.position)})
        if is_deferred:
            self._round.numbers += signals.numbers
            self._deferred.set()
        else:
            self._finish(signals.numbers)

    async def _read_again(self, london: London, found: Found, why: str) -> None:
        """Publishes the documents as they are now, whatever they were. The routes led here from what London showed at
        or after the change, and the snapshot is opened later still."""
        for type, ids in found.items():
            for piece in batched(sorted(ids), PIECE):
                records = await london.read(type, piece, self.state.epoch)
                written = await self._publisher.publish(records)
                # Not in one expression with the wait, in which `_save` may put another set in its place.
                self._unmarked |= written
                metrics.DOCUMENTS_READ.labels(type, why).inc(len(piece))

    async def _save_regularly(self, clock: London) -> None:
        while True:
            await self._save(await clock.moment())
            await asyncio.sleep(_SAVE_EVERY_S)

    async def _save(self, moment: Moment) -> None:
        """Saves how far the log is, and marks the partitions that records went to since."""
        self._ahead.append(moment)
        reached = self._ledger.reached
        caught_up_time = self.state.caught_up_time
        while self._ahead and reached.position.contains(self._ahead[0].position):
            caught_up_time = self._ahead.popleft().time
        self.state = self.state.model_copy(
            update={
                "position": str(reached.position),
                "event": reached.event,
                "event_time": reached.event_time,
                "time": moment.time,
                "caught_up_time": caught_up_time,
            }
        )
        places, self._unmarked = self._unmarked, set()
        position = version(self.state.epoch, reached.position)
        await self._save_state(self.state)
        await self._publisher.mark(Marker(position, f"/london/{self._instance.id}", caught_up_time), places)

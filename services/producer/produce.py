"""What a producer process does: one album, a share of a snapshot, or follow London."""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Final

from aiokafka import AIOKafkaProducer

from services.producer.cascades import Watches, watches
from services.producer.follow import Follower
from services.producer.following import Following
from services.producer.lead import Leadership, leadership
from services.producer.mapping import load_mapping
from services.producer.pace import Pace
from services.producer.positions import last_version, read_states, write_state
from services.producer.progress import NO_SNAPSHOT, FollowState, SnapshotState, follow_key, follow_state, snapshot_state
from services.producer.publish import Publisher
from services.producer.resume import Purged, begin, check_history, with_event
from services.producer.settings import ProducerSettings
from services.producer.snapshot import Progress, Snapshot
from services.producer.source import Instance, London, open_london
from services.producer.source_checks import cascades, check_source, retention_s
from shared import metrics, mysql
from shared.alarm import Alarm
from shared.errors import Retry, SourceUnfit
from shared.lifecycle import Life
from shared.position import EPOCH_SHIFT
from shared.retry import delays
from shared.secret import Sealer, SecretSettings
from shared.settings import KafkaSettings, LondonSettings
from shared.tasks import first_of, together

logger = logging.getLogger(__name__)

_LOOK_S: Final = 0.2
# A look reads `catalogue.positions`: 3 ms of this process.
_DUE_EVERY_S: Final = 0.5


class Producing:
    """A producer process: London through a mapping on one side, the log on the other."""

    def __init__(
        self,
        *,
        settings: ProducerSettings,
        london: LondonSettings,
        log: KafkaSettings,
        secret: SecretSettings,
        producer: AIOKafkaProducer,
    ) -> None:
        self._settings = settings
        self._london = london
        self._log = log
        self._mapping = load_mapping(settings.mapping)
        self._seal = Sealer(secret).seal
        self._producer = producer
        self._publisher = Publisher(producer, log)
        self._purged = Alarm("binlog_purged")
        # Unlike that of every other reader of London's binlog, so far as chance can tell.
        self._server_id = random.randrange(2**31, 2**32)

    async def album(self, album_id: int) -> int:
        """Publishes one album as it is now, or its deletion, and returns its version."""
        state = await self._started()
        async with self._open_london(state.server) as london:
            [record] = await london.read("album", [album_id], state.epoch)
        await self._publisher.publish([record])
        return record.version

    async def snapshot(self, report: Callable[[Progress], None]) -> SnapshotState:
        """Takes part in the snapshot that is under way, or begins a new one; returns when it is done."""
        followed = await self._started()
        return await self._share(report, followed, snapshot_state(await read_states(self._log)))

    async def _share(
        self, report: Callable[[Progress], None], followed: FollowState, latest: SnapshotState | None
    ) -> SnapshotState:
        snapshot = Snapshot(
            partial(self._open_london, followed.server),
            self._producer,
            self._log,
            types=list(self._mapping.documents),
            followed=followed,
            before=latest,
            pace=Pace(self._settings.albums_per_s),
            readers=self._settings.readers,
            report=report,
        )
        return await snapshot.run()

    async def snapshots(self, life: Life, report: Callable[[Progress], None], *, also_first: bool = True) -> None:
        """Takes part in each snapshot that is due, until the process is asked to stop: the region's first, one in each
        new epoch, and one for each sweep."""
        waits = delays()
        while not life.stopping.is_set():
            try:
                await first_of(self._due_snapshot(report, also_first=also_first), life.stopping.wait())
                waits = delays()
                await life.sleep(_DUE_EVERY_S)
            except Retry as error:
                logger.warning("a snapshot is gone on with soon", extra={"reason": str(error)})
                await life.sleep(next(waits))

    async def _due_snapshot(self, report: Callable[[Progress], None], *, also_first: bool) -> None:
        states = await read_states(self._log)
        followed, latest = follow_state(states), snapshot_state(states)
        if latest is None and not also_first:
            latest = NO_SNAPSHOT
        is_due = followed is not None and not (latest and latest.answers(followed))
        self._purged.look(followed.gap if followed and is_due else None, time.monotonic())
        # Until the process that leads has begun, nothing is known.
        if followed and is_due:
            await self._share(report, followed, latest)

    async def follow(self, life: Life) -> None:
        """Follows London whenever this process leads, until it is asked to stop."""
        async with leadership(self._log) as leading:
            following = Following(leading)
            life.ready(following.why_not)
            metrics.FOLLOW_LAG.set_function(following.lag_s)
            metrics.RETENTION_HEADROOM.set_function(following.headroom_s)
            alarms = following.watch(life, self._settings.alarm_after_s)
            await together(follow=self._lead_when_it_may(life, leading, following), alarms=alarms)

    async def _lead_when_it_may(self, life: Life, leading: Leadership, following: Following) -> None:
        while not life.stopping.is_set():
            await first_of(leading.gained.wait(), life.stopping.wait())
            try:
                await first_of(self._lead(following), leading.lost.wait(), life.stopping.wait())
            except Retry as error:
                logger.warning("following again soon", extra={"reason": str(error)})
                await life.sleep(following.failed(error))

    async def _lead(self, following: Following) -> None:
        following.begin(await self._saved())
        follower = await self._follower(following)
        logger.info("following London", extra={"position": follower.state.position, "epoch": follower.state.epoch})
        await follower.run()

    async def _follower(self, following: Following) -> Follower:
        async with self._open_london() as london:
            instance = london.instance
            await self._check(instance)
            following.keeps(await self._retention_s())
            watched = await self._watched()
            return Follower(
                server=self._london,
                server_id=self._server_id,
                instance=instance,
                mapping=self._mapping,
                open_london=partial(self._open_london, instance.id),
                publisher=self._publisher,
                watched=watched,
                check=lambda: self._check_again(instance, watched),
                state=await self._begin(london),
                save=lambda state: self._save_followed(state, following),
            )

    async def _check(self, instance: Instance) -> None:
        async with mysql.connection(self._london) as connection:
            with mysql.translated(self._london):
                unfit = await check_source(connection, instance, self._mapping.wanted)
        if unfit:
            raise SourceUnfit(f"London cannot be followed: {'; '.join(unfit)}")

    async def _retention_s(self) -> int | None:
        async with mysql.connection(self._london) as connection:
            with mysql.translated(self._london):
                return await retention_s(connection)

    async def _check_again(self, instance: Instance, watched: Watches) -> None:
        await self._check(instance)
        if await self._watched() != watched:
            raise Retry("London's foreign keys changed, so other tables have to be watched")

    async def _watched(self) -> Watches:
        async with mysql.connection(self._london) as connection:
            with mysql.translated(self._london):
                return watches(await cascades(connection, self._mapping.wanted), self._mapping.routes)

    async def _started(self) -> FollowState:
        """The state from which London is followed. Where there is none it begins now, so that nothing which changes
        after a snapshot began is missed, whoever follows later."""
        if state := await self._saved():
            return state
        async with leadership(self._log) as leading:
            while not leading.gained.is_set():
                await first_of(leading.gained.wait(), asyncio.sleep(_LOOK_S))
                # Whoever leads meanwhile has begun.
                if state := await self._saved():
                    return state
            async with self._open_london() as london:
                return await self._begin(london)

    async def new_epoch(self) -> None:
        """From now on London's history is another one: versions become greater than all before, and London is followed
        from where it stands. What the log has of the old history stays, and a snapshot is due. Waits until no other
        process follows."""
        async with leadership(self._log) as leading, self._open_london() as london:
            logger.info("waiting until no other producer follows London")
            await leading.gained.wait()
            saved = await self._saved()
            epoch = saved.epoch if saved else await self._first_epoch()
            await self._save(await self._from_now(london, epoch + 1))

    async def _begin(self, london: London) -> FollowState:
        """Decides where to go on, which only the leader may do."""
        if (saved := await self._saved()) is None:
            state = await self._from_now(london, await self._first_epoch())
        else:
            state = await self._go_on(london, saved)
        if state != saved:
            await self._save(state)
        return state

    async def _go_on(self, london: London, saved: FollowState) -> FollowState:
        state = begin(saved, london.instance, await london.moment())
        try:
            await check_history(self._london, london.instance, saved, self._server_id)
        except Purged as error:
            # Of another server nothing would prove any more that it has London's history.
            if saved.server != london.instance.id:
                raise
            fresh = await self._from_now(london, saved.epoch + 1)
            return fresh.model_copy(update={"gap": str(error)})
        return state

    async def _first_epoch(self) -> int:
        """0, unless the log has records already: then what was remembered of them is lost, and theirs are smaller."""
        if (version := await last_version(self._log)) is None:
            return 0
        epoch = (version >> EPOCH_SHIFT) + 1
        logger.warning("where London was followed is not known any more: a new epoch begins", extra={"epoch": epoch})
        return epoch

    async def _from_now(self, london: London, epoch: int) -> FollowState:
        fresh = begin(None, london.instance, await london.moment()).model_copy(update={"epoch": epoch})
        return await with_event(self._london, london.instance, fresh, self._server_id)

    async def _saved(self) -> FollowState | None:
        return follow_state(await read_states(self._log))

    async def _save(self, state: FollowState) -> None:
        await write_state(self._producer, self._log, follow_key(state.epoch), state)

    async def _save_followed(self, state: FollowState, following: Following) -> None:
        await self._save(state)
        following.saved(state)

    def _open_london(self, expected: str | None = None) -> AbstractAsyncContextManager[London]:
        return open_london(self._london, self._mapping, self._seal, expected)

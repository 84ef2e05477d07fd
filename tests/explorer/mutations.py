"""What breaks convergence when it is taken out, each on its own: production functions and statements are patched.

A search of the world beside each must find the history in which the region ends different from London.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Final
from unittest.mock import patch

from services.persister import store, writes
from services.persister.batch import Prepared
from services.persister.decide import Decision
from services.persister.store import QUERIES, LogIdentity, Store
from services.persister.writes import Stored, Write
from services.producer.binlog import Transaction
from services.producer.dirty import Ledger
from services.producer.follow import Follower
from services.producer.publish import Publisher
from services.producer.source import London, Moment
from shared.wire import Record
from tests.explorer.fiber import ask
from tests.explorer.log import Newest
from tests.explorer.search import Found, search
from tests.explorer.state import State
from tests.explorer.world import Bounds, World
from tests.explorer.worlds import MOVE, RENAME, WITHDRAW

Patch = AbstractContextManager[Any]


@dataclass(frozen=True, slots=True)
class Mutation:
    """`rule` is what is taken out, by `patches`; `bounds` are those of a small world in which that is seen."""

    rule: str
    patches: Sequence[Patch]
    bounds: Bounds

    @contextmanager
    def taken_out(self) -> Iterator[None]:
        with ExitStack() as entered:
            for one in self.patches:
                entered.enter_context(one)
            yield

    def search(self) -> Found[State]:
        with self.taken_out():
            return search(World(self.bounds))


async def _do_not_wait(*_: object) -> None:
    """In place of `Follower._until_visible`."""


@asynccontextmanager
async def _snapshot_first(london: London) -> AsyncIterator[Moment]:
    """In place of `London.snapshot`."""
    await london._query("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    yield await london.moment()
    await london._query("COMMIT")


_publish: Final = Publisher.publish
_enter, _finish = Ledger.enter, Ledger.finish
_albums: Final = writes._WRITES["album"]


async def _publish_changed(publisher: Publisher, records: Iterable[Record]) -> set[tuple[str, int]]:
    """In place of `Publisher.publish`: what the log's newest record says already is left out."""
    return await _publish(publisher, [one for one in records if await ask(Newest(one.id)) != one.value])


def _enter_finished(ledger: Ledger, transaction: Transaction) -> int:
    """In place of `Ledger.enter`: what was heard counts as acknowledged."""
    number = _enter(ledger, transaction)
    _finish(ledger, [number])
    return number


def _forget_deleted(newer: Sequence[Prepared], stored: Mapping[int, Stored]) -> Iterator[Write]:
    """In place of what an album writes: a deletion leaves nothing behind."""
    yield from _albums(newer, stored)
    yield "remove_album", [(one.record.id,) for one in newer if one.rows is None]


async def _store_apart(region: Store, batch: Any, log: LogIdentity) -> Any:
    """In place of `Store.store`: the offsets in a transaction of their own, before the rows."""
    async with region._transaction():
        for advance in batch.advances:
            await region._advance(advance, log)
    async with region._transaction():
        return sum([await region._put(type, prepared) for type, prepared in batch.prepared.items()], store.Outcome())


def _unguarded(sql: str) -> str:
    """What is put, whatever stands there."""
    found = re.sub(r"IF\(VALUES\(version\) > version, (VALUES\(\w+\)), \w+\)", r"\1", sql)
    return found.replace("GREATEST(version, VALUES(version))", "VALUES(version)")


def _statements(change: Callable[[str], str], *names: str) -> Patch:
    return patch.dict(QUERIES, {name: change(QUERIES[name]) for name in names})


_PUT_TRACKS: Final = ("put_track_metadata", "put_track_availability")
_REMOVE_TRACKS: Final = ("remove_track_metadata", "remove_track_availability")

MUTATIONS: Final = (
    Mutation(
        "wait until the change is visible",
        [patch.object(Follower, "_until_visible", _do_not_wait)],
        Bounds((MOVE,)),
    ),
    Mutation(
        "guard each row by its version",
        [_statements(_unguarded, *_PUT_TRACKS)],
        Bounds((MOVE, MOVE)),
    ),
    Mutation(
        "keep the row of a deleted album",
        [
            patch.dict(writes._WRITES, album=_forget_deleted),
            patch.dict(QUERIES, remove_album="DELETE FROM album WHERE album_id = %s"),
        ],
        Bounds((RENAME, WITHDRAW), takeovers=1),
    ),
    Mutation(
        "compare the offset before it is set",
        [_statements(lambda sql: sql.replace("AND next_offset = %s", "AND %s >= 0"), "advance_offset")],
        Bounds((MOVE,), partitions=1, setbacks=1),
    ),
    Mutation(
        "publish always",
        [patch.object(Publisher, "publish", _publish_changed)],
        Bounds((MOVE, MOVE), takeovers=1),
    ),
    Mutation(
        "read the position before the snapshot",
        [patch.object(London, "snapshot", _snapshot_first)],
        Bounds((MOVE, MOVE)),
    ),
    Mutation(
        "save only what is acknowledged",
        [patch.object(Ledger, "enter", _enter_finished), patch.object(Ledger, "finish", lambda *_: None)],
        Bounds((MOVE,), takeovers=1),
    ),
    Mutation(
        "remove only rows that are still the album's own",
        [_statements(lambda sql: sql.replace("AND album_id = %s", "AND %s > 0"), *_REMOVE_TRACKS)],
        Bounds((MOVE,)),
    ),
    Mutation(
        "apply only what is newer",
        [patch.object(store, "decide", lambda *_: Decision.APPLY)],
        Bounds((MOVE, WITHDRAW), takeovers=1),
    ),
    Mutation(
        "move the offset together with the rows",
        [patch.object(Store, "store", _store_apart)],
        Bounds((MOVE,), crashes=1),
    ),
)

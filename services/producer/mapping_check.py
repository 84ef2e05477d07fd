"""Runs a mapping against London as the producer would, and tells what is wrong with it in its author's words.

Nothing is written, to London or to the log.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from services.producer.asking import Asking
from services.producer.binlog_columns import Value
from services.producer.columns import Rows
from services.producer.mapping import QUERIES, Documents, LondonMapping, load_mapping
from services.producer.mapping_findings import (
    Explained,
    Findings,
    Tell,
    misfit,
    shared_tracks,
    table_of_tracks,
    unfollowed,
    wrong_id,
    wrong_page,
)
from services.producer.routes import Route, Sql
from services.producer.snapshot import RANGE_SIZES
from services.producer.source import BEFORE_ALL, CONVERSIONS, London, open_london
from services.producer.source_checks import quoted
from shared import mysql, wire
from shared.errors import InvalidRecord, Unusable
from shared.mysql import ServerSettings
from shared.secret import Sealer, SecretSettings, new_key
from shared.wire import MAX_RECORD_BYTES, DocumentType, Record

_MOST_S: Final = 0.8
"""A snapshot of London lasts under a second, with all queries of a document type in it."""

_SAMPLE: Final = 1000
"""Rows of a table from whose values a route is tried."""

Progress = Callable[[DocumentType, int], None]
"""Is told how many documents of a type were read so far."""


@dataclass(frozen=True, slots=True)
class Report:
    """What is wrong, a sentence each, and how many documents of each type were read."""

    mapping: str
    findings: Sequence[str]
    documents: Mapping[DocumentType, int] = field(default_factory=dict)


async def check(folder: Path, server: ServerSettings, *, is_whole: bool, progress: Progress) -> Report:
    """Checks a mapping on as many documents of each type as a snapshot reads at once, or on all of them.

    Raises DatabaseAway, or Unusable for an account that cannot log in.
    """
    try:
        mapping = load_mapping(folder)
    except Unusable as error:
        return Report(folder.name, [str(error)])
    seal = Sealer(SecretSettings(secret_key=SecretStr(new_key()))).seal
    async with open_london(server, mapping, seal) as london, mysql.connection(server, conv=CONVERSIONS) as connection:
        checking = _Checking(mapping, london, Asking(connection, server, london.instance), progress)
        await checking.run(is_whole)
        return Report(mapping.name, checking.findings.sentences(), checking.documents)


class _Checking:
    def __init__(self, mapping: LondonMapping, london: London, asking: Asking, progress: Progress) -> None:
        self.findings = Findings()
        self.documents: dict[DocumentType, int] = {}
        self._mapping = mapping
        self._london = london
        self._asking = asking
        self._progress = progress
        self._album_of_track: dict[int, int] = {}

    async def run(self, is_whole: bool) -> None:
        with self.findings.about("London") as tell:
            tell(await self._asking.unfit())
        for documents in self._mapping.documents.values():
            if await self._is_readable(documents):
                await self._read(documents, is_whole)
        for route in self._mapping.routes:
            with self.findings.about(route.place) as tell:
                await self._try_route(route, tell)

    async def _is_readable(self, documents: Documents) -> bool:
        """Tries each statement on the first ids, and tells what is wrong with any."""
        before = len(self.findings)
        ids: list[int] = []
        with self.findings.about(documents.ids.file) as tell:
            tell(unfollowed(documents.type, await self._explain(documents.ids), *self._followed))
            ids = await self._try_paging(documents.ids, RANGE_SIZES[documents.type], tell)
        await self._try_queries(documents, ids)
        return len(self.findings) == before

    async def _try_paging(self, sql: Sql, limit: int, tell: Tell) -> list[int]:
        """The first page of ids; none where they are wrong."""
        page = await self._asking.rows(sql.bind(after=BEFORE_ALL, limit=limit))
        wrong = [*wrong_page(page, BEFORE_ALL)]
        if page and not wrong:
            [middle] = page[len(page) // 2]
            wrong = [*wrong_page(await self._asking.rows(sql.bind(after=middle, limit=limit)), middle)]
        tell(wrong)
        return [] if wrong else [id for (id,) in page]

    async def _try_queries(self, documents: Documents, ids: Sequence[int]) -> None:
        found: dict[str, Rows] = {}
        for name in QUERIES[documents.type]:
            if sql := documents.queries.get(name):
                with self.findings.about(sql.file) as tell:
                    explained = await self._explain(sql)
                    tell(unfollowed(documents.type, explained, *self._followed))
                    if name == "tracks":
                        tell(await self._shared_tracks(explained))
                    values = {f"{documents.type}_ids": ids, "track_ids": [row[1] for row in found.get("tracks", [])]}
                    found[name] = await self._timed(name, sql.bind(**values), tell)

    async def _timed(self, query: str, statement: str, tell: Tell) -> Rows:
        started = time.monotonic()
        found = await self._asking.arranged(query, statement)
        if (took_s := time.monotonic() - started) > _MOST_S:
            tell([f"it takes {took_s:.1f} s, and all queries together should take less; look for a missing index"])
        return found

    async def _shared_tracks(self, explained: Explained) -> list[str]:
        if (table := table_of_tracks(explained)) is None:
            return []
        return [*shared_tracks(explained, table, await self._asking.unique_keys(table))]

    async def _read(self, documents: Documents, is_whole: bool) -> None:
        """Reads documents as the producer does, and tells of those that the region would not take."""
        self.documents[documents.type] = 0
        async for ids in self._london.pages(documents.type, RANGE_SIZES[documents.type]):
            with self.findings.about(_root(documents).file) as tell:
                await self._read_page(documents, ids, tell)
            self.documents[documents.type] += len(ids)
            self._progress(documents.type, self.documents[documents.type])
            if not is_whole:
                break

    async def _read_page(self, documents: Documents, ids: Sequence[int], tell: Tell) -> None:
        for record in await self._london.read(documents.type, ids, 0):
            if record.value is not None:
                await self._check_record(record, documents)
            elif await self._london.page(record.type, record.id - 1, 1) == [record.id]:
                tell([f"it gives no {record.type} {record.id}, which {documents.ids.file} gives"])
        for id in await self._unlisted(documents, ids):
            tell([f"it gives {documents.type} {id}, which {documents.ids.file} does not give"])

    async def _unlisted(self, documents: Documents, ids: Sequence[int]) -> list[int]:
        """Documents that there are in the gaps between the ids."""
        listed = set(ids)
        gaps = (id for id in range(ids[0], ids[-1]) if id not in listed)
        asked = list(islice(gaps, RANGE_SIZES[documents.type]))
        return sorted(await self._there_are(documents, asked)) if asked else []

    async def _there_are(self, documents: Documents, ids: Sequence[int]) -> set[int]:
        root, *_ = QUERIES[documents.type]
        statement = documents.queries[root].bind(**{f"{documents.type}_ids": ids})
        return {row[0] for row in await self._asking.arranged(root, statement)}

    async def _check_record(self, record: Record, documents: Documents) -> None:
        try:
            document = wire.check(record)
        except InvalidRecord as error:
            query, sentence = misfit(record.type, record.id, str(error))
            self.findings.add(documents.queries[query].file, sentence)
            return
        if len(record.value or b"") > MAX_RECORD_BYTES:
            self.findings.add(_root(documents).file, f"{record.type} {record.id} is larger than the log takes")
        for track in getattr(document, "tracks", []):
            await self._check_album(track.track_id, record.id, documents)

    async def _check_album(self, track_id: int, album_id: int, documents: Documents) -> None:
        other = self._album_of_track.setdefault(track_id, album_id)
        if other != album_id:
            with self.findings.about(documents.queries["tracks"].file):
                # It may have moved since; in one snapshot it stands on two albums only if it really does.
                await self._london.read("album", [other, album_id], 0)

    async def _try_route(self, route: Route, tell: Tell) -> None:
        if unfit := await self._asking.unfit_column(route.table, route.column):
            tell(unfit)
            return
        column, table = quoted(route.column), quoted(route.table)
        rows = await self._asking.rows(f"SELECT {column} FROM {table} LIMIT {_SAMPLE}")
        values = list(dict.fromkeys(value for (value,) in rows if value is not None))
        if route.query:
            await self._try_fan_out(route, route.query, values)
        else:
            await self._try_id(route, values, tell)

    async def _try_fan_out(self, route: Route, query: Sql, values: Sequence[Value]) -> None:
        with self.findings.about(query.file) as tell:
            tell(unfollowed(route.type, await self._explain(query), *self._followed))
            if values:
                tell(wrong_id(await self._asking.rows(query.bind(values=values))))

    async def _try_id(self, route: Route, values: Sequence[Value], tell: Tell) -> None:
        if route.id:
            read = await self._asking.explain(route.statement([1]))
            tell(f"its id reads table {table.name}, where a deleted row is gone" for table in read.tables)
        if values and route.type in self.documents and not await self._leads_somewhere(route, values):
            tell([f"none of {len(values)} values of {route.column}, such as {values[0]!r}, leads to any {route.type}"])

    async def _leads_somewhere(self, route: Route, values: Sequence[Value]) -> bool:
        ids = sorted(await self._london.led_to(route, values))
        return bool(await self._there_are(self._mapping.documents[route.type], ids))

    async def _explain(self, sql: Sql) -> Explained:
        """By examples of two ids: of a single one the server would look the row up at once, and name no column."""
        return await self._asking.explain(
            sql.bind(**{name: 1 if name in ("after", "limit") else [1, 2] for name in sql.placeholders})
        )

    @property
    def _followed(self) -> tuple[str, tuple[Route, ...]]:
        return self._asking.database, self._mapping.routes


def _root(documents: Documents) -> Sql:
    return documents.queries[QUERIES[documents.type][0]]

"""What is wrong with a mapping, in its author's words: which file, which column, which document. No I/O."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple

from services.producer.columns import origin
from services.producer.routes import Route
from shared.errors import CrossfadeError, Retry
from shared.wire import DocumentType

Tell = Callable[[Iterable[str]], None]

_PARTICULAR: Final = re.compile(r"\b\d+\b|'[^']*'")
"""What differs between two sentences of one kind: ids and values."""


class Findings:
    """Sentences, each after the file that it is about. Of those of one kind the first stands for all."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, str], str] = {}
        self._count: Counter[tuple[str, str]] = Counter()

    def add(self, file: str, sentence: str) -> None:
        kind = file, _PARTICULAR.sub("", sentence)
        self._first.setdefault(kind, f"{file}: {sentence}")
        self._count[kind] += 1

    def _add_all(self, file: str, sentences: Iterable[str]) -> None:
        for sentence in sentences:
            self.add(file, sentence)

    @contextmanager
    def about(self, file: str) -> Iterator[Tell]:
        """Within the block sentences can be told of a file; an error that the operator can mend is one."""
        try:
            yield partial(self._add_all, file)
        except Retry:
            raise
        except CrossfadeError as error:
            self.add(file, str(error))

    def __len__(self) -> int:
        return self._count.total()

    def sentences(self) -> list[str]:
        return [
            f"{first} (and {more} more like this)" if (more := self._count[kind] - 1) else first
            for kind, first in self._first.items()
        ]


class Table(NamedTuple):
    """A table that a statement reads, and the name that it has there."""

    schema: str
    name: str
    alias: str


_NAME: Final = r"`((?:[^`]|``)+)`"
_TABLE: Final = re.compile(rf"(?:from|join) \(*{_NAME}\.{_NAME}(?: {_NAME})?")
_COLUMN: Final = re.compile(rf"(?:,|select |distinct )(?:{_NAME}\.)?{_NAME}\.{_NAME} AS {_NAME}")


@dataclass(frozen=True, slots=True)
class Explained:
    """A statement as the server says that it reads it (the note that EXPLAIN leaves): with all names in full, and with
    what stands behind a view in its place. `columns` has those that are a table's own, as alias of the table and name,
    by what they are called."""

    tables: tuple[Table, ...]
    columns: Mapping[str, tuple[str, str]]

    @classmethod
    def parse(cls, note: str) -> "Explained":
        tables = tuple(Table(schema, name, alias or name) for schema, name, alias in _TABLE.findall(note))
        columns = {called.lower(): (alias, name) for _, alias, name, called in _COLUMN.findall(note)}
        return cls(tables, columns)


def unfollowed(type: DocumentType, explained: Explained, database: str, routes: Iterable[Route]) -> Iterator[str]:
    """A sentence for each table whose changes would not lead to the documents that are made of it."""
    followed = {route.table.lower() for route in routes if route.type == type}
    for schema, name in dict.fromkeys((table.schema, table.name) for table in explained.tables):
        if schema != database:
            yield f"it reads {schema}.{name}, and only tables of {database} can be followed"
        elif name.lower() not in followed:
            yield f"it reads table {name}, of which mapping.yaml does not tell how a change leads to {type}"


def table_of_tracks(explained: Explained) -> str | None:
    """The table that tells which track is on which album, where both ids are columns of one."""
    album, track = explained.columns.get("album_id"), explained.columns.get("track_id")
    if not album or not track or album[0] != track[0]:
        return None
    return next((table.name for table in explained.tables if table.alias == track[0]), None)


def shared_tracks(explained: Explained, table: str, keys: Iterable[Collection[str]]) -> Iterator[str]:
    """The sentence for a schema in which a track can stand on two albums: of the unique keys of the table none has the
    track's id without the album's."""
    (_, album), (_, track) = explained.columns["album_id"], explained.columns["track_id"]
    if not any(track in key and album not in key for key in keys):
        yield (
            f"a track can stand on two albums, and may stand on one only: no unique key of table {table} has {track} "
            f"without {album}"
        )


def wrong_id(rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """What is wrong with the ids that a route's statement gives: they have to be whole numbers, or NULL."""
    for row in rows:
        if len(row) != 1:
            yield f"it gives {len(row)} columns, and has to give the id only"
            return
        try:
            int(row[0] or 0)
        except ValueError:
            yield f"it gives the id {row[0]!r}, which is not a whole number; CAST it"


def wrong_page(page: Sequence[tuple[Any, ...]], after: int) -> Iterator[str]:
    """What is wrong with a page of ids that was asked for after that one."""
    if page and len(page[0]) != 1:
        yield f"it gives {len(page[0])} columns, and has to give the id only"
        return
    last = after
    for (id,) in page:
        if type(id) is not int:
            yield f"it gives the id {id!r}, which is not a whole number; CAST it"
            return
        if id <= last:
            yield f"it gives the id {id} after {last}; ids have to ascend, and to be greater than :after"
            return
        last = id


def misfit(type: DocumentType, id: int, reason: str) -> tuple[str, str]:
    """The query that an invalid document's fault comes from, and the sentence. `reason` is `PLACE: WHAT`, as
    `shared.wire.check` tells it."""
    place, _, what = reason.partition(": ")
    query, column = origin(type, place)
    return query, f"{column} of {type} {id} ({place}): {what}"

"""The mapping: London's schema told as SQL files, from which documents are built and changed rows led to documents.

A mapping is a folder with `mapping.yaml` and the SQL files that it names; it holds no Python. docs/mapping.md is its
author's guide.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from services.producer.routes import Route, Sql
from shared.errors import Unusable
from shared.wire import DocumentType

SqlFile = Annotated[str, StringConstraints(pattern=r"^\w[\w.-]*(/\w[\w.-]*)*\.sql$")]
"""A file in the mapping's folder: no part of its path is `..`."""

QUERIES: Final[Mapping[DocumentType, tuple[str, ...]]] = {
    "album": ("albums", "album_formats", "album_prices", "tracks", "licences", "track_formats", "track_prices"),
    "artist": ("artists",),
    "client": ("clients", "endpoints", "shops"),
}
"""The queries a document type may have, its root first; all but the root may be left out of a mapping."""


class _DocumentEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    ids: SqlFile
    queries: dict[str, SqlFile]


class _RouteEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    column: str
    query: SqlFile | None = None
    id: str | None = None


class _MappingFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    documents: dict[Literal["album", "artist", "client"], _DocumentEntry]
    tables: dict[str, dict[Literal["album", "artist", "client"], _RouteEntry]]


@dataclass(frozen=True, slots=True)
class Documents:
    """How the documents of one type are read: pages of their ids in ascending order, and the queries of their parts."""

    type: DocumentType
    ids: Sql
    queries: Mapping[str, Sql]


@dataclass(frozen=True)
class LondonMapping:
    """A loaded mapping."""

    name: str
    documents: Mapping[DocumentType, Documents]
    routes: tuple[Route, ...]

    @cached_property
    def wanted(self) -> Mapping[str, tuple[str, ...]]:
        """Per mapped table, the columns whose values lead to documents."""
        tables = sorted({route.table for route in self.routes})
        return {table: tuple(sorted({r.column for r in self.routes if r.table == table})) for table in tables}


def load_mapping(folder: Path) -> LondonMapping:
    """Reads a mapping's folder; raises Unusable naming the file and what is wrong in it."""
    entry = _parse(folder / "mapping.yaml")
    documents = {type: _documents(folder, type, found) for type, found in entry.documents.items()}
    for table, types in entry.tables.items():
        if unread := types.keys() - documents.keys():
            raise Unusable(
                f"mapping.yaml: tables.{table} leads to {', '.join(sorted(unread))}, which is not under documents"
            )
    routes = tuple(
        _route(folder, table, type, route) for table, types in entry.tables.items() for type, route in types.items()
    )
    return LondonMapping(folder.name, documents, routes)


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice in one place; YAML would let the last one count."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            # Servers may tell names of tables in either case.
            name = str(key.value).lower()
            if name in seen:
                raise yaml.MarkedYAMLError(problem=f"{key.value} stands here twice", problem_mark=key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


def _parse(file: Path) -> _MappingFile:
    try:
        return _MappingFile.model_validate(yaml.load(file.read_text("utf-8"), _Loader))  # a safe loader
    except OSError as error:
        raise Unusable(f"no mapping at {file.parent}: {error.strerror}") from error
    except (yaml.YAMLError, ValidationError, UnicodeDecodeError) as error:
        raise Unusable(f"{file} is not a mapping: {error}") from error


def _documents(folder: Path, type: DocumentType, entry: _DocumentEntry) -> Documents:
    root, *_ = QUERIES[type]
    if root not in entry.queries:
        raise Unusable(f"mapping.yaml: documents.{type}.queries names no query {root!r}")
    if unknown := entry.queries.keys() - set(QUERIES[type]):
        raise Unusable(f"mapping.yaml: documents.{type}.queries: {sorted(unknown)} are none of {QUERIES[type]}")
    queries = {name: _sql(folder, file, _placeholders(type, name)) for name, file in entry.queries.items()}
    ids = _sql(folder, entry.ids, {"after", "limit"})
    if ids.placeholders != {"after", "limit"}:
        raise Unusable(f"{ids.file}: a page of ids needs both :after and :limit")
    return Documents(type, ids, queries)


def _route(folder: Path, table: str, type: DocumentType, entry: _RouteEntry) -> Route:
    place = f"mapping.yaml: tables.{table}.{type}"
    if entry.query is not None and entry.id is not None:
        raise Unusable(f"{place} has both a query and an id; it may have one of them")
    query = _sql(folder, entry.query, {"values"}) if entry.query else None
    id = _asking_by({"value"}, Sql(f"{place}.id", entry.id)) if entry.id is not None else None
    return Route(table, type, entry.column, query, id)


def _placeholders(type: DocumentType, query: str) -> set[str]:
    """What a query may ask by; the tracks of albums are known once they were read."""
    after_tracks = type == "album" and QUERIES[type].index(query) > QUERIES[type].index("tracks")
    return {f"{type}_ids", "track_ids"} if after_tracks else {f"{type}_ids"}


def _sql(folder: Path, file: str, known: set[str]) -> Sql:
    try:
        text = (folder / file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"{folder.name}/{file} cannot be read: {error}") from error
    return _asking_by(known, Sql(f"{folder.name}/{file}", text.strip().rstrip(";")))


def _asking_by(known: set[str], sql: Sql) -> Sql:
    if not sql.placeholders or sql.placeholders - known:
        names = ", ".join(f":{name}" for name in sorted(known))
        raise Unusable(f"{sql.file}: its placeholders are {sorted(sql.placeholders)}; it may use {names}")
    return sql

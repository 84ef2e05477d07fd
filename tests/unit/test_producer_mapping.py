"""Mappings: what their author gets wrong is told in a sentence that names the file and the place."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from services.producer.mapping import QUERIES, LondonMapping, load_mapping
from services.producer.routes import Route, Sql
from shared.errors import Unusable

SHIPPED = Path(__file__).parents[2] / "mappings" / "sevendigital"

IDS = "SELECT id FROM t WHERE id > :after LIMIT :limit"
ALBUMS = "SELECT id AS album_id FROM t WHERE id IN (:album_ids);\n"
ALBUM = {"ids": "ids.sql", "queries": {"albums": "albums.sql"}}


def write(folder: Path, documents: Any, tables: Any, **files: str) -> Path:
    """A mapping's folder; `_` in a name of `files` stands before its `sql`."""
    (folder / "mapping.yaml").write_text(yaml.safe_dump({"documents": documents, "tables": tables}), "utf-8")
    for name, text in {"ids_sql": IDS, "albums_sql": ALBUMS, **files}.items():
        (folder / name.replace("_sql", ".sql")).write_text(text, "utf-8")
    return folder


def load(folder: Path, *, queries: dict[str, str] | None = None, **files: str) -> LondonMapping:
    album = {**ALBUM, "queries": {"albums": "albums.sql", **(queries or {})}}
    return load_mapping(write(folder, {"album": album}, {}, **files))


def refused(folder: Path) -> str:
    with pytest.raises(Unusable) as caught:
        load_mapping(folder)
    return str(caught.value)


def test_the_shipped_mapping_gives_every_query_of_every_document() -> None:
    mapping = load_mapping(SHIPPED)
    assert {type: set(found.queries) for type, found in mapping.documents.items()} == {
        type: set(names) for type, names in QUERIES.items()
    }


def test_every_table_that_the_shipped_mappings_queries_read_leads_to_documents() -> None:
    mapping = load_mapping(SHIPPED)
    texts = [sql.text for found in mapping.documents.values() for sql in found.queries.values()]
    read = {table for text in texts for table in re.findall(r"(?:FROM|JOIN) `?(\w+)`?", text)}
    assert read == set(mapping.wanted)


def test_every_file_of_the_shipped_mapping_is_used() -> None:
    mapping = load_mapping(SHIPPED)
    used = {sql.file for found in mapping.documents.values() for sql in (found.ids, *found.queries.values())}
    used |= {route.query.file for route in mapping.routes if route.query}
    assert {str(file.relative_to(SHIPPED.parent)) for file in SHIPPED.rglob("*.sql")} == used


def test_a_mapping_with_fewer_facts_needs_the_root_query_only(tmp_path: Path) -> None:
    mapping = load(tmp_path)
    assert mapping.name == tmp_path.name
    assert list(mapping.documents["album"].queries) == ["albums"]


def test_the_wanted_columns_of_a_table_are_those_of_all_its_routes(tmp_path: Path) -> None:
    tables = {
        "artist": {"album": {"column": "artist_id", "query": "fan_out.sql"}, "artist": {"column": "id"}},
        "release": {"album": {"column": "release_id"}},
    }
    documents = {"album": ALBUM, "artist": {"ids": "ids.sql", "queries": {"artists": "artists.sql"}}}
    texts = {"artists_sql": "SELECT :artist_ids", "fan_out_sql": "SELECT :values"}
    wanted = load_mapping(write(tmp_path, documents, tables, **texts)).wanted
    assert wanted == {"artist": ("artist_id", "id"), "release": ("release_id",)}


def test_a_statements_last_semicolon_is_dropped(tmp_path: Path) -> None:
    assert load(tmp_path).documents["album"].queries["albums"].text == ALBUMS.strip().rstrip(";")


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    assert refused(tmp_path / "nowhere") == f"no mapping at {tmp_path / 'nowhere'}: No such file or directory"


@pytest.mark.parametrize(
    "text", ["", "documents: [", "[]", "documents: {}", "documents: {}\ntables: {}\nmore: 1", "\0"]
)
def test_a_file_that_is_no_mapping_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "mapping.yaml").write_text(text, "utf-8")
    assert refused(tmp_path).startswith(f"{tmp_path / 'mapping.yaml'} is not a mapping: ")


def test_a_document_type_that_is_unknown_is_named(tmp_path: Path) -> None:
    assert "documents.label" in refused(write(tmp_path, {"label": ALBUM}, {}))


def test_a_missing_root_query_is_named(tmp_path: Path) -> None:
    documents = {"album": {"ids": "ids.sql", "queries": {"tracks": "albums.sql"}}}
    assert refused(write(tmp_path, documents, {})) == ("mapping.yaml: documents.album.queries names no query 'albums'")


def test_an_unknown_query_is_named_with_those_that_there_are(tmp_path: Path) -> None:
    documents = {"album": {"ids": "ids.sql", "queries": {"albums": "albums.sql", "songs": "albums.sql"}}}
    reason = refused(write(tmp_path, documents, {}))
    assert "documents.album.queries: ['songs']" in reason
    assert "'tracks'" in reason


def test_a_missing_sql_file_is_named(tmp_path: Path) -> None:
    documents = {"album": {"ids": "ids.sql", "queries": {"albums": "missing.sql"}}}
    assert refused(write(tmp_path, documents, {})).startswith(f"{tmp_path.name}/missing.sql cannot be read: ")


@pytest.mark.parametrize(
    "file", ["/etc/passwd.sql", "../ids.sql", "a/../../ids.sql", "a//b.sql", "ids.txt", "", "-x.sql"]
)
def test_a_file_outside_the_folder_or_of_another_kind_is_refused(tmp_path: Path, file: str) -> None:
    documents = {"album": {"ids": file, "queries": {"albums": "albums.sql"}}}
    assert "documents.album.ids" in refused(write(tmp_path, documents, {}))


@pytest.mark.parametrize("again", ["track", "Track"])
def test_a_table_that_stands_twice_is_named(tmp_path: Path, again: str) -> None:
    route = "{album: {column: release_id}}"
    (tmp_path / "mapping.yaml").write_text(f"documents: {{}}\ntables:\n  track: {route}\n  {again}: {route}\n", "utf-8")
    assert re.search(rf"{again} stands here twice\n.*line 4", refused(tmp_path))


def test_an_unknown_placeholder_is_named_with_those_that_may_be_used(tmp_path: Path) -> None:
    folder = write(tmp_path, {"album": ALBUM}, {}, albums_sql="SELECT :album_id")
    assert refused(folder) == (f"{tmp_path.name}/albums.sql: its placeholders are ['album_id']; it may use :album_ids")


def test_a_query_without_a_placeholder_is_refused(tmp_path: Path) -> None:
    assert "its placeholders are []" in refused(write(tmp_path, {"album": ALBUM}, {}, albums_sql="SELECT 1"))


@pytest.mark.parametrize("text", ["SELECT :after", "SELECT :limit"])
def test_a_page_of_ids_has_to_begin_and_to_end_somewhere(tmp_path: Path, text: str) -> None:
    assert "ids.sql" in refused(write(tmp_path, {"album": ALBUM}, {}, ids_sql=text))


@pytest.mark.parametrize("query", ["albums", "album_formats", "album_prices", "tracks"])
def test_a_query_that_runs_before_the_tracks_are_known_cannot_ask_by_them(tmp_path: Path, query: str) -> None:
    with pytest.raises(Unusable, match=r"early\.sql"):
        load(tmp_path, queries={query: "early.sql"}, early_sql="SELECT :track_ids")


def test_a_route_to_documents_that_the_mapping_does_not_read_is_refused(tmp_path: Path) -> None:
    assert "client" in refused(write(tmp_path, {"album": ALBUM}, {"client": {"client": {"column": "id"}}}))


def load_route(folder: Path, **entry: str) -> Route:
    [route] = load_mapping(write(folder, {"album": ALBUM}, {"lp": {"album": entry}}, q_sql="SELECT :values")).routes
    return route


def test_a_column_that_holds_the_id_needs_nothing_to_be_asked(tmp_path: Path) -> None:
    assert load_route(tmp_path, column="lp_no").holds_id


def test_an_id_is_computed_from_each_value_and_is_a_number_whatever_comes_out(tmp_path: Path) -> None:
    route = load_route(tmp_path, column="code", id="SUBSTRING(:value, 3)")
    assert not route.holds_id
    assert route.statement(["LP7", 8]) == (
        "SELECT CAST((SUBSTRING(CONVERT(0x4c5037 USING utf8mb4), 3)) AS UNSIGNED), CAST((SUBSTRING(8, 3)) AS UNSIGNED)"
    )


def test_a_fan_out_is_asked_for_all_values_at_once(tmp_path: Path) -> None:
    route = load_route(tmp_path, column="code", query="q.sql")
    assert not route.holds_id
    assert route.statement([8, 9]) == "SELECT 8,9"


def test_a_route_has_a_query_or_an_id_and_not_both(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match=r"tables\.lp\.album has both a query and an id"):
        load_route(tmp_path, column="code", id=":value", query="q.sql")


@pytest.mark.parametrize("id", ["1", ":values", ":value + :after"])
def test_an_id_is_computed_from_the_value_alone(tmp_path: Path, id: str) -> None:
    with pytest.raises(Unusable, match=r"tables\.lp\.album\.id: its placeholders are .*; it may use :value$"):
        load_route(tmp_path, column="code", id=id)


def test_numbers_and_lists_of_them_are_written_as_they_are() -> None:
    assert Sql("x", "IN (:ids) AND id > :after").bind(ids=[3, 1], after=0) == "IN (3,1) AND id > 0"


def test_an_empty_list_finds_nothing() -> None:
    assert Sql("x", "IN (:ids)").bind(ids=[]) == "IN (0)"


def test_a_list_may_stand_in_a_json_text_also_when_it_is_empty() -> None:
    ids = Sql("x", "JSON_TABLE('[:ids]', '$[*]' COLUMNS (id BIGINT PATH '$'))")
    texts = [ids.bind(ids=some).split("'")[1] for some in ([3, 1], [])]
    assert [json.loads(text) for text in texts] == [[3, 1], [0]]


@given(st.text(st.characters(codec="utf-8")))
def test_text_is_written_so_that_no_quoting_rule_touches_it(text: str) -> None:
    bound = Sql("x", "name IN (:values)").bind(values=[text])
    match = re.fullmatch(r"name IN \((?:CONVERT\(0x([0-9a-f]+) USING utf8mb4\)|'')\)", bound)
    assert match
    assert bytes.fromhex(match[1] or "").decode() == text


@given(st.binary())
def test_bytes_are_written_as_hexadecimal(value: bytes) -> None:
    assert Sql("x", "id = :id").bind(id=value) == f"id = x'{value.hex()}'"


@pytest.mark.parametrize("text", ["TIME '10:00:00'", "SELECT a::text", "'%H:%i'", "SELECT 1 :Upper", "a:b"])
def test_other_colons_are_no_placeholders(text: str) -> None:
    assert not Sql("x", text).placeholders


def test_a_placeholder_is_the_whole_word() -> None:
    assert Sql("x", "(:track_ids), :track_ids").placeholders == {"track_ids"}

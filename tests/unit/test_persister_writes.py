"""The statements that records write: guarded, in the order of keys, no larger than a packet, and nothing of others."""

import json
import re
from collections.abc import Iterable, Mapping
from importlib.resources import files

import pytest

from services.persister.batch import Prepared, prepare_record
from services.persister.writes import QUERIES, Stored, writes
from shared.sql import binary, literal
from shared.wire import DocumentType, Record
from tests.documents import ARTIST, CLIENT, album, record, tombstone

MIB = 1024 * 1024
SMALLEST_PACKET = 16 * MIB


def prepared(one: Record) -> Prepared:
    return prepare_record(one, "catalogue.albums/0/17")


def stored(album_id: int, *track_ids: int) -> Mapping[int, Stored]:
    """A region that holds one album with these tracks."""
    return {album_id: Stored(1, frozenset(track_ids))}


def statements(type: DocumentType, newer: Iterable[Prepared], held: Mapping[int, Stored] | None = None) -> list[str]:
    return [statement.decode() for statement in writes(type, list(newer), held or {})]


def prepared_album(album_id: int, *track_ids: int, version: int = 2, title: str = "Blur") -> Prepared:
    return prepared(record("album", album(album_id, track_ids, title=title), version))


def deleted_album(album_id: int, version: int = 2) -> Prepared:
    return prepared(tombstone("album", album_id, version))


def into(table: str, found: Iterable[str]) -> list[str]:
    return [statement for statement in found if statement.startswith(f"INSERT INTO {table} ")]


def removals(found: Iterable[str]) -> list[str]:
    return [statement for statement in found if statement.startswith("DELETE")]


def first_values(statement: str) -> list[int]:
    """The first value of each row, an id."""
    return [int(id) for id in re.findall(r"[(](\d+),(?:\d|')", statement.partition("VALUES ")[2])]


UPSERTS = [name for name in QUERIES if name.startswith("put_") and name != "put_offset"]


@pytest.mark.parametrize("name", UPSERTS)
def test_every_column_of_an_upsert_but_the_key_is_guarded_and_the_version_is_assigned_last(name: str) -> None:
    statement = QUERIES[name].fill(rows=b"(1)").decode()
    columns = re.findall(r"\w+", statement[statement.index("(") : statement.index(")")])
    assignments = re.findall(r"^\s+(\w+) = (.*?),?$", statement, flags=re.MULTILINE)
    assert columns[1:] == [column for column, _ in assignments]
    *guarded, (last, greatest) = assignments
    assert all(value == f"IF(VALUES(version) > version, VALUES({column}), {column})" for column, value in guarded)
    assert (last, greatest) == ("version", "GREATEST(version, VALUES(version))")


def test_no_statement_replaces_rows() -> None:
    text = files("services.persister").joinpath("queries.sql").read_text("utf-8")
    assert not re.search(r"^\s*REPLACE\b", text, flags=re.MULTILINE | re.IGNORECASE)


def test_an_album_writes_its_row_its_parts_and_those_of_its_tracks() -> None:
    found = statements("album", [prepared_album(3, 12, 13)])
    tables = [re.match(r"INSERT INTO (\w+) ", statement) for statement in found]
    assert [match and match[1] for match in tables] == [
        "album",
        "album_metadata",
        "album_availability",
        "track_metadata",
        "track_availability",
    ]
    assert [first_values(statement) for statement in found] == [[3], [3], [3], [12, 13], [12, 13]]


def test_an_albums_row_holds_digest_tracks_and_version() -> None:
    one = prepared_album(3, 12, 13, version=7)
    [statement] = into("album", statements("album", [one]))
    assert f"(3,0,{binary(one.digest).decode()},'[12,13]',7)" in statement


def test_a_tracks_row_names_its_album_and_the_records_version() -> None:
    one = prepared_album(3, 12, version=7)
    assert one.rows
    [track] = one.rows.tracks
    [statement] = into("track_metadata", statements("album", [one]))
    assert f"(12,3,{literal(track.metadata).decode()},7)" in statement


def test_a_deletion_keeps_the_row_with_its_version_and_takes_the_rest_away() -> None:
    assert statements("album", [deleted_album(3, version=7)], stored(3, 12, 13)) == [
        QUERIES["put_albums"].fill(rows=b"(3,1,NULL,'[]',7)").decode(),
        "DELETE FROM album_metadata WHERE album_id IN (3)",
        "DELETE FROM album_availability WHERE album_id IN (3)",
        "DELETE FROM track_metadata WHERE track_id IN (12,13) AND album_id = 3",
        "DELETE FROM track_availability WHERE track_id IN (12,13) AND album_id = 3",
    ]


def test_a_deletion_of_what_the_region_never_had_is_stored() -> None:
    [put, *rest] = statements("album", [deleted_album(3)])
    assert "(3,1,NULL,'[]',2)" in put
    assert not [statement for statement in rest if "track" in statement]


def test_a_track_that_left_an_album_is_taken_away_from_that_album_only() -> None:
    found = removals(statements("album", [prepared_album(3, 12)], stored(3, 12, 16, 9)))
    assert found == [
        "DELETE FROM track_metadata WHERE track_id IN (9,16) AND album_id = 3",
        "DELETE FROM track_availability WHERE track_id IN (9,16) AND album_id = 3",
    ]


def test_a_track_that_moves_within_a_batch_is_put_once_for_each_and_taken_from_the_old_album_only() -> None:
    old, new = prepared_album(3, version=2), prepared_album(4, 12, version=2)
    found = statements("album", [new, old], stored(3, 12))
    [put] = into("track_metadata", found)
    assert re.findall(r"\((\d+),(\d+),'", put) == [("12", "4")]
    assert {statement.partition(" WHERE ")[2] for statement in removals(found)} == {"track_id IN (12) AND album_id = 3"}


def test_two_albums_that_claim_a_track_write_the_newer_claim_last() -> None:
    newer, older = prepared_album(3, 12, version=9), prepared_album(4, 12, version=8)
    [put] = into("track_metadata", statements("album", [newer, older]))
    assert re.findall(r"\((\d+),(\d+),'.*?',(\d+)\)[,\n]", put, flags=re.DOTALL) == [
        ("12", "4", "8"),
        ("12", "3", "9"),
    ]


def test_an_album_whose_tracks_stayed_takes_nothing_away() -> None:
    assert removals(statements("album", [prepared_album(3, 12, 13)], stored(3, 12))) == []


def test_an_album_takes_nothing_of_another_away() -> None:
    assert removals(statements("album", [prepared_album(3, 12)], stored(4, 12, 13))) == []


def test_every_put_stands_before_every_removal() -> None:
    found = statements("album", [prepared_album(3, 12), deleted_album(4)], {**stored(3, 13), **stored(4, 14)})
    kinds = [statement.startswith("DELETE") for statement in found]
    assert kinds == sorted(kinds)


def test_rows_are_written_in_the_order_of_their_keys() -> None:
    found = statements("album", [prepared_album(4, 11, 14), prepared_album(3, 13, 12)])
    assert [first_values(statement) for statement in found] == [
        [3, 4],
        [3, 4],
        [3, 4],
        [11, 12, 13, 14],
        [11, 12, 13, 14],
    ]
    artists = [prepared(record("artist", {**ARTIST, "artist_id": id})) for id in (9, 5)]
    assert [first_values(statement) for statement in statements("artist", artists)] == [[5, 9]]


def test_quotes_and_backslashes_in_a_document_stay_what_they_are() -> None:
    one = prepared(record("artist", {**ARTIST, "name": "Guns N' Roses \\"}))
    [statement] = statements("artist", [one])
    assert json.dumps("Guns N' Roses \\").replace("'", "''") in statement


def test_an_artist_is_stored_as_it_stands_in_the_log() -> None:
    one = prepared(record("artist", ARTIST, 7))
    value = literal(one.record.value).decode()
    assert f"(5,0,{binary(one.digest).decode()},{value},7)" in statements("artist", [one])[0]


def test_a_deleted_artist_keeps_its_version_and_has_no_document() -> None:
    assert "(5,1,NULL,NULL,7)" in statements("artist", [prepared(tombstone("artist", 5, 7))])[0]


def test_a_clients_key_and_limit_have_columns_of_their_own() -> None:
    one = prepared(record("client", CLIENT, 7))
    value = literal(one.record.value).decode()
    assert f"(7,0,{binary(one.digest).decode()},'testkey',4000,{value},7)" in statements("client", [one])[0]


def test_a_client_without_a_limit_has_none() -> None:
    [statement] = statements("client", [prepared(record("client", {**CLIENT, "daily_limit": None}))])
    assert ",'testkey',NULL," in statement


def test_a_deleted_client_has_no_key_by_which_it_could_be_found() -> None:
    assert "(7,1,NULL,NULL,NULL,NULL,9)" in statements("client", [prepared(tombstone("client", 7, 9))])[0]


@pytest.mark.parametrize("type", ["album", "artist", "client"])
def test_nothing_newer_writes_nothing(type: DocumentType) -> None:
    assert statements(type, [], stored(3, 12)) == []


def test_statements_stay_far_below_the_smallest_packet_and_hold_every_row_once() -> None:
    large = [prepared_album(id, title="x" * MIB) for id in range(1, 11)]
    puts = into("album_metadata", statements("album", large))
    assert max(map(len, puts)) <= SMALLEST_PACKET // 4 + 1024
    assert [id for put in puts for id in first_values(put)] == list(range(1, 11))


def test_a_row_larger_than_a_statement_goes_alone() -> None:
    mixed = [prepared_album(1), prepared_album(2, title="x" * 7 * MIB), prepared_album(3)]
    puts = into("album_metadata", statements("album", mixed))
    assert [first_values(put) for put in puts] == [[1], [2], [3]]
    assert max(map(len, puts)) < SMALLEST_PACKET

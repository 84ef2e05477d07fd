"""What records write: guarded, in the order of keys, no larger than a packet, and nothing of others."""

import re
from collections.abc import Iterable, Mapping
from importlib.resources import files

import pytest

from services.persister.batch import Prepared, prepare_record
from services.persister.store import QUERIES
from services.persister.writes import Row, Stored, Write, writes
from shared.wire import DocumentType, Record
from tests.documents import ARTIST, CLIENT, album, record, tombstone

MIB = 1024 * 1024
SMALLEST_PACKET = 16 * MIB


def prepared(one: Record) -> Prepared:
    return prepare_record(one, "catalogue.albums/0/17")


def stored(album_id: int, *track_ids: int) -> Mapping[int, Stored]:
    """A region that holds one album with these tracks."""
    return {album_id: Stored(1, frozenset(track_ids))}


def written(type: DocumentType, newer: Iterable[Prepared], held: Mapping[int, Stored] | None = None) -> list[Write]:
    return list(writes(type, list(newer), held or {}))


def prepared_album(album_id: int, *track_ids: int, version: int = 2, title: str = "Blur") -> Prepared:
    return prepared(record("album", album(album_id, track_ids, title=title), version))


def deleted_album(album_id: int, version: int = 2) -> Prepared:
    return prepared(tombstone("album", album_id, version))


def rows_of(name: str, found: Iterable[Write]) -> list[Row]:
    return [row for written_name, rows in found if written_name == name for row in rows]


def removals(found: Iterable[Write]) -> list[Write]:
    return [write for write in found if write[0].startswith("remove_")]


def keys(found: Iterable[Write]) -> list[list[int]]:
    return [[row[0] for row in rows] for _, rows in found]


KEY_COLUMNS = {"put_parked": 2}
UPSERTS = [name for name in QUERIES if name.startswith("put_") and name != "put_offset"]


@pytest.mark.parametrize("name", UPSERTS)
def test_every_column_of_an_upsert_but_the_key_is_guarded_and_the_version_is_assigned_last(name: str) -> None:
    statement = QUERIES[name]
    columns = re.findall(r"\w+", statement[statement.index("(") : statement.index(")")])
    assignments = re.findall(r"^\s+(\w+) = (.*?),?$", statement, flags=re.MULTILINE)
    assert columns[KEY_COLUMNS.get(name, 1) :] == [column for column, _ in assignments]
    *guarded, (last, greatest) = assignments
    assert all(value == f"IF(VALUES(version) > version, VALUES({column}), {column})" for column, value in guarded)
    assert (last, greatest) == ("version", "GREATEST(version, VALUES(version))")


@pytest.mark.parametrize("name", [name for name in UPSERTS if name != "put_parked"])
def test_the_last_but_one_column_of_what_is_put_is_its_document_and_the_last_its_version(name: str) -> None:
    *_, document, version = re.findall(r"\w+", QUERIES[name].partition("VALUES")[0])
    assert document in {"document", "track_ids"}
    assert version == "version"


def test_no_statement_replaces_rows() -> None:
    text = files("services.persister").joinpath("queries.sql").read_text("utf-8")
    assert not re.search(r"^\s*REPLACE\b", text, flags=re.MULTILINE | re.IGNORECASE)


def test_every_write_has_its_statement() -> None:
    found = written("album", [prepared_album(3, 12), deleted_album(4)], {**stored(3, 13), **stored(4, 14)})
    found += written("artist", [prepared(record("artist", ARTIST))]) + written(
        "client", [prepared(record("client", CLIENT))]
    )
    assert all({len(row) for row in rows} == {QUERIES[name].count("%s")} for name, rows in found)


def test_an_album_writes_its_row_its_parts_and_those_of_its_tracks() -> None:
    found = written("album", [prepared_album(3, 12, 13)])
    assert [name for name, _ in found] == [
        "put_albums",
        "put_album_metadata",
        "put_album_availability",
        "put_track_metadata",
        "put_track_availability",
    ]
    assert keys(found) == [[3], [3], [3], [12, 13], [12, 13]]


def test_an_albums_row_holds_digest_tracks_and_version() -> None:
    one = prepared_album(3, 12, 13, version=7)
    assert rows_of("put_albums", written("album", [one])) == [(3, 0, one.digest, b"[12,13]", 7)]


def test_a_tracks_row_names_its_album_and_the_records_version() -> None:
    one = prepared_album(3, 12, version=7)
    assert one.rows
    [track] = one.rows.tracks
    found = written("album", [one])
    assert rows_of("put_track_metadata", found) == [(12, 3, track.metadata, 7)]
    assert rows_of("put_track_availability", found) == [(12, 3, track.availability, 7)]


def test_a_deletion_keeps_the_row_with_its_version_and_takes_the_rest_away() -> None:
    assert written("album", [deleted_album(3, version=7)], stored(3, 12, 13)) == [
        ("put_albums", [(3, 1, None, b"[]", 7)]),
        ("remove_album_metadata", [(3,)]),
        ("remove_album_availability", [(3,)]),
        ("remove_track_metadata", [(12, 3), (13, 3)]),
        ("remove_track_availability", [(12, 3), (13, 3)]),
    ]


def test_a_deletion_of_what_the_region_never_had_is_stored() -> None:
    found = written("album", [deleted_album(3)])
    assert rows_of("put_albums", found) == [(3, 1, None, b"[]", 2)]
    assert not [name for name, _ in found if "track" in name]


def test_a_track_that_left_an_album_is_taken_away_from_that_album_only() -> None:
    assert removals(written("album", [prepared_album(3, 12)], stored(3, 12, 16, 9))) == [
        ("remove_track_metadata", [(9, 3), (16, 3)]),
        ("remove_track_availability", [(9, 3), (16, 3)]),
    ]


def test_a_track_that_moves_within_a_batch_is_put_once_for_each_and_taken_from_the_old_album_only() -> None:
    old, new = prepared_album(3, version=2), prepared_album(4, 12, version=2)
    found = written("album", [new, old], stored(3, 12))
    assert [row[:2] for row in rows_of("put_track_metadata", found)] == [(12, 4)]
    assert [rows for _, rows in removals(found)] == [[(12, 3)], [(12, 3)]]


def test_two_albums_that_claim_a_track_write_the_newer_claim_last() -> None:
    newer, older = prepared_album(3, 12, version=9), prepared_album(4, 12, version=8)
    put = rows_of("put_track_metadata", written("album", [newer, older]))
    assert [(track_id, album_id, version) for track_id, album_id, _, version in put] == [(12, 4, 8), (12, 3, 9)]


def test_an_album_whose_tracks_stayed_takes_nothing_away() -> None:
    assert removals(written("album", [prepared_album(3, 12, 13)], stored(3, 12))) == []


def test_an_album_takes_nothing_of_another_away() -> None:
    assert removals(written("album", [prepared_album(3, 12)], stored(4, 12, 13))) == []


def test_every_put_stands_before_every_removal() -> None:
    found = written("album", [prepared_album(3, 12), deleted_album(4)], {**stored(3, 13), **stored(4, 14)})
    kinds = [name.startswith("remove_") for name, _ in found]
    assert kinds == sorted(kinds)


def test_rows_are_written_in_the_order_of_their_keys() -> None:
    found = written("album", [prepared_album(4, 11, 14), prepared_album(3, 13, 12)])
    assert keys(found) == [[3, 4], [3, 4], [3, 4], [11, 12, 13, 14], [11, 12, 13, 14]]
    artists = [prepared(record("artist", {**ARTIST, "artist_id": id})) for id in (9, 5)]
    assert keys(written("artist", artists)) == [[5, 9]]


def test_an_artist_is_stored_as_it_stands_in_the_log() -> None:
    one = prepared(record("artist", ARTIST, 7))
    assert written("artist", [one]) == [("put_artists", [(5, 0, one.digest, one.record.value, 7)])]


def test_a_deleted_artist_keeps_its_version_and_has_no_document() -> None:
    assert written("artist", [prepared(tombstone("artist", 5, 7))]) == [("put_artists", [(5, 1, None, None, 7)])]


def test_a_clients_key_and_limit_have_columns_of_their_own() -> None:
    one = prepared(record("client", CLIENT, 7))
    assert written("client", [one]) == [
        ("put_clients", [(7, 0, one.digest, "testkey", 4000, one.record.value, 7)]),
    ]


def test_a_client_without_a_limit_has_none() -> None:
    [row] = rows_of("put_clients", written("client", [prepared(record("client", {**CLIENT, "daily_limit": None}))]))
    assert row[3:5] == ("testkey", None)


def test_a_deleted_client_has_no_key_by_which_it_could_be_found() -> None:
    assert written("client", [prepared(tombstone("client", 7, 9))]) == [
        ("put_clients", [(7, 1, None, None, None, None, 9)])
    ]


@pytest.mark.parametrize("type", ["album", "artist", "client"])
def test_nothing_newer_writes_nothing(type: DocumentType) -> None:
    assert written(type, [], stored(3, 12)) == []


def sizes(found: Iterable[Write]) -> list[int]:
    """How many bytes of documents each write holds."""
    return [sum(len(row[-2]) for row in rows) for _, rows in found]


def test_writes_stay_far_below_the_smallest_packet_and_hold_every_row_once() -> None:
    large = [prepared_album(id, title="x" * 200_000) for id in range(1, 11)]
    puts = [write for write in written("album", large) if write[0] == "put_album_metadata"]
    assert max(sizes(puts)) <= SMALLEST_PACKET // 16
    assert keys(puts) == [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]]


def test_a_row_larger_than_a_write_goes_alone() -> None:
    mixed = [prepared_album(1), prepared_album(2, title="x" * 7 * MIB), prepared_album(3)]
    puts = [write for write in written("album", mixed) if write[0] == "put_album_metadata"]
    assert keys(puts) == [[1], [2], [3]]
    assert max(sizes(puts)) < SMALLEST_PACKET

"""An album's rows: everything that one look-up answers, in canonical JSON."""

import json
from typing import Any

from services.persister.rows import AlbumRows
from services.persister.rows import album_rows as rows_of
from shared.album import AlbumMetadata, TrackMetadata
from shared.digest import canonical
from shared.wire import parse
from tests.documents import Json, album, licence, package, track


def album_rows(document: Json) -> AlbumRows:
    return rows_of(parse("album", canonical(document)))


def loaded(rows: AlbumRows) -> tuple[Any, Any, dict[int, tuple[Any, Any]]]:
    tracks = {row.track_id: (json.loads(row.metadata), json.loads(row.availability)) for row in rows.tracks}
    return json.loads(rows.metadata), json.loads(rows.availability), tracks


def test_an_albums_metadata_is_all_of_it_that_is_the_same_in_every_territory() -> None:
    metadata, _, _ = loaded(album_rows(album()))
    assert metadata.keys() == set(AlbumMetadata.__struct_fields__)
    assert metadata == {name: value for name, value in album().items() if name in metadata}


def test_a_tracks_metadata_holds_its_own_facts_and_nothing_territorial() -> None:
    document = album(track_ids=[12])
    [(metadata, _)] = loaded(album_rows(document))[2].values()
    assert metadata.keys() == set(TrackMetadata.__struct_fields__)
    assert metadata == {name: value for name, value in document["tracks"][0].items() if name in metadata}


def test_a_tracks_availability_holds_its_rights_and_offers_with_the_albums_territory_sets() -> None:
    document = album(track_ids=[12])
    [(_, availability)] = loaded(album_rows(document))[2].values()
    assert availability == {
        "licences": document["licences"],
        "packages": document["tracks"][0]["packages"],
        "territory_sets": document["territory_sets"],
    }


def test_each_track_gets_the_licences_that_it_names_and_the_album_all_of_them_and_its_own_packages() -> None:
    document = album()
    document["packages"] = []
    document["licences"] = [licence(0), licence(1), {**licence(0), "valid_from": "2020-01-01T00:00:00Z"}]
    document["tracks"] = [track(12, 1, licences=[0, 2]), track(13, 2, licences=[1])]
    _, availability, tracks = loaded(album_rows(document))
    assert availability == {
        "licences": document["licences"],
        "packages": [],
        "territory_sets": document["territory_sets"],
    }
    [first, second] = [own["licences"] for _, own in tracks.values()]
    assert first == [document["licences"][0], document["licences"][2]]
    assert second == [licence(1)]


def test_rows_of_tracks_stand_by_ascending_id_whatever_their_rank() -> None:
    rows = album_rows(album(track_ids=[30, 10, 20]))
    assert rows.track_ids == [10, 20, 30]
    assert [row.track_id for row in rows.tracks] == [10, 20, 30]


def test_every_row_is_canonical() -> None:
    rows = album_rows(album(track_ids=[12, 13]))
    parts = [rows.metadata, rows.availability, *(part for row in rows.tracks for part in row[1:])]
    assert [canonical(json.loads(part)) for part in parts] == parts


def test_an_album_without_tracks_has_rows_of_its_own_only() -> None:
    document = {**album(track_ids=[]), "licences": []}
    metadata, availability, tracks = loaded(album_rows(document))
    assert metadata["album_id"] == 3
    assert (availability["licences"], availability["packages"]) == ([], [package()])
    assert tracks == {}

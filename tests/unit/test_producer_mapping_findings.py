"""What is said of a mapping: by what servers tell of its statements, and by what documents are refused for."""

from collections.abc import Iterator
from typing import Any, get_args, get_origin

import msgspec
import pytest

from services.producer.columns import COLUMNS, origin
from services.producer.mapping_findings import (
    Explained,
    Findings,
    Table,
    shared_tracks,
    table_of_tracks,
    unfollowed,
    wrong_id,
    wrong_page,
)
from services.producer.routes import Route
from shared.errors import DatabaseAway, Unusable
from shared.wire import DOCUMENTS, DocumentType

MARIADB = (
    "select `t`.`release_id` AS `album_id`,`lon`.`t`.`track_id` AS `Track_ID`,`lon`.`a`.`name` AS `artist_name`,"
    "`t`.`disc` * 100 + `t`.`number` AS `number` from `lon`.`track` `t` FORCE INDEX (`release_id`) "
    "left join `lon`.`artist` `a` on(`a`.`artist_id` = `t`.`artist_id`) semi join (`other`.`odd``name`) where 1"
)
MYSQL = (
    "/* select#1 */ select `lon`.`track`.`release_id` AS `album_id`,`lon`.`track`.`track_id` AS `track_id`,"
    "((`lon`.`track`.`disc` * 100) + `lon`.`track`.`number`) AS `number` from (`lon`.`track` join "
    "json_table('[1,2]', '$[*]' columns (`id` bigint path '$')) `j`) union /* select#2 */ select 1 AS `1`,2 AS `2` "
    "from `lon`.`licence` straight_join `lon`.`label` `b` where (`j`.`id` = `lon`.`track`.`track_id`)"
)


def test_the_tables_of_a_statement_are_told_with_their_aliases() -> None:
    assert Explained.parse(MARIADB).tables == (
        Table("lon", "track", "t"),
        Table("lon", "artist", "a"),
        Table("other", "odd``name", "odd``name"),
    )
    assert [table.name for table in Explained.parse(MYSQL).tables] == ["track", "licence", "label"]


def test_only_columns_as_they_are_come_from_a_table() -> None:
    assert Explained.parse(MARIADB).columns == {
        "album_id": ("t", "release_id"),
        "track_id": ("t", "track_id"),
        "artist_name": ("a", "name"),
    }
    assert Explained.parse(MYSQL).columns == {
        "album_id": ("track", "release_id"),
        "track_id": ("track", "track_id"),
    }


def test_a_table_has_to_lead_to_the_documents_that_are_made_of_it() -> None:
    routes = [Route("Track", "album", "release_id", None), Route("artist", "artist", "artist_id", None)]
    assert list(unfollowed("album", Explained.parse(MARIADB), "lon", routes)) == [
        "it reads table artist, of which mapping.yaml does not tell how a change leads to album",
        "it reads other.odd``name, and only tables of lon can be followed",
    ]


@pytest.mark.parametrize(
    ("keys", "is_shared"),
    [
        ([{"release_id", "track_id"}], True),
        ([{"release_id", "number"}], True),
        ([], True),
        ([{"track_id"}], False),
        ([{"release_id", "track_id"}, {"track_id", "language"}], False),
    ],
)
def test_a_unique_key_keeps_a_track_from_standing_on_two_albums(keys: list[set[str]], is_shared: bool) -> None:
    explained = Explained.parse(MARIADB)
    assert table_of_tracks(explained) == "track"
    assert [*shared_tracks(explained, "track", keys)] == (
        [
            "a track can stand on two albums, and may stand on one only: no unique key of table track has track_id "
            "without release_id"
        ]
        if is_shared
        else []
    )


@pytest.mark.parametrize("track", ["`lon`.`other`.`track_id`", "`t`.`reel` * 100 + `t`.`take`"])
def test_keys_tell_nothing_of_a_track_that_is_of_another_table_or_computed(track: str) -> None:
    assert table_of_tracks(Explained.parse(f"select `t`.`release_id` AS `album_id`,{track} AS `track_id`")) is None


def test_ids_that_ascend_are_right() -> None:
    assert [*wrong_page([(5,), (7,)], 4)] == []
    assert [*wrong_page([], 4)] == []


@pytest.mark.parametrize("page", [[(4,)], [(5,), (5,)], [(7,), (6,)], [("5",)], [(None,)], [(True,)], [(5, 1)]])
def test_a_wrong_page_of_ids_is_told_once(page: list[tuple[Any, ...]]) -> None:
    assert len([*wrong_page(page, 4)]) == 1


def test_a_fan_out_may_give_nothing_and_numbers_as_text() -> None:
    assert [*wrong_id([(None,), (5,), ("5",), (0,)])] == []


def test_the_first_of_a_kind_stands_for_all_of_one_file() -> None:
    findings = Findings()
    for file, sentence in [
        ("a.sql", "duration of album 1 (tracks.3.duration): 'x' is wrong"),
        ("a.sql", "duration of album 22 (tracks.0.duration): 'yy' is wrong"),
        ("b.sql", "duration of album 1 (tracks.3.duration): 'x' is wrong"),
        ("a.sql", "it reads table t1"),
        ("a.sql", "it reads table t2"),
    ]:
        findings.add(file, sentence)
    assert findings.sentences() == [
        "a.sql: duration of album 1 (tracks.3.duration): 'x' is wrong (and 1 more like this)",
        "b.sql: duration of album 1 (tracks.3.duration): 'x' is wrong",
        "a.sql: it reads table t1",
        "a.sql: it reads table t2",
    ]


def test_an_error_that_is_mended_in_a_file_is_a_finding_and_a_server_that_is_away_is_none() -> None:
    findings = Findings()
    with findings.about("a.sql"):
        raise Unusable("no such column")
    with pytest.raises(DatabaseAway), findings.about("a.sql"):
        raise DatabaseAway("later")
    assert findings.sentences() == ["a.sql: no such column"]


def leaves(form: Any, place: str) -> Iterator[str]:
    """The places in documents that hold a text or number of London's."""
    if isinstance(form, type) and issubclass(form, msgspec.Struct):
        for field in msgspec.structs.fields(form):
            yield from leaves(field.type, f"{place}.{field.name}".lstrip("."))
    elif get_origin(form) in (list, dict):
        yield from leaves(get_args(form)[-1], f"{place}.{'0' if get_origin(form) is list else '*'}")
    elif parts := [part for part in get_args(form) if isinstance(part, type) and issubclass(part, msgspec.Struct)]:
        yield from leaves(parts[0], place)
    else:
        yield place


PLACES = [(type, place) for type, form in DOCUMENTS.items() for place in leaves(form, "")]
# Places within the document, which no column tells.
INNER = {"licences.0.territories", "tracks.0.licences.0"}


@pytest.mark.parametrize(("type", "place"), [found for found in PLACES if found[1] not in INNER])
def test_every_place_in_a_document_is_of_a_query_and_one_of_its_columns(type: DocumentType, place: str) -> None:
    query, column = origin(type, place)
    assert column in COLUMNS[query].all


@pytest.mark.parametrize(
    ("type", "place", "expected"),
    [
        ("album", "tracks.3.artist.name", ("tracks", "artist_name")),
        ("album", "artist.name", ("albums", "artist_name")),
        ("album", "label.label_id", ("albums", "label_id")),
        ("album", "licences.*.valid_from", ("licences", "valid_from")),
        ("album", "territory_sets.*", ("licences", "territory")),
        ("album", "packages.*.prices", ("album_prices", "territory")),
        ("album", "packages.0.formats.0.description", ("album_formats", "format_description")),
        ("album", "tracks.0.packages.0.description", ("track_formats", "package_description")),
        ("album", "tracks.0.packages.0.prices.*.price", ("track_prices", "price")),
        ("artist", "slug", ("artists", "slug")),
        ("client", "sealed_secret", ("clients", "consumer_secret")),
        ("client", "shops.0.territory", ("shops", "territory")),
        ("client", "endpoints.*", ("endpoints", "endpoint")),
    ],
)
def test_a_place_leads_back_to_the_column_it_was_made_of(
    type: DocumentType, place: str, expected: tuple[str, str]
) -> None:
    assert origin(type, place) == expected

"""Rows of a mapping's queries, put into the order in which documents take them apart."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.producer.columns import COLUMNS, arrange
from shared.errors import Unusable

Row = tuple[Any, ...]
queries = st.sampled_from(sorted(COLUMNS))


def example(query: str) -> dict[str, int]:
    """A row with a value of its own in each column."""
    return {name: number for number, name in enumerate(COLUMNS[query].all, start=1)}


@given(queries, st.randoms(use_true_random=False), st.booleans())
def test_columns_may_come_in_any_order_and_case(query: str, random: Any, is_upper: bool) -> None:
    row = example(query)
    aliases = random.sample(list(row), len(row))
    named = [alias.upper() if is_upper else alias for alias in aliases]
    assert arrange(query, named, [tuple(row[alias] for alias in aliases)]) == [tuple(row.values())]


@given(queries, st.data())
def test_a_fact_that_a_query_leaves_out_is_missing_in_every_row(query: str, data: st.DataObject) -> None:
    row = example(query)
    given = [*COLUMNS[query].keys, *data.draw(st.lists(st.sampled_from(COLUMNS[query].facts or [""]), unique=True))]
    aliases = [alias for alias in given if alias]
    [arranged] = arrange(query, aliases, [tuple(row[alias] for alias in aliases)])
    assert arranged == tuple(value if name in aliases else None for name, value in row.items())


KEYS = [(query, key) for query, columns in COLUMNS.items() for key in columns.keys]


@pytest.mark.parametrize(("query", "key"), KEYS)
def test_a_key_without_a_column_is_named_with_its_query(query: str, key: str) -> None:
    aliases = [name for name in COLUMNS[query].all if name != key]
    with pytest.raises(Unusable) as caught:
        arrange(query, aliases, [])
    assert str(caught.value).startswith(f"query {query!r} gives no column {key};")


def test_all_keys_that_are_missing_are_named_and_what_is_given() -> None:
    with pytest.raises(Unusable, match="query 'shops' gives no column client_id, territory; it gives shop_id, area"):
        arrange("shops", ["shop_id", "area"], [])


def test_a_column_of_another_name_is_named_with_those_that_there_are() -> None:
    with pytest.raises(Unusable, match="query 'artists' gives nam, which is none of artist_id, name, slug"):
        arrange("artists", ["artist_id", "nam"], [])


@pytest.mark.parametrize("id", ["5", b"5", None, 5.0, True])
def test_an_id_that_is_no_whole_number_is_named_with_its_value(id: object) -> None:
    with pytest.raises(Unusable, match=r"query 'artists': artist_id is .*, not a whole number; CAST it"):
        arrange("artists", ["artist_id", "name"], [(id, "Blur")])


def test_an_id_that_is_missing_in_a_later_row_is_named() -> None:
    with pytest.raises(Unusable, match="format_id is None"):
        arrange("album_formats", ["album_id", "package_id", "format_id"], [(1, 2, 17), (1, 2, None)])


def test_no_rows_are_no_rows() -> None:
    assert arrange("artists", ["name", "artist_id"], []) == []


def test_rows_of_any_kind_are_taken() -> None:
    assert arrange("endpoints", ["client_id", "endpoint"], iter([(7, "~/status")])) == [(7, "~/status")]


@pytest.mark.parametrize(("query", "name"), [("albums", "album_id"), ("tracks", "track_id"), ("artists", "artist_id")])
def test_what_is_described_in_two_rows_is_named(query: str, name: str) -> None:
    keys = COLUMNS[query].keys
    rows = [tuple(10 * number + place for place, _ in enumerate(keys)) for number in (1, 2, 3)]
    twice = rows[1][keys.index(name)]
    again = tuple(twice if key == name else 99 for key in keys)
    with pytest.raises(Unusable, match=f"query '{query}' gives {name} {twice} in 2 rows, and may give it in one only"):
        arrange(query, keys, [*rows, again])


def test_other_queries_may_give_several_rows_of_one_album() -> None:
    rows = [(1, 2, 17), (1, 2, 18)]
    assert [row[:3] for row in arrange("album_formats", ["album_id", "package_id", "format_id"], rows)] == rows

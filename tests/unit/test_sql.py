"""Statements by name."""

from shared.sql import SQL_MODE, load, numbers


def test_the_sessions_mode_refuses_values_that_do_not_fit() -> None:
    assert "STRICT_ALL_TABLES" in SQL_MODE


def test_a_list_without_numbers_is_valid_sql_that_nothing_equals() -> None:
    assert numbers([]) == "NULL"
    assert numbers([3, 1]) == "3,1"


def test_statements_are_read_by_name_without_their_comments() -> None:
    statements = load("services.persister", "queries.sql")
    assert statements["remove_track_metadata"] == "DELETE FROM track_metadata WHERE track_id = %s AND album_id = %s"

"""Each setting or table with which changes would be lost is named, with what to do."""

import pytest

from services.producer.source_checks import (
    ColumnFacts,
    unfit_columns,
    unfit_filters,
    unfit_replica,
    unfit_settings,
)

FIT = {"log_bin": "ON", "binlog_format": "ROW", "binlog_row_image": "FULL", "binlog_row_metadata": "FULL"}
FIT_MARIADB = {**FIT, "gtid_strict_mode": "ON"}
FIT_MYSQL = {**FIT, "gtid_mode": "ON"}


def column(table: str, name: str, type: str, declaration: str = "", **facts: object) -> ColumnFacts:
    known = {"is_view": False, "scale": None, "charset": None} | facts
    return ColumnFacts(table, bool(known["is_view"]), name, type, declaration or type, known["scale"], known["charset"])  # type: ignore[arg-type]


def test_a_server_as_it_must_be_is_fit() -> None:
    assert [*unfit_settings(FIT_MARIADB, is_mariadb=True)] == []
    assert [*unfit_settings(FIT_MYSQL, is_mariadb=False)] == []


@pytest.mark.parametrize(
    ("is_mariadb", "name", "found", "mend"),
    [
        (True, "log_bin", "OFF", "start the server with log_bin"),
        (True, "binlog_format", "STATEMENT", "SET GLOBAL binlog_format = 'ROW'"),
        (False, "binlog_format", "MIXED", "SET GLOBAL binlog_format = 'ROW'"),
        (False, "binlog_row_image", "MINIMAL", "SET GLOBAL binlog_row_image = 'FULL'"),
        (True, "binlog_row_metadata", "NO_LOG", "SET GLOBAL binlog_row_metadata = 'FULL'"),
        (True, "gtid_strict_mode", "OFF", "SET GLOBAL gtid_strict_mode = ON"),
        (False, "gtid_mode", "OFF", "gtid_mode = OFF_PERMISSIVE, ON_PERMISSIVE and ON in turn"),
    ],
)
def test_an_unfit_setting_is_named_with_what_to_do(is_mariadb: bool, name: str, found: str, mend: str) -> None:
    fit = FIT_MARIADB if is_mariadb else FIT_MYSQL

    [sentence] = unfit_settings({**fit, name: found}, is_mariadb=is_mariadb)

    assert sentence.startswith(f"{name} is {found} and must be {fit[name]}, else ")
    assert mend in sentence


def test_a_server_too_old_to_have_a_setting_is_unfit() -> None:
    [sentence] = unfit_settings({k: v for k, v in FIT_MARIADB.items() if k != "binlog_row_metadata"}, is_mariadb=True)

    assert "binlog_row_metadata is missing" in sentence


def test_a_server_that_knows_rows_only_has_no_format_to_set() -> None:
    assert [*unfit_settings({k: v for k, v in FIT_MYSQL.items() if k != "binlog_format"}, is_mariadb=False)] == []


def test_a_filtered_binlog_is_unfit() -> None:
    assert [*unfit_filters([("b.000001", 4, "", "", "")])] == []
    [sentence] = unfit_filters([("b.000001", 4, "", "london")])
    assert "binlog_ignore_db 'london'" in sentence


def test_a_replica_must_log_what_it_replicates() -> None:
    assert [*unfit_replica({"log_slave_updates": "OFF"}, is_replica=False)] == []
    assert [*unfit_replica({"log_slave_updates": "ON"}, is_replica=True)] == []
    [sentence] = unfit_replica({"log_replica_updates": "OFF"}, is_replica=True)
    assert "log_replica_updates is OFF" in sentence


WANTED = {"track": ["track_id", "isrc"]}
TRACK = [column("track", "track_id", "int"), column("track", "isrc", "varchar", charset="utf8mb4")]


def test_tables_are_found_in_any_case() -> None:
    assert [*unfit_columns({"Track": ["TRACK_ID"]}, TRACK)] == []


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ([], "table track, which is not there"),
        ([column("track", "track_id", "int", is_view=True)], "track, which is a view"),
        ([TRACK[0]], "column isrc of table track, which has none"),
        ([TRACK[0], column("track", "isrc", "datetime")], "isrc of table track, which is neither"),
        ([TRACK[0], column("track", "isrc", "decimal", scale=2)], "isrc of table track, which is neither"),
        ([TRACK[0], column("track", "isrc", "varchar", charset="ucs2")], "isrc of table track, which is neither"),
        (
            [TRACK[0], column("track", "isrc", "varchar", "varchar(9) /*M!100301 COMPRESSED*/", charset="utf8mb4")],
            "isrc of table track, which is neither",
        ),
        (
            [*TRACK, column("track", "at", "datetime", "datetime(3) /* mariadb-5.3 */")],
            "table track has at in the format of MariaDB 5.3",
        ),
    ],
)
def test_a_table_whose_events_would_not_tell_what_changed_is_named(columns: list[ColumnFacts], sentence: str) -> None:
    [found] = unfit_columns(WANTED, columns)

    assert sentence in found

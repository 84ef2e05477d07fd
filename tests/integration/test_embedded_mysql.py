"""MySQL as London and as a region."""

from __future__ import annotations

from tests.integration.databases import value
from tests.servers import Database


async def test_mysql_as_london_writes_whole_rows_with_names_and_gtids_to_its_binlog(
    mysql_london_server: Database,
) -> None:
    names = ("log_bin", "binlog_format", "binlog_row_image", "binlog_row_metadata", "gtid_mode")
    found = [await value(mysql_london_server.root, f"@@global.{name}") for name in names]
    assert found == [1, "ROW", "FULL", "FULL", "ON"]


async def test_mysql_as_a_region_writes_no_binlog(mysql_region_server: Database) -> None:
    assert await value(mysql_region_server.root, "@@global.log_bin") == 0

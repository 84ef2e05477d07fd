"""The binlog of real servers: what changed is told, and what may have changed is never passed over."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from deploy.embedded.database import Login
from services.producer.binlog import Heartbeat, Transaction
from services.producer.binlog_columns import Value, codec_of
from services.producer.cascades import Cascade, watches
from services.producer.replication import commit_time, stream
from services.producer.routes import Route
from services.producer.source_checks import cascades, check_source, purged, retention_s
from shared import mysql
from shared.errors import DatabaseAway
from shared.position import MariaDBPosition
from tests.integration.binlog_london import DEADLINE_S, London, Wanted, london_on
from tests.integration.binlog_tables import Table, random_table
from tests.servers import Database

PRICE: Wanted = {"price": ["track_id", "territory"]}
CREATE_PRICE = (
    "CREATE TABLE price (territory CHAR(2) NOT NULL, track_id INT UNSIGNED NOT NULL, amount DECIMAL(8, 2) NULL, "
    "note TEXT NULL, PRIMARY KEY (track_id, territory))"
)


@pytest.fixture
def login(any_london_server: Database) -> Login:
    return any_london_server.root


@pytest.fixture
async def london(login: Login) -> AsyncIterator[London]:
    async with london_on(login) as found:
        await found.run(CREATE_PRICE)
        yield found


@pytest.fixture
async def mariadb(london_server: Database) -> AsyncIterator[London]:
    async with london_on(london_server.root) as found:
        await found.run(CREATE_PRICE)
        yield found


@pytest.fixture
async def mysql_london(mysql_london_server: Database) -> AsyncIterator[London]:
    async with london_on(mysql_london_server.root) as found:
        await found.run(CREATE_PRICE)
        yield found


def track_ids(transaction: Transaction) -> set[Value]:
    return set(transaction.touched.get("price", {}).get("track_id", ()))


def sweeps(transactions: list[Transaction]) -> list[str]:
    return [each.sweep or "" for each in transactions]


async def test_an_insert_an_update_and_a_delete_tell_the_keys_before_and_after(london: London) -> None:
    inserted, updated, deleted = await london.told(
        "INSERT INTO price VALUES ('GB', 1, 1, NULL), ('DE', 2, NULL, 'x')",
        "UPDATE price SET track_id = 4000000000 WHERE track_id = 1",
        "DELETE FROM price WHERE territory = 'DE'",
        wanted=PRICE,
    )

    assert inserted.touched == {"price": {"track_id": {1, 2}, "territory": {"GB", "DE"}}}
    assert updated.touched == {"price": {"track_id": {1, 4_000_000_000}, "territory": {"GB"}}}
    assert deleted.touched == {"price": {"track_id": {2}, "territory": {"DE"}}}
    assert sweeps([inserted, updated, deleted]) == ["", "", ""]


async def test_every_transaction_is_told_once_and_in_order(london: London) -> None:
    start = await london.position()
    await london.run("CREATE TABLE other (id INT)", "INSERT INTO other VALUES (1)", "FLUSH BINARY LOGS")
    await london.run("BEGIN", "INSERT INTO price VALUES ('GB', 1, 1, NULL)", "SAVEPOINT s")
    await london.run("INSERT INTO price VALUES ('GB', 2, 1, NULL)", "ROLLBACK TO s", "COMMIT")
    await london.run("CREATE TABLE copy AS SELECT * FROM price", "DROP TABLE copy")
    end = await london.position()

    found = await london.follow(start, PRICE)

    assert len(found) == end.count - start.count
    assert str(found[-1].resume) == str(end)
    assert [each.position.count for each in found] == [found[0].position.count + n for n in range(len(found))] or (
        not london.instance.is_mariadb
    )
    assert [track_ids(each) for each in found if each.touched] == [{1}]


async def test_a_transaction_is_as_late_as_its_commit(london: London) -> None:
    [(before,)] = await london.rows("SELECT UNIX_TIMESTAMP()")
    [found] = await london.told("INSERT INTO price VALUES ('GB', 1, 1, NULL)", wanted=PRICE)
    [(after,)] = await london.rows("SELECT UNIX_TIMESTAMP()")

    assert isinstance(before, int)
    assert isinstance(after, int)
    assert before <= found.time <= after


@pytest.mark.parametrize("seed", range(16))
async def test_the_values_told_are_those_that_select_shows(london: London, seed: int) -> None:
    random = Random(seed)
    table = random_table("drawn", random, is_mariadb=london.instance.is_mariadb)
    definition = table.definition(random)
    print(f"seed {seed}: {definition}")  # noqa: T201
    await london.run("SET SESSION sql_mode = ''", definition)
    start = await london.position()
    ids = [*range(1, 40)]
    expected = [await seen(london, table, table.insertion(random, ids), ids)]
    for _ in range(4):
        some = random.sample(ids, random.randint(1, 20))
        expected.append(await seen(london, table, table.update(random, some), some))
    expected.append(await seen(london, table, table.deletion(ids[:9]), ids[:9]))

    found = await london.follow(start, {"drawn": table.wanted})

    assert sweeps(found) == [""] * len(expected)
    assert [each.touched["drawn"] for each in found] == expected


async def seen(london: London, table: Table, statement: str, ids: list[int]) -> dict[str, set[object]]:
    """Runs a statement that changes these rows; the values of the wanted columns that SELECT shows before and after."""
    select = f"SELECT {', '.join(table.wanted)} FROM {table.name} WHERE id IN ({', '.join(map(str, ids))})"
    rows = await london.rows(select)
    await london.run(statement)
    rows += await london.rows(select)
    return {
        name: {int(value) if isinstance(value, Decimal) else value for value in column if value is not None}
        for name, column in zip(table.wanted, zip(*rows, strict=True), strict=True)
    }


ODD_TABLES = {
    "an invisible column": "id INT, a INT INVISIBLE DEFAULT 3",
    "a computed column with an index": "a INT NOT NULL DEFAULT 2, b INT AS (a * 2) VIRTUAL, id INT, KEY (b)",
    "no primary key": "a TEXT, id INT",
    "columns beyond a byte of bits": f"{', '.join(f'c{n} TINYINT' for n in range(70))}, id INT",
}


@pytest.mark.parametrize("columns", ODD_TABLES.values(), ids=ODD_TABLES.keys())
@pytest.mark.parametrize("partitions", ["", "PARTITION BY HASH (id) PARTITIONS 4"])
async def test_odd_tables_are_followed_too(london: London, columns: str, partitions: str) -> None:
    await london.run(f"CREATE TABLE odd ({columns}) {partitions}")

    found = await london.told(
        "INSERT INTO odd (id) VALUES (7)", "UPDATE odd SET id = 8", "DELETE FROM odd", wanted={"odd": ["id"]}
    )

    assert [each.touched.get("odd") for each in found] == [{"id": {7}}, {"id": {7, 8}}, {"id": {8}}]


async def test_tables_of_mariadb_alone_are_followed_too(mariadb: London) -> None:
    await mariadb.run(
        "CREATE TABLE odd (a INT, id INT) WITH SYSTEM VERSIONING", "CREATE TABLE slow (id INT) ENGINE=Aria"
    )

    found = await mariadb.told(
        "INSERT INTO odd VALUES (1, 7)",
        "UPDATE odd SET id = 8",
        "INSERT INTO slow VALUES (9)",
        wanted={"odd": ["id"], "slow": ["id"]},
    )

    assert [each.touched for each in found] == [{"odd": {"id": {7}}}, {"odd": {"id": {7, 8}}}, {"slow": {"id": {9}}}]


async def test_tables_of_mysql_alone_are_followed_too(mysql_london: London) -> None:
    await mysql_london.run(
        "CREATE TABLE odd (j JSON, s VARCHAR(9), id INT, KEY ((CAST(j->'$.x' AS UNSIGNED ARRAY))), KEY ((LOWER(s))))",
        "SET SESSION sql_generate_invisible_primary_key = ON",
        "CREATE TABLE keyless (id INT)",
    )

    found = await mysql_london.told(
        "INSERT INTO odd VALUES ('{\"x\": [1, 2]}', 'A', 7)",
        "INSERT INTO keyless (id) VALUES (8)",
        wanted={"odd": ["id"], "keyless": ["id"]},
    )

    assert [each.touched for each in found] == [{"odd": {"id": {7}}}, {"keyless": {"id": {8}}}]


async def test_partial_json_updates_do_not_hide_keys(mysql_london: London) -> None:
    documents = ", ".join(f"j{n} JSON" for n in range(9))
    await mysql_london.run(
        f"CREATE TABLE odd ({documents}, id INT, turn INT)",
        "SET SESSION binlog_row_value_options = 'PARTIAL_JSON'",
        'INSERT INTO odd (j0, j4, j8, id) VALUES (\'{"a": [1, 2], "b": "' + "x" * 200 + "\"}', '{\"a\": 1}', '{}', 7)",
    )

    found = await mysql_london.told(
        "UPDATE odd SET j0 = JSON_SET(j0, '$.a[1]', 3), id = 8",
        "UPDATE odd SET j0 = JSON_REMOVE(j0, '$.a'), j4 = JSON_SET(j4, '$.a', 2), j3 = '{}', id = 9",
        "UPDATE odd SET turn = 1",
        wanted={"odd": ["id"]},
    )

    assert [each.touched for each in found] == [
        {"odd": {"id": {7, 8}}},
        {"odd": {"id": {8, 9}}},
        {"odd": {"id": {9}}},
    ]


async def test_a_column_that_moves_between_two_changes_is_still_found(london: London) -> None:
    first, altered, second = await london.told(
        "INSERT INTO price VALUES ('GB', 1, 1, NULL)",
        "ALTER TABLE price ADD COLUMN early BIGINT FIRST, MODIFY track_id BIGINT AFTER note",
        "INSERT INTO price VALUES (5, 'GB', 1, NULL, -2)",
        wanted=PRICE,
    )

    assert (track_ids(first), track_ids(second)) == ({1}, {-2})
    assert str(altered.sweep).startswith("a definition changed: ALTER TABLE price")


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE price",
        "ALTER TABLE price DROP COLUMN note",
        "RENAME TABLE price TO old_price",
        "DROP TABLE price",
        "CREATE OR REPLACE VIEW shown AS SELECT * FROM price",
    ],
)
async def test_a_changed_definition_asks_for_a_sweep(london: London, statement: str) -> None:
    [found] = await london.told(statement, wanted=PRICE)

    assert str(found.sweep).startswith("a definition changed")


async def test_what_does_not_concern_mapped_tables_asks_for_no_sweep(london: London) -> None:
    found = await london.told(
        "CREATE TABLE prices (id INT)",
        "INSERT INTO prices VALUES (1)",
        "ANALYZE TABLE price",
        "OPTIMIZE TABLE price",
        "CREATE TRIGGER counted AFTER INSERT ON prices FOR EACH ROW INSERT INTO price VALUES ('GB', NEW.id, 1, NULL)",
        "INSERT INTO prices VALUES (77)",
        "DROP TRIGGER counted",
        "DROP TABLE prices",
        wanted=PRICE,
    )

    assert sweeps(found) == [""] * len(found)
    assert [track_ids(each) for each in found if each.touched] == [{77}]


async def test_a_session_with_its_own_statement_format_asks_for_a_sweep(london: London) -> None:
    found = await london.told(
        "INSERT INTO price VALUES ('GB', 1, 1, NULL)",
        "SET SESSION binlog_format = 'STATEMENT'",
        "UPDATE price SET amount = 2",
        wanted=PRICE,
    )

    assert sweeps(found) == ["", "a session wrote without binlog_format=ROW: UPDATE price SET amount = 2"]


async def test_a_file_loaded_by_a_statement_asks_for_a_sweep(mariadb: London) -> None:
    # A folder that the server can write to, also when it is in a container.
    file = Path("/tmp") / mariadb.root.database
    await mariadb.run(f"SELECT 'GB', 1, 2, NULL INTO OUTFILE '{file}'")
    try:
        [found] = await mariadb.told(
            "SET SESSION binlog_format = 'STATEMENT'", f"LOAD DATA INFILE '{file}' INTO TABLE price", wanted=PRICE
        )
    finally:
        file.unlink(missing_ok=True)

    assert str(found.sweep).startswith("a session wrote without binlog_format=ROW: LOAD DATA")


async def test_a_session_with_its_own_row_image_asks_for_a_sweep_unless_the_keys_are_there(london: London) -> None:
    found = await london.told(
        "INSERT INTO price VALUES ('GB', 1, 1, NULL)",
        "SET SESSION binlog_row_image = 'NOBLOB'",
        "UPDATE price SET amount = 2",
        "SET SESSION binlog_row_image = 'MINIMAL'",
        "UPDATE price SET amount = 3",
        wanted=PRICE,
    )

    assert [track_ids(each) for each in found] == [{1}, {1}, set()]
    assert "binlog_row_image" in str(found[2].sweep)


async def test_mysqls_compressed_transactions_are_read(mysql_london: London) -> None:
    rows = ", ".join(f"('GB', {n}, 1, REPEAT('x', 2000))" for n in range(2000))

    [found] = await mysql_london.told(
        "SET SESSION binlog_transaction_compression = ON", f"INSERT INTO price VALUES {rows}", wanted=PRICE
    )

    assert (track_ids(found), found.sweep) == (set(range(2000)), None)


async def test_mariadbs_compressed_events_are_read(mariadb: London) -> None:
    await mariadb.run("SET GLOBAL log_bin_compress = ON", "SET GLOBAL log_bin_compress_min_len = 10")
    try:
        inserted, updated, altered = await mariadb.told(
            "INSERT INTO price VALUES ('GB', 1, 1, REPEAT('x', 2000)), ('DE', 2, 1, NULL)",
            "UPDATE price SET track_id = 3 WHERE track_id = 2",
            "ALTER TABLE price COMMENT = 'a definition that is long enough to be compressed'",
            wanted=PRICE,
        )
    finally:
        await mariadb.run("SET GLOBAL log_bin_compress = OFF", "SET GLOBAL log_bin_compress_min_len = 256")

    assert (track_ids(inserted), track_ids(updated)) == ({1, 2}, {2, 3})
    assert str(altered.sweep).startswith("a definition changed: ALTER TABLE price")


@pytest.mark.parametrize("megabytes", [15, 16, 33])
async def test_a_row_larger_than_a_packet_is_read(london: London, megabytes: int) -> None:
    await london.run("ALTER TABLE price MODIFY note LONGTEXT")

    [found] = await london.told(
        f"INSERT INTO price VALUES ('GB', 1, 1, REPEAT('x', {megabytes} << 20)), ('DE', 2, 1, NULL)", wanted=PRICE
    )

    assert (track_ids(found), found.sweep) == ({1, 2}, None)


async def test_prepared_rows_count_from_the_commit_on_also_after_a_restart(london: London) -> None:
    start = await london.position()
    await london.run("XA START 'a', 'b', 7", "INSERT INTO price VALUES ('GB', 1, 1, NULL)", "XA END 'a', 'b', 7")
    await london.run("XA PREPARE 'a', 'b', 7")
    await london.run("INSERT INTO price VALUES ('GB', 2, 1, NULL)", session=1)
    prepared, between = await london.follow(start, PRICE)
    await london.run("XA COMMIT 'a', 'b', 7")

    assert (track_ids(prepared), track_ids(between)) == (set(), {2})
    assert str(between.resume) == str(start)
    [*_, committed] = await london.follow(start, PRICE)
    assert track_ids(committed) == {1}
    assert str(committed.resume) == str(await london.position())


async def test_rows_that_xa_rolled_back_are_forgotten(london: London) -> None:
    found = await london.told(
        "XA START 'a'",
        "INSERT INTO price VALUES ('GB', 1, 1, NULL)",
        "XA END 'a'",
        "XA PREPARE 'a'",
        "XA ROLLBACK 'a'",
        wanted=PRICE,
    )

    assert [(each.touched, each.sweep) for each in found] == [({}, None)] * 2


async def following(london: London, server_id: int = 7002) -> AsyncGenerator[Transaction | Heartbeat, None]:
    return stream(london.producer, await london.position(), PRICE, server_id)


async def test_an_idle_server_is_heard(london: London) -> None:
    async with asyncio.timeout(DEADLINE_S), aclosing(await following(london)) as items:
        assert isinstance(await anext(items), Heartbeat)
        assert isinstance(await anext(items), Heartbeat)


async def test_closing_the_stream_closes_its_connection(london: London) -> None:
    async with asyncio.timeout(DEADLINE_S):
        items = await following(london)
        await anext(items)
        assert len(await london.dump_threads()) == 1
        await items.aclose()
        await london.left_alone()


async def test_a_stream_that_the_server_ends_is_away(london: London) -> None:
    async with asyncio.timeout(DEADLINE_S), aclosing(await following(london)) as items:
        await anext(items)
        [(id, _)] = await london.dump_threads()
        await london.run(f"KILL {id}")
        with pytest.raises(DatabaseAway):
            while True:
                await anext(items)


async def test_the_binlog_waits_on_the_server_while_an_item_is_looked_at(london: London) -> None:
    await london.run("ALTER TABLE price MODIFY note LONGTEXT")
    async with asyncio.timeout(DEADLINE_S), aclosing(await following(london)) as items:
        await london.run("INSERT INTO price VALUES ('GB', 0, 1, NULL)")
        while isinstance(await anext(items), Heartbeat):
            pass
        tracemalloc.start()
        for track_id in range(1, 9):
            await london.run(f"INSERT INTO price VALUES ('GB', {track_id}, 1, REPEAT('x', 8 << 20))")
        while (await london.dump_threads())[0][1] not in SENDING:  # noqa: ASYNC110  # only the server knows
            await asyncio.sleep(0.05)
        kept, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert kept < 4 << 20

        found = [await anext(items) for _ in range(8)]
        assert [track_ids(each) for each in found if isinstance(each, Transaction)] == [{n} for n in range(1, 9)]


SENDING = ("Writing to net", "Sending to client", "Sending binlog event to slave", "Sending binlog event to replica")


async def test_the_documented_server_is_fit(london: London) -> None:
    async with mysql.connection(london.producer) as connection:
        assert await check_source(connection, london.instance, PRICE) == []


async def test_an_unfit_table_is_named(london: London) -> None:
    await london.run(
        "CREATE VIEW shown AS SELECT * FROM price", "CREATE TABLE odd (at DATETIME(3), u CHAR(9) CHARACTER SET ucs2)"
    )
    wanted = {"shown": ["track_id"], "odd": ["at", "u", "gone"], "nowhere": ["id"]}

    async with mysql.connection(london.producer) as connection:
        found = await check_source(connection, london.instance, wanted)

    assert [sentence.split(",")[0] for sentence in found] == [
        "the mapping follows shown",
        "the mapping follows column at of table odd",
        "the mapping follows column u of table odd",
        "the mapping follows column gone of table odd",
        "the mapping follows table nowhere",
    ]


async def test_columns_in_the_format_of_mariadb_5_3_are_unfit_and_mended_as_the_sentence_says(mariadb: London) -> None:
    await mariadb.run("SET GLOBAL mysql56_temporal_format = OFF", "CREATE TABLE old (id INT, at DATETIME(3))")
    try:
        async with mysql.connection(mariadb.producer) as connection:
            [sentence] = await check_source(connection, mariadb.instance, {"old": ["id"]})
            assert "has at in the format of MariaDB 5.3" in sentence
            (inserted,) = await mariadb.told("INSERT INTO old VALUES (1, NOW(3))", wanted={"old": ["id"]})
            assert "type 12" in str(inserted.sweep)
            await mariadb.run("SET GLOBAL mysql56_temporal_format = ON", "ALTER TABLE old FORCE")
            assert await check_source(connection, mariadb.instance, {"old": ["id"]}) == []
    finally:
        await mariadb.run("SET GLOBAL mysql56_temporal_format = ON")


FAMILY = (
    "CREATE TABLE grand (id INT PRIMARY KEY, name CHAR(9))",
    "CREATE TABLE parent (id INT PRIMARY KEY, grand INT, FOREIGN KEY (grand) REFERENCES grand (id) ON DELETE CASCADE)",
    "CREATE TABLE child (album INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES parent (id) "
    "ON DELETE SET NULL ON UPDATE CASCADE)",
    "CREATE TABLE other (parent INT, FOREIGN KEY (parent) REFERENCES parent (id))",
)
CHILD_ROUTE = Route("child", "album", "album", None)


async def test_foreign_keys_that_cascade_are_found_by_an_account_that_may_only_read(london: London) -> None:
    await london.run(*FAMILY)

    async with mysql.connection(london.producer) as connection:
        found = await cascades(connection, ["child", "other"])

    logged = await london.rows("SHOW GLOBAL VARIABLES LIKE 'innodb_native_foreign_keys'")
    assert found == ([] if logged else FAMILY_CASCADES)


FAMILY_CASCADES = [
    Cascade("child", ("parent",), "parent", ("id",), "ON DELETE SET NULL ON UPDATE CASCADE"),
    Cascade("parent", ("grand",), "grand", ("id",), "ON DELETE CASCADE"),
]


@pytest.mark.parametrize(
    ("statement", "is_unseen"),
    [
        ("INSERT INTO parent VALUES (2, 1)", False),
        ("UPDATE parent SET grand = NULL", False),
        ("UPDATE grand SET name = 'y', id = 7 WHERE id = 2", False),
        ("UPDATE parent SET id = 5", True),
        ("DELETE FROM parent", True),
        ("DELETE FROM grand WHERE id = 1", True),
    ],
)
async def test_a_change_that_cascades_is_told_by_its_children_or_asks_for_a_sweep(
    london: London, statement: str, is_unseen: bool
) -> None:
    await london.run(*FAMILY, "INSERT INTO grand VALUES (1, 'x'), (2, 'x')")
    await london.run("INSERT INTO parent VALUES (1, 1)", "INSERT INTO child VALUES (77, 1)")
    async with mysql.connection(london.producer) as connection:
        watched = watches(await cascades(connection, ["child"]), [CHILD_ROUTE])

    [found] = await london.told(statement, wanted={"child": ["album"]}, watched=watched)

    is_told = found.touched.get("child") == {"album": {77}}
    assert (is_told, found.sweep is not None) == ((is_unseen, False) if not watched else (False, is_unseen))


async def test_every_collation_of_a_known_character_set_is_known_by_its_number(london: London) -> None:
    view = "COLLATION_CHARACTER_SET_APPLICABILITY" if london.instance.is_mariadb else "COLLATIONS"
    codecs = {"utf8mb4": "utf-8", "utf8mb3": "utf-8", "latin1": "cp1252", "ascii": "ascii"}

    found = await london.rows(f"SELECT ID, CHARACTER_SET_NAME FROM information_schema.{view} WHERE ID IS NOT NULL")

    assert {id: codec_of(int(str(id))) for id, _ in found} == {id: codecs.get(str(name)) for id, name in found}


async def test_what_is_still_in_the_binlog_is_not_purged(london: London) -> None:
    async with mysql.connection(london.producer) as connection:
        assert not await purged(connection, london.instance, await london.position())


async def test_the_time_of_a_transaction_is_found_again(london: London) -> None:
    first, last = await london.told(
        "INSERT INTO price VALUES ('GB', 1, 1, NULL)", "INSERT INTO price VALUES ('GB', 2, 1, NULL)", wanted=PRICE
    )
    position = await london.position()

    assert await commit_time(london.producer, position, first.position, 7004) == first.time
    assert await commit_time(london.producer, position, last.position, 7004) == last.time


async def test_a_transaction_is_found_also_where_another_server_numbered_the_one_before(mariadb: London) -> None:
    await mariadb.run("INSERT INTO price VALUES ('GB', 1, 1, NULL)", "SET SESSION server_id = 2")
    try:
        [found] = await mariadb.told("INSERT INTO price VALUES ('GB', 2, 1, NULL)", wanted=PRICE)
    finally:
        await mariadb.run("SET SESSION server_id = DEFAULT")

    assert str(found.position).startswith("0-2-")
    assert await commit_time(mariadb.producer, await mariadb.position(), found.position, 7004) == found.time


async def test_another_transaction_in_its_place_is_not_taken_for_it(mariadb: London) -> None:
    [found] = await mariadb.told("INSERT INTO price VALUES ('GB', 1, 1, NULL)", wanted=PRICE)
    [(domain, (server, sequence))] = MariaDBPosition.parse(str(found.position)).domains.items()
    await mariadb.run("SET SESSION server_id = 2", "INSERT INTO price VALUES ('GB', 2, 1, NULL)")
    await mariadb.run("SET SESSION server_id = DEFAULT")
    another = MariaDBPosition({domain: (server, sequence + 1)})

    assert await commit_time(mariadb.producer, found.resume.union(another), another, 7004) is None


async def test_the_retention_is_told_in_seconds(london: London) -> None:
    await london.run("SET GLOBAL binlog_expire_logs_seconds = 86400")
    try:
        async with mysql.connection(london.producer) as connection:
            assert await retention_s(connection) == 86400
    finally:
        await london.run("SET GLOBAL binlog_expire_logs_seconds = 0")

"""The rules of the embedded servers that need neither disk nor network."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from deploy.embedded.advice import OTHERWISE, advice
from deploy.embedded.archive import matches, mode
from deploy.embedded.database import DatabaseFiles, DatabaseServer, Login, Role, root_account
from deploy.embedded.errors import UnsupportedPlatform
from deploy.embedded.kafka import KafkaFiles, KafkaServer, as_properties, random_id, read_properties
from deploy.embedded.lock import Pin, digest, read_lock
from deploy.embedded.mariadb import MariaDBServer
from deploy.embedded.mysql import MySQLServer
from deploy.embedded.platform import refuse_others
from deploy.embedded.progress import lines

PINS = [Pin("a:b:1", "aa", 3), Pin("c:d:2:zip:linux", "bb", 4)]
PROGRAMS = DatabaseFiles(Path("/x/bin/server"), Path("/x/bin/client"), Path("/x/bin/dump"))
KAFKA = KafkaFiles(Path("/java"), Path("/jars"))


def test_a_lock_is_a_line_for_each_file_and_comments() -> None:
    assert read_lock("# coordinate sha256 bytes\na:b:1 aa 3\n\nc:d:2:zip:linux bb 4\n") == PINS


def test_a_digest_does_not_depend_on_the_order_of_lines() -> None:
    assert digest(PINS, ()) == digest(reversed(PINS), ())


@pytest.mark.parametrize(
    ("pins", "unpacking"),
    [
        ([PINS[0]], ()),
        ([Pin("a:b:2", "aa", 3), PINS[1]], ()),
        ([Pin("a:b:1", "ab", 3), PINS[1]], ()),
        (PINS, ("share/*",)),
    ],
)
def test_a_digest_changes_with_every_file_and_with_the_way_of_unpacking(
    pins: list[Pin], unpacking: tuple[str, ...]
) -> None:
    assert digest(pins, unpacking) != digest(PINS, ())


def test_the_embedded_servers_run_on_linux_x86_64_with_glibc() -> None:
    refuse_others("Linux", "x86_64", "glibc")


@pytest.mark.parametrize(
    "machine",
    [("Darwin", "arm64", ""), ("Linux", "aarch64", "glibc"), ("Linux", "x86_64", ""), ("Windows", "AMD64", "")],
)
def test_another_platform_is_refused_with_the_names_of_the_other_ways(machine: tuple[str, str, str]) -> None:
    with pytest.raises(UnsupportedPlatform) as refused:
        refuse_others(*machine)
    for word in (machine[0], "compose.yaml", "CROSSFADE_TEST_SERVERS=containers", "settings"):
        assert word in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("log", "word"),
    [
        ("[ERROR] Can't start server: Bind on TCP/IP port. Got error: 98: Address already in use", "port"),
        ("java.net.BindException: Address already in use", "port"),
        ("write failed: No space left on device", "disk is full"),
        ("mysqld: error while loading shared libraries: libaio.so.1: cannot open shared object file", "library"),
        ("InnoDB: Unable to lock ./ibdata1 error: 11", "same folder"),
        ("KafkaException: Failed to acquire lock on file .lock", "same folder"),
        ('Can\'t create/write to file (Errcode: 13 "Permission denied")', "permissions"),
        ("There is insufficient memory for the Java Runtime Environment to continue.", "memory"),
    ],
)
def test_the_end_of_a_log_tells_what_to_do(log: str, word: str) -> None:
    assert word in advice(f"some line\n{log}\nand one more")


def test_a_log_that_says_nothing_known_is_pointed_to() -> None:
    assert advice("segmentation fault") == OTHERWISE


@pytest.mark.parametrize(("name", "wanted"), [("share/a.sql", True), ("share/x/a.sys", True), ("lib/a.sql", False)])
def test_wanted_files_are_named_by_patterns_of_paths(name: str, wanted: bool) -> None:
    assert matches(name, ("share/*.sql", "share/x/*")) is wanted


def test_only_programs_are_made_executable() -> None:
    assert [mode(name) for name in ("bin/mariadbd", "share/a.sql")] == [0o755, 0o644]


@given(
    st.dictionaries(st.from_regex(r"[a-z][a-z.]*", fullmatch=True), st.from_regex(r"[A-Za-z0-9/:@,-]*", fullmatch=True))
)
def test_properties_read_back_as_they_were_written(values: dict[str, str]) -> None:
    assert read_properties(as_properties(values)) == values


def test_properties_escape_what_java_would_misread() -> None:
    assert as_properties({"log.dirs": "/home/jürgen"}) == "log.dirs=/home/j\\u00fcrgen\n"


def test_ids_of_kafka_are_22_characters_and_never_look_like_an_option() -> None:
    ids = [random_id() for _ in range(1000)]
    assert {len(each) for each in ids} == {22}
    assert not [each for each in ids if each.startswith("-")]


def test_a_lone_kafka_node_replicates_nothing() -> None:
    properties = KafkaServer(KAFKA, Path("/k"), 1, 2).properties()
    assert properties["offsets.topic.replication.factor"] == 1
    assert properties["transaction.state.log.min.isr"] == 1
    assert properties["controller.quorum.voters"] == "1@127.0.0.1:2"


def test_three_kafka_nodes_keep_three_copies_and_need_two() -> None:
    server = KafkaServer(KAFKA, Path("/k"), 1, 12, "c", 2, controllers={1: 11, 2: 12, 3: 13})
    properties = server.properties()
    assert properties["default.replication.factor"] == 3
    assert properties["transaction.state.log.min.isr"] == 2
    assert properties["controller.quorum.voters"] == "1@127.0.0.1:11,2@127.0.0.1:12,3@127.0.0.1:13"


def test_kafka_takes_a_record_of_8_mib_and_a_replica_can_fetch_it() -> None:
    properties = KafkaServer(KAFKA, Path("/k"), 1, 2).properties()
    assert int(str(properties["message.max.bytes"])) > 8 * 1024 * 1024
    assert properties["replica.fetch.max.bytes"] == properties["message.max.bytes"]


def test_a_benchmark_has_the_jvm_compile_fully() -> None:
    flag = "-XX:TieredStopAtLevel=1"
    assert flag in KafkaServer(KAFKA, Path("/k"), 1, 2).command()
    assert flag not in KafkaServer(KAFKA, Path("/k"), 1, 2, quick_start=False).command()


@pytest.mark.parametrize("kind", [MariaDBServer, MySQLServer])
def test_a_database_reads_no_configuration_of_this_machine(kind: type[DatabaseServer]) -> None:
    assert kind(PROGRAMS, Path("/d"), 3306, Role.LONDON).command()[1] == "--no-defaults"


@pytest.mark.parametrize("kind", [MariaDBServer, MySQLServer])
@pytest.mark.parametrize("role", Role)
def test_nothing_is_bound_beyond_this_machine(kind: type[DatabaseServer], role: Role) -> None:
    command = kind(PROGRAMS, Path("/d"), 3306, role).command()
    assert "--bind-address=127.0.0.1" in command
    assert "--socket=" in command


@pytest.mark.parametrize("kind", [MariaDBServer, MySQLServer])
def test_commits_are_durable_unless_said_otherwise(kind: type[DatabaseServer]) -> None:
    command = kind(PROGRAMS, Path("/d"), 3306, Role.LONDON).command()
    assert {"--innodb-flush-log-at-trx-commit=1", "--sync-binlog=1"} <= set(command)
    quick = kind(PROGRAMS, Path("/d"), 3306, Role.LONDON, durable=False).command()
    assert {"--innodb-flush-log-at-trx-commit=2", "--sync-binlog=0"} <= set(quick)


@pytest.mark.parametrize("kind", [MariaDBServer, MySQLServer])
def test_an_override_takes_the_place_of_an_option(kind: type[DatabaseServer]) -> None:
    command = kind(PROGRAMS, Path("/d"), 3306, Role.LONDON, overrides={"binlog-format": "STATEMENT"}).command()
    assert [each for each in command if each.startswith("--binlog-format")] == ["--binlog-format=STATEMENT"]


def test_a_login_does_not_show_its_password() -> None:
    assert "secret" not in repr(Login("127.0.0.1", 3306, "root", "secret"))


def test_root_gets_in_from_this_machine_only() -> None:
    assert "'root'@'127.0.0.1'" in root_account("secret")
    assert "%" not in root_account("secret")


def test_without_a_terminal_a_download_is_a_few_plain_lines() -> None:
    out = StringIO()
    with lines(Console(file=out), "MariaDB", 149_000_000) as advance:
        for _ in range(1000):
            advance(149_000)
    assert out.getvalue() == "Fetching MariaDB: 149 MB\nFetched MariaDB in 0 s\n"

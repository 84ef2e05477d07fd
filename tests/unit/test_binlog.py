"""Events of the binlog become transactions, and none that may have changed a mapped table is passed over."""

import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from services.producer import binlog
from services.producer.binlog import Heartbeat, Reader, Touched, Transaction
from services.producer.binlog_events import IGNORABLE_FLAG, Type
from shared.errors import SourceUnfit
from shared.position import MariaDBPosition, MySQLPosition, Position

RECORDINGS = Path(__file__).with_name("binlog_recordings")
WANTED = {"track_price": ["track_id", "territory"]}
START = MariaDBPosition.parse("0-1-1")
TIME = 1_800_000_000


def recorded(name: str) -> tuple[str, list[bytes]]:
    """The position at which a recording starts, and its events."""
    first, *lines = (RECORDINGS / f"{name}.txt").read_text().splitlines()
    return first.removeprefix("# start "), [bytes.fromhex(line) for line in lines if not line.startswith("#")]


def recording(name: str) -> list[Transaction]:
    text, events = recorded(name)
    return transactions(reader_of(name, text), events)


def reader_of(name: str, start: str) -> Reader:
    kind = MariaDBPosition if name.startswith("mariadb") else MySQLPosition
    return Reader(kind.parse(start), "london", WANTED)


def transactions(reader: Reader, events: list[bytes]) -> list[Transaction]:
    return [item for item in map(reader.read, events) if isinstance(item, Transaction)]


RECORDED: list[tuple[Mapping[str, set[object]] | None, str | None]] = [
    ({"track_id": {4_000_000_000, 7}, "territory": {"GB", "DE"}}, None),
    (None, None),
    ({"track_id": {7}, "territory": {"DE"}}, None),
    ({"track_id": {7}, "territory": {"DE"}}, None),
    (None, None),
    ({"track_id": {9}, "territory": {"US"}}, None),
    ({"track_id": {8}, "territory": {"FR"}}, None),
    (None, "a definition changed: alter table track_price add column first int first"),
    ({"track_id": {10}, "territory": {"GB"}}, None),
    (None, "a definition changed: truncate track_price"),
]
"""What the statements of the recordings touched, and why they ask for a sweep."""


def told(found: list[Transaction]) -> list[tuple[object, str | None]]:
    return [(each.touched.get("track_price"), each.sweep) for each in found]


def test_mysql_compressed_tagged_and_xa_transactions_tell_what_they_touched() -> None:
    found = recording("mysql-9.7.4")

    assert told(found) == RECORDED
    uuid = "ea09861c-e7db-11f1-9c9d-02fc00000001"
    assert [str(each.position) for each in found[2:5]] == [f"{uuid}:4", f"{uuid}:nightly:1", f"{uuid}:5"]
    assert str(found[-1].resume) == f"{uuid}:1-10,{uuid}:nightly:1"


def test_mariadb_compressed_events_domains_and_xa_transactions_tell_what_they_touched() -> None:
    found = recording("mariadb-10.11.19")

    # The statement that MariaDB compressed is the fourth, about a table that is not mapped.
    assert told(found[:3] + found[4:]) == RECORDED
    assert told(found[3:4]) == [(None, None)]
    assert [str(each.position) for each in found[3:6]] == ["0-1-5", "5-1-1", "0-1-6"]
    assert str(found[-1].resume) == "0-1-11,5-1-1"


@pytest.mark.parametrize("name", ["mysql-9.7.4", "mariadb-10.11.19"])
def test_a_restart_goes_on_before_the_oldest_prepared_transaction(name: str) -> None:
    found = recording(name)

    prepared = len(found) - 6
    before = found[prepared - 1].resume
    assert [each.resume for each in found[prepared : prepared + 2]] == [before, before]
    assert found[prepared + 2].resume.contains(found[prepared + 2].position)


@pytest.mark.parametrize("name", ["mysql-9.7.4", "mariadb-10.11.19"])
def test_a_damaged_event_stops_the_stream(name: str) -> None:
    text, events = recorded(name)
    for place in range(10, 18):
        damaged = bytearray(events[place])
        damaged[-6] ^= 4
        with pytest.raises(SourceUnfit, match="damaged"):
            transactions(reader_of(name, text), [*events[:place], bytes(damaged)])


class Forged:
    """A MariaDB stream made by hand, to hold what no server can be made to write at will."""

    def __init__(self, start: Position = START, wanted: Mapping[str, list[str]] = WANTED) -> None:
        self._reader = Reader(start, "london", wanted)
        self.send(Type.FORMAT_DESCRIPTION, struct.pack("<H50sIB", 4, b"forged", 0, 19) + bytes([1]))

    def send(self, type: int, body: bytes = b"", flags: int = 0) -> Transaction | Heartbeat | None:
        length = 19 + len(body) + 4
        event = struct.pack("<IBIIIH", TIME, type, 1, length, 0, flags) + body
        return self._reader.read(event + struct.pack("<I", zlib.crc32(event)))

    def begin(self, sequence: int, *, is_statement: bool = False, domain: int = 0) -> None:
        self.send(Type.MARIADB_GTID, struct.pack("<QIB6x", sequence, domain, is_statement))

    def statement(self, text: str, schema: str = "london") -> Transaction | Heartbeat | None:
        head = struct.pack("<IIBHH", 1, 0, len(schema), 0, 0)
        return self.send(Type.QUERY, head + schema.encode() + b"\0" + text.encode())

    def table(self, name: str = "track_price", schema: str = "london") -> None:
        """Describes a table of one unsigned INT `track_id` and one CHAR(2) `territory`."""
        names = b"".join(bytes([len(each)]) + each for each in (b"track_id", b"territory"))
        facts = b"\x01\x01\x80" + b"\x02\x01\x2d" + b"\x04" + bytes([len(names)]) + names
        head = b"\x2a\0\0\0\0\0\x01\0" + bytes([len(schema)]) + schema.encode() + b"\0"
        columns = bytes([2, 3, 254, 2, 254, 8, 0]) + facts
        self.send(Type.TABLE_MAP, head + bytes([len(name)]) + name.encode() + b"\0" + columns)

    def insert(self, *track_ids: int, bitmap: int = 3, rest: bytes = b"") -> None:
        rows = b"".join(b"\0" + struct.pack("<I", id) + b"\x02GB" for id in track_ids)
        self.send(Type.WRITE_ROWS_V1, b"\x2a\0\0\0\0\0\x01\0\x02" + bytes([bitmap]) + rows + rest)

    def commit(self) -> Transaction:
        found = self.send(Type.XID, bytes(8))
        assert isinstance(found, Transaction)
        return found


@pytest.fixture
def forged() -> Forged:
    return Forged()


def ids(touched: Touched) -> set[object]:
    return set(touched.get("track_price", {}).get("track_id", ()))


def test_a_transaction_has_its_own_position_its_commit_time_and_what_it_touched(forged: Forged) -> None:
    forged.begin(2)
    forged.table()
    forged.insert(7, 8)
    forged.insert(8, 2**32 - 1)

    found = forged.commit()

    assert (str(found.position), str(found.resume), found.time) == ("0-1-2", "0-1-2", TIME)
    assert found.touched == {"track_price": {"track_id": {7, 8, 2**32 - 1}, "territory": {"GB"}}}
    assert found.sweep is None


def test_rows_of_a_table_of_another_schema_are_not_ours(forged: Forged) -> None:
    forged.begin(2)
    forged.table(schema="staging")
    forged.insert(7)

    assert forged.commit().touched == {}


def test_tables_and_columns_are_found_in_any_case_and_told_as_the_mapping_writes_them() -> None:
    forged = Forged(wanted={"Track_Price": ["TRACK_ID"]})
    forged.begin(2)
    forged.table()
    forged.insert(7)

    assert forged.commit().touched == {"Track_Price": {"TRACK_ID": {7}}}


def test_an_unknown_event_asks_for_a_sweep(forged: Forged) -> None:
    forged.begin(2)
    forged.send(99)

    assert "type 99" in str(forged.commit().sweep)


def test_an_unknown_event_that_its_writer_calls_ignorable_is_passed(forged: Forged) -> None:
    forged.begin(2)
    forged.send(99, flags=IGNORABLE_FLAG)

    assert forged.commit().sweep is None


def test_rows_without_a_table_map_ask_for_a_sweep(forged: Forged) -> None:
    forged.begin(2)
    forged.insert(7)

    assert "does not describe" in str(forged.commit().sweep)


def test_a_table_map_counts_for_its_transaction_only(forged: Forged) -> None:
    forged.begin(2)
    forged.table()
    forged.commit()
    forged.begin(3)
    forged.insert(7)

    assert forged.commit().sweep


def test_rows_that_lack_a_wanted_column_ask_for_a_sweep(forged: Forged) -> None:
    forged.begin(2)
    forged.table()
    forged.insert(7, bitmap=1)

    assert "binlog_row_image" in str(forged.commit().sweep)


def test_rows_longer_than_their_columns_ask_for_a_sweep(forged: Forged) -> None:
    forged.begin(2)
    forged.table()
    forged.insert(7, rest=b"\0\x01")

    assert "not as long" in str(forged.commit().sweep)


def test_a_mapped_table_without_a_wanted_column_asks_for_a_sweep() -> None:
    forged = Forged(wanted={"track_price": ["release_id"]})
    forged.begin(2)
    forged.table()
    forged.insert(7)

    assert "no column release_id" in str(forged.commit().sweep)


def test_an_incident_asks_for_a_sweep(forged: Forged) -> None:
    forged.begin(2)

    found = forged.send(Type.INCIDENT, b"\x01\0\0")

    assert isinstance(found, Transaction)
    assert "missing" in str(found.sweep)


def test_rows_of_a_group_that_never_ends_are_told_with_the_next(forged: Forged) -> None:
    forged.begin(2)
    forged.table()
    forged.insert(7)
    forged.begin(3)

    found = forged.commit()

    assert (str(found.position), ids(found.touched)) == ("0-1-3", {7})


def test_the_commit_of_a_transaction_prepared_before_the_start_asks_for_a_sweep(forged: Forged) -> None:
    forged.begin(2, is_statement=True)

    found = forged.statement("XA COMMIT X'6162',X'',1")

    assert isinstance(found, Transaction)
    assert "prepared before" in str(found.sweep)


def prepare(forged: Forged, sequence: int, name: bytes, track_id: int) -> Transaction:
    forged.begin(sequence)
    forged.table()
    forged.insert(track_id)
    forged.statement("XA END X'6162',X'',1")
    found = forged.send(Type.XA_PREPARE, struct.pack("<BIII", 0, 1, len(name), 0) + name)
    assert isinstance(found, Transaction)
    return found


def finish(forged: Forged, sequence: int, statement: str) -> Transaction:
    forged.begin(sequence, is_statement=True)
    found = forged.statement(statement)
    assert isinstance(found, Transaction)
    return found


def test_prepared_rows_count_from_the_commit_on(forged: Forged) -> None:
    assert prepare(forged, 2, b"a", 7).touched == {}

    assert ids(finish(forged, 3, "XA COMMIT X'61',X'',1").touched) == {7}


def test_rows_that_were_rolled_back_are_forgotten(forged: Forged) -> None:
    prepare(forged, 2, b"a", 7)

    found = finish(forged, 3, "XA ROLLBACK X'61',X'',1")

    assert (found.touched, found.sweep, str(found.resume)) == ({}, None, "0-1-3")


def test_resuming_waits_for_the_oldest_of_several_prepared_transactions(forged: Forged) -> None:
    resumes = [
        prepare(forged, 2, b"a", 7).resume,
        prepare(forged, 3, b"b", 8).resume,
        finish(forged, 4, "XA COMMIT X'61',X'',1").resume,
        finish(forged, 5, "XA COMMIT X'62',X'',1").resume,
    ]

    assert [*map(str, resumes)] == ["0-1-1", "0-1-1", "0-1-2", "0-1-5"]


def test_a_transaction_that_touched_too_much_asks_for_a_sweep(monkeypatch: pytest.MonkeyPatch, forged: Forged) -> None:
    monkeypatch.setattr(binlog, "MAX_VALUES", 10)
    forged.begin(2)
    forged.table()
    forged.insert(*range(11))
    forged.insert(99)

    found = forged.commit()

    assert (found.touched, "more than 10 values" in str(found.sweep)) == ({}, True)


def test_a_statement_in_a_transaction_does_not_end_it(forged: Forged) -> None:
    forged.begin(2)
    assert forged.statement("UPDATE track_price SET price = 1") is None
    assert forged.statement("SAVEPOINT `s`") is None

    assert "binlog_format=ROW" in str(forged.commit().sweep)


def test_a_commit_without_transactional_tables_ends_a_transaction(forged: Forged) -> None:
    forged.begin(2)
    forged.table()
    forged.insert(7)

    found = forged.statement("COMMIT")

    assert isinstance(found, Transaction)
    assert ids(found.touched) == {7}


def test_numbers_that_go_back_stop_the_stream(forged: Forged) -> None:
    forged.begin(3)
    forged.commit()

    with pytest.raises(SourceUnfit, match="gtid_strict_mode"):
        forged.begin(2)


def test_numbers_of_another_domain_may_be_lower(forged: Forged) -> None:
    forged.begin(3)
    forged.commit()
    forged.begin(2, domain=5)

    assert str(forged.commit().resume) == "0-1-3,5-1-2"


def test_a_transaction_without_a_gtid_stops_the_stream(forged: Forged) -> None:
    with pytest.raises(SourceUnfit, match="gtid_mode"):
        forged.send(Type.ANONYMOUS_GTID, bytes(42))


def test_a_statement_that_cannot_be_decoded_stops_the_stream(forged: Forged) -> None:
    forged.begin(2)
    head = struct.pack("<IIBHH", 1, 0, 0, 0, 0)

    with pytest.raises(SourceUnfit, match="algorithm 1"):
        forged.send(Type.QUERY_COMPRESSED, head + b"\0" + b"\x91\x04" + zlib.compress(b"DROP TABLE track_price"))


def test_a_compressed_transaction_that_cannot_be_unpacked_asks_for_a_sweep(forged: Forged) -> None:
    forged.begin(2)

    found = forged.send(Type.TRANSACTION_PAYLOAD, b"\x02\x01\x07\x00" + b"packed")

    assert isinstance(found, Transaction)
    assert "algorithm 7" in str(found.sweep)


def test_a_heartbeat_is_told(forged: Forged) -> None:
    assert forged.send(Type.HEARTBEAT, b"london-bin.000001") == Heartbeat()


@pytest.mark.parametrize(
    "body", [struct.pack("<H50sIB", 3, b"old", 0, 19) + b"\1", struct.pack("<H50sIB", 4, b"new", 0, 19) + b"\2"]
)
def test_a_binlog_of_an_unknown_version_or_checksum_stops_the_stream(body: bytes) -> None:
    with pytest.raises(SourceUnfit, match="not understood"):
        Forged().send(Type.FORMAT_DESCRIPTION, body)

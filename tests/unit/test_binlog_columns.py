"""Values of keys, sizes and GTIDs as the servers write them."""

import zlib

import pytest

from services.producer.binlog_columns import (
    BLOB,
    DECIMAL,
    ENUM,
    INT24,
    LONGLONG,
    SIZINGS,
    STRING,
    TINY,
    VARCHAR,
    Storage,
    reading,
)
from services.producer.binlog_events import Undecodable, finished_xid, inflate, length_encoded
from services.producer.binlog_gtids import encode_set, mysql_tagged_gtid
from shared.errors import SourceUnfit
from shared.position import MySQLPosition

UUID = "ea09861c-e7db-11f1-9c9d-02fc00000001"
LATIN1, UTF8MB4, UTF8MB4_NOPAD, UTF8MB4_UCA1400, ASCII, BINARY, UCS2 = 8, 45, 1070, 2304, 11, 63, 35


@pytest.mark.parametrize(
    ("type", "is_unsigned", "value", "number"),
    [
        (TINY, False, b"\xff", -1),
        (TINY, True, b"\xff", 255),
        (INT24, False, b"\x00\x00\x80", -(2**23)),
        (INT24, True, b"\x01\x00\x80", 2**23 + 1),
        (LONGLONG, True, b"\xff" * 8, 2**64 - 1),
    ],
)
def test_integers_are_little_endian_and_signed_unless_declared_otherwise(
    type: int, is_unsigned: bool, value: bytes, number: int
) -> None:
    read = reading(type, b"", is_unsigned=is_unsigned, collation=0)

    assert read is not None
    assert read(value) == number


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("810dfb38d2", 1_234_567_890),
        ("7ef204c72d", -1_234_567_890),
        ("8000000000", 0),
        ("80000001", 1),
        ("81" + "00000000" * 2, 10**18),
        ("9c4e5a37", 474_896_951),
    ],
)
def test_whole_decimals_are_groups_of_nine_digits(value: str, number: int) -> None:
    read = reading(DECIMAL, bytes([10, 0]), is_unsigned=False, collation=0)

    assert read is not None
    assert read(bytes.fromhex(value)) == number


@pytest.mark.parametrize(
    ("type", "metadata", "collation", "value", "text"),
    [
        (VARCHAR, b"\xff\x00", UTF8MB4, "é日".encode(), "é日"),
        (VARCHAR, b"\xff\x00", UTF8MB4_NOPAD, "é日".encode(), "é日"),
        (BLOB, b"\x02", UTF8MB4_UCA1400, "é日".encode(), "é日"),
        (VARCHAR, b"\xff\x00", LATIN1, b"\xe9\x80", "é€"),
        (STRING, b"\xfe\x08", ASCII, b"GB", "GB"),
        (VARCHAR, b"\xff\x00", BINARY, b"\x00\xff", b"\x00\xff"),
        (STRING, b"\xfe\x04", BINARY, b"\x00\xff", b"\x00\xff\x00\x00"),
    ],
)
def test_text_is_read_by_its_character_set_and_binary_keeps_its_bytes(
    type: int, metadata: bytes, collation: int, value: bytes, text: str | bytes
) -> None:
    read = reading(type, metadata, is_unsigned=False, collation=collation)

    assert read is not None
    assert read(value) == text


@pytest.mark.parametrize(
    ("type", "metadata", "collation"),
    [(VARCHAR, b"\xff\x00", UCS2), (DECIMAL, bytes([10, 2]), 0), (STRING, bytes([ENUM, 1]), UTF8MB4), (18, b"\x06", 0)],
)
def test_what_cannot_be_a_key_is_not_read(type: int, metadata: bytes, collation: int) -> None:
    assert reading(type, metadata, is_unsigned=False, collation=collation) is None


@pytest.mark.parametrize(
    ("type", "metadata", "storage"),
    [
        (VARCHAR, b"\xff\x00", Storage(0, prefix=1)),
        (VARCHAR, b"\x00\x01", Storage(0, prefix=2)),
        (STRING, b"\xfe\xff", Storage(0, prefix=1)),
        (STRING, b"\xee\x00", Storage(0, prefix=2)),  # 256 bytes, as CHAR(64) in utf8mb4
        (STRING, bytes([ENUM, 2]), Storage(2)),
        (16, b"\x01\x01", Storage(2)),  # BIT(9)
        (16, b"\x00\x01", Storage(1)),  # BIT(8)
        (18, b"\x03", Storage(7)),  # DATETIME(3)
        (DECIMAL, bytes([14, 4]), Storage(7)),
    ],
)
def test_the_size_of_a_value_follows_from_its_type_and_metadata(type: int, metadata: bytes, storage: Storage) -> None:
    assert SIZINGS[type].storage(metadata) == storage


def test_numbers_before_data_are_of_one_three_four_or_nine_bytes() -> None:
    data = b"\xfa" + b"\xfc\x01\x02" + b"\xfd\x01\x02\x03" + b"\xfe" + b"\x01" * 8

    found = []
    position = 0
    while position < len(data):
        number, position = length_encoded(data, position)
        found.append(number)

    assert found == [0xFA, 0x0201, 0x030201, 0x0101010101010101]


def test_a_compressed_event_of_an_unknown_algorithm_cannot_be_decoded() -> None:
    packed = zlib.compress(b"rows")

    assert inflate(b"\x81\x04" + packed) == b"rows"
    with pytest.raises(Undecodable, match="algorithm 1"):
        inflate(b"\x91\x04" + packed)


def test_an_xa_statement_that_is_not_understood_stops_the_stream() -> None:
    with pytest.raises(SourceUnfit):
        finished_xid("XA COMMIT 'ab'")


def test_a_gtid_set_is_encoded_as_replicas_send_it() -> None:
    encoded = encode_set(MySQLPosition.parse(f"{UUID}:1-5:7"))

    source = bytes.fromhex(UUID.replace("-", ""))
    assert encoded.hex() == (
        "0100000000000000" + source.hex() + "0200000000000000"
        "0100000000000000" + "0600000000000000" + "0700000000000000" + "0800000000000000"
    )


def test_a_gtid_set_with_tags_is_encoded_as_mysql_writes_it() -> None:
    encoded = encode_set(MySQLPosition.parse(f"{UUID}:1-37,{UUID}:tag:1-2"))

    # From the PREVIOUS_GTIDS event that MySQL 9.7.4 wrote for this set.
    assert encoded.hex() == (
        "0102000000000001"
        "ea09861ce7db11f19c9d02fc00000001" + "00" + "0100000000000000" + "0100000000000000" + "2600000000000000"
        "ea09861ce7db11f19c9d02fc00000001" + "06746167" + "0100000000000000" + "0100000000000000" + "0300000000000000"
    )


def test_a_tagged_gtid_of_an_unknown_format_stops_the_stream() -> None:
    with pytest.raises(SourceUnfit, match="format 2"):
        mysql_tagged_gtid(bytes.fromhex("047200"))

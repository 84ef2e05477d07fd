"""Positions against a plainer telling of them: the very set of transactions that each stands for."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.position import (
    MAX_COUNT,
    MAX_EPOCH,
    MariaDBPosition,
    MySQLPosition,
    Position,
    PositionError,
    version,
)

UUIDS = ("3e11fa47-71ca-11e1-9e33-c80aa9429562", "3e11fa47-71ca-11e1-9e33-c80aa9429563")
SOURCES = (*UUIDS, f"{UUIDS[0]}:backup", f"{UUIDS[1]}:_1")

Transactions = frozenset[tuple[str, int]]
"""By source (MySQL) or domain (MariaDB), the numbers of the transactions."""


@st.composite
def mysql_texts(draw: st.DrawFn) -> tuple[str, Transactions]:
    """A GTID set as text, in any order and with intervals that overlap, touch or repeat, and what it stands for."""
    parts: list[str] = []
    transactions: set[tuple[str, int]] = set()
    for source in draw(st.lists(st.sampled_from(SOURCES), max_size=5)):
        intervals = draw(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 6)), min_size=1, max_size=4))
        parts.append(
            ":".join([source, *(f"{first}-{first + more}" if more else f"{first}" for first, more in intervals)])
        )
        transactions |= {(source, number) for first, more in intervals for number in range(first, first + more + 1)}
    return draw(st.sampled_from([",", ",\n", " , "])).join(parts), frozenset(transactions)


@st.composite
def mariadb_texts(draw: st.DrawFn) -> tuple[str, Transactions]:
    """A GTID position as text, and what it stands for: all of a domain up to the last, whichever server wrote it."""
    last = draw(st.dictionaries(st.integers(0, 4), st.integers(0, 12), max_size=4))
    parts = [f"{domain}-{draw(st.integers(1, 3))}-{sequence}" for domain, sequence in last.items()]
    transactions = {(str(domain), number) for domain, sequence in last.items() for number in range(1, sequence + 1)}
    return ",".join(draw(st.permutations(parts))), frozenset(transactions)


def mysql(text: str) -> MySQLPosition:
    return MySQLPosition.parse(text)


def mariadb(text: str) -> MariaDBPosition:
    return MariaDBPosition.parse(text)


@given(mysql_texts())
def test_a_mysql_set_counts_each_of_its_transactions_once(one: tuple[str, Transactions]) -> None:
    text, transactions = one
    assert mysql(text).count == len(transactions)


@given(mysql_texts(), mysql_texts())
def test_a_mysql_set_contains_exactly_its_subsets(
    one: tuple[str, Transactions], other: tuple[str, Transactions]
) -> None:
    assert mysql(one[0]).contains(mysql(other[0])) == (one[1] >= other[1])


@given(mysql_texts(), mysql_texts())
def test_a_union_of_mysql_sets_holds_the_transactions_of_both(
    one: tuple[str, Transactions], other: tuple[str, Transactions]
) -> None:
    union = mysql(one[0]).union(mysql(other[0]))
    assert union.count == len(one[1] | other[1])
    assert union.contains(mysql(one[0]))
    assert union.contains(mysql(other[0]))
    assert union == mysql(other[0]).union(mysql(one[0]))


@given(mysql_texts())
def test_a_mysql_set_printed_and_read_again_is_the_same(one: tuple[str, Transactions]) -> None:
    position = mysql(one[0])
    assert mysql(str(position)) == position


@given(mariadb_texts())
def test_a_mariadb_position_counts_every_transaction_up_to_the_last_of_each_domain(
    one: tuple[str, Transactions],
) -> None:
    text, transactions = one
    assert mariadb(text).count == len(transactions)


@given(mariadb_texts(), mariadb_texts())
def test_a_mariadb_position_contains_exactly_its_subsets(
    one: tuple[str, Transactions], other: tuple[str, Transactions]
) -> None:
    assert mariadb(one[0]).contains(mariadb(other[0])) == (one[1] >= other[1])


@given(mariadb_texts(), mariadb_texts())
def test_a_union_of_mariadb_positions_holds_the_transactions_of_both(
    one: tuple[str, Transactions], other: tuple[str, Transactions]
) -> None:
    union = mariadb(one[0]).union(mariadb(other[0]))
    assert union.count == len(one[1] | other[1])
    assert union.contains(mariadb(one[0]))
    assert union.contains(mariadb(other[0]))


@given(mariadb_texts())
def test_a_mariadb_position_printed_and_read_again_is_the_same(one: tuple[str, Transactions]) -> None:
    position = mariadb(one[0])
    assert mariadb(str(position)) == position


@given(mysql_texts(), mysql_texts())
def test_what_is_taken_out_of_a_mysql_set_is_in_it_no_more(
    one: tuple[str, Transactions], other: tuple[str, Transactions]
) -> None:
    left = mysql(one[0]).without(mysql(other[0]))
    assert left.count == len(one[1] - other[1])
    assert mysql(one[0]).contains(left)
    assert left.union(mysql(other[0])) == mysql(one[0]).union(mysql(other[0]))
    assert mysql(str(left)) == left


def test_a_mariadb_position_without_a_transaction_stands_before_it() -> None:
    assert mariadb("0-1-9,1-1-5").without(mariadb("0-2-7")) == mariadb("0-2-6,1-1-5")
    assert mariadb("0-1-1,1-1-5").without(mariadb("0-1-1")) == mariadb("1-1-5")


@pytest.mark.parametrize("parse", [mysql, mariadb])
def test_nothing_executed_has_no_latest_transaction(parse: Callable[[str], MySQLPosition | MariaDBPosition]) -> None:
    assert parse("").latest is None


def test_the_latest_transaction_is_that_of_the_greatest_number() -> None:
    assert mysql(f"{UUIDS[0]}:1-3:9,{UUIDS[1]}:1-8").latest == mysql(f"{UUIDS[0]}:9")
    assert mariadb("0-1-9,1-2-10").latest == mariadb("1-2-10")


def test_intervals_that_touch_are_one_and_those_with_a_gap_stay_two() -> None:
    assert str(mysql(f"{UUIDS[0]}:4-5:1-3")) == f"{UUIDS[0]}:1-5"
    assert str(mysql(f"{UUIDS[0]}:1-3:5")) == f"{UUIDS[0]}:1-3:5"


def test_blank_space_between_parts_and_intervals_is_nothing() -> None:
    assert mariadb(" 0-1-5 ,\n1-1-3 ") == mariadb("0-1-5,1-1-3")
    assert mysql(f" {UUIDS[0]}: 1-3 : 5 ,\n{UUIDS[1]}:1") == mysql(f"{UUIDS[0]}:1-3:5,{UUIDS[1]}:1")


def test_a_position_is_printed_in_one_order_only() -> None:
    assert str(mariadb("10-1-5,2-1-3")) == "2-1-3,10-1-5"
    assert str(mysql(f"{UUIDS[1]}:1,{UUIDS[0]}:2")) == f"{UUIDS[0]}:2,{UUIDS[1]}:1"


def test_a_gap_is_not_contained() -> None:
    assert not mysql(f"{UUIDS[0]}:1-3:5-9").contains(mysql(f"{UUIDS[0]}:3-5"))


def test_tagged_transactions_are_counted_apart_from_untagged_ones_of_the_same_server() -> None:
    position = mysql(f"{UUIDS[0]}:1-5:backup:1-3:7")
    assert position.count == 9
    assert not position.contains(mysql(f"{UUIDS[0]}:7"))
    assert position.contains(mysql(f"{UUIDS[0]}:BACKUP:7"))


def test_a_uuid_is_read_in_either_case() -> None:
    assert mysql(f"{UUIDS[0].upper()}:1") == mysql(f"{UUIDS[0]}:1")


def test_a_domain_written_by_another_server_goes_on_counting() -> None:
    before, after = mariadb("0-1-100,1-1-7"), mariadb("0-2-101,1-1-7")
    assert after.contains(before)
    assert not before.contains(after)
    assert after.count == before.count + 1


@pytest.mark.parametrize("parse", [mysql, mariadb])
def test_nothing_executed_counts_zero(parse: Callable[[str], Position]) -> None:
    assert parse("").count == 0


@pytest.mark.parametrize(
    "text",
    [
        "0-1-5",
        UUIDS[0],
        f"{UUIDS[0]}:0",
        f"{UUIDS[0]}:5-4",
        f"{UUIDS[0]}:1-",
        f"{UUIDS[0]}:-1",
        f"{UUIDS[0][:-1]}:1",
        f"{UUIDS[0]}::1",
        f"{UUIDS[0]}:1 2",
        f"{UUIDS[0]}:tag",
        f"{UUIDS[0]}:1:tag",
        f"{UUIDS[0]}:one:two:1",
    ],
)
def test_what_is_no_mysql_set_is_an_error(text: str) -> None:
    with pytest.raises(PositionError):
        mysql(text)


@pytest.mark.parametrize("text", [f"{UUIDS[0]}:1", "0-1", "0-1-", "0-1-5-6", "a-1-5", "0-1--5", "0-1-5,0-2-6"])
def test_what_is_no_mariadb_position_is_an_error(text: str) -> None:
    with pytest.raises(PositionError):
        mariadb(text)


epochs = st.integers(0, MAX_EPOCH)
counts = st.integers(0, MAX_COUNT)


@given(st.tuples(epochs, counts), st.tuples(epochs, counts))
def test_versions_are_ordered_by_epoch_first_and_then_by_count(one: tuple[int, int], other: tuple[int, int]) -> None:
    def at(epoch: int, count: int) -> int:
        return version(epoch, mariadb(f"0-1-{count}"))

    assert (at(*one) < at(*other)) == (one < other)


def test_every_version_fits_a_signed_64_bit_column() -> None:
    assert version(MAX_EPOCH, mariadb(f"0-1-{MAX_COUNT}")) == 2**63 - 1


@pytest.mark.parametrize(
    "position", [mariadb(f"0-1-{2**48}"), mysql(f"{UUIDS[0]}:1-{2**48}"), mariadb("0-1-1,1-1-" + str(2**48 - 1))]
)
def test_a_position_that_a_version_cannot_hold_is_an_error_and_never_wraps(position: Position) -> None:
    with pytest.raises(PositionError, match=str(2**48)):
        version(0, position)


@pytest.mark.parametrize("epoch", [-1, MAX_EPOCH + 1])
def test_an_epoch_outside_its_bits_is_an_error(epoch: int) -> None:
    with pytest.raises(PositionError, match="epoch"):
        version(epoch, mariadb("0-1-1"))

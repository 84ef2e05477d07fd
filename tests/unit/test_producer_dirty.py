"""What transactions made dirty, and up to where all of it was dealt with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.producer.binlog import Touched, Transaction
from services.producer.dirty import MOST_UNFINISHED, Ledger, Reached, Signals
from services.producer.routes import Route
from shared.position import MariaDBPosition

ALBUM_OF_TRACK = Route("track", "album", "release_id", None)
ARTIST = Route("artist", "artist", "artist_id", None)
ROUTES = (ALBUM_OF_TRACK, ARTIST)


def at(sequence: int) -> MariaDBPosition:
    return MariaDBPosition.parse(f"0-1-{sequence}")


def transaction(sequence: int, touched: Touched | None = None, *, sweep: str | None = None) -> Transaction:
    """The transaction of that number, committed so many seconds after the first."""
    return Transaction(at(sequence), at(sequence), 1000 + sequence, touched or {}, sweep)


START = Reached(at(0), "0-1-0", 1000)


def test_transactions_taken_together_lead_on_from_all_that_they_touched() -> None:
    signals = Signals()
    signals.add(0, transaction(1, {"track": {"release_id": {3, 4}}}), ROUTES)
    signals.add(1, transaction(2, {"track": {"release_id": {4, 5}}, "artist": {"artist_id": {7}}}), ROUTES)
    assert signals.values == {ALBUM_OF_TRACK: {3, 4, 5}, ARTIST: {7}}
    assert signals.numbers == [0, 1]


def test_a_snapshot_has_to_contain_every_transaction_taken_together() -> None:
    signals = Signals()
    for number, sequence in enumerate((7, 5)):
        signals.add(number, transaction(sequence), ROUTES)
    signals.add(2, Transaction(MariaDBPosition.parse("1-1-3"), at(7), 1003, {}, None), ROUTES)
    assert signals.position == MariaDBPosition.parse("0-1-7,1-1-3")


def test_several_routes_of_a_column_each_get_its_values() -> None:
    to_albums = Route("artist", "album", "artist_id", None)
    signals = Signals()
    signals.add(0, transaction(1, {"artist": {"artist_id": {7}}}), [ARTIST, to_albums])
    assert signals.values == {ARTIST: {7}, to_albums: {7}}


@pytest.mark.parametrize("touched", [{}, {"track": {}}, {"track": {"release_id": set()}}, {"label": {"label_id": {1}}}])
def test_what_no_route_asks_for_leads_nowhere_and_is_to_be_finished_all_the_same(touched: Touched) -> None:
    signals = Signals()
    signals.add(0, transaction(1, touched), ROUTES)
    assert not signals.values
    assert signals.numbers == [0]


def test_a_later_transaction_does_not_change_what_an_earlier_one_touched() -> None:
    first = {"track": {"release_id": {3}}}
    signals = Signals()
    signals.add(0, transaction(1, first), ROUTES)
    signals.add(1, transaction(2, {"track": {"release_id": {4}}}), ROUTES)
    assert first == {"track": {"release_id": {3}}}


def test_sentences_why_everything_is_read_again_are_kept() -> None:
    signals = Signals()
    signals.add(0, transaction(1, sweep="ALTER TABLE"), ROUTES)
    signals.add(1, transaction(2), ROUTES)
    signals.add(2, transaction(3, sweep="TRUNCATE"), ROUTES)
    assert signals.sweeps == ["ALTER TABLE", "TRUNCATE"]


@given(st.permutations(range(8)), st.integers(1, 8))
def test_a_restart_goes_on_before_the_first_transaction_that_is_not_finished(order: list[int], batch: int) -> None:
    ledger = Ledger(START)
    numbers = [ledger.enter(transaction(sequence)) for sequence in range(1, 9)]
    finished: set[int] = set()
    for start in range(0, len(order), batch):
        some = order[start : start + batch]
        ledger.finish(numbers[place] for place in some)
        finished.update(some)
        first_unfinished = min(set(range(8)) - finished, default=8)
        assert ledger.reached == Reached(at(first_unfinished), f"0-1-{first_unfinished}", 1000 + first_unfinished)


def test_transactions_that_come_while_others_are_finished_keep_their_numbers() -> None:
    ledger = Ledger(START)
    first = ledger.enter(transaction(1))
    second = ledger.enter(transaction(2))
    ledger.finish([first])
    third = ledger.enter(transaction(3))
    ledger.finish([third])
    assert ledger.reached.position == at(1)
    ledger.finish([second])
    assert ledger.reached.position == at(3)


def test_a_restart_stays_before_a_transaction_that_is_prepared() -> None:
    ledger = Ledger(START)
    ledger.finish([ledger.enter(transaction(1)), ledger.enter(Transaction(at(2), at(1), 1002, {}, None))])
    assert ledger.reached == Reached(at(1), "0-1-1", 1001)


def test_a_ledger_without_transactions_stands_where_it_began() -> None:
    ledger = Ledger(START)
    ledger.finish([])
    assert ledger.reached == START


def test_no_more_is_read_while_too_much_is_unfinished() -> None:
    ledger = Ledger(START)
    numbers = [ledger.enter(transaction(sequence)) for sequence in range(1, MOST_UNFINISHED)]
    assert ledger.has_room
    last = ledger.enter(transaction(MOST_UNFINISHED))
    assert not ledger.has_room
    ledger.finish([last])
    assert ledger.has_room
    assert ledger.reached == START
    ledger.finish(numbers)
    assert ledger.reached.position == at(MOST_UNFINISHED)


def test_what_is_finished_takes_no_room_also_behind_what_is_not() -> None:
    ledger = Ledger(START)
    ledger.enter(transaction(1))
    for sequence in range(2, MOST_UNFINISHED + 2):
        ledger.finish([ledger.enter(transaction(sequence))])
    assert ledger.has_room
    assert ledger.reached == START

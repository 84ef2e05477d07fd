"""The daily limit's arithmetic, without a database: exchanges on plain rows, and what one gateway does with them."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.gateway.quota import Ask, Figures, Lease, Ledger, Policy, Today, Told, Verdict, exchange

NOON = datetime.fromisoformat("2026-11-24T12:00:00")
MIDNIGHT = datetime.fromisoformat("2026-11-25T00:00:00")
ADMITTED, OVER, UNAVAILABLE = Verdict.ADMITTED, Verdict.OVER_LIMIT, Verdict.UNAVAILABLE


def today(granted: int, *, limit: int | None = 100, full_since: datetime | None = None) -> Today:
    return Today(clock=NOON, limit=limit, granted=granted, full_since=full_since)


def ask(*, used: int = 0, want: int = 1, floor: int = 1) -> Ask:
    return Ask(day=NOON.date(), seq=3, used=used, want=want, floor=floor)


def test_an_exchange_grants_what_waits_while_there_is_room() -> None:
    assert exchange(ask(used=4), today(10), Lease(3, 4)) == Told(today(11), Lease(4, 5))


def test_an_exchange_grants_no_more_than_a_sixteenth_of_the_room() -> None:
    told = exchange(ask(want=50), today(20), Lease(3, 0))
    assert (told.today.granted, told.lease.granted) == (25, 5)


def test_of_the_last_room_each_exchange_for_a_request_that_waits_is_granted_one() -> None:
    told = exchange(ask(want=50), today(99), Lease(3, 0))
    assert (told.today.granted, told.lease.granted) == (100, 1)


def test_without_a_request_that_waits_the_last_room_is_left_to_others() -> None:
    told = exchange(ask(want=50, floor=0), today(90), Lease(3, 0))
    assert (told.today.granted, told.lease.granted, told.today.full_since) == (90, 0, None)


def test_an_exchange_gives_back_what_is_open_before_it_takes() -> None:
    told = exchange(ask(used=2, want=1), today(100), Lease(3, 9))
    assert (told.today.granted, told.lease.granted) == (94, 3)


def test_the_first_exchange_without_room_says_since_when_the_day_is_full() -> None:
    assert exchange(ask(), today(100), Lease(3, 0)).today.full_since == NOON


def test_later_exchanges_without_room_keep_that_moment() -> None:
    earlier = NOON - timedelta(seconds=5)
    assert exchange(ask(), today(100, full_since=earlier), Lease(3, 0)).today.full_since == earlier


def test_a_return_that_makes_room_clears_it() -> None:
    assert exchange(ask(used=3, want=0, floor=0), today(100, full_since=NOON), Lease(3, 4)).today.full_since is None


def test_giving_back_under_a_lowered_limit_leaves_no_room() -> None:
    told = exchange(ask(used=1, want=0, floor=0), today(100, limit=50, full_since=NOON), Lease(3, 4))
    assert (told.today.granted, told.lease.granted, told.today.full_since) == (97, 1, NOON)


def test_without_a_limit_everything_is_given_back_and_nothing_granted() -> None:
    told = exchange(ask(used=1), today(10, limit=None, full_since=NOON), Lease(3, 4))
    assert (told.today.granted, told.lease.granted, told.today.full_since) == (7, 1, None)


class Desk:
    """One ledger and the rows that it exchanges with; time passes for both."""

    def __init__(self, *, limit: int | None = 100, clock: datetime = NOON, policy: Policy | None = None) -> None:
        self.now = 1000.0
        self.ledger = Ledger(policy or Policy())
        self.rows = Told(Today(clock, limit, 0, None), Lease())

    def passes(self, seconds: float) -> None:
        self.now += seconds
        before = self.rows.today
        today = replace(before, clock=before.clock + timedelta(seconds=seconds))
        self.rows = replace(self.rows, today=today)
        if today.day != before.day:
            self.rows = Told(replace(today, granted=0, full_since=None), Lease())

    def others_take(self, granted: int) -> None:
        self.rows = replace(self.rows, today=replace(self.rows.today, granted=self.rows.today.granted + granted))

    def set_limit(self, limit: int | None) -> None:
        self.rows = replace(self.rows, today=replace(self.rows.today, limit=limit))

    def arrives(self) -> Verdict | None:
        return self.ledger.arrive(self.now)

    def asks(self, waiting: int = 1) -> Ask | None:
        return self.ledger.ask(self.now, waiting)

    def commits(self, asked: Ask | None) -> None:
        """What the database does: exchanges when the ask fits its rows."""
        fits = asked and (asked.day, asked.seq) == (self.rows.today.day, self.rows.lease.seq)
        if asked and fits:
            self.rows = exchange(asked, self.rows.today, self.rows.lease)

    def hears(self) -> None:
        self.ledger.told(self.rows, self.now)

    def exchanges(self, waiting: int = 1) -> None:
        """Asks the database once, in whatever way the ledger wants."""
        self.commits(self.asks(waiting))
        self.hears()

    def request(self) -> Verdict | None:
        """One request that waits for two exchanges at most, which is a reading and an exchange."""
        verdict = self.arrives()
        for _ in range(2):
            if verdict is None:
                self.exchanges()
                verdict = self.ledger.verdict(self.now)
        return verdict

    def figures(self) -> Figures | None:
        return self.ledger.figures(self.now)


def current(desk: Desk) -> int:
    figures = desk.figures()
    assert figures
    return figures.current


def full_desk(limit: int = 2) -> Desk:
    """A day without room, for so long that it is settled."""
    desk = Desk(limit=limit)
    assert [desk.request() for _ in range(limit + 1)] == [ADMITTED] * limit + [None]
    desk.passes(1)
    return desk


def test_the_first_request_of_a_gateway_reads_its_rows_before_it_exchanges() -> None:
    desk = Desk()
    assert desk.arrives() is None
    assert desk.asks() is None
    desk.hears()
    assert desk.asks() == Ask(day=NOON.date(), seq=0, used=0, want=1, floor=1)


def test_an_admitted_request_counts_one() -> None:
    desk = Desk(limit=100)
    desk.others_take(40)
    assert desk.request() is ADMITTED
    assert desk.figures() == Figures(limit=100, current=41, reset_s=12 * 3600)
    assert desk.request() is ADMITTED
    assert desk.figures() == Figures(limit=100, current=42, reset_s=12 * 3600)


def test_with_leases_of_one_every_request_is_an_exchange() -> None:
    desk = Desk()
    for served in range(1, 20):
        assert desk.request() is ADMITTED
        assert desk.rows.lease == Lease(seq=served, granted=served)


def test_while_an_exchange_is_under_way_nothing_is_admitted_from_the_lease() -> None:
    desk = Desk(policy=Policy(largest_lease=5))
    desk.exchanges(waiting=5)
    desk.exchanges(waiting=5)
    assert desk.ledger.held == 5
    desk.asks(waiting=0)
    assert desk.ledger.held == 0
    assert desk.arrives() is None


def test_an_exchange_that_happened_unheard_is_adopted_from_its_row() -> None:
    desk = Desk()
    desk.exchanges()
    desk.commits(desk.asks())
    desk.ledger.fail(desk.now)
    desk.passes(0.2)
    assert desk.arrives() is None
    assert desk.asks() is None
    desk.hears()
    assert desk.ledger.verdict(desk.now) is ADMITTED
    assert (desk.rows.today.granted, desk.ledger.held) == (1, 0)


def test_an_exchange_that_did_not_happen_is_asked_anew_after_the_row_was_read() -> None:
    desk = Desk()
    desk.exchanges()
    desk.asks()
    desk.ledger.fail(desk.now)
    desk.passes(0.2)
    assert desk.request() is ADMITTED
    assert (desk.rows.today.granted, desk.rows.lease.seq) == (1, 1)


def test_a_full_day_refuses_nobody_within_its_first_second() -> None:
    desk = Desk(limit=1)
    assert desk.request() is ADMITTED
    assert desk.request() is None
    desk.passes(0.9)
    desk.exchanges()
    assert desk.ledger.verdict(desk.now) is None
    desk.passes(0.1)
    desk.exchanges()
    assert desk.ledger.verdict(desk.now) is OVER


def test_a_day_that_was_full_longer_refuses_at_once() -> None:
    assert full_desk().request() is OVER


def test_a_full_day_refuses_nobody_within_a_second_of_a_database_error() -> None:
    desk = full_desk()
    desk.ledger.fail(desk.now)
    desk.passes(0.9)
    desk.exchanges()
    assert desk.ledger.verdict(desk.now) is None
    desk.passes(0.1)
    desk.exchanges()
    assert desk.ledger.verdict(desk.now) is OVER


def test_what_is_given_back_while_a_request_waits_admits_it() -> None:
    desk = Desk(limit=1)
    desk.exchanges()
    desk.others_take(1)
    assert desk.request() is None
    desk.others_take(-1)
    assert desk.request() is ADMITTED


def test_after_a_refusal_memory_refuses_for_a_second_and_then_the_database_is_asked_again() -> None:
    desk = full_desk()
    assert desk.request() is OVER
    desk.set_limit(10)
    desk.passes(0.9)
    assert desk.arrives() is OVER
    desk.passes(0.1)
    assert desk.request() is ADMITTED


def test_reading_a_day_whose_limit_was_raised_since_it_was_full_refuses_nobody() -> None:
    desk = full_desk()
    desk.set_limit(3)
    desk.ledger = Ledger(Policy())
    assert desk.request() is ADMITTED


def test_a_database_that_is_away_makes_requests_unavailable_and_is_asked_again_soon() -> None:
    desk = Desk()
    assert desk.request() is ADMITTED
    desk.asks()
    desk.ledger.fail(desk.now)
    assert desk.arrives() is UNAVAILABLE
    desk.passes(0.1)
    assert desk.request() is ADMITTED


def test_a_lease_in_hand_is_used_while_the_database_is_away() -> None:
    desk = Desk(policy=Policy(largest_lease=5))
    desk.exchanges()
    desk.exchanges(waiting=5)
    desk.ledger.fail(desk.now)
    assert [desk.arrives() for _ in range(6)] == [ADMITTED] * 5 + [UNAVAILABLE]


def test_a_new_day_begins_with_nothing_used_by_the_databases_clock() -> None:
    desk = Desk(limit=1, clock=MIDNIGHT - timedelta(seconds=3))
    assert desk.request() is ADMITTED
    assert desk.figures() == Figures(limit=1, current=1, reset_s=3)
    desk.passes(2.9)
    assert desk.figures() == Figures(limit=1, current=1, reset_s=1)
    desk.passes(0.1)
    assert desk.figures() == Figures(limit=1, current=0, reset_s=86400)
    assert desk.request() is ADMITTED
    assert desk.rows.today.day == MIDNIGHT.date()


def test_a_refusal_from_memory_ends_with_the_day() -> None:
    desk = Desk(limit=1, clock=MIDNIGHT - timedelta(seconds=1.5))
    assert [desk.request(), desk.request()] == [ADMITTED, None]
    desk.passes(1)
    assert desk.request() is OVER
    desk.passes(0.5)
    assert desk.request() is ADMITTED


def test_a_lease_of_yesterday_admits_nothing_today() -> None:
    desk = Desk(clock=MIDNIGHT - timedelta(seconds=1), policy=Policy(largest_lease=5))
    desk.exchanges()
    desk.exchanges(waiting=5)
    assert desk.ledger.held == 5
    desk.passes(1)
    assert desk.arrives() is None
    assert desk.ledger.held == 0


def test_a_day_that_comes_back_after_the_clock_was_set_back_admits_nothing_twice() -> None:
    desk = Desk(limit=100, clock=MIDNIGHT - timedelta(seconds=1), policy=Policy(largest_lease=5))
    desk.exchanges()
    desk.exchanges(waiting=5)
    assert [desk.arrives() for _ in range(5)] == [ADMITTED] * 5
    yesterday = desk.rows
    desk.passes(1)
    desk.exchanges()
    desk.rows = yesterday
    desk.exchanges()
    assert desk.ledger.held == 0


def test_current_never_goes_down_within_a_day() -> None:
    desk = Desk()
    desk.exchanges()
    desk.others_take(10)
    desk.exchanges()
    assert current(desk) == 10
    desk.others_take(-5)
    desk.passes(1)
    desk.ledger.seen(desk.rows.today, desk.now)
    assert current(desk) == 10


def test_current_leaves_out_what_is_held_and_not_used() -> None:
    desk = Desk(policy=Policy(largest_lease=5))
    desk.exchanges()
    desk.exchanges(waiting=5)
    desk.arrives()
    assert (desk.rows.today.granted, current(desk)) == (5, 1)


def test_a_poll_that_an_exchange_overtook_says_nothing() -> None:
    desk = Desk()
    polled = desk.rows.today
    desk.passes(0.01)
    assert desk.request() is ADMITTED
    desk.ledger.seen(polled, desk.now)
    assert current(desk) == 1


def test_a_poll_alone_is_enough_for_the_figures() -> None:
    desk = Desk()
    desk.others_take(7)
    assert desk.figures() is None
    assert desk.ledger.stale(desk.now)
    desk.ledger.seen(desk.rows.today, desk.now)
    assert desk.figures() == Figures(limit=100, current=7, reset_s=12 * 3600)
    assert not desk.ledger.stale(desk.now + 0.9)
    assert desk.ledger.stale(desk.now + 1.0)


def test_a_limit_that_was_removed_admits_without_counting() -> None:
    desk = Desk(limit=0)
    desk.exchanges()
    desk.set_limit(None)
    assert desk.request() is ADMITTED
    assert desk.rows.lease.granted == 0
    assert desk.figures() is None


def test_a_lowered_limit_undoes_nothing_and_admits_nothing_more() -> None:
    desk = Desk(limit=3)
    assert [desk.request() for _ in range(3)] == [ADMITTED] * 3
    desk.set_limit(2)
    assert desk.request() is None
    desk.passes(1)
    assert desk.request() is OVER
    assert desk.figures() == Figures(limit=2, current=3, reset_s=12 * 3600 - 1)


@pytest.mark.parametrize(("held", "granted_in_all", "excessive"), [(5, 20, False), (5, 80, True), (5, 120, True)])
def test_a_lease_is_excessive_when_others_could_lack_it(held: int, granted_in_all: int, excessive: bool) -> None:
    desk = Desk(policy=Policy(largest_lease=held))
    desk.exchanges()
    desk.exchanges(waiting=held)
    desk.others_take(granted_in_all - held)
    desk.passes(0.25)
    desk.ledger.seen(desk.rows.today, desk.now)
    assert desk.ledger.due is excessive


def test_an_exchange_whose_outcome_is_not_known_is_due_to_be_settled() -> None:
    desk = Desk()
    assert desk.request() is ADMITTED
    assert not desk.ledger.due
    desk.asks()
    desk.ledger.fail(desk.now)
    assert desk.ledger.due


def test_a_lease_is_given_back_when_the_limit_was_removed() -> None:
    desk = Desk(policy=Policy(largest_lease=5))
    desk.exchanges()
    desk.exchanges(waiting=5)
    desk.set_limit(None)
    desk.passes(0.25)
    desk.ledger.seen(desk.rows.today, desk.now)
    assert desk.ledger.due
    desk.exchanges(waiting=0)
    assert not desk.ledger.due
    assert desk.rows.today.granted == 0


def test_an_exchange_for_nobody_who_waits_gives_back_the_excess() -> None:
    desk = Desk(policy=Policy(largest_lease=5))
    desk.exchanges()
    desk.exchanges(waiting=5)
    desk.others_take(95)
    desk.passes(5)
    desk.exchanges(waiting=0)
    assert (desk.ledger.held, desk.rows.today.granted) == (0, 95)


def test_larger_leases_follow_the_rate_of_requests() -> None:
    desk = Desk(limit=4000, policy=Policy(largest_lease=64))
    for _ in range(20):
        desk.request()
    desk.passes(1)
    asked = desk.asks(waiting=1)
    assert asked and asked.want == 20
    desk.passes(2)
    desk.hears()
    asked = desk.asks(waiting=1)
    assert asked and asked.want == 1


def test_a_gateway_that_stops_admits_nothing_and_gives_back_everything() -> None:
    desk = Desk(policy=Policy(largest_lease=5))
    desk.exchanges()
    desk.exchanges(waiting=5)
    desk.arrives()
    desk.ledger.stop()
    assert desk.arrives() is UNAVAILABLE
    assert desk.ledger.owes
    desk.exchanges(waiting=0)
    assert not desk.ledger.owes
    assert (desk.rows.today.granted, desk.rows.lease.granted) == (1, 1)


def test_a_gateway_that_never_asked_owes_nothing() -> None:
    assert not Ledger(Policy()).owes

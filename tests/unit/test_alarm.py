"""When an alarm is raised, and when it is over."""

from prometheus_client import REGISTRY

from shared.alarm import Alarm


def is_raised() -> bool:
    return REGISTRY.get_sample_value("crossfade_alarm", {"alarm": "test"}) == 1


def test_an_alarm_that_was_never_raised_is_shown_as_such() -> None:
    Alarm("test")
    assert REGISTRY.get_sample_value("crossfade_alarm", {"alarm": "test"}) == 0


def test_an_alarm_without_a_bound_is_raised_at_once_and_over_without_a_reason() -> None:
    alarm = Alarm("test")
    alarm.look("London deleted its binlog", 7)
    assert is_raised()
    alarm.look("", 7)
    assert not is_raised()


def test_an_alarm_is_raised_when_there_was_a_reason_for_as_long_as_the_bound() -> None:
    alarm = Alarm("test", after_s=60)
    alarm.look("London is away", 100)
    alarm.look("London is still away", 159)
    assert not is_raised()
    alarm.look("London is still away", 160)
    assert is_raised()


def test_the_bound_begins_anew_when_there_was_no_reason_in_between() -> None:
    alarm = Alarm("test", after_s=60)
    alarm.look("London is away", 100)
    alarm.look(None, 150)
    alarm.look("London is away again", 170)
    alarm.look("London is away again", 229)
    assert not is_raised()
    alarm.look("London is away again", 230)
    assert is_raised()

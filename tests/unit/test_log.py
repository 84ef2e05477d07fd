"""What libraries repeat is told seldom, with a count; what we say is told each time."""

import logging

from shared.log import Seldom


def record(message: str, at_s: float, name: str = "aiokafka.conn") -> logging.LogRecord:
    made = logging.LogRecord(name, logging.ERROR, __file__, 1, "%s", (message,), None)
    made.created = at_s
    return made


def test_a_message_of_a_library_is_told_once_in_a_while_with_how_often_it_was_held_back() -> None:
    seldom = Seldom(every_s=10)
    assert [seldom.filter(record("refused", at_s)) for at_s in (100, 101, 109.9)] == [True, False, False]
    again = record("refused", 110)
    assert seldom.filter(again)
    assert vars(again)["held_back"] == 2
    assert not seldom.filter(record("refused", 119))


def test_another_message_or_another_logger_is_told_at_once() -> None:
    seldom = Seldom(every_s=10)
    seldom.filter(record("refused", 100))
    assert seldom.filter(record("closed", 100))
    assert seldom.filter(record("refused", 100, name="asyncmy"))


def test_what_we_say_ourselves_is_told_each_time() -> None:
    seldom = Seldom(every_s=10)
    assert all(seldom.filter(record("a record was parked", 100, name="services.persister.consume")) for _ in range(3))


def test_messages_that_never_come_again_are_forgotten() -> None:
    seldom = Seldom(every_s=10)
    for number in range(5000):
        seldom.filter(record(f"connection {number}", 100))
    assert len(seldom._told) <= 1000

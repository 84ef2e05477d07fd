"""Readiness follows what a probe finds. Each probe here is the last: it asks the process to stop."""

import logging
import re

import pytest

from shared import readiness
from shared.errors import DatabaseAway
from shared.lifecycle import Life
from shared.readiness import Contact
from shared.settings import ProcessSettings


async def found_by(probe_error: Exception | None) -> str | None:
    """Why a process is not ready after one probe."""
    life = Life(ProcessSettings())

    async def probe() -> None:
        life.stopping.set()
        if probe_error:
            raise probe_error

    await readiness.watch(life, probe)
    return life.not_ready()


async def test_a_probe_that_succeeds_makes_the_process_ready() -> None:
    assert await found_by(None) is None


async def test_a_probe_that_fails_says_why_the_process_is_not_ready(caplog: pytest.LogCaptureFixture) -> None:
    assert await found_by(DatabaseAway("db:3306: refused")) == "db:3306: refused"
    assert (caplog.records[-1].levelno, caplog.records[-1].getMessage()) == (logging.WARNING, "not ready")


async def test_a_probe_out_of_time_is_not_ready() -> None:
    assert await found_by(TimeoutError()) == "no answer within 2 s"


async def test_a_probe_that_fails_in_a_way_nobody_foresaw_does_not_end_the_process() -> None:
    assert await found_by(KeyError("generation")) == "KeyError('generation')"


def test_what_never_answered_is_lost() -> None:
    assert Contact("Kafka has not answered").why_lost() == "Kafka has not answered yet: no answer"


def test_what_answers_is_not_lost() -> None:
    contact = Contact("Kafka has not answered")
    contact.failed(DatabaseAway("refused"))
    contact.heard()
    assert contact.why_lost() is None


def test_what_failed_is_lost_since_it_answered_last() -> None:
    contact = Contact("Kafka has not answered")
    contact.heard()
    contact.failed(DatabaseAway("refused"))
    assert re.fullmatch(r"Kafka has not answered since \d{4}-\S+Z: refused", contact.why_lost() or "")


def test_what_is_silent_for_too_long_is_lost() -> None:
    contact = Contact("Kafka has not answered", silence_s=0)
    contact.heard()
    assert (contact.why_lost() or "").endswith("Z: no answer")

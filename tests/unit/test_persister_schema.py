"""The region's schema as numbered files: in order, each once, and never backwards."""

import re

import pytest

from services.persister.schema import missing_steps, steps
from shared.errors import Unusable

NEWEST = steps()[-1].number


def test_steps_are_numbered_from_1_without_a_gap() -> None:
    assert [step.number for step in steps()] == list(range(1, NEWEST + 1))


def test_a_file_begins_with_the_number_of_its_step() -> None:
    assert all(re.fullmatch(rf"{step.number:04d}_[a-z_]+\.sql", step.file) for step in steps())


def test_statements_hold_no_comments_and_none_is_empty() -> None:
    statements = [statement for step in steps() for statement in step.statements]
    assert statements
    assert all(re.match(r"(CREATE|ALTER|INSERT)\b", statement) for statement in statements)
    assert not [statement for statement in statements if "--" in statement or ";" in statement]


def test_a_new_region_lacks_every_step() -> None:
    assert missing_steps(0) == steps()


@pytest.mark.parametrize("reached", range(1, NEWEST + 1))
def test_a_region_lacks_the_steps_above_its_own(reached: int) -> None:
    assert missing_steps(reached) == steps()[reached:]


def test_a_region_that_is_up_to_date_lacks_nothing() -> None:
    assert missing_steps(NEWEST) == []


def test_an_older_program_refuses_a_newer_schema() -> None:
    with pytest.raises(Unusable, match=f"the region's schema is {NEWEST + 1} and this program knows {NEWEST}"):
        missing_steps(NEWEST + 1)


def test_only_primary_keys_are_unique() -> None:
    assert not [step.file for step in steps() for statement in step.statements if "UNIQUE" in statement.upper()]

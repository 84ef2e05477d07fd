"""Per document the greater version wins, and of equal versions the first stays."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.persister.decide import Decision, decide
from shared.wire import Record
from tests.documents import ARTIST, record, tombstone

versions = st.integers(1, 2**63 - 1)


def at(version: int) -> Record:
    return record("artist", ARTIST, version)


def test_a_document_that_was_never_seen_is_applied() -> None:
    assert decide(None, at(1)) is Decision.APPLY


@pytest.mark.parametrize(("version", "decision"), [(6, Decision.STALE), (7, Decision.STALE), (8, Decision.APPLY)])
def test_an_older_or_equal_version_is_stale_and_a_newer_one_applies(version: int, decision: Decision) -> None:
    assert decide(7, at(version)) is decision


@pytest.mark.parametrize(("version", "decision"), [(7, Decision.STALE), (8, Decision.APPLY)])
def test_a_deletion_is_decided_like_a_document(version: int, decision: Decision) -> None:
    assert decide(7, tombstone("artist", 5, version)) is decision


@given(st.lists(versions, min_size=1, max_size=5))
def test_whatever_the_order_the_greatest_version_is_stored_in_the_end(arriving: list[int]) -> None:
    for order in permutations(arriving):
        stored: int | None = None
        for version in order:
            if decide(stored, at(version)) is Decision.APPLY:
                stored = version
        assert stored == max(arriving)


@given(versions)
def test_a_record_that_comes_twice_is_applied_once(version: int) -> None:
    assert decide(version, at(version)) is Decision.STALE

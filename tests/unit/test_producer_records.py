"""Records made from the rows that London gave."""

from typing import Any, Final

import pytest

from services.producer.columns import COLUMNS
from services.producer.mapping import LondonMapping
from services.producer.source import Instance, London, Moment
from shared.errors import Unusable
from shared.position import MariaDBPosition
from shared.wire import Record

MOMENT: Final = Moment(MariaDBPosition.parse("0-1-40"), "2026-11-24T07:30:00.000000Z")


def records(asked: list[int], given: list[int]) -> list[Record]:
    """What becomes of artists that were asked for, where London gave these."""
    nothing: Any = None
    london = London(
        nothing, nothing, Instance(True, "11.4", "1"), LondonMapping("test", {}, ()), lambda _, secret: secret
    )
    rows = [(id, *("" for _ in COLUMNS["artists"].facts)) for id in given]
    return list(london.records("artist", asked, {"artists": rows}, 0, MOMENT))


def test_what_london_lacks_becomes_a_tombstone_of_the_same_version() -> None:
    found = {record.id: record for record in records([5, 9, 7], [7, 5])}
    assert sorted(found) == [5, 7, 9]
    assert found[9].value is None
    assert {record.version for record in found.values()} == {40}


def test_a_document_for_which_the_query_was_not_asked_is_refused() -> None:
    with pytest.raises(Unusable, match="query 'artists' gives artist 6, for which it was not asked"):
        records([5], [5, 6])

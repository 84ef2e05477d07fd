"""The value types and documents: what they take, and that they take nothing else."""

from collections.abc import Iterator
from copy import deepcopy
from functools import reduce
from operator import getitem
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import to_builtins

from shared import fields
from shared.client import ENDPOINT
from shared.digest import canonical
from shared.errors import InvalidRecord
from shared.fields import CURRENCY, INSTANT, MONEY, TERRITORY
from shared.wire import DocumentType, parse
from tests.documents import DOCUMENTS, is_allowed

TYPES: tuple[DocumentType, ...] = get_args(DocumentType)


@pytest.mark.parametrize(
    ("type", "values"),
    [
        (fields.Id, [1, 2**63 - 1]),
        (fields.Count, [0, 2**63 - 1]),
        (fields.Rank, [1, 2**31 - 1]),
        (TERRITORY, ["GB"]),
        (CURRENCY, ["GBP"]),
        (INSTANT, ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]),
        (ENDPOINT, ["~/track/details", "~/user/payment-card/2", "~/track_details.xml", "~/track/:id"]),
        (MONEY, ["0.00", "1.49", "999999999999.99"]),
        (fields.Hundredths, [0, 100]),
        (fields.UsageType, ["download", "subscriptionstreaming", "adsupportedstreaming", "preview"]),
    ],
)
def test_a_value_type_takes_its_smallest_and_largest_values(type: Any, values: list[Any]) -> None:
    assert [value for value in values if not is_allowed(type, value)] == []


@pytest.mark.parametrize(
    ("type", "values"),
    [
        (fields.Id, [0, -1, 2**63, "1", 1.5, True, None]),
        (fields.Count, [-1, 2**63, "0", 0.5, False]),
        (fields.Rank, [0, 2**31]),
        (TERRITORY, ["gb", "GBR", "G", "", "GB\n", "GB\nUS", " GB", "ÄÖ", "G8"]),
        (CURRENCY, ["gbp", "GB", "GBPX", "", "GBP\n"]),
        (INSTANT, ["2020-01-01", "2020-01-01 00:00:00Z", "2020-01-01T00:00:00.0Z", "2020-01-01T00:00:00", ""]),
        (INSTANT, ["2020-01-01T00:00:00z", "20200-01-01T00:00:00Z", "٢٠٢٠-01-01T00:00:00Z"]),
        (INSTANT, ["2020-00-01T00:00:00Z", "2020-13-01T00:00:00Z", "2020-01-00T00:00:00Z", "2020-01-32T00:00:00Z"]),
        (INSTANT, ["2020-01-01T24:00:00Z", "2020-01-01T00:60:00Z", "2020-01-01T00:00:60Z"]),
        (ENDPOINT, ["~/", "/track", "track/details", "~/Track/details", "~/a b", "~/ä", "~/a\n"]),
        (MONEY, ["1", "1.5", "1.495", "-1.00", "1,49", ".99", "", "1e2", "1000000000000.00", "١.٠٠"]),
        (fields.Hundredths, [-1, 101, 30.5, "30"]),
        (fields.UsageType, ["Download", "karaoke", ""]),
    ],
)
def test_a_value_type_takes_nothing_else(type: Any, values: list[Any]) -> None:
    assert [value for value in values if is_allowed(type, value)] == []


@given(st.lists(st.sampled_from(["GB", "US", "GB\nUS", "\n", "", "gb"])))
def test_the_first_text_of_another_shape_is_found_wherever_it_stands(texts: list[str]) -> None:
    others = [text for text in texts if text not in {"GB", "US"}]
    assert TERRITORY.find_other(texts) == (others[0] if others else None)


@pytest.mark.parametrize("type", TYPES)
def test_a_sample_document_is_valid(type: DocumentType) -> None:
    assert to_builtins(parse(type, canonical(DOCUMENTS[type]))) == DOCUMENTS[type]


Path = tuple[str | int, ...]


def objects(value: Any, path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every object within a document whose fields have names, not the one whose keys are territories."""
    if isinstance(value, dict) and path[-1:] != ("prices",):
        yield path, value
    for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(inner, dict | list):
            yield from objects(inner, (*path, step))


OBJECTS = [(type, path, list(found)) for type in TYPES for path, found in objects(DOCUMENTS[type])]
NAMED_OBJECTS = [pytest.param(*one, id=".".join(map(str, one[:1] + one[1]))) for one in OBJECTS]


def within(document: Any, path: Path) -> Any:
    return reduce(getitem, path, document)


def reason(type: DocumentType, document: Any) -> str:
    """What is wrong with the document, its place first."""
    with pytest.raises(InvalidRecord) as caught:
        parse(type, canonical(document))
    return str(caught.value)


def named(path: Path) -> str:
    """A place as reasons name it: by its fields and indexes, with `*` for a territory."""
    return ".".join("*" if step == "GB" else str(step) for step in path) or "the document"


@pytest.mark.parametrize(("type", "path", "names"), NAMED_OBJECTS)
def test_every_field_of_every_object_has_to_be_there(type: DocumentType, path: Path, names: list[str]) -> None:
    for name in names:
        document = deepcopy(DOCUMENTS[type])
        del within(document, path)[name]
        assert reason(type, document) == f"{named(path)}: Object missing required field `{name}`"


@pytest.mark.parametrize(("type", "path", "names"), NAMED_OBJECTS)
def test_no_object_takes_a_field_that_it_does_not_know(type: DocumentType, path: Path, names: list[str]) -> None:
    document = deepcopy(DOCUMENTS[type])
    within(document, path)["unheard_of"] = 1
    place = ".".join(map(str, (*path, "unheard_of")))
    assert reason(type, document) == f"{place}: this program does not know the field"


@pytest.mark.parametrize(("type", "path", "names"), NAMED_OBJECTS)
def test_no_field_takes_a_float(type: DocumentType, path: Path, names: list[str]) -> None:
    for name in names:
        document = deepcopy(DOCUMENTS[type])
        within(document, path)[name] = 1.0
        assert reason(type, document).startswith(f"{named((*path, name))}: ")


@pytest.mark.parametrize("path", [("artist",), ("label",), ("licensor",), ("tracks", 0, "artist")])
def test_what_an_album_may_lack_is_none(path: Path) -> None:
    document = deepcopy(DOCUMENTS["album"])
    within(document, path[:-1])[path[-1]] = None
    assert parse("album", canonical(document)).album_id == document["album_id"]

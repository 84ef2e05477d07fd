"""The value types and documents: what they take, and that they take nothing else."""

from collections.abc import Iterator
from copy import deepcopy
from functools import reduce
from operator import getitem
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from shared import fields
from shared.client import Endpoint
from shared.wire import ADAPTERS, DocumentType
from tests.documents import DOCUMENTS

TYPES: tuple[DocumentType, ...] = get_args(DocumentType)


def accepts(type: Any, value: Any) -> bool:
    try:
        TypeAdapter(type).validate_python(value, strict=True)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("type", "values"),
    [
        (fields.Id, [1, 2**63 - 1]),
        (fields.Count, [0, 2**63 - 1]),
        (fields.Rank, [1, 2**31 - 1]),
        (fields.Territory, ["GB"]),
        (fields.Currency, ["GBP"]),
        (fields.Instant, ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]),
        (Endpoint, ["~/track/details", "~/user/payment-card/2", "~/track_details.xml", "~/track/:id"]),
        (fields.Money, ["0.00", "1.49", "999999999999.99"]),
        (fields.Hundredths, [0, 100]),
        (fields.UsageType, ["download", "subscriptionstreaming", "adsupportedstreaming", "preview"]),
    ],
)
def test_a_value_type_takes_its_smallest_and_largest_values(type: Any, values: list[Any]) -> None:
    assert [value for value in values if not accepts(type, value)] == []


@pytest.mark.parametrize(
    ("type", "values"),
    [
        (fields.Id, [0, -1, 2**63, "1", 1.0, True, None]),
        (fields.Count, [-1, 2**63, "0", 0.0, False]),
        (fields.Rank, [0, 2**31]),
        (fields.Territory, ["gb", "GBR", "G", "", "GB\n", " GB", "ÄÖ", "G8"]),
        (fields.Currency, ["gbp", "GB", "GBPX", "", "GBP\n"]),
        (fields.Instant, ["2020-01-01", "2020-01-01 00:00:00Z", "2020-01-01T00:00:00.0Z", "2020-01-01T00:00:00", ""]),
        (fields.Instant, ["2020-01-01T00:00:00z", "20200-01-01T00:00:00Z", "٢٠٢٠-01-01T00:00:00Z"]),
        (
            fields.Instant,
            ["2020-00-01T00:00:00Z", "2020-13-01T00:00:00Z", "2020-01-00T00:00:00Z", "2020-01-32T00:00:00Z"],
        ),
        (fields.Instant, ["2020-01-01T24:00:00Z", "2020-01-01T00:60:00Z", "2020-01-01T00:00:60Z"]),
        (Endpoint, ["~/", "/track", "track/details", "~/Track/details", "~/a b", "~/ä", "~/a\n"]),
        (fields.Money, ["1", "1.5", "1.495", "-1.00", "1,49", ".99", "", "1e2", "1000000000000.00", "١.٠٠", 1.49, 1]),
        (fields.Hundredths, [-1, 101, 30.5, "30"]),
        (fields.UsageType, ["Download", "karaoke", ""]),
    ],
)
def test_a_value_type_takes_nothing_else(type: Any, values: list[Any]) -> None:
    assert [value for value in values if accepts(type, value)] == []


@pytest.mark.parametrize("type", TYPES)
def test_a_sample_document_is_valid(type: DocumentType) -> None:
    assert ADAPTERS[type].validate_python(DOCUMENTS[type]) == DOCUMENTS[type]


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


def reason(type: DocumentType, document: Any) -> tuple[Path, str]:
    """Where the only thing wrong with the document is, and of what kind it is."""
    with pytest.raises(ValidationError) as caught:
        ADAPTERS[type].validate_python(document)
    [error] = caught.value.errors()
    return error["loc"], error["type"]


@pytest.mark.parametrize(("type", "path", "names"), NAMED_OBJECTS)
def test_every_field_of_every_object_has_to_be_there(type: DocumentType, path: Path, names: list[str]) -> None:
    for name in names:
        document = deepcopy(DOCUMENTS[type])
        del within(document, path)[name]
        assert reason(type, document) == ((*path, name), "missing")


@pytest.mark.parametrize(("type", "path", "names"), NAMED_OBJECTS)
def test_no_object_takes_a_field_that_it_does_not_know(type: DocumentType, path: Path, names: list[str]) -> None:
    document = deepcopy(DOCUMENTS[type])
    within(document, path)["unheard_of"] = 1
    assert reason(type, document) == ((*path, "unheard_of"), "extra_forbidden")


@pytest.mark.parametrize(("type", "path", "names"), NAMED_OBJECTS)
def test_no_field_takes_a_float(type: DocumentType, path: Path, names: list[str]) -> None:
    for name in names:
        document = deepcopy(DOCUMENTS[type])
        within(document, path)[name] = 1.0
        assert reason(type, document)[0][: len(path) + 1] == (*path, name)


@pytest.mark.parametrize("path", [("artist",), ("label",), ("licensor",), ("tracks", 0, "artist")])
def test_what_an_album_may_lack_is_none(path: Path) -> None:
    document = deepcopy(DOCUMENTS["album"])
    within(document, path[:-1])[path[-1]] = None
    assert ADAPTERS["album"].validate_python(document)["album_id"] == document["album_id"]

"""Metadata's answers: stored bytes put into JSON as they are."""

from msgspec.json import decode

from services.metadata.api import splice
from shared.answers import MetadataAnswer
from shared.digest import canonical
from shared.lookup import Row, Rows
from tests.tracks import BARE, FULL


def test_documents_are_put_in_unopened() -> None:
    rows = Rows(3, [Row(FULL.id, 7, canonical(FULL.metadata)), Row(BARE.id, 8, canonical(BARE.metadata))])
    assert decode(splice(rows), type=MetadataAnswer) == {
        "generation": 3,
        "rows": [
            {"id": FULL.id, "version": 7, "document": FULL.metadata},
            {"id": BARE.id, "version": 8, "document": BARE.metadata},
        ],
    }


def test_without_rows_the_generation_is_still_said() -> None:
    assert splice(Rows(3, [])) == b'{"generation":3,"rows":[]}'


def test_percent_signs_and_braces_in_a_document_are_harmless() -> None:
    document = canonical({"title": "100 %d {ids} %%"})
    assert decode(splice(Rows(1, [Row(1, 1, document)])))["rows"][0]["document"] == {"title": "100 %d {ids} %%"}

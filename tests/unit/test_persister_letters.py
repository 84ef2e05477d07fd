"""What is kept of a dead letter in the region."""

from typing import Any

import pytest

from services.persister.letters import noted
from shared.wire import DeadLetter, Record, encode, encode_dead_letter

RECORD = Record("album", 7, 20, b"{}", "/test", "2026-01-01T00:00:00.000000Z")
TIME = "2026-01-01T00:00:01.000000Z"


def letter(reason: str = "no title", key: bytes | None = b"album/7", **changed: bytes | None) -> Any:
    _, value, headers = encode(RECORD)
    kept: Any = list((dict(headers) | changed).items())
    key, _, headers = encode_dead_letter(DeadLetter(key, value, kept, reason, "catalogue.albums/1/5"), TIME)
    return key, headers


def test_a_letter_is_about_a_document_at_a_version() -> None:
    assert noted(*letter()) == ("album", 7, "no title", "catalogue.albums/1/5", 20)


def test_a_letter_of_a_schema_that_is_not_understood_is_about_its_document_all_the_same() -> None:
    assert noted(*letter(ce_type=b"crossfade.album.v99")) == noted(*letter())


@pytest.mark.parametrize("about", [{"key": None}, {"key": b"novel/1"}, {"ce_version": b"soon"}, {"ce_version": None}])
def test_of_a_letter_that_names_no_document_or_no_version_nothing_is_kept(about: dict[str, Any]) -> None:
    assert noted(*letter(**about)) is None


def test_a_letter_of_a_stranger_fits_its_columns() -> None:
    headers = [("ce_version", b"1"), ("dead_letter_reason", b"\xff" * 5000), ("dead_letter_place", b"x" * 500)]
    found = noted(b"artist/1", headers)
    assert found
    assert (len(found.reason), len(found.place)) == (2000, 200)

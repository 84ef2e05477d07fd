"""Canonical bytes: one form for one document, and a digest that tells two documents apart."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.digest import DIGEST_BYTES, canonical, digest

texts = st.text(st.characters(codec="utf-8"))
leaves = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | texts
documents = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=8)


def reordered(document: Any) -> Any:
    """The same document, with the fields of every object the other way round."""
    if isinstance(document, dict):
        return {name: reordered(document[name]) for name in reversed(document)}
    return [reordered(item) for item in document] if isinstance(document, list) else document


@given(documents)
def test_a_document_has_the_same_bytes_in_whatever_order_its_fields_were_set(document: Any) -> None:
    assert canonical(reordered(document)) == canonical(document)


@given(documents)
def test_canonical_bytes_are_json_that_says_the_same(document: Any) -> None:
    assert json.loads(canonical(document)) == document


@given(documents)
def test_reading_canonical_bytes_and_writing_them_again_changes_nothing(document: Any) -> None:
    assert canonical(json.loads(canonical(document))) == canonical(document)


def test_canonical_bytes_are_utf8_with_sorted_keys_and_no_white_space() -> None:
    assert canonical({"b": [1, None], "a": "Æ 🎵"}) == '{"a":"Æ 🎵","b":[1,null]}'.encode()


def test_a_digest_is_the_sha_256_of_the_bytes() -> None:
    assert digest(b"{}").hex() == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert len(digest(b"")) == DIGEST_BYTES

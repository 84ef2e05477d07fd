"""Answers in XML, byte for byte against files written from the contract's words."""

from xml.etree import ElementTree

import pytest

from services.catalogue import xml
from services.catalogue.view import track_details
from shared.question import USAGE_TYPES
from shared.refusal import Refusal
from tests.tracks import BARE, FULL, StoredTrack, asking, availability_row, golden

ALL_USAGES = f"usagetypes={','.join(USAGE_TYPES)}"


def answered(track: StoredTrack) -> bytes:
    question = asking(ALL_USAGES)
    shown = track_details(track.metadata, availability_row(track, question), question)
    assert not isinstance(shown, Refusal), shown
    return xml.track_details(shown)


@pytest.mark.parametrize(("track", "file"), [(FULL, "track_full.xml"), (BARE, "track_bare.xml")])
def test_an_answer_has_the_contracts_bytes(track: StoredTrack, file: str) -> None:
    assert answered(track) == golden(file)


def test_the_payload_is_the_first_child_and_text_survives_a_parser() -> None:
    response = ElementTree.fromstring(answered(BARE))
    assert response[0].tag == "track"
    assert response[0].findtext("title") == BARE.metadata.track.title


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        (xml.text("a", ""), "<a />"),
        (xml.text("a", "0"), "<a>0</a>"),
        (xml.text("a", "&amp;"), "<a>&amp;amp;</a>"),
        (xml.optional("a", ""), ""),
        (xml.number("a", 0), "<a>0</a>"),
        (xml.number("a", None), "<a />"),
        (xml.flag("a", True), "<a>true</a>"),
        (xml.flag("a", False), "<a>false</a>"),
        (xml.amount("a", None), '<a xsi:nil="true" />'),
        (xml.amount("a", "0.00"), "<a>0.00</a>"),
    ],
)
def test_missing_values_zeros_and_nils_are_told_apart(markup: str, expected: str) -> None:
    assert markup == expected

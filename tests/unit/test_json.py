"""Answers in JSON, byte for byte against files written from the contract's words."""

import pytest

from services.catalogue import json
from services.catalogue.view import track_details
from shared.question import USAGE_TYPES
from shared.refusal import Refusal
from tests.tracks import BARE, FULL, StoredTrack, asking, availability_row, golden


@pytest.mark.parametrize(("track", "file"), [(FULL, "track_full.json"), (BARE, "track_bare.json")])
def test_an_answer_has_the_contracts_bytes(track: StoredTrack, file: str) -> None:
    question = asking(f"usagetypes={','.join(USAGE_TYPES)}")
    shown = track_details(track.metadata, availability_row(track, question), question)
    assert not isinstance(shown, Refusal), shown
    assert json.track_details(shown) == golden(file)

"""The bytes of refusals, as the contract writes them."""

import pytest

from shared import envelope
from shared.accept import Format
from shared.refusal import (
    ACCESS_DENIED,
    TIMED_OUT,
    UNEXPECTED,
    Refusal,
    malformed,
    missing,
    not_available,
    not_found,
    unknown_choice,
)
from tests.tracks import golden

REFUSALS = {
    "missing": missing("trackId"),
    "malformed": malformed("trackId", '1 < 2 & "é"'),
    "unknown_usage": unknown_choice("usageTypes", "abc"),
    "not_found": not_found("Track"),
    "not_available": not_available("Track", ("subscriptionstreaming", "adsupportedstreaming")),
    "timed_out": TIMED_OUT,
    "unexpected": UNEXPECTED,
}


@pytest.mark.parametrize("name", REFUSALS)
@pytest.mark.parametrize("format", ["xml", "json"])
def test_a_refusal_has_the_contracts_bytes(name: str, format: Format) -> None:
    content_type, body = envelope.refused(REFUSALS[name], format)
    assert body == golden(f"error_{name}.{format}")
    assert content_type == f"application/{format}; charset=utf-8".encode()


def test_codes_have_the_contracts_http_status() -> None:
    statuses = {refusal.code: refusal.status for refusal in REFUSALS.values()}
    assert statuses == {1001: 400, 1002: 400, 1006: 400, 2001: 404, 2002: 404, 7003: 504, 9001: 500}


@pytest.mark.parametrize("format", ["xml", "json"])
def test_a_refusal_without_a_code_is_plain_text_in_every_format(format: Format) -> None:
    assert envelope.refused(ACCESS_DENIED, format) == (b"text/plain; charset=utf-8", b"Access to resource denied")


def test_what_json_has_to_escape_is_escaped() -> None:
    _, body = envelope.refused(Refusal(400, 1002, 'a"b\\c\td\u2028é'), "json")
    assert body.count(b'a\\"b\\\\c\\td\xe2\x80\xa8\xc3\xa9') == 2

"""Both readings of where a consumer key comes from agree on whatever is sent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from demo.origin.errors import Refusal
from demo.origin.questions import read_fields, read_key
from services.gateway.oauth1 import consumer_key

PIECES = [
    b"OAuth",
    b"oauth ",
    b"oauth_consumer_key",
    b"OAUTH_CONSUMER_KEY=",
    b"realm",
    b"k",
    b'"',
    b"=",
    b",",
    b" ",
    b"\t",
]
PIECES += [b"\t", b"%22", b"%2C", b"%6F", b"%", b"+", b"\\", b"&", b"\xff", "\N{KELVIN SIGN}".encode(), b"Basic "]

headers = st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join).map(bytes.strip)
encoded = st.lists(st.sampled_from(PIECES), max_size=6).map(b"".join)


@given(encoded, headers, encoded)
def test_gateway_and_london_find_the_same_key(query: bytes, authorization: bytes, form: bytes) -> None:
    assert consumer_key(query, authorization, form) == key_in_london(query, authorization, form)


def key_in_london(query: bytes, authorization: bytes, form: bytes) -> bytes | None:
    try:
        return read_key(read_fields(query), authorization, read_fields(form))
    except Refusal:
        return None

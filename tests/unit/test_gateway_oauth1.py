"""Where the consumer key comes from: the public API contract, section 5."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.oauth1 import consumer_key

OAUTH = b'OAuth realm="", oauth_consumer_key="header", oauth_nonce="n", oauth_signature="a%2Bb%3D"'


@pytest.mark.parametrize(
    ("query", "authorization", "form", "key"),
    [
        (b"oauth_consumer_key=query", OAUTH, b"oauth_consumer_key=form", b"query"),
        (b"country=GB", OAUTH, b"oauth_consumer_key=form", b"header"),
        (b"country=GB", None, b"oauth_consumer_key=form", b"form"),
        (b"oauth_consumer_key=", OAUTH, b"", b"header"),
        (b"", b'OAuth oauth_consumer_key=""', b"oauth_consumer_key=form", b"form"),
    ],
)
def test_the_query_comes_before_the_header_before_the_form(
    query: bytes, authorization: bytes | None, form: bytes, key: bytes
) -> None:
    assert consumer_key(query, authorization, form) == key


@pytest.mark.parametrize(
    "authorization",
    [
        b'OAuth oauth_consumer_key="K"',
        b'OAuth oauth_consumer_key="K",oauth_nonce="n"',
        b'OAuth realm="http://a/?b=1, oauth_consumer_key=no", oauth_consumer_key="K"',
        b'oauth  oauth_nonce = "n" , OAUTH_CONSUMER_KEY = "K"',
        b"OAuth oauth_consumer_key=K",
        b"OAuth oauth_nonce=n, oauth_consumer_key=K, oauth_signature=abc=",
        b"OAuth oauth_nonce=n,oauth_consumer_key=K",
        b"oauth_consumer_key=K",
        b' oauth_consumer_key="K"',
        b"oauth_consumer_key=K, oauth_nonce=n",
        b"oauth_nonce=n, oauth_consumer_key=K",
        b"OAuth oauth%5Fconsumer%5Fkey=%4B",
    ],
)
def test_the_header_is_read_with_and_without_quotes_and_scheme(authorization: bytes) -> None:
    assert consumer_key(b"", authorization, b"") == b"K"


@pytest.mark.parametrize(
    "authorization",
    [
        b"",
        b"Basic dXNlcjpwYXNz",
        b"Basic b2F1dGhfY29uc3VtZXJfa2V5PUs=",
        b"Bearer oauth_consumer_key=K",
        b'Digest username="u", oauth_consumer_key="K"',
        b"OAuth2 oauth_consumer_key=K",
        b"OAuth",
        b"OAuth oauth_consumer_key",
    ],
)
def test_another_scheme_is_ignored(authorization: bytes) -> None:
    assert consumer_key(b"", authorization, b"") is None
    assert consumer_key(b"oauth_consumer_key=K", authorization, b"") == b"K"


def test_names_are_compared_in_any_case() -> None:
    assert consumer_key(b"OAuth_Consumer_Key=K", None, b"") == b"K"


def test_the_first_of_repeated_values_counts_also_when_it_is_empty() -> None:
    assert consumer_key(b"oauth_consumer_key=one&oauth_consumer_key=two", None, b"") == b"one"
    assert consumer_key(b"oauth_consumer_key=&oauth_consumer_key=two", None, b"") is None


@pytest.mark.parametrize(
    ("encoded", "key"), [(b"a%20b", b"a b"), (b"a+b", b"a b"), (b"%C3%A9", b"\xc3\xa9"), (b"a%2Bb", b"a+b")]
)
def test_a_form_is_decoded(encoded: bytes, key: bytes) -> None:
    assert consumer_key(b"oauth_consumer_key=" + encoded, None, b"") == key


def test_a_plus_in_the_header_is_a_plus() -> None:
    assert consumer_key(b"", b'OAuth oauth_consumer_key="a+b%20c"', b"") == b"a+b c"


@pytest.mark.parametrize(("encoded", "key"), [(b"%", b"%"), (b"%zz", b"%zz"), (b"%4", b"%4"), (b"%FF", b"\xff")])
def test_a_bad_encoding_stands_for_itself(encoded: bytes, key: bytes) -> None:
    assert consumer_key(b"oauth_consumer_key=" + encoded, None, b"") == key


def test_keys_are_bytes_and_keep_their_case() -> None:
    assert consumer_key(b"oauth_consumer_key=Ab", None, b"") == b"Ab"


@given(st.binary(), st.binary() | st.none(), st.binary())
def test_no_bytes_can_make_it_fail(query: bytes, authorization: bytes | None, form: bytes) -> None:
    assert consumer_key(query, authorization, form) != b""

"""OAuth 1.0a (RFC 5849): the consumer key, from every place in which customers send it. Pure.

The order of the places is the public API contract's (section 5); keys are bytes, which compare as they are.
"""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote_to_bytes

CONSUMER_KEY: Final = b"oauth_consumer_key"

_SCHEME: Final = re.compile(rb"\s*oauth\s+", re.IGNORECASE)
_BARE: Final = re.compile(rb"\s*[^\s=]+\s*=")
_ITEM: Final = re.compile(rb"""(?:[^,"]|"[^"]*"?)+""")
"""What stands between commas; one within quotes is none."""

Pairs = Iterator[tuple[bytes, bytes]]


def consumer_key(query: bytes, authorization: bytes | None, form: bytes) -> bytes | None:
    """The first key of query, Authorization header and form body; None where no place has one."""
    places = (form_pairs(query), header_pairs(authorization or b""), form_pairs(form))
    return next(filter(None, map(_key, places)), None)


def form_pairs(encoded: bytes) -> Pairs:
    """Names and values of a query string or form body; what is encoded badly stands for itself."""
    for pair in encoded.split(b"&"):
        name, _, value = pair.replace(b"+", b" ").partition(b"=")
        yield unquote_to_bytes(name), unquote_to_bytes(value)


def header_pairs(authorization: bytes) -> Pairs:
    """Names and values of `OAuth k="v", ...`, with or without the quotes and the scheme; none of another scheme."""
    scheme = _SCHEME.match(authorization)
    if scheme or _BARE.match(authorization):
        for item in _ITEM.findall(authorization, scheme.end() if scheme else 0):
            name, _, value = item.partition(b"=")
            yield unquote_to_bytes(name.strip()), unquote_to_bytes(value.strip().strip(b'"'))


def _key(pairs: Pairs) -> bytes | None:
    """Of a repeated parameter the first value counts; empty means absent."""
    return next((value for name, value in pairs if name.lower() == CONSUMER_KEY), None)

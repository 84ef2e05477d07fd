"""One byte form for a document, and its digest: two documents are equal when their digests are."""

import hashlib
from typing import Any, Final

from msgspec.json import Encoder

DIGEST_BYTES: Final = 32

_ENCODER: Final = Encoder(order="sorted")


def canonical(document: Any) -> bytes:
    """The document's canonical bytes: JSON in UTF-8, keys sorted, no white space. Documents hold no floats, whose text
    form could differ between writers."""
    return _ENCODER.encode(document)


def digest(canonical_bytes: bytes) -> bytes:
    """The digest of canonical bytes: `DIGEST_BYTES` of SHA-256."""
    return hashlib.sha256(canonical_bytes).digest()

"""What one hop passes on to the next: the instant a question is about, the time left for it, the customer's trace id.

The gateway takes these once and drops a customer's own, all but the trace id. What comes back beside an answer, for its
cache, it keeps to itself.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from shared import clock
from shared.fields import Instant, Territory
from shared.http import NOW_HEADER

DEADLINE_HEADER: Final = b"x-crossfade-deadline-ms"
"""Milliseconds that are left for the answer, counted from the request's arrival."""

TERRITORY_HEADER: Final = b"x-crossfade-territory"
"""The consumer key's default territory; absent where it has none."""

SHOPS_HEADER: Final = b"x-crossfade-shops"
"""The shops that the consumer key knows, `34:GB,55:US`."""

TRACE_HEADER: Final = b"x-7d-traceid"

UNTIL_HEADER: Final = b"x-crossfade-until"
"""Of an answer: the instant from which it may be another by itself; absent if there is none."""

GENERATION_HEADER: Final = b"x-crossfade-generation"
VERSION_HEADER: Final = b"x-crossfade-version"
"""Of an answer: the moment of the region that it shows; version 0 where the region has no row."""

_INSTANT: Final = re.compile(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


@dataclass(frozen=True, slots=True)
class Hop:
    """`ends_at` is on the running loop's clock; `trace_id` as the customer sent it, None where there is none."""

    now: Instant
    ends_at: float
    trace_id: bytes | None

    def headers(self) -> dict[str, str]:
        """The headers of a call that this one makes, with what is left of its time."""
        left_ms = max(0, int(1000 * (self.ends_at - asyncio.get_running_loop().time())))
        headers = {_NOW: self.now, _DEADLINE: str(left_ms)}
        if self.trace_id is not None:
            headers[_TRACE] = self.trace_id.decode("utf-8", "replace")
        return headers


_NOW, _DEADLINE, _TRACE = (name.decode() for name in (NOW_HEADER, DEADLINE_HEADER, TRACE_HEADER))


def arrive(headers: Mapping[bytes, bytes], deadline_s: float) -> Hop:
    """The hop that a request's headers describe: without an instant it is about this moment, and its time is at most
    `deadline_s`. Raises ValueError for an instant or a time left that no hop of ours writes."""
    return Hop(
        now=_read_now(headers.get(NOW_HEADER)),
        ends_at=asyncio.get_running_loop().time() + _read_left_s(headers.get(DEADLINE_HEADER), deadline_s),
        trace_id=headers.get(TRACE_HEADER),
    )


def encode_shops(shops: Mapping[int, Territory]) -> bytes:
    """The value of `SHOPS_HEADER`."""
    return ",".join(f"{shop}:{territory}" for shop, territory in shops.items()).encode()


def decode_shops(value: bytes) -> dict[int, Territory]:
    """The shops of a `SHOPS_HEADER`; none for `b""`. Raises ValueError for what `encode_shops` cannot have written."""
    pairs = (pair.split(":") for pair in value.decode().split(",") if pair)
    return {int(shop): territory for shop, territory in pairs}


def _read_now(value: bytes | None) -> Instant:
    if value is None:
        return clock.now()
    if not _INSTANT.fullmatch(value):
        raise ValueError(f"{NOW_HEADER.decode()} is {value!r}, not an instant")
    return value.decode()


def _read_left_s(value: bytes | None, deadline_s: float) -> float:
    return deadline_s if value is None else min(deadline_s, int(value) / 1000)

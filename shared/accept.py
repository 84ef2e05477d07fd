"""Content negotiation: XML unless the customer's Accept header clearly prefers JSON.

A quality is looked up as RFC 9110 says, the most specific range first. A range whose quality is malformed counts as
absent. As the public API contract has it, a tie is XML, and so is a header that accepts neither: never 406.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, Literal

Format = Literal["xml", "json"]

_NAMES: Final[Mapping[Format, tuple[str, str]]] = {
    "xml": ("application/xml", "text/xml"),
    "json": ("application/json", "text/json"),
}
_WHOLE_TYPES: Final = ("application/*", "text/*")
_QUALITY: Final = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")

Qualities = Mapping[str, float]
"""By media range, lower case."""


@lru_cache(maxsize=256)
def negotiate(accept: str) -> Format:
    """The format that an Accept header chooses; `""` when there was none."""
    qualities = _read_qualities(accept)
    return "json" if _quality(qualities, "json") > _quality(qualities, "xml") else "xml"


def _read_qualities(accept: str) -> Qualities:
    qualities: dict[str, float] = {}
    for part in accept.lower().split(","):
        media_range, *parameters = (piece.strip() for piece in part.split(";"))
        if (quality := _read_quality(parameters)) is not None:
            qualities[media_range] = max(quality, qualities.get(media_range, 0.0))
    return qualities


def _read_quality(parameters: list[str]) -> float | None:
    """1 when none is given, None when it is malformed."""
    given = next((parameter[2:] for parameter in parameters if parameter.startswith("q=")), "1")
    return float(given) if _QUALITY.fullmatch(given) else None


def _quality(qualities: Qualities, format: Format) -> float:
    for ranges in (_NAMES[format], _WHOLE_TYPES, ("*/*",)):
        if found := [qualities[name] for name in ranges if name in qualities]:
            return max(found)
    return 0.0

"""XML or JSON, by the customer's `Accept` header (section 3 of the public API contract)."""

import re
from typing import Literal, NamedTuple

Form = Literal["xml", "json"]

NAMES: dict[Form, tuple[str, ...]] = {
    "xml": ("application/xml", "text/xml"),
    "json": ("application/json", "text/json"),
}
WEIGHT = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")


class Range(NamedTuple):
    """One item of the header: a media range and its weight, 0 to 1."""

    media: str
    weight: float


def negotiate(accept: str) -> Form:
    """JSON where it weighs more than XML; a tie, an unknown or an absent header is XML."""
    ranges = read(accept)
    return "json" if weight_of("json", ranges) > weight_of("xml", ranges) else "xml"


def read(accept: str) -> list[Range]:
    """The header's items in their order; an item whose weight is none is left out."""
    items = [_item(text) for text in accept.lower().split(",")]
    return [item for item in items if item is not None]


def _item(text: str) -> Range | None:
    media, *parameters = [part.strip() for part in text.split(";")]
    weights = [part.removeprefix("q=") for part in parameters if part.startswith("q=")]
    weight = weights[0] if weights else "1"
    return Range(media, float(weight)) if WEIGHT.fullmatch(weight) else None


def weight_of(form: Form, ranges: list[Range]) -> float:
    """The greatest weight among the most specific ranges that name the form: its names, then `type/*`, then `*/*`."""
    names = NAMES[form]
    kinds = tuple(name.split("/")[0] + "/*" for name in names)
    for level in (names, kinds, ("*/*",)):
        weights = [item.weight for item in ranges if item.media in level]
        if weights:
            return max(weights)
    return 0.0

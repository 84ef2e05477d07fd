"""The value types that documents are made of; each says in its JSON Schema what it holds.

A type, a range or a word is checked while a document is read. The shape of a text is only told to the schema here:
checked one by one, by Python's `re`, shapes would take longer than all else, so `Shape` checks many texts at once.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct


class Part(Struct, frozen=True, gc=False):
    """A document or a part of one: plain data in a fixed form, without cycles. A reader passes over fields that it does
    not know; `shared.wire.check` refuses them."""


class Shape:
    """A form of text, told by a regular expression that no line break fits."""

    def __init__(self, pattern: str) -> None:
        self.pattern: Final = pattern
        self._one: Final = re.compile(pattern)
        self._lines: Final = re.compile(rf"(?:{pattern})(?:\n(?:{pattern}))*")

    @property
    def schema(self) -> dict[str, str]:
        return {"pattern": f"^{self.pattern}$"}

    def find_other(self, texts: Sequence[str]) -> str | None:
        """The first of the texts that has another shape."""
        lines = "\n".join(texts)
        if not texts or (lines.count("\n") < len(texts) and self._lines.fullmatch(lines)):
            return None
        return next(text for text in texts if not self._one.fullmatch(text))


Shaped = tuple[str, Shape, Sequence[str]]
"""A place in a document, where `*` stands for any item or key, with its texts."""


def find_misshapen(found: Iterable[Shaped]) -> str | None:
    """The first text of another shape than its place demands, told in a sentence."""
    for place, shape, texts in found:
        if (other := shape.find_other(texts)) is not None:
            return f"{place}: {other[:40]!r} is not of the form {shape.pattern}"
    return None


_DAY: Final = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME: Final = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"

TERRITORY: Final = Shape("[A-Z]{2}")
CURRENCY: Final = Shape("[A-Z]{3}")
INSTANT: Final = Shape(f"{_DAY}T{_TIME}Z")
MONEY: Final = Shape(r"[0-9]{1,12}\.[0-9]{2}")

Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Rank = Annotated[int, Meta(ge=1, le=2**31 - 1)]

Text = str
"""Text; empty means missing, as NULL and empty text are one in the public API. Holds nothing that XML 1.0 forbids."""

Territory = Annotated[str, Meta(extra_json_schema=TERRITORY.schema)]
"""ISO 3166-1 alpha-2, upper case."""

Currency = Annotated[str, Meta(extra_json_schema=CURRENCY.schema)]
"""ISO 4217, upper case."""

Instant = Annotated[str, Meta(extra_json_schema=INSTANT.schema)]
"""A whole second in UTC, `yyyy-MM-ddTHH:mm:ssZ`: of this fixed width, so the order of texts is the order of time."""

Money = Annotated[str, Meta(extra_json_schema=MONEY.schema)]
"""An amount with exactly two decimals, as text: documents hold no floats."""

Hundredths = Annotated[int, Meta(ge=0, le=100)]

UsageType = Literal["download", "subscriptionstreaming", "adsupportedstreaming", "preview"]

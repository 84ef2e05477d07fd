"""The value types that documents are made of; each says in its JSON Schema what it holds."""

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, StringConstraints

STRICT = ConfigDict(extra="forbid", strict=True)
"""An unknown or mistyped field makes a document invalid: what was not understood must not be half stored."""

Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
Count = Annotated[int, Field(ge=0, le=2**63 - 1)]
Rank = Annotated[int, Field(ge=1, le=2**31 - 1)]

Text = str
"""Text; empty means missing, as NULL and empty text are one in the public API. Holds nothing that XML 1.0 forbids."""

Territory = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
"""ISO 3166-1 alpha-2, upper case."""

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""ISO 4217, upper case."""

_DAY: Final = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME: Final = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"

Instant = Annotated[str, StringConstraints(pattern=f"^{_DAY}T{_TIME}Z$")]
"""A whole second in UTC, `yyyy-MM-ddTHH:mm:ssZ`: of this fixed width, so the order of texts is the order of time."""

Money = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}\.[0-9]{2}$")]
"""An amount with exactly two decimals, as text: documents hold no floats."""

Hundredths = Annotated[int, Field(ge=0, le=100)]

UsageType = Literal["download", "subscriptionstreaming", "adsupportedstreaming", "preview"]

"""What metadata and availability answer catalogue, in JSON: one row for each track that has one.

`generation` (the build of the region) was read in one statement with the rows; with a row's `version` it says of which
moment the row is, so that rows of two moments are not mixed into one answer.
"""

from typing import Literal

from typing_extensions import TypedDict

from shared.album import Format, TrackRow
from shared.fields import Instant


class Offer(TypedDict):
    """One way to buy, in one territory. Without a price there, `currency` is `""` and both amounts are None; an amount
    that is None beside a currency is listed there and not sold on its own."""

    package_id: int
    description: str
    currency: str
    price: str | None
    recommended: str | None
    formats: list[Format]


class Streaming(TypedDict):
    release_date: Instant


class Download(TypedDict):
    """`preview_date` is `""` where there is no preview licence."""

    release_date: Instant
    preview_date: str
    packages: list[Offer]


class Blocks(TypedDict, total=False):
    """What can be done with a track: the usage types that were asked for and cover the instant of the question."""

    download: Download
    subscriptionstreaming: Streaming
    adsupportedstreaming: Streaming


Outcome = Literal["available", "not available", "not found"]
"""`not found`: no licence names the territory in any window; `not available`: none of the asked types covers now."""


class TrackAvailability(TypedDict):
    """`until` is when this may next change by itself, None if never; `blocks` is empty unless `available`."""

    id: int
    version: int
    outcome: Outcome
    until: Instant | None
    blocks: Blocks


class AvailabilityAnswer(TypedDict):
    generation: int
    rows: list[TrackAvailability]


class TrackMetadataRow(TypedDict):
    id: int
    version: int
    document: TrackRow


class MetadataAnswer(TypedDict):
    generation: int
    rows: list[TrackMetadataRow]

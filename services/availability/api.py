"""What availability answers: for each track what may be done with it in a territory, and what it costs there.

`GET /tracks?ids=1,2&territory=GB&usage_types=download,adsupportedstreaming` answers
`shared.answers.AvailabilityAnswer`, about the instant that the request's hop names.
"""

from collections.abc import Collection, Mapping
from typing import Final

from msgspec import json

from services.availability import queries
from services.availability.rules import Available, Denied, decide, in_territory, make_blocks
from shared.album import Availability
from shared.answers import AvailabilityAnswer, TrackAvailability
from shared.fields import Instant, Territory
from shared.hop import Hop
from shared.internal import Answer, read_ids
from shared.lookup import Lookup, Row
from shared.question import USAGE_TYPES, AskedUsage, read_parameters

_DECODER: Final = json.Decoder(Availability)


def routes(lookup: Lookup) -> Mapping[str, Answer]:
    """The paths that are answered, from these look-ups."""

    async def tracks(query: bytes, hop: Hop) -> bytes:
        asked = read_parameters(query)
        usage_types = [usage_type for usage_type in USAGE_TYPES if usage_type in asked["usage_types"].split(",")]
        rows = await lookup.read(queries.TRACKS, read_ids(asked))
        answer: AvailabilityAnswer = {
            "generation": rows.generation,
            "rows": [describe(row, asked["territory"], usage_types, hop.now) for row in rows.found],
        }
        return json.encode(answer)

    return {"/tracks": tracks}


def describe(row: Row, territory: Territory, usage_types: Collection[AskedUsage], now: Instant) -> TrackAvailability:
    """What is said of one stored row."""
    document = _DECODER.decode(row.document)
    decision = decide(in_territory(document, territory), usage_types, now)
    return {
        "id": row.id,
        "version": row.version,
        "outcome": decision.reason if isinstance(decision, Denied) else "available",
        "until": decision.until,
        "blocks": make_blocks(decision, document.packages, territory) if isinstance(decision, Available) else {},
    }

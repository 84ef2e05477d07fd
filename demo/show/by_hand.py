"""What to try by hand while everything runs: lines to copy. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from demo.show.cues import TERRITORY
from demo.show.sides import Question


@dataclass(frozen=True)
class Places:
    """Both addresses, the command into London's database, the demo's folder, and `crossfade` as called from there."""

    origin: str
    gateway: str
    sql: str
    folder: str
    crossfade: str


def lines(places: Places, track_id: int, unknown_id: int) -> Iterator[str]:
    """`unknown_id` is that of no track."""
    track = Question(track_id).target
    yield "# A track, from the region in XML and in JSON, and from London:"
    yield f"curl '{places.gateway}{track}'"
    yield "curl -H 'Accept: application/json' \\"
    yield f"  '{places.gateway}{track}'"
    yield f"curl '{places.origin}{track}'"
    yield "# Change its price in London, and ask again:"
    yield f"{places.sql} -e \\"
    yield f"  \"UPDATE track_price SET price = 0.49 WHERE track_id = {track_id} AND territory = '{TERRITORY}'\""
    yield "# A track that there is not (error 2001), and a key that has used up its day (429):"
    yield f"curl -i '{places.gateway}{Question(unknown_id).target}'"
    yield f"curl -i '{places.gateway}{Question(track_id, key='limit-5').target}'"
    yield "# Ask London and the region about every track, and compare their answers byte for byte:"
    yield f"(cd {places.folder} && {places.crossfade} compare)"
    yield "# What runs, and what it says:"
    yield f"(cd {places.folder} && {places.crossfade} status)"
    yield f"(cd {places.folder} && {places.crossfade} logs -f gateway)"

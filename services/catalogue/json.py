"""Response models as JSON: a model's members are named and ordered as the answer's, so it is written as it is."""

from services.catalogue.view import Track
from shared import envelope


def track_details(track: Track) -> bytes:
    """The whole answer of `~/track/details`."""
    return envelope.json(track=track)

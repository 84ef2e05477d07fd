"""The statement that metadata runs: one primary-key look-up, for one track or for a list."""

from typing import Final

# What some tracks and their releases are, and of which build of the region that is.
TRACKS: Final = """
SELECT generation, track_id, version, CAST(document AS BINARY)
FROM generation LEFT JOIN track_metadata ON track_id IN ({ids})
"""

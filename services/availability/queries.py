"""The statement that availability runs: one primary-key look-up, for one track or for a list."""

from typing import Final

# The rights and prices of some tracks, and of which build of the region they are.
TRACKS: Final = """
SELECT generation, track_id, version, CAST(document AS BINARY)
FROM generation LEFT JOIN track_availability ON track_id IN ({ids})
"""

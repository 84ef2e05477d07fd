"""The statement that metadata runs: look-ups by primary key, for one track or for a list."""

from typing import Final

# What some tracks and their releases are, and of which build of the region that is. One record wrote both rows, in one
# transaction, so they are of one version.
TRACKS: Final = """
SELECT generation, track_id, track_metadata.version,
    CAST(CONCAT('{{"release":', album_metadata.document, ',"track":', track_metadata.document, '}}') AS BINARY)
FROM generation
LEFT JOIN (track_metadata JOIN album_metadata USING (album_id)) ON track_id IN ({ids})
"""

"""Which documents the region serves in an older version, because their newest record is a dead letter."""

from typing import Final

from pydantic import BaseModel

from shared import mysql
from shared.settings import RegionSettings

SHOWN: Final = 5

READ_PARKED: Final = f"""
SELECT type, id, parked.version, reason, place, COUNT(*) OVER ()
FROM parked
LEFT JOIN album ON type = 'album' AND album_id = id
LEFT JOIN artist ON type = 'artist' AND artist_id = id
LEFT JOIN client ON type = 'client' AND client_id = id
WHERE parked.version > COALESCE(album.version, artist.version, client.version, 0)
ORDER BY type, id
LIMIT {SHOWN}
"""


class ParkedDocument(BaseModel):
    """A document, the version that is parked, why, and where that record stood."""

    type: str
    id: int
    version: int
    reason: str
    place: str


class Parked(BaseModel):
    """How many documents are behind their dead letters, and the first few of them."""

    documents: int = 0
    first: list[ParkedDocument] = []


async def read_parked(region: RegionSettings) -> Parked:
    """A document of which the region has a newer record since is healed, and not counted."""
    async with mysql.connection(region) as connection:
        with mysql.translated(region):
            rows = await mysql.rows(connection, READ_PARKED)
    return Parked(documents=rows[0][-1] if rows else 0, first=[_document(*row[:-1]) for row in rows])


def _document(type: str, id: int, version: int, reason: str, place: str) -> ParkedDocument:
    return ParkedDocument(type=type, id=id, version=version, reason=reason, place=place)

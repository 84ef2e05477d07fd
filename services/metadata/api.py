"""What metadata answers: the stored documents, unopened, each beside its version.

`GET /tracks?ids=1,2` answers `shared.answers.MetadataAnswer`.
"""

from collections.abc import Mapping

from services.metadata import queries
from shared.hop import Hop
from shared.internal import Answer, read_ids
from shared.lookup import Lookup, Rows
from shared.question import read_parameters


def routes(lookup: Lookup) -> Mapping[str, Answer]:
    """The paths that are answered, from these look-ups."""

    async def tracks(query: bytes, _: Hop) -> bytes:
        ids = read_ids(read_parameters(query))
        return splice(await lookup.read(queries.TRACKS, ids))

    return {"/tracks": tracks}


def splice(rows: Rows) -> bytes:
    """The answer's JSON, with the documents put in as they are read: they are JSON already."""
    found = [b'{"id":%d,"version":%d,"document":%b}' % row for row in rows.found]
    return b'{"generation":%d,"rows":[%b]}' % (rows.generation, b",".join(found))

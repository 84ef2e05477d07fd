"""The artist as a document of its own: what `~/artist/details` says, whatever albums there are."""

from typing import Final

from pydantic import TypeAdapter, with_config
from typing_extensions import TypedDict

from shared.fields import STRICT, Id, Text


@with_config(STRICT)
class Artist(TypedDict):
    artist_id: Id
    name: Text
    slug: Text
    is_placeholder_image: bool


ARTIST: Final = TypeAdapter(Artist)

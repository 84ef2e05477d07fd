"""The artist as a document of its own: what `~/artist/details` says, whatever albums there are."""

from shared.fields import Id, Part, Text


class Artist(Part, frozen=True):
    artist_id: Id
    name: Text
    slug: Text
    is_placeholder_image: bool

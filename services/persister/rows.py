"""A document taken apart into the rows that the region's APIs read. No I/O.

Row documents are canonical JSON, so the same document always makes the same rows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from shared.album import Album
from shared.digest import canonical

_ALBUM_ONLY: Final = ("territory_sets", "packages", "tracks")
_TRACK_ONLY: Final = ("licences", "packages")


class TrackRows(NamedTuple):
    track_id: int
    metadata: bytes
    availability: bytes


@dataclass(frozen=True, slots=True)
class AlbumRows:
    """What an album's record writes: its own two rows and two of each track, tracks by ascending id."""

    metadata: bytes
    availability: bytes
    tracks: tuple[TrackRows, ...]

    @property
    def track_ids(self) -> list[int]:
        return [track.track_id for track in self.tracks]


def album_rows(album: Album) -> AlbumRows:
    metadata = _without(_ALBUM_ONLY, album)
    sets = canonical(album["territory_sets"])
    return AlbumRows(
        metadata=metadata,
        availability=_availability(_licences_of_all(album), canonical(album["packages"]), sets),
        tracks=tuple(_track_rows(album, metadata, sets)),
    )


def _track_rows(album: Album, metadata: bytes, sets: bytes) -> Iterable[TrackRows]:
    for track in sorted(album["tracks"], key=lambda track: track["track_id"]):
        yield TrackRows(
            track["track_id"],
            b'{"release":%b,"track":%b}' % (metadata, _without(_TRACK_ONLY, track)),
            _availability(canonical(track["licences"]), canonical(track["packages"]), sets),
        )


def _without(fields: Iterable[str], document: Mapping[str, object]) -> bytes:
    """The document's canonical bytes, less some of its fields."""
    kept = dict(document)
    for field in fields:
        del kept[field]
    return canonical(kept)


def _availability(licences: bytes, packages: bytes, sets: bytes) -> bytes:
    return b'{"licences":%b,"packages":%b,"territory_sets":%b}' % (licences, packages, sets)


def _licences_of_all(album: Album) -> bytes:
    """The licences of all tracks, each right once."""
    different = {
        (licence["usage_type"], licence["valid_from"], licence["valid_until"] or "", licence["territories"]): licence
        for track in album["tracks"]
        for licence in track["licences"]
    }
    return canonical([different[right] for right in sorted(different)])

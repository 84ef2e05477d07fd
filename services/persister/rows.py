"""A document taken apart into the rows that the region's APIs read. No I/O.

Row documents are canonical JSON, so the same document always makes the same rows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from msgspec.structs import astuple

from shared.album import Album, AlbumMetadata, Package, Track, TrackMetadata
from shared.digest import canonical
from shared.fields import Part

P = TypeVar("P", bound=Part)


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
    licences = [canonical(licence) for licence in album.licences]
    sets = canonical(album.territory_sets)
    return AlbumRows(
        metadata=canonical(_base(AlbumMetadata, album)),
        availability=_availability(licences, album.packages, sets),
        tracks=tuple(_track_rows(album.tracks, licences, sets)),
    )


def _track_rows(tracks: Iterable[Track], licences: Sequence[bytes], sets: bytes) -> Iterable[TrackRows]:
    for track in sorted(tracks, key=lambda track: track.track_id):
        own = [licences[place] for place in track.licences]
        metadata = canonical(_base(TrackMetadata, track))
        yield TrackRows(track.track_id, metadata, _availability(own, track.packages, sets))


def _base(base: type[P], part: P) -> P:
    """The part without the fields that it has beyond its base class, which come last."""
    return base(*astuple(part)[: len(base.__struct_fields__)])


def _availability(licences: Iterable[bytes], packages: Sequence[Package], sets: bytes) -> bytes:
    return b'{"licences":[%b],"packages":%b,"territory_sets":%b}' % (b",".join(licences), canonical(packages), sets)

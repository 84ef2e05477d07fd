"""A document taken apart into the rows that the region's APIs read. No I/O.

Row documents are canonical JSON, so the same document always makes the same rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from shared.album import Album, Package
from shared.digest import canonical

_ALBUM_ONLY: Final = ("territory_sets", "licences", "packages", "tracks")
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
    licences = [canonical(licence) for licence in album["licences"]]
    sets = canonical(album["territory_sets"])
    return AlbumRows(
        metadata=_without(_ALBUM_ONLY, album),
        availability=_availability(licences, album["packages"], sets),
        tracks=tuple(_track_rows(album, licences, sets)),
    )


def _track_rows(album: Album, licences: Sequence[bytes], sets: bytes) -> Iterable[TrackRows]:
    for track in sorted(album["tracks"], key=lambda track: track["track_id"]):
        own = [licences[place] for place in track["licences"]]
        yield TrackRows(track["track_id"], _without(_TRACK_ONLY, track), _availability(own, track["packages"], sets))


def _without(fields: Iterable[str], document: Mapping[str, object]) -> bytes:
    """The document's canonical bytes, less some of its fields."""
    kept = dict(document)
    for field in fields:
        del kept[field]
    return canonical(kept)


def _availability(licences: Iterable[bytes], packages: Sequence[Package], sets: bytes) -> bytes:
    return b'{"licences":[%b],"packages":%b,"territory_sets":%b}' % (b",".join(licences), canonical(packages), sets)

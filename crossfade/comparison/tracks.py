"""Which tracks are asked about: all that either side has, or some, in pages of ascending ids."""

import random
from bisect import bisect_right
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from itertools import cycle, islice
from typing import Final, Protocol

from crossfade.comparison.questions import Subject, Window

TRACKS_A_PAGE: Final = 200
IDS_A_SCAN: Final = 10_000

Draws = Mapping[int, int]
"""Track ids in ascending order, each with how often it is asked about."""


class TrackIds(Protocol):
    """A place that has tracks."""

    async def page(self, after: int, limit: int) -> Sequence[int]:
        """The next ids, ascending."""
        ...

    async def greatest(self) -> int:
        """The greatest id; 0 where there is none."""
        ...


class Licences(Protocol):
    """A place that knows windows."""

    async def windows(self, track_ids: Sequence[int]) -> Sequence[Window]: ...


class GivenTracks:
    """Tracks named by whoever asks."""

    def __init__(self, ids: Sequence[int]) -> None:
        self._ids = sorted(set(ids))

    async def page(self, after: int, limit: int) -> Sequence[int]:
        first = bisect_right(self._ids, after)
        return self._ids[first : first + limit]

    async def greatest(self) -> int:
        return self._ids[-1] if self._ids else 0


async def every_track(places: Sequence[TrackIds], limit: int = TRACKS_A_PAGE) -> AsyncIterator[Draws]:
    """Pages of the ids that any place has, each id once."""
    after = 0
    while True:
        found = [await place.page(after, limit) for place in places]
        # Beyond the last id of a full page that place may have more, which must not be passed over.
        bound = min((page[-1] for page in found if len(page) == limit), default=None)
        ids = sorted({id for page in found for id in page if bound is None or id <= bound})
        if not ids:
            return
        yield dict.fromkeys(ids, 1)
        after = ids[-1]


async def drawn_tracks(places: Sequence[TrackIds], count: int, dice: random.Random) -> AsyncIterator[Draws]:
    """`count` draws from all ids that any place has, each as likely, in pages; over as many tracks as there are."""
    chosen: list[int] = []
    seen = 0
    async for page in every_track(places, IDS_A_SCAN):
        for id in page:
            _choose(id, chosen, seen, count, dice)
            seen += 1
    draws = Counter(islice(cycle(chosen), count))
    for first in range(0, len(chosen), TRACKS_A_PAGE):
        yield {id: draws[id] for id in sorted(chosen)[first : first + TRACKS_A_PAGE]}


def _choose(id: int, chosen: list[int], seen: int, count: int, dice: random.Random) -> None:
    """Keeps a uniform choice of up to `count` of the ids `seen` and this one (reservoir sampling)."""
    if len(chosen) < count:
        chosen.append(id)
    elif (slot := dice.randrange(seen + 1)) < count:
        chosen[slot] = id


async def subjects(pages: AsyncIterator[Draws], licences: Sequence[Licences]) -> AsyncIterator[Subject]:
    """The tracks of all pages, each with the windows that any place knows of."""
    async for draws in pages:
        windows = [window for place in licences for window in await place.windows(list(draws))]
        for track_id, its_windows in _by_track(draws, windows):
            yield Subject(track_id, its_windows, draws[track_id])


def _by_track(draws: Draws, windows: Sequence[Window]) -> Iterator[tuple[int, tuple[Window, ...]]]:
    found: dict[int, set[Window]] = {track_id: set() for track_id in draws}
    for window in windows:
        found[window.track_id].add(window)
    for track_id, its_windows in found.items():
        yield track_id, tuple(sorted(its_windows, key=_order))


def _order(window: Window) -> tuple[str, str, str, str]:
    return window.usage_type, window.territory, window.valid_from, window.valid_until or ""

"""Every track that any place has is asked about once; draws can be repeated and reach every track."""

import random
from collections import Counter
from collections.abc import Sequence

from crossfade.comparison.questions import Subject, Window
from crossfade.comparison.tracks import Draws, GivenTracks, drawn_tracks, every_track, subjects

ALL_OF_TIME = ("2020-01-01T00:00:00Z", None)


class Licensed:
    """A place that knows these windows."""

    def __init__(self, *windows: Window) -> None:
        self._windows = windows

    async def windows(self, track_ids: Sequence[int]) -> Sequence[Window]:
        return [window for window in self._windows if window.track_id in track_ids]


async def every(*places: Sequence[int], limit: int) -> list[int]:
    pages = every_track([GivenTracks(ids) for ids in places], limit)
    return [id async for page in pages for id in page]


async def drawn(places: Sequence[Sequence[int]], count: int, seed: int) -> Draws:
    pages = drawn_tracks([GivenTracks(ids) for ids in places], count, random.Random(seed))
    return {id: times async for page in pages for id, times in page.items()}


async def test_tracks_of_either_place_come_once_in_ascending_order_whatever_the_page() -> None:
    london, region = [1, 2, 3, 10, 11, 12, 90], [2, 4, 5, 6, 7, 8, 9, 10, 95, 96]
    for limit in range(1, 12):
        assert await every(london, region, limit=limit) == sorted({*london, *region})
        assert await every(region, london, limit=limit) == sorted({*london, *region})


async def test_random_places_lose_no_track() -> None:
    dice = random.Random(1)
    for _ in range(200):
        places = [dice.sample(range(1, 60), dice.randrange(30)) for _ in range(2)]
        assert await every(*places, limit=dice.randint(1, 8)) == sorted({*places[0], *places[1]})


async def test_places_without_tracks_give_none() -> None:
    assert await every([], [], limit=5) == []
    assert await drawn([[], []], 10, seed=1) == {}


async def test_draws_reach_every_track_when_there_are_enough_and_are_the_same_for_a_seed() -> None:
    places: list[list[int]] = [[1, 20, 900_000], [7], []]
    found = await drawn(places, 501, seed=3)
    assert sum(found.values()) == 501
    assert set(found.values()) == {125, 126}
    assert list(found) == [1, 7, 20, 900_000]
    assert await drawn(places, 501, seed=3) == found


async def test_fewer_draws_than_tracks_choose_each_track_as_often() -> None:
    ids = [*range(1, 10), 900_000]
    chosen = Counter([id for seed in range(2000) for id in await drawn([ids], 3, seed)])
    assert sum(chosen.values()) == 6000
    assert all(500 < chosen[id] < 700 for id in ids)


async def test_a_track_comes_with_the_windows_of_all_places_each_once() -> None:
    gb, us = Window(1, "download", "GB", *ALL_OF_TIME), Window(1, "download", "US", *ALL_OF_TIME)
    other = Window(2, "download", "GB", *ALL_OF_TIME)
    found = subjects(every_track([GivenTracks([1, 2, 3])]), [Licensed(gb, other), Licensed(us, gb)])
    assert [subject async for subject in found] == [Subject(1, (gb, us)), Subject(2, (other,)), Subject(3)]

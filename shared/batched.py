"""Pieces of what is long. (`itertools.batched` has come with Python 3.12.)"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in order, `size` at a time."""
    iterator = iter(items)
    while piece := list(islice(iterator, size)):
        yield piece

"""Pieces of what is long."""

from hypothesis import given
from hypothesis import strategies as st

from shared.batched import batched


@given(st.lists(st.integers()), st.integers(1, 10))
def test_pieces_hold_every_item_once_and_in_order(items: list[int], size: int) -> None:
    assert [item for piece in batched(items, size) for item in piece] == items


@given(st.lists(st.integers()), st.integers(1, 10))
def test_every_piece_is_full_but_the_last_which_is_not_empty(items: list[int], size: int) -> None:
    *full, last = [len(piece) for piece in batched(items, size)] or [size]
    assert set(full) <= {size}
    assert 1 <= last <= size


def test_items_are_taken_as_they_are_needed() -> None:
    items = iter(range(10))
    assert next(batched(items, 3)) == [0, 1, 2]
    assert next(items) == 3

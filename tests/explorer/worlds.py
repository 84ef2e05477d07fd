"""The worlds that are searched. Each is small enough to be searched whole, and together they hold all that can be."""

from typing import Final

from tests.explorer.london import CHANGES, histories
from tests.explorer.world import Bounds

MOVE, RENAME, WITHDRAW, RETURN = CHANGES
"""In the order in which they are told there."""

WORLDS: Final = (
    *(Bounds(changes, takeovers=1) for changes in histories(2)),
    *(Bounds(changes, takeovers=1, rebalances=1, setbacks=1) for changes in histories(1)),
    *(Bounds(changes, rebalances=1, crashes=1, setbacks=1) for changes in histories(1)),
    Bounds((WITHDRAW, RETURN), rebalances=1, setbacks=1),
    Bounds((MOVE,), partitions=1, rebalances=1, setbacks=1),
    *map(Bounds, histories(3)),
    Bounds((RENAME, WITHDRAW, RETURN), takeovers=1, whole_turns=True),
)
"""Those of every run."""

DEEPER: Final = (
    *(Bounds(changes, takeovers=1, rebalances=1, crashes=1, setbacks=1) for changes in histories(1)),
    *(Bounds(changes, takeovers=1, whole_turns=True) for changes in histories(3)),
    *(Bounds(changes, rebalances=1, crashes=1) for changes in histories(3)),
    *(Bounds(changes, rebalances=1, setbacks=1) for changes in histories(2)),
    *(Bounds(changes, rebalances=1, setbacks=1, partitions=1) for changes in histories(2)),
    Bounds((MOVE,), takeovers=1, rebalances=1, setbacks=1, partitions=1),
)
"""Those of a run that is asked to go deeper, which takes minutes."""

LEAST_STATES: Final = 500_000
"""Fewer in `WORLDS` would mean that something is not searched any more."""

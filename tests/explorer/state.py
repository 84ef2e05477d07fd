"""What a state of the small world is made of."""

from typing import NamedTuple

from tests.explorer.fiber import Fiber
from tests.explorer.log import Log
from tests.explorer.region import Region

Offsets = tuple[int | None, ...]
"""By partition, a next offset; None for a partition that is not meant."""


class Producer(NamedTuple):
    """A process that follows London: `reached` transactions are acknowledged, says its ledger, and `round` deals with
    the next ones."""

    reached: int
    round: Fiber | None = None


class Persister(NamedTuple):
    """`at` is where a process believes that the region stands in its partitions, and `turn` what it does now."""

    at: Offsets
    turn: Fiber | None = None


class State(NamedTuple):
    """London has logged, shows and counts so many transactions. Of the producers the last one leads; whoever leads
    next begins where `saved` says. Of `takeovers`, `rebalances`, `crashes` and `setbacks` so many may still happen."""

    logged: int
    visible: int
    counted: int
    saved: int
    producers: tuple[Producer, ...]
    log: Log
    region: Region
    persisters: tuple[Persister, ...]
    takeovers: int
    rebalances: int
    crashes: int
    setbacks: int

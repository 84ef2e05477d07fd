"""How long to wait before the next attempt."""

import random
from collections.abc import Iterator


def delays(first_s: float = 0.1, most_s: float = 5.0) -> Iterator[float]:
    """Growing waits, each half random so that processes that failed together do not come back together."""
    wait_s = first_s
    while True:
        yield wait_s * random.uniform(0.5, 1.0)
        wait_s = min(wait_s * 2, most_s)

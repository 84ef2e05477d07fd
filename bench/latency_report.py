"""What `crossfade bench latency` says in the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

import orjson

from bench.peer import NAME

P50_TO_REACH_MS: Final = 10.0
P99_TO_REACH_MS: Final = 25.0
"""On a machine on which the peer copies 3,000 albums a second."""

DELAY_TO_REACH_MS: Final = 100.0

_DIGITS: Final = 2


@dataclass(frozen=True, slots=True)
class LatencyReport:
    """Milliseconds from the return of COMMIT to the gateway's new answer: of changes `alone_ms`, and of changes right
    behind the rename of an artist of `albums` albums, `behind_ms`. `correct` is whether each answer had the price that
    was set. `peer_albums_per_s` tells the machine's speed."""

    alone_ms: Sequence[float]
    behind_ms: Sequence[float]
    albums: int
    peer_albums_per_s: float
    correct: bool

    @property
    def p50_ms(self) -> float:
        return median(self.alone_ms)

    @property
    def p99_ms(self) -> float:
        """The smallest that at most one in a hundred is over."""
        return sorted(self.alone_ms)[-1 - len(self.alone_ms) // 100]

    @property
    def delayed_ms(self) -> float:
        """How much longer than usual the slowest change took behind a rename."""
        return max(self.behind_ms) - self.p50_ms if self.behind_ms else 0.0

    @property
    def exit_code(self) -> int:
        return 0 if self.correct else 1

    def as_json(self) -> str:
        """One JSON object."""
        found: dict[str, Any] = {
            "bench": "latency",
            "changes": len(self.alone_ms),
            "unit": "ms",
            "p50": round(self.p50_ms, _DIGITS),
            "p99": round(self.p99_ms, _DIGITS),
            "max": round(max(self.alone_ms), _DIGITS),
            "to_reach": {"p50": P50_TO_REACH_MS, "p99": P99_TO_REACH_MS, "delayed": DELAY_TO_REACH_MS},
            "renames": len(self.behind_ms),
            "albums": self.albums,
            "delayed": round(self.delayed_ms, _DIGITS),
            "peer": NAME,
            "peer_albums_per_s": round(self.peer_albums_per_s),
            "correct": self.correct,
        }
        return orjson.dumps(found).decode()

    def as_text(self) -> str:
        outcome = "correct" if self.correct else "NOT CORRECT"
        return (
            f"latency: {self.p50_ms:.1f} ms in the middle, 99 of 100 within {self.p99_ms:.1f} ms, {outcome}\n"
            f"to reach {P50_TO_REACH_MS:g} and {P99_TO_REACH_MS:g} ms where {NAME} does 3,000 albums/s\n"
            f"here it does {self.peer_albums_per_s:,.0f} albums/s\n"
            f"behind the rename of an artist of {self.albums:,} albums: {self.delayed_ms:.1f} ms more, to stay under "
            f"{DELAY_TO_REACH_MS:g}"
        )

"""What every bench says in the end: its figure beside its peer's, and whether the work that was measured was right."""

from dataclasses import dataclass
from typing import Final

import orjson

_DIGITS: Final = 3


@dataclass(frozen=True, slots=True)
class Report:
    """One bench's outcome, both figures in `unit`, more being better; `correct` is whether the measured work gave the
    right result. `cpu_s` (processor seconds) and `peak_mb` (MiB of memory at most) are sums over our processes, of one
    run of the size that was asked for."""

    bench: str
    figure: float
    unit: str
    peer: str
    peer_figure: float
    to_reach: float
    correct: bool
    cpu_s: float
    peak_mb: float

    @property
    def ratio(self) -> float:
        return self.figure / self.peer_figure

    @property
    def exit_code(self) -> int:
        """A figure of work that went wrong is none. A slow one is still a figure: who asked compares the ratio."""
        return 0 if self.correct else 1

    def as_json(self) -> str:
        """One JSON object with every field and `ratio`."""
        return orjson.dumps(
            {
                "bench": self.bench,
                "figure": round(self.figure, _DIGITS),
                "unit": self.unit,
                "peer": self.peer,
                "peer_figure": round(self.peer_figure, _DIGITS),
                "ratio": round(self.ratio, _DIGITS),
                "to_reach": self.to_reach,
                "correct": self.correct,
                "cpu_s": round(self.cpu_s, _DIGITS),
                "peak_mb": round(self.peak_mb, _DIGITS),
            }
        ).decode()

    def as_text(self) -> str:
        outcome = "correct" if self.correct else "NOT CORRECT"
        return (
            f"{self.bench}: {self.figure:,.0f} {self.unit}, {outcome}\n"
            f"beside {self.peer}: {self.peer_figure:,.0f} {self.unit}\n"
            f"ratio {self.ratio:.2f}, to reach {self.to_reach:g}\n"
            f"{self.cpu_s:.2f} s of processor time, {self.peak_mb:,.0f} MiB at most"
        )

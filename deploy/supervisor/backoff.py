"""When a program that died is started again."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Backoff:
    """The pause before a start doubles from `first_s` to `most_s`; `calm_s` of health and it is the first again."""

    first_s: float = 0.5
    most_s: float = 30.0
    calm_s: float = 60.0

    def deaths(self, before: int, healthy_s: float) -> int:
        """How many deaths in a row there are with one more, after it was healthy for `healthy_s`."""
        return 1 if healthy_s >= self.calm_s else before + 1

    def pause_s(self, deaths: int) -> float:
        """Seconds to wait after that many deaths in a row, at least 1."""
        return min(self.most_s, self.first_s * 2.0 ** min(deaths - 1, 30))

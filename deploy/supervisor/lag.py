"""How far the region is behind London, from what the log, the region and the producer say. No I/O."""

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from shared.wire import TOPICS


class Partition(BaseModel):
    """One partition of the log, in which the region goes on at `next_offset` and the log at `end_offset`. `oldest_s` is
    how long the oldest record that is not in the region has been in the log; None where all are."""

    model_config = ConfigDict(frozen=True)

    topic: str
    partition: int
    next_offset: int
    end_offset: int
    oldest_s: float | None = None

    @property
    def waiting(self) -> int:
        """Records that are not in the region yet."""
        return max(0, self.end_offset - self.next_offset)


def lag_albums(partitions: Iterable[Partition]) -> int:
    """Records of albums that are in the log and not in the region; markers among them count too."""
    return sum(each.waiting for each in partitions if each.topic == TOPICS["album"])


def lag_s(partitions: Iterable[Partition], follow_lag_s: float | None) -> float | None:
    """Seconds since London's commits that the region lacks: those to the log, and those of the oldest record that waits
    there. None while nobody follows, as during the first snapshot."""
    if follow_lag_s is None:
        return None
    return follow_lag_s + max((each.oldest_s for each in partitions if each.oldest_s is not None), default=0.0)

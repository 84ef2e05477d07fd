"""What to do with a record, given the version stored for its document. No I/O.

Per row the greater version wins, and of equal versions the first stays: docs/convergence.md.
"""

from enum import Enum

from shared.wire import Record


class Decision(Enum):
    APPLY = "apply"
    STALE = "stale"


def decide(stored_version: int | None, record: Record) -> Decision:
    """`stored_version` is None where the region has never seen the document."""
    if stored_version is None or record.version > stored_version:
        return Decision.APPLY
    return Decision.STALE

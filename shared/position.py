"""Positions in London's history, and the versions that order records.

A position is the set of transactions that London's server has executed: MySQL's GTID set or MariaDB's GTID position.
On one server such a set only grows, so its count orders what was read there; `version` is that count with the epoch
above it. Why that is enough for convergence: docs/convergence.md.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol, Self

EPOCH_SHIFT: Final = 48
MAX_COUNT: Final = 2**EPOCH_SHIFT - 1
MAX_EPOCH: Final = 2**15 - 1


class PositionError(ValueError):
    """A text that is no position, or a position too large for a version."""


class Position(Protocol):
    """A set of executed transactions of one server flavour; str() is the server's own notation."""

    @property
    def count(self) -> int:
        """How many transactions it holds."""

    def contains(self, other: Self) -> bool:
        """Whether every transaction of `other` is in it."""

    def union(self, other: Self) -> Self:
        """The transactions of both."""

    @property
    def latest(self) -> Self | None:
        """The last transaction of the source that has the greatest number; None if there is none at all."""

    def without(self, other: Self) -> Self:
        """What is left without those of `other`, on MariaDB also without what follows them in their domains."""


def version(epoch: int, position: Position) -> int:
    """The version of content read at `position`: `epoch << 48 | count`."""
    if not 0 <= epoch <= MAX_EPOCH:
        raise PositionError(f"epoch {epoch} is outside 0..{MAX_EPOCH}")
    if position.count > MAX_COUNT:
        raise PositionError(f"position {position} counts {position.count} transactions; a version holds {MAX_COUNT}")
    return epoch << EPOCH_SHIFT | position.count


@dataclass(frozen=True)
class MariaDBPosition:
    """MariaDB's GTID position: per domain the last (server, sequence number). A position stands for all transactions
    of each domain up to it, which holds only under gtid_strict_mode."""

    domains: Mapping[int, tuple[int, int]]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `0-1-100,1-2-5`; blank space between the parts is allowed."""
        domains: dict[int, tuple[int, int]] = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            if not re.fullmatch(r"\d{1,10}-\d{1,10}-\d{1,20}", part):
                raise PositionError(f"{part!r} is not a MariaDB GTID")
            domain, server, sequence = map(int, part.split("-"))
            if domain in domains:
                raise PositionError(f"domain {domain} stands twice in {text!r}")
            domains[domain] = (server, sequence)
        return cls(domains)

    @cached_property
    def count(self) -> int:
        return sum(sequence for _, sequence in self.domains.values())

    def contains(self, other: Self) -> bool:
        return all(self._sequence(domain) >= sequence for domain, (_, sequence) in other.domains.items())

    def union(self, other: Self) -> Self:
        merged = dict(self.domains)
        for domain, (server, sequence) in other.domains.items():
            if sequence > self._sequence(domain):
                merged[domain] = (server, sequence)
        return type(self)(merged)

    @property
    def latest(self) -> Self | None:
        domain = max(self.domains, key=self._sequence, default=None)
        return type(self)({domain: self.domains[domain]}) if domain is not None and self._sequence(domain) else None

    def without(self, other: Self) -> Self:
        before = {domain: (server, sequence - 1) for domain, (server, sequence) in other.domains.items()}
        return type(self)({domain: last for domain, last in {**self.domains, **before}.items() if last[1]})

    def _sequence(self, domain: int) -> int:
        return self.domains.get(domain, (0, 0))[1]

    def __str__(self) -> str:
        return ",".join(f"{domain}-{server}-{sequence}" for domain, (server, sequence) in sorted(self.domains.items()))


Interval = tuple[int, int]
"""First and last transaction number, both included."""

_SID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TAG: Final = re.compile(r"[a-z_][a-z0-9_]{0,31}")


@dataclass(frozen=True)
class MySQLPosition:
    """MySQL's GTID set: intervals of transaction numbers by `uuid` or, for tagged GTIDs, `uuid:tag`. Each tuple of
    intervals is in order, disjoint and not adjacent."""

    intervals: Mapping[str, tuple[Interval, ...]]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `uuid:1-5:7:tag:1-3,uuid:...`, as gtid_executed prints it, with line breaks."""
        found: dict[str, list[Interval]] = {}
        for part in filter(None, (part.strip().lower() for part in text.split(","))):
            sid, *pieces = part.split(":")
            if not _SID.fullmatch(sid) or not pieces:
                raise PositionError(f"{part!r} is not part of a MySQL GTID set")
            source = sid
            for piece in (piece.strip() for piece in pieces):
                if _TAG.fullmatch(piece):
                    source = f"{sid}:{piece}"
                    found.setdefault(source, [])
                else:
                    found.setdefault(source, []).append(_parse_interval(piece))
        if not all(found.values()):
            raise PositionError(f"{text!r} has a tag without transactions")
        return cls({source: _normalised(intervals) for source, intervals in found.items()})

    @cached_property
    def count(self) -> int:
        return sum(last - first + 1 for intervals in self.intervals.values() for first, last in intervals)

    def contains(self, other: Self) -> bool:
        return all(
            any(mine_first <= first and last <= mine_last for mine_first, mine_last in self.intervals.get(source, ()))
            for source, intervals in other.intervals.items()
            for first, last in intervals
        )

    def union(self, other: Self) -> Self:
        sources = self.intervals.keys() | other.intervals.keys()
        return type(self)(
            {
                source: _normalised([*self.intervals.get(source, ()), *other.intervals.get(source, ())])
                for source in sources
            }
        )

    @property
    def latest(self) -> Self | None:
        last, source = max(
            ((intervals[-1][1], source) for source, intervals in self.intervals.items()), default=(0, "")
        )
        return type(self)({source: ((last, last),)}) if last else None

    def without(self, other: Self) -> Self:
        left = {
            source: _difference(intervals, other.intervals.get(source, ()))
            for source, intervals in self.intervals.items()
        }
        return type(self)({source: intervals for source, intervals in left.items() if intervals})

    def __str__(self) -> str:
        return ",".join(f"{source}:{_print(intervals)}" for source, intervals in sorted(self.intervals.items()))


def _parse_interval(text: str) -> Interval:
    match = re.fullmatch(r"(\d{1,19})(?:-(\d{1,19}))?", text)
    if match is None:
        raise PositionError(f"{text!r} is not an interval of a MySQL GTID set")
    first = int(match[1])
    last = int(match[2] or first)
    if not 1 <= first <= last:
        raise PositionError(f"{text!r} is not an interval of a MySQL GTID set")
    return first, last


def _normalised(intervals: list[Interval]) -> tuple[Interval, ...]:
    merged: list[Interval] = []
    for first, last in sorted(intervals):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return tuple(merged)


def _difference(intervals: tuple[Interval, ...], taken: tuple[Interval, ...]) -> tuple[Interval, ...]:
    for first, last in taken:
        parts = [part for a, b in intervals for part in ((a, min(b, first - 1)), (max(a, last + 1), b))]
        intervals = tuple((a, b) for a, b in parts if a <= b)
    return intervals


def _print(intervals: tuple[Interval, ...]) -> str:
    return ":".join(f"{first}" if first == last else f"{first}-{last}" for first, last in intervals)

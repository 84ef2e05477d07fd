"""Feed files in the public 7digital format: full ones fill London, updates change it while the region follows."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from asyncmy.connection import Connection

from demo.feed_lines import Deleted, FeedFile, Feeds, Kind, Malformed, ReleaseLine, TrackLine, find_feeds, read_lines
from demo.feed_rows import Ingest
from demo.feeds import apply_feeds
from demo.show.page import Page
from shared.errors import Unusable


@dataclass(frozen=True)
class Taken:
    """Full files that London has: the `ingest` as it is after them, for the updates, and what was wrong in them."""

    lines: int
    malformed: tuple[Malformed, ...]
    ingest: Ingest


@dataclass(frozen=True)
class Updated:
    """Update files that London has taken, a number of lines in a number of transactions; the last one committed at
    `committed` (monotonic seconds)."""

    lines: int
    transactions: int
    malformed: tuple[Malformed, ...]
    committed: float


def require_feeds(folder: Path) -> Feeds:
    """The feed files of a folder. Raises Unusable where there are none, or none to begin with."""
    feeds = find_feeds(folder)
    if not feeds.full:
        raise Unusable(f"{folder} has update files and no full ones; London must begin with full ones")
    return feeds


def take(files: Iterable[FeedFile]) -> Taken:
    """Reads full files as the step that fills London does in its own process."""
    ingest, count, malformed = Ingest(), 0, list[Malformed]()
    for file in files:
        lines = list(read_lines(file))
        count += len(lines)
        malformed += [line for line in lines if isinstance(line, Malformed)]
        stated = [line for line in lines if not isinstance(line, Malformed)]
        if file.kind is Kind.RELEASES:
            ingest.take_releases(cast(list[ReleaseLine | Deleted], stated))
        else:
            ingest.take_tracks(cast(list[TrackLine | Deleted], stated))
    return Taken(count, tuple(malformed), ingest)


async def update(london: Connection, files: Iterable[FeedFile], ingest: Ingest, page: Page) -> Updated:
    """Commits the update files to London, a few lines a transaction."""
    lines, transactions, malformed = dict[Path, int](), 0, list[Malformed]()
    async for progress in apply_feeds(london, files, ingest):
        lines[progress.file.path] = progress.lines
        transactions += 1
        malformed += progress.malformed
    for path, count in lines.items():
        page.evidence(f"{path.name}: {count:,} lines")
    return Updated(sum(lines.values()), transactions, tuple(malformed), time.monotonic())

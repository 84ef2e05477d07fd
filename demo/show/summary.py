"""What a demo found, in a few lines at its end. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from demo.feeds import Summary as London
from demo.show.comparison import Compared
from demo.show.following import Delays
from demo.show.snapshot import Catalogue, Snapshot
from deploy.embedded.kafka import PACKAGE as KAFKA
from deploy.embedded.mariadb import PACKAGE as MARIADB

NAME_WIDTH: Final = 12


@dataclass(frozen=True)
class FeedsFound:
    """What came out of feed files: lines, those that state nothing usable, and what London holds in the end."""

    lines: int
    malformed: int
    london: London

    @property
    def made_up(self) -> str:
        """How many releases no line describes."""
        return f"{self.london.releases_made_up:,} of {self.london.releases:,} releases made up"


@dataclass(frozen=True)
class Summary:
    catalogue: Catalogue
    snapshot: Snapshot
    delays: Delays
    compared: Compared
    feeds: FeedsFound | None = None


def lines(summary: Summary) -> Iterator[str]:
    for name, text in _rows(summary):
        yield f"{name:<{NAME_WIDTH}} {text}"


def _rows(summary: Summary) -> Iterator[tuple[str, str]]:
    catalogue = summary.catalogue
    yield "servers", f"{KAFKA.title}; {MARIADB.title} as London, {MARIADB.title} as the region"
    yield "London", f"{catalogue.albums:,} albums, {catalogue.tracks:,} tracks, {catalogue.artists:,} artists"
    if feeds := summary.feeds:
        yield "feeds", f"{feeds.lines:,} lines, {feeds.malformed:,} malformed; {feeds.made_up}"
    yield "snapshot", str(summary.snapshot)
    yield "changes", f"{len(summary.delays.each_ms)} in London, each seen in the region: {summary.delays}"
    yield "compared", str(summary.compared)

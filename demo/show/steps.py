"""The steps of a demo once everything runs, in order; each shows one thing, with its evidence, or raises."""

import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from asyncmy.connection import Connection

from demo.changes import OnSale, tracks_on_sale
from demo.feed_lines import Feeds, Malformed
from demo.feeds import summarise
from demo.show import comparison, feeds, following, limit, rest, sides, snapshot
from demo.show.comparison import Compared
from demo.show.cues import TERRITORY, choose_cues, choose_tracks
from demo.show.errors import NotHeld
from demo.show.following import Delays
from demo.show.page import Page
from demo.show.sides import Question, Sides
from demo.show.snapshot import Snapshot
from demo.show.stage import Stage
from demo.show.summary import FeedsFound, Summary
from shared import mysql

MOST_TRACKS: Final = 400
MALFORMED_TOLD: Final = 10
EXCERPT_LINES: Final = 4

SNAPSHOT: Final = (
    "The producer reads London in ranges of ids, hundreds of albums a query, and writes each album into the log as one "
    "document; the persister stores it in the region's database. London is never written to."
)
ONE_TRACK: Final = (
    "A customer's request, sent to London's API and to the region's gateway. These are two programs that were written "
    "apart, from the same contract. What a terminal cannot show as it is stands here as a code, such as \\u202e."
)
UPDATES: Final = (
    "The update files insert, change and delete releases and tracks: London takes them a few lines a transaction, and "
    "the region follows."
)
CHANGES: Final = (
    "After the COMMIT of each, the gateway is asked again and again until its answer is a new one, which must be the "
    "one that London gives. Beside it stand that answer's status, with the code of an error (2001: not found, 2002: "
    "not available), and the time from the return of COMMIT until it came."
)
LIMIT: Final = (
    f"The key {limit.KEY} may ask {limit.LIMIT} times a day. The gateway counts, and refuses the next request. The "
    "last two, by their numbers, with status and headers:"
)
EVERY_TRACK: Final = (
    "London and the gateway are asked for every track that either of them has; status, headers and every byte must be "
    "equal. To compare nothing would be a failure."
)


@dataclass(frozen=True)
class Found:
    """What the steps found, a track that is on sale, and an id that no track has."""

    summary: Summary
    track_id: int
    unknown_id: int


async def perform(stage: Stage, files: Feeds | None, page: Page) -> Found:
    """All steps. Raises NotHeld, and whatever else keeps one from holding."""
    async with AsyncExitStack() as stack:
        both = await stack.enter_async_context(sides.both(stage))
        london = await stack.enter_async_context(mysql.connection(stage.london))
        region = await stack.enter_async_context(mysql.connection(stage.region))
        steps = Steps(stage, page, both, london, region)
        filled = await steps.take_snapshot()
        await steps.ask_one_track()
        feeds_found = await steps.take_updates(files) if files else None
        delays = await steps.make_changes()
        await steps.exceed_limit()
        compared = await steps.compare_every_track()
        found = Summary(await snapshot.read_catalogue(london), filled, delays, compared, feeds_found)
        return Found(found, await steps.track_on_sale(), await steps.unknown_id())


@dataclass(frozen=True)
class Steps:
    """Each step, on what runs."""

    stage: Stage
    page: Page
    both: Sides
    london: Connection
    region: Connection

    async def take_snapshot(self) -> Snapshot:
        with self.page.step("Take a snapshot", SNAPSHOT):
            total = (await snapshot.read_catalogue(self.london)).documents
            filled = await snapshot.watch(self.region, total, self.page)
            self.page.evidence(f"{filled} (albums, artists and API clients)")
            return filled

    async def ask_one_track(self) -> None:
        with self.page.step("Ask London and the region for the same track", ONE_TRACK):
            question = Question(await self.track_on_sale())
            await self.both.until_served(question)
            self.page.evidence(f"GET {question.target}")
            for format in sides.FORMATS:
                london, region = await self.both.agree(question.in_format(format))
                self.page.evidence(f"{format.upper():<4}  London {london}; the region {region}; equal")
            self.page.excerpt(region.body.decode(errors="replace"), EXCERPT_LINES)

    async def take_updates(self, files: Feeds) -> FeedsFound:
        with self.page.step("Take the feeds' updates into London", UPDATES):
            self.page.evidence(*(f"Refused: {refused}" for refused in files.refused))
            taken = feeds.take(files.full)
            updated = await feeds.update(self.london, files.updates, taken.ingest, self.page)
            await rest.until_at_rest(self.stage, self.london)
            self.page.evidence(f"In the region {time.monotonic() - updated.committed:.1f} s after the last COMMIT.")
            malformed = taken.malformed + updated.malformed
            self._tell_malformed(malformed)
            found = FeedsFound(taken.lines + updated.lines, len(malformed), await summarise(self.london))
            self.page.evidence(f"{found.made_up} from their tracks, as no line describes them")
            return found

    async def make_changes(self) -> Delays:
        with self.page.step("Change London, and watch the region follow", CHANGES):
            cues = choose_cues(choose_tracks(await self._on_sale()))
            return await following.make_changes(cues, self.london, self.both, self.page)

    async def exceed_limit(self) -> None:
        with self.page.step("Exceed a daily limit", LIMIT):
            await limit.exceed(await self.track_on_sale(), self.both, self.page)

    async def compare_every_track(self) -> Compared:
        with self.page.step("Compare every track", EVERY_TRACK):
            await rest.until_at_rest(self.stage, self.london)
            return await comparison.compare_all(self.stage, self.page)

    async def track_on_sale(self) -> int:
        """The first that is sold now. Raises NotHeld where there is none."""
        for track in await self._on_sale():
            return track.track_id
        raise NotHeld(f"London sells no track in {TERRITORY} now: take other feed files")

    async def unknown_id(self) -> int:
        """That of no track."""
        [(highest,)] = await mysql.rows(self.london, "SELECT MAX(track_id) FROM track")
        return int(highest) + 1

    async def _on_sale(self) -> Sequence[OnSale]:
        return await tracks_on_sale(self.london, TERRITORY, datetime.now(UTC), MOST_TRACKS)

    def _tell_malformed(self, malformed: Sequence[Malformed]) -> None:
        if malformed:
            self.page.evidence(f"{len(malformed)} lines state nothing usable and were passed over:")
            self.page.evidence(*map(str, malformed[:MALFORMED_TOLD]))
            if more := len(malformed[MALFORMED_TOLD:]):
                self.page.evidence(f"... and {more} more")

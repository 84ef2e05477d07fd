"""The life of a demo: it makes its folder, has everything started, shows its steps, and leaves nothing behind."""

import asyncio
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console

from demo.feed_lines import Feeds
from demo.show import by_hand, feeds, summary
from demo.show.by_hand import Places
from demo.show.home import Home
from demo.show.interrupts import as_ctrl_c
from demo.show.page import Page
from demo.show.programs import are_ready, arrivals
from demo.show.stage import Stage, clear, crossfade_command, running, why_ended, write_sql_command
from demo.show.steps import Found, perform
from deploy.embedded.process import ProcessId
from deploy.supervisor import control
from deploy.supervisor.servers import SERVERS, fetch
from deploy.supervisor.state import State
from shared.errors import CrossfadeError

HELD, FAILED, INTERRUPTED = 0, 1, 130

INTRODUCTION: Final = (
    "Crossfade moves a music catalogue out of one data centre and serves it close to its customers.",
    "London is the data centre: it owns the catalogue, and its database and API stay as they are. "
    "A region is a place in the cloud: it keeps a copy that follows London and answers customers in London's stead. "
    "That is worth something only if every answer is the one that London would give, to the byte, and a change "
    "in London shows at once. This demo tries both, on real servers that run on this machine alone.",
)
STARTING: Final = "Each server and service is a process of its own, as in production. Here they become ready:"


@dataclass(frozen=True)
class Request:
    """`albums` are generated, unless there is a folder of feed files; `once` ends the demo after its last step."""

    albums: int
    feeds: Path | None
    once: bool


def show(request: Request) -> int:
    """Returns the exit code: 0 when every step held, 1 when one did not, 130 after Ctrl-C on the way.

    Raises Unusable, UnsupportedPlatform or FetchFailed where something required is missing, before anything runs.
    """
    found = feeds.require_feeds(request.feeds) if request.feeds else None
    home, page = Home.here(), Page(Console())
    with as_ctrl_c(), home.alone():
        code = _attempt(request, found, home, page)
        if code != FAILED:
            home.folder.wipe()
        _take_leave(code, home, page)
    return code


def _attempt(request: Request, found: Feeds | None, home: Home, page: Page) -> int:
    try:
        page.paragraph(INTRODUCTION[0])
        page.line()
        page.paragraph(INTRODUCTION[1])
        fetch(list(SERVERS))
        _clear(home, page)
        with running(home, request.albums, request.feeds and request.feeds.absolute()) as supervisor:
            return _play(request, found, home, supervisor, page)
    except KeyboardInterrupt:
        return INTERRUPTED


def _clear(home: Home, page: Page) -> None:
    if home.folder.path.exists():
        page.line()
        page.line("Ending and deleting what an earlier demo left here ...")
        clear(home)


def _play(request: Request, found: Feeds | None, home: Home, supervisor: ProcessId, page: Page) -> int:
    began = time.monotonic()
    try:
        stage = _start(home, supervisor, page)
        shown = asyncio.run(perform(stage, found, page))
        page.heading(f"Summary: every step held ({time.monotonic() - began:.0f} s)")
        page.evidence(*summary.lines(shown.summary))
        if not request.once:
            _offer(stage, shown, page)
            _wait(home, supervisor, page)
        return HELD
    except CrossfadeError as error:
        # When everything was stopped under the steps, their own errors say little.
        page.failure(error if supervisor.alive() else why_ended(home, supervisor))
        return FAILED
    finally:
        page.line()
        page.line("Stopping everything ...")


def _start(home: Home, supervisor: ProcessId, page: Page) -> Stage:
    """Returns when all but the producer are ready. Raises Stop when that does not come."""
    with page.step("Start London and a region", STARTING):
        for state in _watch(home, supervisor, page, None):
            if are_ready(state, "producer"):
                return Stage.of(home, state)
        raise why_ended(home, supervisor)


def _offer(stage: Stage, found: Found, page: Page) -> None:
    """Shows what to try by hand."""
    write_sql_command(stage)
    places = Places(
        stage.origin,
        stage.gateway,
        os.path.relpath(stage.home.sql),
        os.path.relpath(stage.home.path),
        crossfade_command(stage.home),
    )
    page.heading("Try it by hand")
    page.copyable(by_hand.lines(places, found.track_id, found.unknown_id))


def _wait(home: Home, supervisor: ProcessId, page: Page) -> None:
    """Returns on Ctrl-C; tells meanwhile what dies and is started again."""
    page.line()
    page.line("Everything runs until Ctrl-C.", "bold")
    try:
        for _ in _watch(home, supervisor, page, control.state_of(home.folder, supervisor)):
            pass
    except KeyboardInterrupt:
        return
    raise why_ended(home, supervisor)


def _watch(home: Home, supervisor: ProcessId, page: Page, before: State | None) -> Iterator[State]:
    """Each state that the supervisor comes to after `before`, and tells what became ready or died."""
    for state in control.follow(home.folder, supervisor, lambda _: None):
        page.evidence(*arrivals(before, state))
        yield state
        before = state


def _take_leave(code: int, home: Home, page: Page) -> None:
    if code == FAILED:
        page.line(f"Nothing runs any more. The logs are in {os.path.relpath(home.folder.logs)}/ until the next demo.")
    else:
        page.line(f"Nothing runs any more, and {os.path.relpath(home.path)}/ is deleted.")

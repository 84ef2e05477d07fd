"""`crossfade demo` as a newcomer runs it: as a process, in an empty folder, on real servers.

It succeeds only where every step held, and however it ends, nothing is left running.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.feeds import SYNTHETIC
from demo.show.home import Home
from deploy.embedded.process import ProcessId
from deploy.supervisor.servers import settings_from
from deploy.supervisor.state import read_state
from shared import mysql
from shared.settings import RegionSettings

ENDS_S = 120.0
REAL_TRACKS = 1990


class Demo:
    """A demo that runs in a folder, and what it has printed so far."""

    def __init__(self, folder: Path, process: subprocess.Popen[str]) -> None:
        self.home = Home(folder / ".crossfade" / "demo")
        self.folder = folder
        self.process = process
        self.printed: list[str] = []

    @property
    def text(self) -> str:
        return "".join(self.printed)

    def until(self, words: str) -> None:
        """Reads until a line has these words."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.printed.append(line)
            if words in line:
                return
        pytest.fail(f"the demo ended before it said {words!r}:\n{self.text}")

    def end(self) -> int:
        """Reads to the end, and returns the exit code."""
        assert self.process.stdout
        self.printed += self.process.stdout
        return self.process.wait(ENDS_S)

    def count(self, pattern: str) -> int:
        """The number that the pattern's group finds in what was printed."""
        match = re.search(pattern, self.text)
        assert match, f"no {pattern!r} in:\n{self.text}"
        return int(match[1].replace(",", ""))


@contextmanager
def demo(folder: Path, *arguments: str) -> Iterator[Demo]:
    """The command started in a folder; it is told to stop if the test leaves it running."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CROSSFADE_")}
    environment |= {name: os.environ[name] for name in ("CROSSFADE_CACHE_DIR",) if name in os.environ}
    with subprocess.Popen(
        (sys.executable, "-P", "-m", "crossfade.main", "demo", *arguments),
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield Demo(folder, process)
        finally:
            if process.poll() is None:
                process.terminate()


def at_work(folder: Path) -> list[int]:
    """The processes that work below a folder or were started with its name."""
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if works_in(entry, folder)]


def works_in(process: Path, folder: Path) -> bool:
    try:
        return (process / "cwd").resolve().is_relative_to(folder) or os.fsencode(folder) in (
            process / "cmdline"
        ).read_bytes()
    except OSError:
        return False


def nothing_is_at_work(folder: Path, within_s: float = 30.0) -> bool:
    """Whether that comes in time: the system takes a moment to bury the last process."""
    ends_at = time.monotonic() + within_s
    while at_work(folder):
        if time.monotonic() > ends_at:
            return False
        time.sleep(0.05)
    return True


@dataclass(frozen=True)
class Shown:
    """A demo of a generated catalogue that has ended: its exit code, that of each command that it offered, and whether
    the region followed the price that these changed."""

    run: Demo
    code: int
    tried: Mapping[str, int]
    is_price_seen: bool


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    with demo(tmp_path_factory.mktemp("generated"), "--albums", "40") as run:
        run.until("Everything runs until Ctrl-C")
        tried = {command: subprocess.call(command, shell=True, cwd=run.folder) for command in offered(run.text)}
        is_price_seen = says(run.text, b"<sevendigitalPrice>0.49</sevendigitalPrice>")
        run.process.terminate()
        return Shown(run, run.end(), tried, is_price_seen)


def offered(text: str) -> list[str]:
    """The commands that a demo offers to copy, but for those that do not end, and curl where there is none."""
    section = text.partition("Try it by hand\n")[2].partition("Everything runs")[0].replace("\\\n", "")
    commands = [line.strip() for line in section.splitlines() if line.strip() and not line.strip().startswith("#")]
    unfit = ("curl", "logs -f") if shutil.which("curl") is None else ("logs -f",)
    return [command for command in commands if not any(word in command for word in unfit)]


def says(text: str, words: bytes, within_s: float = 10.0) -> bool:
    """Whether the address that a demo offers first answers with these words in time."""
    address = re.search(r"curl '(.*)'", text)
    assert address
    ends_at = time.monotonic() + within_s
    while words not in urllib.request.urlopen(address[1]).read():
        if time.monotonic() > ends_at:
            return False
    return True


# --- every step holds ---


def test_a_demo_that_held_and_is_ended_by_hand_succeeds(shown: Shown) -> None:
    assert shown.code == 0, shown.run.text


def test_what_is_offered_to_try_by_hand_works(shown: Shown) -> None:
    assert len(shown.tried) >= 2
    assert set(shown.tried.values()) == {0}, shown.tried
    assert shown.is_price_seen


def test_a_generated_catalogue_is_compared_track_for_track(shown: Shown) -> None:
    tracks = shown.run.count(r"London +40 albums, ([\d,]+) tracks")
    assert tracks > 100
    assert shown.run.count(r"compared +([\d,]+) tracks in XML and in JSON") == tracks
    assert shown.run.count(r"compared .* ([\d,]+) answers: 0 differ, 0 missing") == 2 * tracks


def test_every_change_is_seen_within_a_second(shown: Shown) -> None:
    delays = [int(ms) for ms in re.findall(r"^ +\d+  .* (\d+) ms$", shown.run.text, re.MULTILINE)]
    assert len(delays) == 20
    assert max(delays) < 1000
    assert len(re.findall(r"was withdrawn +404 2001 ", shown.run.text)) == 2
    assert len(re.findall(r"the download licence of track \d+ in GB ended +404 2002 ", shown.run.text)) == 3


def test_a_daily_limit_is_counted_and_exceeded(shown: Shown) -> None:
    assert "5: 200  X-RateLimit-Limit 5, X-RateLimit-Current 5, " in shown.run.text
    assert re.search(r"6: 429  X-RateLimit-Limit 5, .*Retry-After \d+$", shown.run.text, re.MULTILINE)


def test_away_from_a_terminal_every_line_is_plain_and_fits(shown: Shown) -> None:
    assert all(" " <= letter <= "~" for line in shown.run.printed for letter in line.rstrip("\n"))
    assert max(len(line) for line in shown.run.printed) <= 100


def test_nothing_is_left_of_a_demo_that_held(shown: Shown) -> None:
    assert nothing_is_at_work(shown.run.folder)
    assert list(shown.run.folder.iterdir()) == []


def test_feed_files_fill_london_and_change_it_and_what_is_malformed_is_told(tmp_path: Path) -> None:
    feeds = tmp_path / "feeds"
    shutil.copytree(SYNTHETIC, feeds, ignore=shutil.ignore_patterns("malformed"))
    for file in (SYNTHETIC / "malformed").iterdir():
        shutil.copy(file, feeds / f"z-{file.name}")
    with demo(tmp_path, "--once", "--feeds", "feeds") as run:
        assert run.end() == 0, run.text
    assert run.count(r"feeds +[\d,]+ lines, (\d+) malformed; ") > 10
    assert run.count(r"(\d+) of \d+ releases made up") > 0
    assert "z-releases-full.csv, line 3, column releaseId: 'abc' is no whole number" in run.text
    assert "Refused: z-wrong-header.csv" in run.text
    assert run.count(r"compared +([\d,]+) tracks .* 0 differ, 0 missing") == run.count(r"London +.* ([\d,]+) tracks")
    assert nothing_is_at_work(tmp_path)


def test_real_feed_files_are_compared_track_for_track(tmp_path: Path, real_feeds: Path) -> None:
    with demo(tmp_path, "--once", "--feeds", str(real_feeds.absolute())) as run:
        assert run.end() == 0, run.text
    assert run.count(r"compared +([\d,]+) tracks .* 0 differ, 0 missing") >= REAL_TRACKS


# --- a step does not hold ---


def test_what_differs_in_the_region_is_found_and_fails_the_demo_and_the_logs_are_kept(tmp_path: Path) -> None:
    with demo(tmp_path, "--once", "--albums", "40") as run:
        run.until("6. Compare every track")
        asyncio.run(falsify_some_titles(run.home))
        assert run.end() == 1
    assert re.search(
        r"track \d+ different, (xml|json): track/release/title: London .*, region Another$", run.text, re.MULTILINE
    )
    assert "FAILED: the region does not say what London says" in run.text
    assert (run.home.folder.logs / "gateway.log").exists()
    assert nothing_is_at_work(tmp_path)


def test_a_change_that_does_not_arrive_fails_the_demo(tmp_path: Path) -> None:
    with demo(tmp_path, "--once", "--albums", "40") as run:
        run.until("4. Change London")
        persister = run.home.folder.process("persister")
        assert persister
        os.kill(persister.pid, signal.SIGSTOP)
        run.until("FAILED: 10 s after the change the gateway still answers")
        os.kill(persister.pid, signal.SIGCONT)
        assert run.end() == 1
    assert nothing_is_at_work(tmp_path)


async def falsify_some_titles(home: Home) -> None:
    """Changes the release of the last tracks in the region's database."""
    state = read_state(home.folder.state)
    assert state
    password = (home.folder.data("region") / "root-password").read_text()
    region = settings_from(RegionSettings, state.servers["region"], USER="root", PASSWORD=password)
    async with mysql.connection(region) as connection:
        await connection.query(
            "UPDATE album_metadata SET document = JSON_SET(document, '$.title', 'Another')"
            " ORDER BY album_id DESC LIMIT 20"
        )


# --- it is ended from outside ---


def test_asked_to_end_on_the_way_it_stops_everything_and_leaves_nothing(tmp_path: Path) -> None:
    with demo(tmp_path, "--albums", "40") as run:
        run.until("kafka")
        second = subprocess.run(run.process.args, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (second.returncode, "another demo runs" in second.stderr) == (2, True)
        run.process.terminate()
        assert run.end() == 130
    assert nothing_is_at_work(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_killed_it_leaves_nothing_running_and_the_next_demo_begins_anew(tmp_path: Path) -> None:
    with demo(tmp_path, "--albums", "40") as run:
        run.until("persister")
        supervisor = run.home.folder.supervisor()
        run.process.kill()
        run.process.wait()
    with demo(tmp_path, "--once", "--albums", "40") as following:
        following.until("1. Start")
        following.until("gateway")
        assert isinstance(supervisor, ProcessId)
        assert not supervisor.alive()
        following.process.kill()
        following.process.wait()
    assert nothing_is_at_work(tmp_path)


# --- something is missing ---


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--feeds", "nowhere"), "no feed file"),
        (("--feeds", "updates"), "has update files and no full ones"),
        (("--albums", "5"), "--albums"),
    ],
)
def test_what_is_required_and_missing_is_told_before_anything_starts(
    tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    (tmp_path / "updates").mkdir()
    shutil.copy(SYNTHETIC / "tracks-update.csv", tmp_path / "updates")
    with demo(tmp_path, *arguments) as run:
        assert run.end() == 2
    assert sentence in run.text
    assert not (tmp_path / ".crossfade").exists()


@pytest.fixture
def real_feeds() -> Path:
    """The folder that CROSSFADE_FEEDS names; where feeds are required, none is a failure."""
    folder = os.environ.get("CROSSFADE_FEEDS", "")
    if folder and Path(folder).is_dir():
        return Path(folder)
    missing = f"no feed files: CROSSFADE_FEEDS names no folder ({folder!r})"
    if "feeds" in os.environ.get("CROSSFADE_REQUIRE", "").split(","):
        pytest.fail(missing)
    pytest.skip(missing)

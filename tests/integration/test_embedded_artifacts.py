"""Downloads: verified, complete or not there, done once, however they are disturbed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from deploy.embedded import maven
from deploy.embedded.artifacts import Package, installed
from deploy.embedded.errors import FetchFailed, WrongChecksum
from deploy.embedded.lock import Pin
from deploy.embedded.ports import free_port
from deploy.embedded.settings import EmbeddedSettings
from tests.integration.fetching import package
from tests.integration.mirror import Mirror, path_of, serving

CONTENT = {name: random.Random(name).randbytes(200_000) for name in ("one", "two", "three")}


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    """A repository on this machine."""
    with serving() as mirror:
        yield mirror


@pytest.fixture
def settings(mirror: Mirror, tmp_path: Path) -> EmbeddedSettings:
    """An empty cache, and the mirror."""
    return EmbeddedSettings(cache_dir=tmp_path / "cache", maven_mirror=mirror.address)


@pytest.fixture
def pins(mirror: Mirror) -> list[Pin]:
    """Three files on the mirror, locked."""
    return [mirror.offer(name, content) for name, content in CONTENT.items()]


@pytest.fixture
def lock(tmp_path: Path, pins: list[Pin]) -> Path:
    """The lock of the three files."""
    return write_lock(tmp_path / "test.lock", pins)


def write_lock(file: Path, pins: list[Pin]) -> Path:
    """A lock with these pins."""
    file.write_text("".join(f"{pin.coordinate} {pin.sha256} {pin.size}\n" for pin in pins))
    return file


def contents(folder: Path) -> dict[str, bytes]:
    """The files in a folder, by the name that the mirror gave them."""
    return {file.name.removesuffix("-1.jar"): file.read_bytes() for file in folder.iterdir()}


def fetching(lock: Path, settings: EmbeddedSettings) -> subprocess.Popen[str]:
    """Start a command that fetches what is locked."""
    environment = {**os.environ, "CROSSFADE_CACHE_DIR": str(settings.cache_dir)}
    assert settings.maven_mirror is not None
    return subprocess.Popen(
        [sys.executable, "-m", "tests.integration.fetching", str(lock)],
        env={**environment, "CROSSFADE_MAVEN_MIRROR": settings.maven_mirror},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_complete_package_holds_every_file_and_nothing_else(lock: Path, settings: EmbeddedSettings) -> None:
    assert contents(installed(package(lock), settings)) == CONTENT
    assert not list((settings.cache_dir / "downloads").iterdir())


def test_a_complete_package_needs_no_network(lock: Path, settings: EmbeddedSettings) -> None:
    folder = installed(package(lock), settings)
    offline = settings.model_copy(update={"maven_mirror": f"http://127.0.0.1:{free_port()}"})
    assert installed(package(lock), offline) == folder


def test_only_what_is_wanted_of_an_archive_is_unpacked(
    tmp_path: Path, mirror: Mirror, settings: EmbeddedSettings
) -> None:
    archive = BytesIO()
    with ZipFile(archive, "w") as out:
        for name in ("inner/bin/server", "inner/bin/other", "inner/share/a.sql", "outer/share/b.sql"):
            out.writestr(name, name)
    lock = write_lock(tmp_path / "zip.lock", [mirror.offer("zip", archive.getvalue())])
    folder = installed(Package("Zip", "zip", lock, "inner/", ("bin/server", "share/*.sql")), settings)
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()) == [
        "bin/server",
        "share/a.sql",
    ]
    assert os.access(folder / "bin/server", os.X_OK)


def test_a_file_with_another_sha256_is_named_and_deleted(
    lock: Path, mirror: Mirror, settings: EmbeddedSettings
) -> None:
    mirror.files[path_of("two")] = b"something else"
    with pytest.raises(WrongChecksum, match="test:two:1"):
        installed(package(lock), settings)
    assert not list(settings.cache_dir.rglob("two-1.jar"))
    mirror.files[path_of("two")] = CONTENT["two"]
    assert contents(installed(package(lock), settings)) == CONTENT


def test_a_file_spoilt_in_the_cache_is_fetched_anew(lock: Path, mirror: Mirror, settings: EmbeddedSettings) -> None:
    mirror.files[path_of("two")] = b"something else"
    with pytest.raises(WrongChecksum):
        installed(package(lock), settings)
    mirror.files[path_of("two")] = CONTENT["two"]
    (kept,) = settings.cache_dir.rglob("one-1.jar")
    kept.write_bytes(kept.read_bytes()[:100])
    assert contents(installed(package(lock), settings)) == CONTENT


def test_what_came_before_a_failure_is_not_fetched_again(
    lock: Path, mirror: Mirror, settings: EmbeddedSettings
) -> None:
    mirror.files[path_of("three")] = b"something else"
    with pytest.raises(WrongChecksum):
        installed(package(lock), settings)
    mirror.files[path_of("three")] = CONTENT["three"]
    installed(package(lock), settings)
    assert [mirror.asked[path_of(name)] for name in CONTENT] == [1, 1, 2]


def test_a_short_failure_of_the_repository_is_tried_again(
    lock: Path, mirror: Mirror, settings: EmbeddedSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maven, "PAUSES_S", (0.0, 0.0))
    del mirror.files[path_of("two")]
    with pytest.raises(FetchFailed, match=r"(?s)test:two:1.*CROSSFADE_MAVEN_MIRROR"):
        installed(package(lock), settings)
    assert mirror.asked[path_of("two")] == 3


def test_an_unreachable_repository_is_told_with_what_to_do(
    lock: Path, settings: EmbeddedSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maven, "PAUSES_S", ())
    away = settings.model_copy(update={"maven_mirror": f"http://127.0.0.1:{free_port()}"})
    with pytest.raises(FetchFailed, match="CROSSFADE_MAVEN_MIRROR"):
        installed(package(lock), away)


def test_a_cache_that_cannot_be_written_to_is_told_with_what_to_do(lock: Path, settings: EmbeddedSettings) -> None:
    file = settings.cache_dir.with_name("file")
    file.touch()
    with pytest.raises(FetchFailed, match="CROSSFADE_CACHE_DIR"):
        installed(package(lock), settings.model_copy(update={"cache_dir": file / "cache"}))


def test_two_commands_at_once_fetch_once(lock: Path, mirror: Mirror, settings: EmbeddedSettings) -> None:
    commands = [fetching(lock, settings) for _ in range(2)]
    outcomes = [command.communicate(timeout=60) for command in commands]
    assert [command.returncode for command in commands] == [0, 0], outcomes
    assert outcomes[0][0] == outcomes[1][0]
    assert [mirror.asked[path_of(name)] for name in CONTENT] == [1, 1, 1]


@pytest.mark.parametrize("deadly", [signal.SIGKILL, signal.SIGINT])
def test_a_command_that_ends_in_the_middle_of_a_download_leaves_nothing_that_is_trusted(
    tmp_path: Path, mirror: Mirror, settings: EmbeddedSettings, deadly: signal.Signals
) -> None:
    content = random.Random("large").randbytes(20_000_000)
    lock = write_lock(tmp_path / "large.lock", [mirror.offer("large", content)])
    mirror.slow = True
    command = fetching(lock, settings)
    assert mirror.halfway.wait(60)
    command.send_signal(deadly)
    # The rest of the file would take a minute.
    command.communicate(timeout=20)
    assert command.returncode == -deadly
    mirror.slow = False
    assert contents(installed(package(lock), settings)) == {"large": content}

"""Locked artifacts, fetched, verified and unpacked once into the user's cache.

A complete package is trusted by its folder's name, which holds the digest of its lock; nothing is hashed again.
Files of a package that did not get complete stay in `downloads` and are used after they have been verified.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from deploy.embedded.cache import landed
from deploy.embedded.errors import FetchFailed, WrongChecksum
from deploy.embedded.lock import Pin, digest, read_lock
from deploy.embedded.maven import Repository, system_certificates
from deploy.embedded.progress import Advance, console, shown
from deploy.embedded.settings import EmbeddedSettings

THREADS = 8

Unpack = Callable[[Sequence[Path], Path], None]
"""Given the verified files in the lock's order and an empty folder, puts into the folder what the server needs."""


@dataclass(frozen=True)
class Package:
    """A server as it is fetched. `recipe` names the way of unpacking and changes with it, so that old folders are not used."""

    title: str
    name: str
    lock: Path
    unpack: Unpack
    recipe: str

    def pins(self) -> list[Pin]:
        """The artifacts it consists of."""
        return read_lock(self.lock.read_text())


def installed(package: Package, settings: EmbeddedSettings) -> Path:
    """The folder of the unpacked `package`, fetched now if it is not in the cache. Blocks; raises FetchFailed."""
    pins = package.pins()
    name = f"{package.name}-{digest(pins, package.recipe)}"
    downloads = settings.cache_dir / "downloads" / name

    def fill(folder: Path) -> None:
        package.unpack(fetched(package.title, pins, downloads, settings.maven_mirror), folder)
        shutil.rmtree(downloads, ignore_errors=True)

    try:
        return landed(settings.cache_dir / name, fill, partial(say_waiting, package.title))
    except OSError as exc:
        raise FetchFailed(
            f"Cannot keep {package.title} in {settings.cache_dir}: {exc.strerror or exc}. "
            "Make room or set CROSSFADE_CACHE_DIR to a folder that can be written to."
        ) from exc


def say_waiting(title: str) -> None:
    """Tell why nothing happens while another command does the work."""
    console().print(f"Waiting for another command that is fetching {title}")


def fetched(title: str, pins: Sequence[Pin], downloads: Path, mirror: str | None) -> list[Path]:
    """The files of `pins` in their order, each verified; those that are in `downloads` already are not fetched again."""
    total = sum(pin.size for pin in pins)
    with shown(title, total) as advance, system_certificates(), ThreadPoolExecutor(THREADS) as pool:
        repository = Repository(downloads, mirror, advance)
        return list(pool.map(partial(verified, repository, advance), pins))


def verified(repository: Repository, advance: Advance, pin: Pin) -> Path:
    """The file of `pin`, fetched if there is none that has its sha256. Raises WrongChecksum, which leaves no file."""
    path = repository.path(pin.coordinate)
    if path.exists() and sha256(path) == pin.sha256:
        advance(pin.size)
        return path
    path = repository.fetch(pin.coordinate)
    found = sha256(path)
    if found != pin.sha256:
        path.unlink()
        raise WrongChecksum(
            f"{pin.coordinate} has the sha256 {found}, not the locked {pin.sha256}. It has been deleted. "
            "Try again, and if it stays so, tell whoever runs the repository or the mirror it came from."
        )
    return path


def sha256(path: Path) -> str:
    """The sha256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

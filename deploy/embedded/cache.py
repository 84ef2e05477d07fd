"""Folders that are either complete or not there: made once, whoever wants them at once, whoever is killed meanwhile.

A folder is filled beside its place under a file lock, written through to the disk, and renamed. Whoever finds a folder
in its place may therefore trust it without looking inside.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PART = ".part-"


def landed(folder: Path, fill: Callable[[Path], None], waiting: Callable[[], None] = lambda: None) -> Path:
    """`folder`, which `fill` (given an empty folder beside it) has filled now or at any time before.

    `waiting` is called when another process is filling it at the moment. Raises what `fill` raises, and OSError.
    """
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with exclusive(folder.with_name(f"{folder.name}.lock"), waiting):
            if not folder.exists():
                land(folder, fill)
    return folder


def land(folder: Path, fill: Callable[[Path], None]) -> None:
    """Fill an empty folder beside `folder` and put it in its place; the caller holds the lock."""
    clear_parts(folder)
    # Never under the name that a killed process used: a child of it may still write there.
    part = Path(tempfile.mkdtemp(prefix=f"{folder.name}{PART}", dir=folder.parent))
    fill(part)
    write_through(part)
    part.rename(folder)


def clear_parts(folder: Path) -> None:
    """Remove what killed processes left beside `folder`."""
    for path in folder.parent.iterdir():
        if path.name.startswith(f"{folder.name}{PART}"):
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def exclusive(lock: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock on a file; the system releases it with the process, so a killed one never blocks the next."""
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write_through(folder: Path) -> None:
    """Have all below `folder` on the disk: a rename can outlive a power cut that file contents do not."""
    for path in (folder, *folder.rglob("*")):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

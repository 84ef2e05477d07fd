"""Unpacking of zip archives (a jar is one)."""

from __future__ import annotations

import shutil
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

PROGRAMS = "bin"


def unpack_wanted(archive: Path, folder: Path, inside: str, wanted: tuple[str, ...]) -> None:
    """Unpack the files of `archive` whose path below `inside` matches one of the patterns `wanted`.

    Programs are made executable: the archives do not say which files are.
    """
    with ZipFile(archive) as source:
        for entry in source.infolist():
            name = entry.filename.removeprefix(inside)
            if not entry.is_dir() and matches(name, wanted):
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                with source.open(entry) as packed, target.open("wb") as unpacked:
                    shutil.copyfileobj(packed, unpacked, 1 << 20)
                target.chmod(mode(name))


def matches(name: str, wanted: tuple[str, ...]) -> bool:
    """Whether a path matches a pattern; a `*` also stands for folders."""
    return any(fnmatchcase(name, pattern) for pattern in wanted)


def mode(name: str) -> int:
    """The permissions of an unpacked file."""
    return 0o755 if PurePosixPath(name).parts[0] == PROGRAMS else 0o644

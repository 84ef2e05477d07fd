"""Locks: which files of a Maven repository a server consists of, each with its sha256."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Pin:
    """One locked file.

    `coordinate` is `group:artifact:version`, or with `:packaging:classifier` after it if the file is not the plain jar;
    `sha256` is in hexadecimal, `size` in bytes.
    """

    coordinate: str
    sha256: str
    size: int


def read_lock(text: str) -> list[Pin]:
    """The pins of a lock: a line each, `coordinate sha256 bytes`; a line that starts with # is a comment."""
    return [read_pin(line) for line in text.splitlines() if line.strip() and not line.startswith("#")]


def read_pin(line: str) -> Pin:
    """The pin that a line of a lock describes."""
    coordinate, sha256, size = line.split()
    return Pin(coordinate, sha256, int(size))


def digest(pins: Iterable[Pin], unpacking: Iterable[str]) -> str:
    """What an unpacked folder is named after: 16 hexadecimal digits over the files and the way of unpacking."""
    lines = sorted(f"{pin.coordinate} {pin.sha256}" for pin in pins)
    return hashlib.sha256("\n".join([*lines, *unpacking]).encode()).hexdigest()[:16]

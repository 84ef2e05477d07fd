"""A command that fetches a package, to be run several times at once and to be killed: `fetching LOCK [SIGNAL]`."""

from __future__ import annotations

import sys
from pathlib import Path

from deploy.embedded.artifacts import Package, installed
from deploy.embedded.settings import EmbeddedSettings


def package(lock: Path) -> Package:
    """The package of a lock."""
    return Package(title="Test", name="test", lock=lock)


if __name__ == "__main__":
    sys.stdout.write(f"{installed(package(Path(sys.argv[1])), EmbeddedSettings())}\n")

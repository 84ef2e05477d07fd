"""Where a demo lives: a folder of its own, so that it never touches what `crossfade up` runs in the same directory."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from deploy.supervisor import folder
from deploy.supervisor.folder import Folder
from shared.errors import Unusable

NAME: Final = ".crossfade-demo"


@dataclass(frozen=True)
class Home:
    """The folder `path`, which is there only while a demo runs, and after one that failed."""

    path: Path

    @classmethod
    def here(cls) -> Self:
        """That of the current directory."""
        return cls(Path.cwd() / NAME)

    @property
    def folder(self) -> Folder:
        """Where everything runs, as if `crossfade up` had been said in `path`; `status`, `logs` and `down` work there."""
        return Folder(self.path / folder.NAME)

    @property
    def sql(self) -> Path:
        """The command that lets people into London's database."""
        return self.path / "london-sql"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Makes the folder, and this process the only demo in it. Raises Unusable."""
        try:
            self._make()
        except OSError as error:
            raise Unusable(f"{self.path} cannot be made: {error.strerror}; run the demo in a folder of yours") from error
        with (self.path / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Unusable(f"another demo runs in {self.path}; end that one, or run this one elsewhere") from error
            yield

    def wipe(self) -> None:
        shutil.rmtree(self.path)

    def _make(self) -> None:
        self.path.mkdir(mode=0o700, exist_ok=True)
        # Whatever repository it stands in, it is none of its files.
        (self.path / ".gitignore").write_text("*\n")

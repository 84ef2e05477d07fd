"""Where a demo lives: a folder of its own, so that it never touches what `crossfade up` runs in the same directory."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from deploy.supervisor import folder
from deploy.supervisor.folder import Folder
from shared.errors import Unusable

NAME: Final = Path(folder.NAME, "demo")


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
        """What `crossfade up` in `path` would have, so that `status`, `logs` and `down` in `path` know of the demo."""
        return Folder(self.path / folder.NAME)

    @property
    def sql(self) -> Path:
        """The command that lets people into London's database."""
        return self.path / "london-sql"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Makes the folder, and this process the only demo in it; deletes it if nothing is kept there. Raises Unusable.

        The system gives the lock back, however the process ends.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (self.path / "lock").open("w")
        except OSError as error:
            raise Unusable(
                f"{self.path} cannot be made: {error.strerror}; run the demo in a folder of yours"
            ) from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Unusable(f"another demo runs in {self.path}; end that one, or run this one elsewhere") from error
            try:
                yield
            finally:
                self._tidy()

    def _tidy(self) -> None:
        if not self.folder.path.exists():
            shutil.rmtree(self.path, ignore_errors=True)
            # What is kept in the folder above is not the demo's.
            with suppress(OSError):
                self.path.parent.rmdir()

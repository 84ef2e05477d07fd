"""Where Crossfade lives on one machine: `.crossfade/` with data, logs, secrets, and what runs at the moment."""

import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from deploy.embedded.database import write_secret
from deploy.embedded.process import ProcessId
from shared.errors import Unusable

NAME = ".crossfade"
SUPERVISOR = "supervisor"


def random_password() -> str:
    """A password of 24 random bytes, of letters, digits, `-` and `_`."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True)
class Folder:
    """The folder `path` and what is below it; only its owner may look inside."""

    path: Path

    @classmethod
    def here(cls) -> Self:
        """That of the current directory."""
        return cls(Path.cwd() / NAME)

    def make(self) -> None:
        """Makes what is missing of it. Raises Unusable where it cannot be made."""
        try:
            for part in (self.path, self.logs, self.run, self.secrets):
                part.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise Unusable(f"{self.path} cannot be made: {error.strerror}; call it in a folder of yours") from error

    def require_idle_below(self) -> None:
        """Raises Unusable where something runs in a folder of this kind below this one, as a demo's is."""
        for below in map(Folder, self.path.glob(f"*/{NAME}")):
            if any(below.process(file.stem) for file in below.run.glob("*.pid")):
                raise Unusable(f"what runs in {below.path.parent} would be deleted, too: end it first")

    def wipe(self) -> None:
        """Deletes it, with the data of all servers."""
        if self.path.exists():
            shutil.rmtree(self.path)

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def secrets(self) -> Path:
        return self.path / "secrets"

    @property
    def state(self) -> Path:
        """What the supervisor says of itself and of all it runs (`deploy.supervisor.state`)."""
        return self.run / "state.json"

    @property
    def lock(self) -> Path:
        """Held by the supervisor for as long as it lives."""
        return self.run / "lock"

    def data(self, program: str) -> Path:
        return self.path / "data" / program

    def log(self, program: str) -> Path:
        return self.logs / f"{program}.log"

    def pid(self, program: str) -> Path:
        """Names the program's process, while there is one."""
        return self.run / f"{program}.pid"

    def process(self, program: str) -> ProcessId | None:
        """The program's process, if it is alive."""
        found = ProcessId.read(self.pid(program))
        return found if found and found.alive() else None

    def has_secret(self, name: str) -> bool:
        return (self.secrets / name).exists()

    def supervisor(self) -> ProcessId | None:
        """The supervisor, where one lives."""
        return self.process(SUPERVISOR)

    def secret(self, name: str, invent: Callable[[], str] = random_password) -> str:
        """The secret kept in `secrets/NAME`, which only the owner can read; the first call invents it."""
        file = self.secrets / name
        if not file.exists():
            write_secret(file, invent())
        return file.read_text().strip()

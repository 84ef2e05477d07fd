"""What can go wrong with embedded servers; each message is one that a command can print as it ends.

EmbeddedError
├── UnsupportedPlatform   take one of the other ways to get servers
├── FetchFailed           the network, the mirror or the disk: mend it and start again
│   └── WrongChecksum     what came is not what the lock names: do not use it
└── ServerFailed          a server did not start, or not in time: its log says why
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class EmbeddedError(Exception):
    """The base of all errors of embedded servers; the message says what to do."""


class UnsupportedPlatform(EmbeddedError):
    """This machine cannot run the embedded servers."""


class FetchFailed(EmbeddedError):
    """An artifact could not be fetched or unpacked."""


class WrongChecksum(FetchFailed):
    """A fetched artifact does not have the locked sha256; it has been deleted."""


class ServerFailed(EmbeddedError):
    """A server could not be prepared, ended while it started, or was not ready in time."""


@contextmanager
def disk_errors(kind: type[EmbeddedError], what: str, advice: str) -> Iterator[None]:
    """Translate the system's errors (no room, no permission) into `kind`: what cannot be done, why, what to do."""
    try:
        yield
    except OSError as exc:
        raise kind(f"{what}: {exc.strerror or exc}. {advice}") from exc

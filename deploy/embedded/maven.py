"""Files of a Maven repository, fetched in pure Python: neither Java nor Maven is needed, and none is fetched."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import requests
import truststore
from jgo.maven import MavenContext, PythonResolver

from deploy.embedded.errors import FetchFailed
from deploy.embedded.progress import Advance

ATTEMPTS = 3
PAUSE_S = 2.0


@contextmanager
def system_certificates() -> Iterator[None]:
    """Trust the certificates of this system, a company's own among them, in place of a list that came with a package."""
    truststore.inject_into_ssl()
    try:
        yield
    finally:
        truststore.extract_from_ssl()


class Repository:
    """A Maven repository (Maven Central, or `mirror`), of which files are kept below `folder`.

    May be used from several threads; `advance` is told of the bytes as they come.
    """

    def __init__(self, folder: Path, mirror: str | None, advance: Advance) -> None:
        self.mirror = mirror
        self.context = MavenContext(
            resolver=PythonResolver(progress_callback=counted(advance)),
            repo_cache=folder,
            remote_repos={"mirror": mirror.rstrip("/")} if mirror else None,
        )

    def path(self, coordinate: str) -> Path:
        """Where the file of `coordinate` is kept, once fetched."""
        path = self.context.create_dependency(coordinate).artifact.cached_path
        assert path is not None
        return Path(path)

    def fetch(self, coordinate: str) -> Path:
        """Fetch the file of `coordinate` anew, with a few attempts. Raises FetchFailed, and OSError of the disk."""
        for attempt in range(1, ATTEMPTS + 1):
            self.path(coordinate).unlink(missing_ok=True)
            try:
                return Path(self.context.create_dependency(coordinate).artifact.resolve())
            except (requests.RequestException, RuntimeError) as exc:
                if attempt == ATTEMPTS:
                    raise FetchFailed(self.failure(coordinate, exc)) from exc
                time.sleep(PAUSE_S * attempt)
        raise AssertionError("unreachable")

    def failure(self, coordinate: str, exc: Exception) -> str:
        """What to tell about a file that could not be fetched."""
        where = self.mirror or "Maven Central"
        return (
            f"Cannot fetch {coordinate} from {where}: {exc}. Check the network and its proxy settings, "
            "or name a mirror in CROSSFADE_MAVEN_MIRROR; what was fetched already is kept."
        )


def counted(advance: Advance) -> Callable[[str, int], contextmanager[Advance]]:
    """Progress of one file, in the shape that the resolver wants; a failed one takes its bytes back."""

    @contextmanager
    def progress(_filename: str, _size: int) -> Iterator[Advance]:
        count = 0

        def more(size: int) -> None:
            nonlocal count
            count += size
            advance(size)

        try:
            yield more
        except BaseException:
            advance(-count)
            raise

    return progress

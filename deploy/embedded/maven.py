"""Files of a Maven repository, fetched in pure Python: neither Java nor Maven is needed, and none is fetched."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event

import requests
import truststore
from jgo.maven import Artifact as MavenArtifact
from jgo.maven import MavenContext, PythonResolver

from deploy.embedded.errors import FetchFailed
from deploy.embedded.progress import Advance

PAUSES_S = (1.0, 3.0)
"""Seconds between the attempts to fetch one file."""

FAILURES = (requests.RequestException, RuntimeError)
"""What the resolver raises about the network and about answers other than 200."""


@contextmanager
def system_certificates() -> Iterator[None]:
    """Trust what this system trusts, a company's own certificates among them, in place of a list inside a package."""
    truststore.inject_into_ssl()
    try:
        yield
    finally:
        truststore.extract_from_ssl()


class Abandoned(Exception):
    """Raised inside a download that nobody waits for any more."""


class Repository:
    """A Maven repository (Maven Central, or `mirror`), of which files are kept below `folder`.

    May be used from several threads; `advance` is told of the bytes as they come.
    """

    def __init__(self, folder: Path, mirror: str | None, advance: Advance) -> None:
        self.place = mirror or "Maven Central"
        self.advance = advance
        self.abandoned = Event()
        self.context = MavenContext(
            resolver=PythonResolver(progress_callback=self.progress),
            repo_cache=folder,
            remote_repos={"mirror": mirror.rstrip("/")} if mirror else None,
        )

    def path(self, coordinate: str) -> Path:
        """Where the file of `coordinate` is kept, once fetched."""
        path = self.artifact(coordinate).cached_path
        assert path is not None
        return path

    def artifact(self, coordinate: str) -> MavenArtifact:
        """The resolver's name of a coordinate; its own reading of one guesses which part means what."""
        group, artifact, version, packaging, classifier = [*coordinate.split(":"), "jar", ""][:5]
        return self.context.project(group, artifact).at_version(version).artifact(classifier, packaging)

    def fetch(self, coordinate: str) -> Path:
        """Fetch the file of `coordinate` anew, with a few attempts. Raises FetchFailed, and OSError of the disk."""
        for pause_s in PAUSES_S:
            with suppress(*FAILURES):
                return self.fetch_once(coordinate)
            time.sleep(pause_s)
        try:
            return self.fetch_once(coordinate)
        except FAILURES as exc:
            raise FetchFailed(self.failure(coordinate, exc)) from exc

    def fetch_once(self, coordinate: str) -> Path:
        """Fetch the file, in place of a part of it that may be there."""
        self.path(coordinate).unlink(missing_ok=True)
        return self.artifact(coordinate).resolve()

    def failure(self, coordinate: str, exc: Exception) -> str:
        """What to tell about a file that could not be fetched."""
        return (
            f"Cannot fetch {coordinate} from {self.place}: {exc}. Check the network and its proxy settings, "
            "or name a mirror in CROSSFADE_MAVEN_MIRROR; what has come already is kept."
        )

    def abandon(self) -> None:
        """End downloads that are under way in other threads."""
        self.abandoned.set()

    @contextmanager
    def progress(self, _filename: str, _size: int) -> Iterator[Advance]:
        """Progress of one file, as the resolver wants it; a failed one takes its bytes back."""
        count = 0

        def more(size: int) -> None:
            nonlocal count
            if self.abandoned.is_set():
                raise Abandoned
            count += size
            self.advance(size)

        try:
            yield more
        except BaseException:
            self.advance(-count)
            raise

"""A small Maven repository on this machine that counts what it is asked and can turn slow in the middle of a file."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

from deploy.embedded.lock import Pin
from deploy.embedded.ports import LOOPBACK

PIECE = 8192
PAUSE_S = 0.05
"""Between the pieces of the second half of a file: 160 kB/s."""


class Mirror(ThreadingHTTPServer):
    """Serves files by their path; `asked` counts the requests for each.

    While `slow`, the second half of a file takes its time, and `halfway` tells that the first has gone out.
    """

    def __init__(self) -> None:
        super().__init__((LOOPBACK, 0), Answer)
        self.files: dict[str, bytes] = {}
        self.asked: Counter[str] = Counter()
        self.slow = False
        self.halfway = Event()
        self.closing = Event()

    @property
    def address(self) -> str:
        """Its address, for CROSSFADE_MAVEN_MIRROR."""
        return f"http://{LOOPBACK}:{self.server_port}/maven2"

    def offer(self, name: str, content: bytes) -> Pin:
        """Serve `content` as the jar `test:NAME:1`, and lock it."""
        self.files[path_of(name)] = content
        return Pin(f"test:{name}:1", hashlib.sha256(content).hexdigest(), len(content))


def path_of(name: str) -> str:
    """Where a Maven repository keeps the jar `test:NAME:1`."""
    return f"/maven2/test/{name}/1/{name}-1.jar"


class Answer(BaseHTTPRequestHandler):
    """The answer to one request."""

    server: Mirror

    def do_GET(self) -> None:
        """Answer with the file, with half of it, or that there is none."""
        self.server.asked[self.path] += 1
        content = self.server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        half = len(content) // 2
        self.wfile.write(content[:half])
        with suppress(ConnectionError):
            write = self.write_slowly if self.server.slow else self.wfile.write
            write(content[half:])

    def write_slowly(self, content: bytes) -> None:
        """Write piece by piece."""
        self.server.halfway.set()
        for start in range(0, len(content), PIECE):
            self.wfile.write(content[start : start + PIECE])
            self.server.closing.wait(PAUSE_S)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[Mirror]:
    """A mirror that answers while the context lasts."""
    mirror = Mirror()
    thread = Thread(target=mirror.serve_forever, kwargs={"poll_interval": 0.02}, name="mirror")
    thread.start()
    try:
        yield mirror
    finally:
        mirror.closing.set()
        mirror.shutdown()
        mirror.server_close()
        thread.join()

"""What to do about a server that did not start, read from the end of its log."""

from __future__ import annotations

import re

ADVICE = {
    r"Address already in use|bind on TCP/IP port": "Another program listens on its port: end it or take another port.",
    r"No space left on device|[Dd]isk( is)? full|OS error: 28|\(28\)": "The disk is full: make room.",
    r"error while loading shared libraries": "This system lacks that library: install it, or use containers.",
    r"Unable to lock|Failed to acquire lock": "Another server runs on the same folder: end that one first.",
    r"[Pp]ermission denied|AccessDenied": "This user may not use that file: mend its permissions.",
    r"[Cc]annot allocate memory|insufficient memory|OutOfMemory": "There is too little memory: end other programs.",
}
OTHERWISE = "Its log says why."


def advice(log: str) -> str:
    """One sentence that says what to do, for the end of a server's log."""
    return next((sentence for pattern, sentence in ADVICE.items() if re.search(pattern, log)), OTHERWISE)

"""How fast a snapshot may read London."""

import asyncio
import time


class Pace:
    """At most so many documents a second over all who spend from it; 0 is no limit."""

    def __init__(self, documents_per_s: float) -> None:
        self._per_document_s = 1 / documents_per_s if documents_per_s else 0.0
        self._free_at = time.monotonic()

    async def spend(self, documents: int) -> None:
        """Waits until that many documents may be read after those spent before."""
        now = time.monotonic()
        self._free_at = max(self._free_at, now) + documents * self._per_document_s
        await asyncio.sleep(self._free_at - now if self._per_document_s else 0)

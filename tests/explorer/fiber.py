"""Production code as a value: a call that stands at a question, and can be answered in more than one way.

A coroutine cannot be copied. But what it does depends on nothing but the answers it was given, so where it stands is
told by the call and those answers: a fiber is a node in the tree of all ways that one call can go. It is resumed by
running the call anew and giving it the same answers; each way is run once, and looked up after that.
"""

import asyncio
import types
from collections.abc import Callable, Coroutine, Generator, Hashable
from contextlib import AbstractContextManager
from typing import Any, Final
from unittest.mock import patch

from shared.errors import CrossfadeError

_SLEEP: Final = object()

Look = Callable[[], Hashable]
Begin = Callable[[], tuple[Coroutine[Any, Any, Any], Look]]
"""Begins a call; the function beside it tells what others may see of the call at each of its questions."""


@types.coroutine
def ask(question: Hashable) -> Generator[Hashable, Any, Any]:
    """What a stand-in does in place of I/O. Whoever resumes the fiber chooses the answer; an exception is raised."""
    answer = yield question
    if isinstance(answer, Exception):
        raise answer
    return answer


class Fiber:
    """A call that waits for the answer to `question`, or has ended with `value` or `error`. Equal ones are one object.

    `seen` is what others see of it.
    """

    __slots__ = ("_after", "_answers", "_begin", "_start", "error", "question", "seen", "value")

    def __init__(self, begin: Begin, answers: tuple[Any, ...] = (), start: "Fiber | None" = None) -> None:
        self._begin = begin
        self._answers = answers
        self._start = start or self
        self._after: dict[Hashable, Fiber] = {}
        self.question: Any = None
        self.value: Any = None
        self.error: CrossfadeError | None = None
        self._run()

    def resume(self, answer: Hashable) -> "Fiber":
        """The fiber after this answer. One that goes to sleep is back at its start: it has only looked until then, or
        was rolled back, and will try all of it again."""
        if (known := self._after.get(answer)) is None:
            found = Fiber(self._begin, (*self._answers, answer), self._start)
            known = self._after[answer] = self._start if found.question is _SLEEP else found
        return known

    def _run(self) -> None:
        coroutine, look = self._begin()
        try:
            self.question = coroutine.send(None)
            for answer in self._answers:
                self.question = coroutine.send(answer)
        except StopIteration as end:
            self.question, self.value = None, end.value
        except CrossfadeError as error:
            self.question, self.error = None, error
        finally:
            self.seen = look()
            coroutine.close()


async def _sleep(delay_s: float) -> None:
    if delay_s:
        await ask(_SLEEP)


def sleeping() -> AbstractContextManager[Any]:
    """While it is entered, production code that sleeps puts its fiber to sleep, and no event loop is needed."""
    return patch.object(asyncio, "sleep", _sleep)

"""The log as production code meets them: what is sent is on its way, and lands at some moment.

Kafka itself promises that an acknowledged message stays, and that each partition keeps its order. Messages of one
process that are on their way to different partitions land in any order, or never if it dies.
"""

from collections.abc import Awaitable, Generator
from functools import cache
from types import SimpleNamespace
from typing import Any, Final, NamedTuple

from shared.wire import TOPICS, Headers, key_of
from tests.explorer.fiber import ask

ALBUMS: Final = TOPICS["album"]


class Message:
    """Equal messages are one object."""

    def __init__(self, key: bytes, value: bytes | None, headers: tuple[tuple[str, bytes], ...]) -> None:
        self.key = key
        self.value = value
        self.headers = headers

    def __str__(self) -> str:
        return f"{self.key.decode()}@{dict(self.headers)['ce_version'].decode()}"


Log = tuple[tuple[Message, ...], ...]
"""By partition, the messages in their order."""

message: Final = cache(Message)


def appended(log: Log, new: Message) -> Log:
    """The log with one more message, in the partition of its key."""
    own = _partition(log, new.key)
    return (*log[:own], (*log[own], new), *log[own + 1 :])


def _partition(log: Log, key: bytes) -> int:
    return int(key.rpartition(b"/")[2]) % len(log)


class Landing(NamedTuple):
    """A question: which of these messages lands next. The answer is one of them."""

    pending: tuple[Message, ...]


class Newest(NamedTuple):
    """A question: the value of the newest message of an album."""

    album_id: int


def newest(log: Log, album_id: int) -> bytes | None:
    key = key_of("album", album_id)
    return [one.value for one in log[_partition(log, key)] if one.key == key][-1]


class Producer:
    """Stands for aiokafka's producer."""

    def __init__(self) -> None:
        self._pending: list[Message] = []

    async def send(self, topic: str, value: bytes | None, key: bytes, headers: Headers) -> Awaitable[Any]:
        sent = message(key, value, tuple(headers))
        self._pending.append(sent)
        return _Acknowledgement(self, sent, topic)

    async def landed(self, awaited: Message) -> None:
        while awaited in self._pending:
            self._pending.remove(await ask(Landing(tuple(self._pending))))


class _Acknowledgement:
    def __init__(self, producer: Producer, sent: Message, topic: str) -> None:
        self._producer = producer
        self._sent = sent
        self._topic = topic

    def __await__(self) -> Generator[Any, Any, Any]:
        yield from self._producer.landed(self._sent).__await__()
        return SimpleNamespace(topic=self._topic, partition=0)

"""What catalogue asks of metadata and availability: both at the same time, and again when their moments differ.

Both say at which (generation, version) a row was read. Where these differ for a track, one side was read before a
change and the other after it; then the older is asked again, so that no answer mixes the two.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final, Generic, NamedTuple, TypeVar

import aiohttp
from msgspec.json import Decoder
from yarl import URL

from shared import clock
from shared.album import TrackRow
from shared.answers import AvailabilityAnswer, MetadataAnswer, TrackAvailability
from shared.errors import CrossfadeError
from shared.fields import Territory
from shared.hop import Hop
from shared.question import DEFAULT_TERRITORY, USAGE_TYPES, AskedUsage

ATTEMPTS: Final = 3
"""How often a side is asked for one answer: the older one again twice at most."""

KEEP_IDLE_S: Final = 4.0
"""Connections are given up after this idle time, before the server's 5 s: it must not close one under a request."""

PROBE_DEADLINE_S: Final = 1.0

_METADATA: Final = Decoder(MetadataAnswer)
_AVAILABILITY: Final = Decoder(AvailabilityAnswer)

T = TypeVar("T")


class Moment(NamedTuple):
    """When a row was read; `version` is 0 where there was none, for only rows have versions."""

    generation: int
    version: int


class Read(NamedTuple, Generic[T]):
    """What one side said of a track."""

    moment: Moment
    row: T | None


class Facts(NamedTuple):
    """What the region knows of a track, both sides at one moment; None where there is no row."""

    moment: Moment
    metadata: TrackRow | None
    availability: TrackAvailability | None


class Peer:
    """A service that is asked over HTTP."""

    def __init__(self, session: aiohttp.ClientSession, name: str, url: str) -> None:
        self._session = session
        self._name = name
        self._url = url.rstrip("/")

    async def get(self, target: str, hop: Hop, answer: Decoder[T]) -> T:
        """The answer in JSON at a path with its query. Raises TimeoutError when the service ran out of time,
        CrossfadeError when it cannot be reached or cannot answer."""
        url = URL(self._url + target, encoded=True)
        try:
            async with self._session.get(url, headers=hop.headers()) as response:
                status, body = response.status, await response.read()
        except (aiohttp.ClientError, OSError) as error:
            raise CrossfadeError(f"{self._name} at {self._url}: {error!r}") from error
        if status == HTTPStatus.GATEWAY_TIMEOUT:
            raise TimeoutError(f"{self._name} ran out of time")
        if status != HTTPStatus.OK:
            raise CrossfadeError(f"{self._name} at {self._url} answered {status}")
        return answer.decode(body)


class Region:
    """What the region knows, put together from both of its services."""

    def __init__(self, metadata: Peer, availability: Peer) -> None:
        self._metadata = metadata
        self._availability = availability

    async def tracks(
        self, ids: Iterable[int], territory: Territory, usage_types: Collection[AskedUsage], hop: Hop
    ) -> Mapping[int, Facts]:
        """What is known of each track, at one moment. Raises TimeoutError when a service ran out of time, and
        CrossfadeError when one cannot answer or the two stay at different moments."""
        metadata: dict[int, Read[TrackRow]] = {}
        availability: dict[int, Read[TrackAvailability]] = {}
        ask_metadata = ask_availability = list(dict.fromkeys(ids))
        for _ in range(ATTEMPTS):
            read_metadata, read_availability = await asyncio.gather(
                self._read_metadata(ask_metadata, hop),
                self._read_availability(ask_availability, territory, usage_types, hop),
            )
            metadata |= read_metadata
            availability |= read_availability
            ask_metadata = find_outdated(metadata, than=availability)
            ask_availability = find_outdated(availability, than=metadata)
            if not ask_metadata and not ask_availability:
                return {id: Facts(*read, availability[id].row) for id, read in metadata.items()}
        raise CrossfadeError(
            f"metadata and availability stay at different versions of {ask_metadata + ask_availability}"
        )

    async def probe(self) -> None:
        """Asks both sides for a track that never exists. Raises as `tracks` does."""
        ends_at = asyncio.get_running_loop().time() + PROBE_DEADLINE_S
        await self.tracks([0], DEFAULT_TERRITORY, USAGE_TYPES, Hop(clock.now(), ends_at, trace_id=None))

    async def _read_metadata(self, ids: Sequence[int], hop: Hop) -> dict[int, Read[TrackRow]]:
        if not ids:
            return {}
        answer = await self._metadata.get(f"/tracks?ids={join(ids)}", hop, _METADATA)
        generation = answer["generation"]
        rows = {row["id"]: Read(Moment(generation, row["version"]), row["document"]) for row in answer["rows"]}
        return with_absent(rows, ids, generation)

    async def _read_availability(
        self, ids: Sequence[int], territory: Territory, usage_types: Collection[AskedUsage], hop: Hop
    ) -> dict[int, Read[TrackAvailability]]:
        if not ids:
            return {}
        target = f"/tracks?ids={join(ids)}&territory={territory}&usage_types={','.join(usage_types)}"
        answer = await self._availability.get(target, hop, _AVAILABILITY)
        generation = answer["generation"]
        rows = {row["id"]: Read(Moment(generation, row["version"]), row) for row in answer["rows"]}
        return with_absent(rows, ids, generation)


def join(ids: Iterable[int]) -> str:
    return ",".join(map(str, ids))


def with_absent(rows: Mapping[int, Read[T]], ids: Iterable[int], generation: int) -> dict[int, Read[T]]:
    """A read for each of the ids, without a row where there is none."""
    absent = Read[T](Moment(generation, 0), None)
    return {id: rows.get(id, absent) for id in ids}


def find_outdated(reads: Mapping[int, Read[Any]], *, than: Mapping[int, Read[Any]]) -> list[int]:
    """The ids to ask this side for again."""
    return [id for id, read in reads.items() if is_outdated(read.moment, than[id].moment)]


def is_outdated(moment: Moment, other: Moment) -> bool:
    """Whether a side at `moment` is to be asked again. That is the older one; but where only one side has a row, it
    came or went in between, which no version tells, and both are asked again."""
    came_or_went = moment.generation == other.generation and 0 in (moment.version, other.version)
    return moment != other and (came_or_went or moment < other)


@asynccontextmanager
async def region(metadata_url: str, availability_url: str) -> AsyncIterator[Region]:
    """The region behind two addresses, over connections that are kept and shared."""
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_IDLE_S)
    # Time is limited per question, by its hop.
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        yield Region(Peer(session, "metadata", metadata_url), Peer(session, "availability", availability_url))

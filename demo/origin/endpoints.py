"""What each endpoint answers from London's tables."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import NamedTuple, TypeAlias

from demo.origin import errors, rules
from demo.origin.answers import Document, track_answer
from demo.origin.catalogue import Client, Package
from demo.origin.questions import Parameters, Question, read_track_question
from demo.origin.tables import Snapshot


class Answer(NamedTuple):
    """A document, and the seconds for which it stays true."""

    document: Document
    fresh_for_s: int


class Asked(NamedTuple):
    """A request whose key and shop are known; `shop_territory` is None where no shop was asked for."""

    parameters: Parameters
    client: Client
    shop_territory: str | None
    now: datetime


async def track_details(london: Snapshot, asked: Asked) -> Answer:
    question = read_track_question(asked.parameters, asked.shop_territory, asked.client.default_territory)
    track = await london.track(question.track_id)
    if track is None:
        raise errors.not_found("Track")
    licences = await london.licences(question.track_id, question.territory)
    allowed = rules.decide("Track", licences, question.usage_types, asked.now)
    document = track_answer(track, await packages_shown(london, question, allowed), allowed, question)
    return Answer(document, rules.fresh_for_s(licences, question.usage_types, asked.now))


async def packages_shown(london: Snapshot, question: Question, allowed: rules.Availability) -> tuple[Package, ...]:
    """The packages of a track; none are read for an answer without a download block."""
    if "download" not in allowed.release_dates:
        return ()
    return await london.packages(question.track_id, question.territory)


Endpoint: TypeAlias = Callable[[Snapshot, Asked], Awaitable[Answer]]

ENDPOINTS: dict[str, Endpoint] = {
    "/1.2/track/details": track_details,
}

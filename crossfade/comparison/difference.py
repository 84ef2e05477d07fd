"""Two answers to one question, and where they differ: pure.

Compared are the status, the content type, `max-age` of a 200, and every byte of the body. What is no answer about a
track (a refusal, a 5xx, silence) is never equal to anything, not even to the same on the other side.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Literal, TypeGuard

from crossfade.comparison.questions import Question
from crossfade.comparison.tree import Tree, Unreadable, read_tree, shown

ABOUT_A_TRACK: Final = {HTTPStatus.OK, HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}
MEDIA_TYPES: Final = {"application/xml", "application/json"}
EXCERPT_BYTES: Final = 40


@dataclass(frozen=True, slots=True)
class Answer:
    """What a side answered at an address; a header that is not there is empty."""

    url: str
    status: int
    content_type: str
    cache_control: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Silence:
    """A side did not answer at an address; `reason` says what came instead."""

    url: str
    reason: str


Outcome = Answer | Silence
Verdict = Literal["equal", "different", "unanswered"]


@dataclass(frozen=True, slots=True)
class Field:
    """One place in which two answers differ, with what each says there; None is nothing."""

    name: str
    london: str | None
    region: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A question, both outcomes, and the fields in which they differ."""

    question: Question
    london: Outcome
    region: Outcome
    fields: tuple[Field, ...]

    @property
    def verdict(self) -> Verdict:
        """`unanswered` when at least one side gave no answer about a track, so that nothing could be compared."""
        if not (is_about_a_track(self.london) and is_about_a_track(self.region)):
            return "unanswered"
        return "different" if self.fields else "equal"

    def agrees(self) -> bool:
        return self.verdict == "equal"


def compared(question: Question, london: Outcome, region: Outcome) -> Comparison:
    return Comparison(question, london, region, tuple(differing_fields(london, region)))


def is_about_a_track(outcome: Outcome) -> TypeGuard[Answer]:
    """Whether the services answered the question: a status and a media type that the contract has for it. A plain-text
    refusal says nothing of the track, so two equal ones prove nothing."""
    return (
        isinstance(outcome, Answer)
        and outcome.status in ABOUT_A_TRACK
        and outcome.content_type.partition(";")[0].strip() in MEDIA_TYPES
    )


def differing_fields(london: Outcome, region: Outcome) -> Iterator[Field]:
    """The fields in which two outcomes differ, in the order of the answer."""
    if not (is_about_a_track(london) and is_about_a_track(region)):
        yield Field("answer", summary(london), summary(region))
    elif london.status != region.status:
        yield Field("status", str(london.status), str(region.status))
    else:
        yield from _differing_headers(london, region)
        yield from _differing_body(london, region)


def summary(outcome: Outcome) -> str:
    """An outcome in a few words, without its body."""
    if isinstance(outcome, Silence):
        return outcome.reason
    return ", ".join(filter(None, (str(outcome.status), outcome.content_type, outcome.cache_control)))


def _differing_headers(london: Answer, region: Answer) -> Iterator[Field]:
    if london.content_type != region.content_type:
        yield Field("content-type", london.content_type, region.content_type)
    if london.status == HTTPStatus.OK and (ours := max_age(london)) != (theirs := max_age(region)):
        yield Field("cache-control: max-age", ours, theirs)


def max_age(answer: Answer) -> str | None:
    """The text of `max-age=N`, read as official clients do: up to a comma, a space or the end."""
    match = re.search(r"max-age=([^\s,]*)", answer.cache_control)
    return match[1] if match else None


def _differing_body(london: Answer, region: Answer) -> Iterator[Field]:
    if london.body == region.body:
        return
    found = list(_differing_values(london, region))
    yield from found or [_differing_byte(london.body, region.body)]


def _differing_values(london: Answer, region: Answer) -> Iterator[Field]:
    """The values that differ once both bodies are parsed; nothing when one cannot be, or they mean the same."""
    try:
        ours, theirs = (read_tree(answer.content_type, answer.body) for answer in (london, region))
    except Unreadable:
        return
    yield from differing_values(ours, theirs)


def differing_values(london: Tree, region: Tree, path: str = "") -> Iterator[Field]:
    """The paths at which two trees differ; a block that only one side has is one difference."""
    if isinstance(london, dict) and isinstance(region, dict):
        for step in london | region:
            yield from _differing_step(london.get(step), region.get(step), f"{path}/{step}" if path else step)
    elif london != region:
        yield Field(path or "body", shown(london), shown(region))


def _differing_step(london: Tree | None, region: Tree | None, path: str) -> Iterator[Field]:
    if london is None or region is None:
        yield Field(path, None if london is None else shown(london), None if region is None else shown(region))
    else:
        yield from differing_values(london, region, path)


def _differing_byte(london: bytes, region: bytes) -> Field:
    """The first byte that differs, with what stands around it."""
    shorter = min(len(london), len(region))
    at = next((index for index in range(shorter) if london[index] != region[index]), shorter)
    around = slice(max(0, at - EXCERPT_BYTES), at + EXCERPT_BYTES)
    return Field(f"byte {at}", _text(london[around]), _text(region[around]))


def _text(body: bytes) -> str:
    return body.decode("utf-8", errors="backslashreplace")

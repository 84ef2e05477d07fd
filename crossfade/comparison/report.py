"""How a comparison is told: text for people, JSON lines for programs. Pure."""

from collections.abc import Iterator
from textwrap import indent
from typing import Any, Final

from crossfade.comparison.difference import Comparison, Field, Outcome, Silence, summary
from crossfade.comparison.questions import Plan
from crossfade.comparison.run import Tally

WIDTH: Final = 116
MARGIN: Final = " " * 10
LONGEST_BODY: Final = 30 * WIDTH


def difference(comparison: Comparison, *, is_full: bool = False) -> str:
    """A comparison that is not equal: track, question, fields and both answers, whole where `is_full`."""
    question = comparison.question
    lines = [
        f"track {question.track_id}: {what_happened(comparison)}",
        f"  asked   {question.target} as {question.format} at {question.now or 'the clocks of both sides'}",
        *(f"  field   {_field(field)}" for field in comparison.fields),
        *_outcome("London", comparison.london, is_full),
        *_outcome("region", comparison.region, is_full),
    ]
    return "\n".join(lines)


def _outcome(side: str, outcome: Outcome, is_full: bool) -> Iterator[str]:
    yield f"  {side:7} {outcome.url}"
    yield indent(summary(outcome), MARGIN)
    if not isinstance(outcome, Silence):
        yield indent(wrapped(_text(outcome.body), None if is_full else LONGEST_BODY), MARGIN)


def what_happened(comparison: Comparison) -> str:
    """The verdict in words, with the fields' names."""
    if comparison.verdict == "unanswered":
        return "not answered"
    names = ", ".join(field.name for field in comparison.fields)
    return f"{names} {'differs' if len(comparison.fields) == 1 else 'differ'}"


def wrapped(text: str, longest: int | None) -> str:
    """The text in lines of WIDTH characters; what goes beyond `longest` is counted in its place."""
    kept = text[:longest]
    lines = [kept[start : start + WIDTH] for start in range(0, len(kept), WIDTH)]
    if left_out := len(text) - len(kept):
        lines.append(f"… {left_out:,} more characters; --full shows them")
    return "\n".join(lines)


def conclusion(tally: Tally, plan: Plan) -> str:
    """What was compared, what came of it, and how to ask the same again."""
    statuses = ", ".join(f"{count:,} with status {status}" for status, count in sorted(tally.statuses.items()))
    lines = [
        progress(tally),
        *([f"London's answers: {statuses}"] if statuses else []),
        f"The same again: --seed {plan.seed} --now {plan.now}",
    ]
    return "\n".join(lines if tally.compared else ["Nothing was compared, which proves nothing.", *lines])


def difference_as_json(comparison: Comparison) -> dict[str, Any]:
    """A comparison that is not equal, as one object."""
    question = comparison.question
    return {
        "type": "difference",
        "verdict": comparison.verdict,
        "track_id": question.track_id,
        "target": question.target,
        "format": question.format,
        "now": question.now,
        "fields": [{"name": one.name, "london": one.london, "region": one.region} for one in comparison.fields],
        "london": _outcome_as_json(comparison.london),
        "region": _outcome_as_json(comparison.region),
    }


def conclusion_as_json(tally: Tally, plan: Plan) -> dict[str, Any]:
    """The last object."""
    return {
        "type": "summary",
        "compared": tally.compared,
        "tracks": tally.tracks,
        "differences": tally.differences,
        "unanswered": tally.unanswered,
        "statuses": {str(status): count for status, count in sorted(tally.statuses.items())},
        "grid": plan.grid,
        "seed": plan.seed,
        "now": plan.now,
    }


def _outcome_as_json(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, Silence):
        return {"url": outcome.url, "silence": outcome.reason}
    return {
        "url": outcome.url,
        "status": outcome.status,
        "content_type": outcome.content_type,
        "cache_control": outcome.cache_control,
        "body": _text(outcome.body),
    }


def _field(field: Field) -> str:
    return f"{field.name}: London {_said(field.london)}, region {_said(field.region)}"


def _said(value: str | None) -> str:
    return "has none" if value is None else f"says {value!r}"


def _text(body: bytes) -> str:
    return body.decode("utf-8", errors="backslashreplace")


def progress(tally: Tally) -> str:
    tracks = "1 track" if tally.tracks == 1 else f"{tally.tracks:,} tracks"
    return (
        f"Compared {tally.compared:,} answers on {tracks}; "
        f"differences: {tally.differences:,}, not answered: {tally.unanswered:,}"
    )

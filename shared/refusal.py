"""Refusals: why a question gets no answer, with the code, text and HTTP status of the public API contract."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from shared.characters import drop_forbidden

LONGEST_ECHO: Final = 100
"""Characters of a customer's value that a message repeats."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """`code` is the public error code; None where the contract has plain text, which is `message` alone."""

    status: int
    code: int | None
    message: str


ACCESS_DENIED: Final = Refusal(401, None, "Access to resource denied")
RESOURCE_NOT_FOUND: Final = Refusal(404, None, "Resource not found")
BODY_TOO_LARGE: Final = Refusal(413, None, "Request body too large")
TIMED_OUT: Final = Refusal(504, 7003, "Internal call timed out")
UNEXPECTED: Final = Refusal(500, 9001, "Unexpected server error")


def missing(name: str) -> Refusal:
    return Refusal(400, 1001, f"Missing parameter {name}.")


def malformed(name: str, value: str) -> Refusal:
    return Refusal(400, 1002, _not_valid(name, value))


def unknown_choice(name: str, value: str) -> Refusal:
    return Refusal(400, 1006, _not_valid(name, value))


def not_found(subject: str) -> Refusal:
    return Refusal(404, 2001, f"{subject} not found")


def not_available(subject: str, usage_types: Iterable[str]) -> Refusal:
    return Refusal(404, 2002, f"{subject} not available for {', '.join(usage_types)}")


def _not_valid(name: str, value: str) -> str:
    return f"Value of parameter {name} is not valid: {drop_forbidden(value)[:LONGEST_ECHO]}"

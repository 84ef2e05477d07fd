"""A daily limit: the key `limit-5` is asked for once too often."""

from http import HTTPStatus
from typing import Final

from demo.show.errors import NotHeld
from demo.show.page import Page
from demo.show.sides import Answer, Question, Sides

KEY: Final = "limit-5"
LIMIT: Final = 5
HEADERS: Final = ("X-RateLimit-Limit", "X-RateLimit-Current", "X-RateLimit-Reset", "Retry-After")


async def exceed(track_id: int, sides: Sides, page: Page) -> Answer:
    """Asks once more than the limit allows, and returns the refusal. Raises NotHeld where it is none."""
    question = Question(track_id, key=KEY)
    answers = [await sides.region(question) for _ in range(LIMIT + 1)]
    for number, answer in list(enumerate(answers, 1))[-2:]:
        page.evidence(f"{number}: {answer.status}  {_limits(answer)}")
    statuses = [answer.status for answer in answers]
    if statuses != [HTTPStatus.OK] * LIMIT + [HTTPStatus.TOO_MANY_REQUESTS]:
        raise NotHeld(f"the gateway answered {statuses}")
    return answers[-1]


def _limits(answer: Answer) -> str:
    return ", ".join(f"{name} {answer.headers[name]}" for name in HEADERS if name in answer.headers)

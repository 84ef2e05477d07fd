"""Answers, errors and refusals as HTTP responses with the headers of the public API contract."""

from http import HTTPStatus

from starlette.responses import Response

from demo.origin.accept import Form
from demo.origin.endpoints import Answer
from demo.origin.errors import ApiError, Refusal
from demo.origin.rendering import CONTENT_TYPES, failure, success

HEADERS = {"x-7dig": "london-origin", "access-control-allow-origin": "*"}
NEGOTIATED = {"vary": "Accept, Accept-Encoding"}
ALLOW = {"allow": "GET, HEAD, POST, OPTIONS"}


def allowed() -> Response:
    """The answer to OPTIONS."""
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=HEADERS | ALLOW)


def granted(answer: Answer, form: Form) -> Response:
    fresh = {"cache-control": f"private, max-age={answer.fresh_for_s}"}
    return rendered(200, success(answer.document, form), form, fresh)


def refused(refusal: Refusal) -> Response:
    response = plain(refusal.status, refusal.text)
    if refusal.status == HTTPStatus.METHOD_NOT_ALLOWED:
        response.headers.update(ALLOW)
    return response


def failed(error: ApiError, form: Form) -> Response:
    return rendered(error.status, failure(error, form), form, {})


def rendered(status: int, content: bytes, form: Form, headers: dict[str, str]) -> Response:
    return Response(content, status, HEADERS | NEGOTIATED | {"content-type": CONTENT_TYPES[form]} | headers)


def plain(status: int, text: str) -> Response:
    return Response(text, status, HEADERS | {"content-type": "text/plain; charset=utf-8"})

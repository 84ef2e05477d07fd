"""What the origin answers when it does not answer with a track (sections 4 and 5 of the public API contract)."""

from collections.abc import Iterable

HTTP_STATUS = {1001: 400, 1002: 400, 1006: 400, 2001: 404, 2002: 404, 9001: 500}


class Refusal(Exception):
    """A plain text answer: the key, the path, the method or the shop is at fault."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class ApiError(Exception):
    """An answer with a code of the contract, in XML or in JSON as the customer asked."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def status(self) -> int:
        return HTTP_STATUS[self.code]


class TablesAway(Exception):
    """London's tables cannot be read; the text says why in the server's or the driver's words."""


def no_key() -> Refusal:
    return Refusal(401, "OAuth authentication error: no oauth_consumer_key was sent")


def access_denied() -> Refusal:
    return Refusal(401, "Access to resource denied")


def unknown_path() -> Refusal:
    return Refusal(404, "Resource not found")


def unknown_method() -> Refusal:
    return Refusal(405, "Method not allowed")


def missing(name: str) -> ApiError:
    return ApiError(1001, f"Missing parameter {name}.")


def malformed(name: str, shown: str) -> ApiError:
    """`shown` is the value as it may be echoed: see `text.echo`."""
    return ApiError(1002, f"Value of parameter {name} is not valid: {shown}")


def not_in_list(name: str, shown: str) -> ApiError:
    return ApiError(1006, f"Value of parameter {name} is not valid: {shown}")


def not_found(kind: str) -> ApiError:
    """`kind` is Track, Release or Artist."""
    return ApiError(2001, f"{kind} not found")


def not_available(kind: str, usage_types: Iterable[str]) -> ApiError:
    return ApiError(2002, f"{kind} not available for {', '.join(usage_types)}")


def unexpected() -> ApiError:
    return ApiError(9001, "Unexpected server error")

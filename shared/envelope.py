"""The outermost bytes of an answer, in both formats, around a payload or an error; clients match on these bytes."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from shared.accept import Format
from shared.refusal import Refusal

CONTENT_TYPES: Final[Mapping[Format, bytes]] = {
    "xml": b"application/xml; charset=utf-8",
    "json": b"application/json; charset=utf-8",
}
PLAIN_TEXT: Final = b"text/plain; charset=utf-8"

_XML_START: Final = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<response xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' status="{}" version="1.2" xsi:noNamespaceSchemaLocation="http://api.7digital.com/1.2/static/7digitalAPI.xsd">'
)
_XML_OK: Final = _XML_START.format("ok")
_XML_ERROR: Final = _XML_START.format("error")


def xml(payload: str) -> bytes:
    """A success in XML; `payload` is the markup of one element."""
    return f"{_XML_OK}{payload}</response>".encode()


def json(**members: Any) -> bytes:
    """A success in JSON; the members follow `status` and `version` in the order given."""
    return orjson.dumps({"status": "ok", "version": "1.2", **members})


def refused(refusal: Refusal, format: Format) -> tuple[bytes, bytes]:
    """The content type and the body of a refusal."""
    if refusal.code is None:
        return PLAIN_TEXT, refusal.message.encode()
    body = _xml_error(refusal) if format == "xml" else _json_error(refusal)
    return CONTENT_TYPES[format], body


def escape(text: str) -> str:
    """Text as XML content: `&`, `<` and `>`, nothing else."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _xml_error(refusal: Refusal) -> bytes:
    message = escape(refusal.message)
    error = f'<error code="{refusal.code}"><errorMessage>{message}</errorMessage></error>'
    return f"{_XML_ERROR}{error}</response>".encode()


def _json_error(refusal: Refusal) -> bytes:
    error = {"code": refusal.code, "message": refusal.message, "errorMessage": refusal.message}
    return orjson.dumps({"status": "error", "version": "1.2", "error": error})

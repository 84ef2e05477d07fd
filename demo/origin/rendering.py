"""Answers and errors as the bytes of the public API contract (sections 2 to 4)."""

import json
from xml.etree.ElementTree import Element, SubElement, tostring

from demo.origin.accept import Form
from demo.origin.answers import Document, Value
from demo.origin.errors import ApiError

VERSION = "1.2"
CONTENT_TYPES: dict[Form, str] = {
    "xml": "application/xml; charset=utf-8",
    "json": "application/json; charset=utf-8",
}
DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
NAMESPACES = {
    "xmlns:xsd": "http://www.w3.org/2001/XMLSchema",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
SCHEMA = {"xsi:noNamespaceSchemaLocation": "http://api.7digital.com/1.2/static/7digitalAPI.xsd"}

ITEMS = {"packages": "package", "formats": "format"}
NIL_WHEN_MISSING = {"sevendigitalPrice", "recommendedRetailPrice"}
ABSENT_WHEN_MISSING = {"pline"}


def success(document: Document, form: Form) -> bytes:
    return _json("ok", document) if form == "json" else _xml("ok", document)


def failure(error: ApiError, form: Form) -> bytes:
    if form == "xml":
        return _error_xml(error)
    return _json("error", {"error": {"code": error.code, "message": error.message, "errorMessage": error.message}})


def _json(status: str, document: Document) -> bytes:
    envelope = {"status": status, "version": VERSION} | document
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()


def _xml(status: str, document: Document) -> bytes:
    response = _response(status)
    _fill(response, document)
    return _encode(response)


def _error_xml(error: ApiError) -> bytes:
    response = _response("error")
    element = SubElement(response, "error", code=str(error.code))
    SubElement(element, "errorMessage").text = error.message
    return _encode(response)


def _response(status: str) -> Element:
    return Element("response", NAMESPACES | {"status": status, "version": VERSION} | SCHEMA)


def _encode(response: Element) -> bytes:
    return (DECLARATION + tostring(response, encoding="unicode")).encode()


def _append(parent: Element, name: str, value: Value) -> None:
    if value != "" or name not in ABSENT_WHEN_MISSING:
        _fill(SubElement(parent, name), value)


def _fill(element: Element, value: Value) -> None:
    if isinstance(value, dict):
        _fill_members(element, value)
    elif isinstance(value, list):
        for item in value:
            _append(element, ITEMS[element.tag], item)
    elif value is not None:
        element.text = _scalar(value)
    elif element.tag in NIL_WHEN_MISSING:
        element.set("xsi:nil", "true")


def _fill_members(element: Element, members: Document) -> None:
    for name, value in members.items():
        if name == "id":
            element.set("id", str(value))
        else:
            _append(element, name, value)


def _scalar(value: str | int) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

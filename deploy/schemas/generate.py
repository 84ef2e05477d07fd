"""The documents' JSON Schemas, from the types in `shared/` that are their only definition."""

import json
from inspect import cleandoc
from typing import Any, Final

from msgspec.json import schema_components

from deploy.schemas.compatibility import Schema
from shared.fields import Part
from shared.wire import DOCUMENTS, SCHEMA_VERSION

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def generate() -> dict[str, Schema]:
    """The schema of each document type by the name of its file, `TYPE.vVERSION.json`."""
    return {
        f"{type}.v{SCHEMA_VERSION}.json": {
            "$schema": _DIALECT,
            "$id": f"urn:crossfade:{type}:v{SCHEMA_VERSION}",
            **_schema(form),
        }
        for type, form in DOCUMENTS.items()
    }


def _schema(form: type[Part]) -> dict[str, Any]:
    _, found = schema_components([form], ref_template="#/$defs/{name}")
    parts = {name: _closed(part) for name, part in found.items()}
    whole = parts.pop(form.__name__)
    return whole | ({"$defs": parts} if parts else {})


def _closed(part: dict[str, Any]) -> dict[str, Any]:
    """`shared.wire.parse` refuses a field that the schema does not tell."""
    told = {"description": cleandoc(part["description"])} if "description" in part else {}
    return part | told | {"additionalProperties": False}


def printed(schema: Schema) -> str:
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def parse(text: str) -> Schema:
    schema: Schema = json.loads(text)
    return schema

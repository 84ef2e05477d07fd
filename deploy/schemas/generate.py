"""The documents' JSON Schemas, from the types in `shared/` that are their only definition."""

import json
from typing import Final

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from deploy.schemas.compatibility import Schema
from shared.wire import ADAPTERS, SCHEMA_VERSION

_DIALECT: Final = GenerateJsonSchema.schema_dialect


def generate() -> dict[str, Schema]:
    """The schema of each document type by the name of its file, `TYPE.vVERSION.json`."""
    return {
        f"{type}.v{SCHEMA_VERSION}.json": {
            "$schema": _DIALECT,
            "$id": f"urn:crossfade:{type}:v{SCHEMA_VERSION}",
            **adapter.json_schema(schema_generator=_Closed),
        }
        for type, adapter in ADAPTERS.items()
    }


def printed(schema: Schema) -> str:
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def parse(text: str) -> Schema:
    schema: Schema = json.loads(text)
    return schema


class _Closed(GenerateJsonSchema):
    """Says of a map that a key of another form is refused, as the program refuses it."""

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        return super().dict_schema(schema) | {"additionalProperties": False}

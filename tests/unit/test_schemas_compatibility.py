"""The checker of schemas: whatever breaks older records or readers is refused, and nothing else."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from deploy.schemas.compatibility import incompatibilities
from deploy.schemas.generate import generate, parse, printed

Schema = dict[str, Any]


OLD: Schema = {
    "$defs": {
        "Part": {
            "type": "object",
            "properties": {"title": {"type": "string"}, "size": {"$ref": "#/$defs/Size"}},
            "required": ["title"],
            "additionalProperties": False,
        },
        "Size": {"type": "integer", "minimum": 0, "maximum": 10},
    },
    "title": "Whole",
    "description": "what it is",
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "title": {"type": "string", "pattern": "^[a-z]+$", "title": "Title"},
        "kind": {"type": "string", "enum": ["a", "b"]},
        "year": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}},
        "prices": {
            "type": "object",
            "patternProperties": {"^[A-Z]{2}$": {"$ref": "#/$defs/Part"}},
            "additionalProperties": False,
        },
        "mark": {"const": None},
        "note": {"type": "string"},
    },
    "required": ["id", "title", "kind", "year", "parts", "prices", "mark"],
    "additionalProperties": False,
}


def changes(change: Callable[[Schema], object]) -> list[str]:
    """What the checker says of the schema that a change makes of the old one."""
    new = deepcopy(OLD)
    change(new)
    Draft202012Validator.check_schema(new)
    assert new != OLD
    return incompatibilities(OLD, new)


def field(schema: Schema, name: str, within: str | None = None) -> Schema:
    found: Schema = (schema["$defs"][within] if within else schema)["properties"][name]
    return found


def rename(schema: Schema) -> None:
    schema["properties"]["year_of_release"] = schema["properties"].pop("year")
    schema["required"][schema["required"].index("year")] = "year_of_release"


def drop_field(schema: Schema) -> None:
    del schema["properties"]["kind"]
    schema["required"].remove("kind")


def drop_optional_field(schema: Schema) -> None:
    del schema["properties"]["note"]


def add_required(schema: Schema) -> None:
    schema["properties"]["isrc"] = {"type": "string"}
    schema["required"].append("isrc")


def add_required_within(schema: Schema) -> None:
    schema["$defs"]["Part"]["properties"]["isrc"] = {"type": "string"}
    schema["$defs"]["Part"]["required"].append("isrc")


def refer_elsewhere(schema: Schema) -> None:
    schema["$defs"]["Other"] = {"type": "integer", "minimum": 0, "maximum": 11}
    field(schema, "size", "Part")["$ref"] = "#/$defs/Other"


REFUSED: dict[str, tuple[Callable[[Schema], object], list[str]]] = {
    "a field renamed": (
        rename,
        [
            "the document: field 'year' is gone, or has another name",
            "the document: field 'year_of_release' is required, and older records lack it",
        ],
    ),
    "a field dropped": (drop_field, ["the document: field 'kind' is gone, or has another name"]),
    "an optional field dropped": (drop_optional_field, ["the document: field 'note' is gone, or has another name"]),
    "a new field required": (add_required, ["the document: field 'isrc' is required, and older records lack it"]),
    "a new field required in a part": (
        add_required_within,
        [
            "the document.parts[]: field 'isrc' is required, and older records lack it",
            "the document.prices[^[A-Z]{2}$]: field 'isrc' is required, and older records lack it",
        ],
    ),
    "an optional field required": (
        lambda new: new["required"].append("note"),
        ["the document: field 'note' is required, and older records lack it"],
    ),
    "a required field optional": (
        lambda new: new["required"].remove("year"),
        ["the document: field 'year' may be absent, and readers rely on it"],
    ),
    "another type": (
        lambda new: field(new, "id").update(type="string"),
        ["the document.id: type was 'integer' and is 'string'"],
    ),
    "a type of several": (
        lambda new: field(new, "id").update(type=["integer", "string"]),
        ["the document.id: type was 'integer' and is ['integer', 'string']"],
    ),
    "a bound where there was none": (
        lambda new: field(new, "id").update(minimum=1),
        ["the document.id: minimum was absent and is 1"],
    ),
    "a bound narrowed behind a reference": (
        lambda new: new["$defs"]["Size"].update(maximum=9),
        [f"the document.{place}.size: maximum was 10 and is 9" for place in ("parts[]", "prices[^[A-Z]{2}$]")],
    ),
    "a bound widened": (
        lambda new: new["$defs"]["Size"].update(maximum=11),
        [f"the document.{place}.size: maximum was 10 and is 11" for place in ("parts[]", "prices[^[A-Z]{2}$]")],
    ),
    "a bound dropped": (
        lambda new: new["$defs"]["Size"].pop("maximum"),
        [f"the document.{place}.size: maximum was 10 and is absent" for place in ("parts[]", "prices[^[A-Z]{2}$]")],
    ),
    "a reference to something else": (
        refer_elsewhere,
        [f"the document.{place}.size: maximum was 10 and is 11" for place in ("parts[]", "prices[^[A-Z]{2}$]")],
    ),
    "another constraint beside a reference": (
        lambda new: field(new, "size", "Part").update(maximum=9),
        [f"the document.{place}.size: maximum was 10 and is 9" for place in ("parts[]", "prices[^[A-Z]{2}$]")],
    ),
    "another pattern": (
        lambda new: field(new, "title").update(pattern="^[a-z]{3}$"),
        ["the document.title: pattern was '^[a-z]+$' and is '^[a-z]{3}$'"],
    ),
    "a word less": (
        lambda new: field(new, "kind").update(enum=["a"]),
        ["the document.kind: enum was ['a', 'b'] and is ['a']"],
    ),
    "a word more": (
        lambda new: field(new, "kind").update(enum=["a", "b", "c"]),
        ["the document.kind: enum was ['a', 'b'] and is ['a', 'b', 'c']"],
    ),
    "no longer missing": (
        lambda new: new["properties"].update(year={"type": "integer"}),
        [
            "the document.year: anyOf was [{'type': 'integer'}, {'type': 'null'}] and is absent",
            "the document.year: type was absent and is 'integer'",
        ],
    ),
    "missing where it never was": (
        lambda new: field(new, "year")["anyOf"].append({"type": "string"}),
        [
            "the document.year: anyOf was [{'type': 'integer'}, {'type': 'null'}] and is "
            "[{'type': 'integer'}, {'type': 'null'}, {'type': 'string'}]"
        ],
    ),
    "a choice narrowed": (
        lambda new: field(new, "year")["anyOf"][0].update(minimum=1900),
        ["the document.year: minimum was absent and is 1900"],
    ),
    "other items": (
        lambda new: field(new, "parts").update(items={"type": "string"}),
        [
            "the document.parts[]: field 'size' is gone, or has another name",
            "the document.parts[]: field 'title' is gone, or has another name",
            "the document.parts[]: additionalProperties was False and is absent",
            "the document.parts[]: type was 'object' and is 'string'",
        ],
    ),
    "fewer items": (
        lambda new: field(new, "parts").update(maxItems=100),
        ["the document.parts: maxItems was absent and is 100"],
    ),
    "a map opened": (
        lambda new: field(new, "prices").pop("additionalProperties"),
        ["the document.prices: additionalProperties was False and is absent"],
    ),
    "an object opened": (
        lambda new: new.update(additionalProperties=True),
        ["the document: additionalProperties was False and is True"],
    ),
    "a constant dropped, though it was null": (
        lambda new: field(new, "mark").clear(),
        ["the document.mark: const was None and is absent"],
    ),
}


@pytest.mark.parametrize(("change", "sentences"), REFUSED.values(), ids=REFUSED.keys())
def test_a_change_that_breaks_older_records_or_readers_is_refused(
    change: Callable[[Schema], object], sentences: list[str]
) -> None:
    assert changes(change) == sentences


def test_other_keys_of_a_map_are_refused() -> None:
    def narrow(new: Schema) -> None:
        prices = field(new, "prices")
        prices["patternProperties"] = {"^[A-Z]{3}$": prices["patternProperties"].popitem()[1]}

    [sentence] = changes(narrow)
    assert sentence.startswith("the document.prices: patternProperties was {'^[A-Z]{2}$'")


def inline(new: Schema) -> None:
    field(new, "parts")["items"] = new["$defs"]["Part"]


def rename_definition(new: Schema) -> None:
    new["$defs"]["Extent"] = new["$defs"].pop("Size")
    field(new, "size", "Part")["$ref"] = "#/$defs/Extent"


ALLOWED: dict[str, Callable[[Schema], object]] = {
    "an optional field more": lambda new: new["properties"].update(isrc={"type": "string"}),
    "an optional field more in a part": lambda new: new["$defs"]["Part"]["properties"].update(isrc={"type": "string"}),
    "an optional field more in one of a choice": lambda new: field(new, "year")["anyOf"][0].update(
        properties={"isrc": {"type": "string"}}
    ),
    "another description": lambda new: new.update(description="what it was"),
    "another title of a field": lambda new: field(new, "title").update(title="Name"),
    "another order of words": lambda new: field(new, "kind").update(enum=["b", "a"]),
    "another order of required fields": lambda new: new["required"].reverse(),
    "a definition under another name": rename_definition,
    "a definition in place of its reference": inline,
    "a definition that nothing refers to": lambda new: new["$defs"].update(Unused={"type": "string"}),
}


@pytest.mark.parametrize("change", ALLOWED.values(), ids=ALLOWED.keys())
def test_a_change_that_nobody_can_trip_over_is_allowed(change: Callable[[Schema], object]) -> None:
    assert changes(change) == []


Steps = tuple[str | int, ...]
EXPLAINING = {"$id", "$schema", "title", "description"}


def places(value: Any, steps: Steps = ()) -> Iterator[Steps]:
    """Every place within a schema."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, found in inner:
        yield (*steps, step)
        yield from places(found, (*steps, step))


def telling_places(schema: Schema) -> Iterator[Steps]:
    """The place of each keyword, field and word that says what is valid, not of what explains it."""
    for *before, last in places(schema):
        is_field = before[-1:] == ["properties"]
        is_definition = last == "$defs" or before[-1:] == ["$defs"]
        if is_field or not (is_definition or last in EXPLAINING):
            yield (*before, last)


@pytest.mark.parametrize("name", sorted(generate()))
def test_nothing_that_a_schema_says_can_be_dropped_unnoticed(name: str) -> None:
    old = dict(parse(printed(generate()[name])))
    for *before, last in telling_places(old):
        new = deepcopy(old)
        container: Any = new
        for step in before:
            container = container[step]
        del container[last]
        assert incompatibilities(old, new), (*before, last)

"""The published schemas: they are the program's, and no change can slip into them that readers cannot live with."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter, ValidationError

from deploy.schemas.compatibility import incompatibilities
from deploy.schemas.generate import generate, parse, printed
from deploy.schemas.main import PUBLISHED, publish
from shared.digest import canonical
from shared.wire import ADAPTERS, DocumentType
from tests.documents import DOCUMENTS

Schema = dict[str, Any]
Steps = tuple[str | int, ...]

NAMES = sorted(generate())
FILES: dict[str, DocumentType] = {f"{type}.v1.json": type for type in ADAPTERS}


def published(name: str) -> Schema:
    return dict(parse((PUBLISHED / name).read_text("utf-8")))


# The published files


def test_there_is_a_file_for_each_document_type_and_no_other() -> None:
    assert sorted(file.name for file in PUBLISHED.iterdir()) == NAMES == sorted(FILES)


@pytest.mark.parametrize("name", NAMES)
def test_a_published_schema_is_what_the_program_generates(name: str) -> None:
    assert (PUBLISHED / name).read_text("utf-8") == printed(generate()[name]), "run python -m deploy.schemas"


@pytest.mark.parametrize("name", NAMES)
def test_a_published_schema_may_stay_as_it_is(name: str) -> None:
    assert incompatibilities(published(name), generate()[name]) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_published_schema_is_a_schema_and_takes_a_valid_document(name: str) -> None:
    Draft202012Validator.check_schema(published(name))
    Draft202012Validator(published(name)).validate(DOCUMENTS[FILES[name]])


def at(value: Any, steps: Steps) -> Any:
    return reduce(getitem, steps, value)


def places(value: Any, steps: Steps = ()) -> Iterator[Steps]:
    """Every place in a document or schema, from the outside inwards."""
    yield steps
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, found in inner:
        yield from places(found, (*steps, step))


def drop(document: Any, steps: Steps) -> None:
    del at(document, steps[:-1])[steps[-1]]


def add(document: Any, steps: Steps) -> None:
    container = at(document, steps[:-1])
    container.append(None) if isinstance(container, list) else container.update(unheard_of=None)


def replacement(value: Any) -> Callable[[Any, Steps], None]:
    def replace(document: Any, steps: Steps) -> None:
        at(document, steps[:-1])[steps[-1]] = value

    return replace


VALUES = [None, True, 0, -1, 1, 101, 2**31, 2**63, "", "gb", "GB", "GBP", "0.5", "0.50", "2020-01-01T00:00:00Z", [], {}]
CHANGES = [drop, add, *map(replacement, VALUES)]


def is_taken(adapter: TypeAdapter[Any], document: Any) -> bool:
    try:
        adapter.validate_json(canonical(document))
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("name", NAMES)
def test_a_published_schema_takes_what_the_program_takes_and_nothing_else(name: str) -> None:
    adapter, validator = ADAPTERS[FILES[name]], Draft202012Validator(published(name))
    for steps in list(places(DOCUMENTS[FILES[name]]))[1:]:
        for change in CHANGES:
            document = deepcopy(DOCUMENTS[FILES[name]])
            change(document, steps)
            assert validator.is_valid(document) == is_taken(adapter, document), (steps, document)


# The checker

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


ANNOTATIONS = ("$id", "$schema", "title", "description")


def keywords(schema: Any, steps: Steps = ()) -> Iterator[Steps]:
    """Every place in a schema that says what is valid."""
    for place in places(schema, steps):
        is_field = place[-2:-1] == ("properties",)
        if place and (is_field or not set(ANNOTATIONS) & set(place[-1:])) and isinstance(place[-1], str):
            yield place


@pytest.mark.parametrize("name", NAMES)
def test_nothing_that_a_published_schema_says_can_go_unnoticed(name: str) -> None:
    old = published(name)
    noticed = [place for place in keywords(old) if place != ("$defs",)]
    for place in noticed:
        new = deepcopy(old)
        drop(new, place)
        if place[:1] == ("$defs",) and len(place) == 2:
            continue
        assert incompatibilities(old, new), place


@given(st.sampled_from(NAMES), st.data())
def test_whatever_the_checker_allows_the_program_reads_as_before(name: str, data: st.DataObject) -> None:
    old = published(name)
    new = deepcopy(old)
    objects = [place for place in places(new) if isinstance(at(new, place), dict) and "properties" in at(new, place)]
    at(new, data.draw(st.sampled_from(objects)))["properties"]["unheard_of"] = {"type": "string"}
    assert incompatibilities(old, new) == []
    assert Draft202012Validator(new).is_valid(DOCUMENTS[FILES[name]])


# Publishing


def test_schemas_are_published_into_a_new_folder(tmp_path: Path) -> None:
    assert publish(tmp_path / "schema") == []
    assert {file.name: file.read_text("utf-8") for file in (tmp_path / "schema").iterdir()} == {
        name: printed(schema) for name, schema in generate().items()
    }


def test_a_schema_that_is_only_told_in_other_words_is_published_anew(tmp_path: Path) -> None:
    publish(tmp_path)
    (tmp_path / "artist.v1.json").write_text(printed({**published("artist.v1.json"), "description": "old"}), "utf-8")
    assert publish(tmp_path) == []
    assert (tmp_path / "artist.v1.json").read_text("utf-8") == printed(generate()["artist.v1.json"])


def test_a_schema_that_cannot_take_the_published_ones_place_leaves_every_file_as_it_is(tmp_path: Path) -> None:
    publish(tmp_path)
    older = published("artist.v1.json")
    older["properties"]["born"] = {"type": "integer"}
    (tmp_path / "artist.v1.json").write_text(printed(older), "utf-8")
    (tmp_path / "client.v1.json").write_text(printed({**published("client.v1.json"), "description": "old"}), "utf-8")
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert publish(tmp_path) == ["artist.v1.json: the document: field 'born' is gone, or has another name"]
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before

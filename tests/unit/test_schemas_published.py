"""The published schemas: they are the program's, and take what the program takes."""

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from msgspec import to_builtins

from deploy.schemas.compatibility import incompatibilities
from deploy.schemas.generate import generate, parse, printed
from deploy.schemas.main import PUBLISHED, publish
from shared import wire
from shared.digest import canonical, digest
from shared.errors import InvalidRecord
from shared.wire import DOCUMENTS, DocumentType, Record, check, decode, encode
from tests import documents

Schema = dict[str, Any]
Steps = tuple[str | int, ...]

NAMES = sorted(generate())
FILES: dict[str, DocumentType] = {f"{type}.v1.json": type for type in DOCUMENTS}


def published(name: str) -> Schema:
    return dict(parse((PUBLISHED / name).read_text("utf-8")))


def test_there_is_a_file_for_each_document_type_and_no_other() -> None:
    assert sorted(file.name for file in PUBLISHED.iterdir()) == NAMES == sorted(FILES)


@pytest.mark.parametrize("name", NAMES)
def test_a_published_schema_is_what_the_program_generates(name: str) -> None:
    assert (PUBLISHED / name).read_text("utf-8") == printed(generate()[name]), "run python -m deploy.schemas"


@pytest.mark.parametrize("name", NAMES)
def test_the_programs_schema_may_take_the_place_of_the_published_one(name: str) -> None:
    assert incompatibilities(published(name), generate()[name]) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_published_schema_is_a_schema_and_takes_a_valid_document(name: str) -> None:
    Draft202012Validator.check_schema(published(name))
    Draft202012Validator(published(name)).validate(documents.DOCUMENTS[FILES[name]])


def at(value: Any, steps: Steps) -> Any:
    return reduce(getitem, steps, value)


def places(value: Any, steps: Steps = ()) -> Iterator[Steps]:
    """Every place within a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, found in inner:
        yield (*steps, step)
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


NUMBERS = [-1, 0, 1, 101, 2**31, 2**63]
TEXTS = ["", "gb", "GB", "GBP", "0.5", "0.50", "2020-01-01T00:00:00Z", "~/track/details"]
VALUES: list[Any] = [None, True, [], {}, *NUMBERS, *TEXTS]
CHANGES = [drop, add, *map(replacement, VALUES)]


def is_taken(type: DocumentType, document: Any) -> bool:
    try:
        wire.parse(type, canonical(document))
    except InvalidRecord as error:
        # Whether a place exists is beyond a schema.
        return str(error).endswith("that is not there")
    return True


@pytest.mark.parametrize("name", NAMES)
def test_a_published_schema_takes_what_the_program_takes_and_nothing_else(name: str) -> None:
    validator = Draft202012Validator(published(name))
    for steps in places(documents.DOCUMENTS[FILES[name]]):
        for change in CHANGES:
            document = deepcopy(documents.DOCUMENTS[FILES[name]])
            change(document, steps)
            assert validator.is_valid(document) == is_taken(FILES[name], document), (steps, document)


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


def blocks(page: Path, language: str) -> list[str]:
    """The blocks of code in a page."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


PAGE = PUBLISHED.parent / "documents.md"


def test_the_example_in_the_documentation_is_a_record() -> None:
    [example], [head, *_] = blocks(PAGE, "json"), blocks(PAGE, "")
    key, *headers = [line.split(": ", 1) for line in head.splitlines() if line]
    value = canonical(json.loads(example))
    found = decode(key[1].encode(), value, [(name, text.encode()) for name, text in headers])
    assert isinstance(found, Record)
    assert to_builtins(check(found)) == json.loads(example)
    assert encode(found) == (key[1].encode(), value, [(name, text.encode()) for name, text in headers])
    assert f"    {digest(value).hex()}\n" in PAGE.read_text("utf-8")

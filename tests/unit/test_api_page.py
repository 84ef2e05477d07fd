"""docs/api.md: its examples are the golden answers, set in lines."""

import json
import re
from pathlib import Path
from typing import Final

import pytest

from tests.tracks import golden

PAGE: Final = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
GOLDEN: Final = ("error_not_found", "track_full")


def examples(language: str) -> list[str]:
    """The code blocks of a language, in the order of the page."""
    return re.findall(rf"^```{language}\n(.*?)\n```$", PAGE, flags=re.DOTALL | re.MULTILINE)


def in_one_line(xml: str) -> str:
    """What was sent: lines end between elements, or between the attributes of one."""
    return re.sub(r"\n\s*", " ", re.sub(r"\n\s*(?=<)", "", xml))


@pytest.mark.parametrize(("example", "name"), [*zip(examples("xml"), GOLDEN, strict=True)], ids=GOLDEN)
def test_an_example_in_xml_is_what_is_answered(example: str, name: str) -> None:
    assert in_one_line(example) == golden(f"{name}.xml").decode()


@pytest.mark.parametrize(("example", "name"), [*zip(examples("json"), GOLDEN, strict=True)], ids=GOLDEN)
def test_an_example_in_json_is_what_is_answered(example: str, name: str) -> None:
    found = json.dumps(json.loads(example), ensure_ascii=False, separators=(",", ":"))
    assert found == golden(f"{name}.json").decode()

"""An answer's body as a tree of named values, the same shape for XML and for JSON: pure.

A step of a path is an element's name, `@name` of an attribute, or a member's name; the second of several of one name is
`name[2]`, as in `track/download/packages/package[2]/price`.
"""

import json
from collections import Counter
from collections.abc import Iterable
from typing import TypeAlias
from xml.etree.ElementTree import Element, ParseError, fromstring

Tree: TypeAlias = str | dict[str, "Tree"]

LONGEST_SHOWN = 200


class Unreadable(ValueError):
    """A body that is not what its content type says."""


def read_tree(content_type: str, body: bytes) -> Tree:
    """Raises Unreadable."""
    try:
        return _from_json(json.loads(body)) if "json" in content_type else _from_xml(fromstring(body))
    except (ParseError, ValueError, RecursionError) as error:
        raise Unreadable(str(error)) from error


def shown(tree: Tree) -> str:
    """A value, or a block as JSON, cut where it is long."""
    text = tree if isinstance(tree, str) else json.dumps(tree, ensure_ascii=False)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _from_xml(element: Element) -> Tree:
    text = element.text or ""
    members: dict[str, Tree] = {f"@{_local(name)}": value for name, value in element.attrib.items()}
    members |= zip(_steps(_local(child.tag) for child in element), map(_from_xml, element), strict=True)
    if not members:
        return text
    return members | {"text()": text} if text else members


def _steps(names: Iterable[str]) -> list[str]:
    """A step for each name, telling apart those that stand more than once."""
    seen: Counter[str] = Counter()
    steps = []
    for name in names:
        seen[name] += 1
        steps.append(name if seen[name] == 1 else f"{name}[{seen[name]}]")
    return steps


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _from_json(value: object) -> Tree:
    if isinstance(value, dict) and value:
        members = [(name, item) for name, member in value.items() for item in _items(member)]
        return dict(zip(_steps(name for name, _ in members), (_from_json(item) for _, item in members), strict=True))
    return json.dumps(value, ensure_ascii=False)


def _items(member: object) -> list[object]:
    """The items of a list that has any; anything else is one item."""
    return member if isinstance(member, list) and member else [member]

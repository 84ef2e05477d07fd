"""Whether a schema may take the place of the published one of the same version. No I/O.

Records stay in the log for ever, so a newer program has to read what an older one wrote; and readers of a version keep
to the schema that they were written for. So every field that was published stays as it is, neither narrower (older
records would be refused) nor wider (readers would meet what they never heard of). One change remains: a field more that
may be absent. Any other needs a new version (docs/documents.md).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

_ANNOTATIONS: Final = frozenset({"$schema", "$id", "$defs", "title", "description", "default", "examples"})
"""Keywords that say nothing of what is valid."""

_BY_NAME: Final = frozenset({"properties", "patternProperties"})
"""Keywords that hold schemas by the names of fields; such a name may be any word, also a keyword's."""


def incompatibilities(old: Schema, new: Schema) -> list[str]:
    """A sentence for each change that the version does not allow; none where `new` may take the place of `old`."""
    return list(_changes("the document", _inlined(old, old), _inlined(new, new)))


def _inlined(node: Any, root: Schema, inside: tuple[str, ...] = ()) -> Any:
    """The schema without annotations and with each reference replaced by what it refers to."""
    if isinstance(node, list):
        return [_inlined(item, root, inside) for item in node]
    if not isinstance(node, Mapping):
        return node
    if (name := node.get("$ref")) is not None and name not in inside:
        beside = {keyword: value for keyword, value in node.items() if keyword != "$ref"}
        return _inlined({**_referred(name, root), **beside}, root, (*inside, name))
    return {
        keyword: _by_name(value, root, inside) if keyword in _BY_NAME else _inlined(value, root, inside)
        for keyword, value in node.items()
        if keyword not in _ANNOTATIONS
    }


def _by_name(schemas: Schema, root: Schema, inside: tuple[str, ...]) -> Schema:
    return {name: _inlined(schema, root, inside) for name, schema in schemas.items()}


def _referred(name: str, root: Schema) -> Schema:
    found = root
    for step in name.removeprefix("#/").split("/"):
        found = found[step]
    return found


def _changes(place: str, old: Schema, new: Schema) -> Iterator[str]:
    yield from _changes_of_fields(place, old, new)
    for keyword in sorted((old.keys() | new.keys()) - {"properties", "required"}):
        yield from _changes_of_keyword(place, keyword, old.get(keyword, ...), new.get(keyword, ...))


def _changes_of_fields(place: str, old: Schema, new: Schema) -> Iterator[str]:
    old_fields, new_fields = old.get("properties", {}), new.get("properties", {})
    was_required, is_required = set(old.get("required", ())), set(new.get("required", ()))
    for name in sorted(old_fields.keys() - new_fields.keys()):
        yield f"{place}: field {name!r} is gone, or has another name"
    for name in sorted(is_required - was_required):
        yield f"{place}: field {name!r} is required, and older records lack it"
    for name in sorted((was_required - is_required) & new_fields.keys()):
        yield f"{place}: field {name!r} may be absent, and readers rely on it"
    for name in sorted(old_fields.keys() & new_fields.keys()):
        yield from _changes(f"{place}.{name}", old_fields[name], new_fields[name])


def _changes_of_keyword(place: str, keyword: str, old: Any, new: Any) -> Iterator[str]:
    match keyword, old, new:
        case "items", Mapping(), Mapping():
            yield from _changes(f"{place}[]", old, new)
        case "patternProperties", Mapping(), Mapping() if old.keys() == new.keys():
            for pattern in old:
                yield from _changes(f"{place}[{pattern}]", old[pattern], new[pattern])
        case "anyOf", list(), list() if len(old) == len(new):
            for old_choice, new_choice in zip(old, new, strict=True):
                yield from _changes(place, old_choice, new_choice)
        case "enum", list(), list() if set(old) == set(new):
            return
        case _ if old != new:
            yield f"{place}: {keyword} was {_shown(old)} and is {_shown(new)}"


def _shown(value: Any) -> str:
    return "absent" if value is ... else repr(value)

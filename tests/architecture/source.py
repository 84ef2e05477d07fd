"""The project's Python as the rules of its architecture look at it: modules, and what each imports."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[2]

PACKAGES: Final = ("bench", "crossfade", "demo", "deploy", "services", "shared")


class Import(NamedTuple):
    """`name` is whole: `a.b.c` for `from a.b import c`, which may be a module or something in it."""

    name: str
    line: int

    def is_of(self, names: Iterable[str]) -> bool:
        """Whether it is one of these modules or names, or within one."""
        return any(self.name == name or self.name.startswith(f"{name}.") for name in names)


@dataclass(frozen=True)
class Module:
    """`name` is dotted, a package's own is `package.__init__`."""

    name: str
    text: str
    tree: ast.Module

    @property
    def imports(self) -> Iterator[Import]:
        """Whatever is imported, wherever it stands; a relative import begins with its dots."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (Import(alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                origin = "." * node.level + (node.module or "")
                yield from (Import(f"{origin}.{alias.name}", node.lineno) for alias in node.names)

    def is_in(self, *packages: str) -> bool:
        return any(self.name.startswith(f"{package}.") for package in packages)


def module(name: str, text: str) -> Module:
    return Module(name, text, ast.parse(text))


def modules() -> list[Module]:
    """Every module of the product, in order."""
    files = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
    return [module(".".join(file.relative_to(ROOT).with_suffix("").parts), file.read_text("utf-8")) for file in files]

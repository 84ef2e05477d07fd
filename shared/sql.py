"""Named statements from a `.sql` file.

A statement begins at `-- name: NAME`; comment lines below it say what it is for. The driver fills its parameters, `%s`;
`{ids}` stands for a list of numbers.
"""

import re
from collections.abc import Iterable, Mapping
from importlib.resources import files

SQL_MODE = "STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE"
"""Strict, so that a value that does not fit is an error and never a cut one."""


def load(package: str, file: str) -> Mapping[str, str]:
    """The statements of a file that lies in a package, by name."""
    sections = re.split(r"^-- name: (\w+)$", files(package).joinpath(file).read_text("utf-8"), flags=re.MULTILINE)
    return {name: _code(text) for name, text in zip(sections[1::2], sections[2::2], strict=True)}


def numbers(values: Iterable[int]) -> str:
    """A list for IN (...), empty as NULL, which nothing equals."""
    return ",".join(map(str, values)) or "NULL"


def _code(text: str) -> str:
    return "\n".join(line for line in text.strip().splitlines() if not line.startswith("--")).strip()

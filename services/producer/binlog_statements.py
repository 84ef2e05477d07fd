"""Statements in the binlog: which of them may have changed mapped tables in a way that no row event tells.

When in doubt they count as such: a sweep too many costs reading, one too few would lose a change.
"""

import re
from collections.abc import Iterable
from typing import Final

_COMMENTS: Final = r"(?:\s|/\*(?!M?!).*?\*/|(?:--|\#)[^\n]*(?:\n|$))*"

_HARMLESS: Final = re.compile(
    _COMMENTS
    + r"""(?:
        (?:flush|grant|revoke|set\s+password|set\s+default\s+role)\b
        | (?:analyze|optimize|check|checksum)\s+tables?\b
        | (?:create|alter|drop|rename)\s+(?:or\s+replace\s+)?(?:definer\s*=\s*\S+\s+)?
          (?:trigger|procedure|event|user|role|server)\b
        | (?:create|drop)\s+(?:/\*!\d+\s+)?temporary\b
        | $
    )""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
"""Statements that leave the rows of tables and what SELECT makes of them as they are."""

_DEFINITION: Final = re.compile(_COMMENTS + r"(?:create|alter|drop|rename|truncate)\b", re.IGNORECASE | re.DOTALL)


class Statements:
    """Judges statements by the schema that the mapping reads and its tables."""

    def __init__(self, schema: str, tables: Iterable[str]) -> None:
        self._schema = schema.lower()
        self._names_schema = _naming([schema])
        # A view or function may stand between the mapping's SQL and a table.
        self._names_mapped = _naming([*tables, "view", "function", "database", "schema"])

    def reason_to_sweep(self, current_schema: str, text: str) -> str | None:
        """Why the whole catalogue must be read again after the statement, a sentence; None if it need not be.

        Not seen is what a statement that was not logged by row does through a trigger of another schema.
        """
        if _HARMLESS.match(text) or not self._concerns_schema(current_schema, text):
            return None
        if not _DEFINITION.match(text):
            return f"a session wrote without binlog_format=ROW: {_shortened(text)}"
        if self._names_mapped.search(text):
            return f"a definition changed: {_shortened(text)}"
        return None

    def _concerns_schema(self, current_schema: str, text: str) -> bool:
        return current_schema.lower() == self._schema or self._names_schema.search(text) is not None


def _naming(names: Iterable[str]) -> re.Pattern[str]:
    """Finds any of the names. Statements are not always written in UTF-8, so a name that is not plain ASCII counts as
    found in every one."""
    found = list(names)
    if not all(name.isascii() for name in found):
        return re.compile("")
    return re.compile(rf"(?<![\w$])(?:{'|'.join(map(re.escape, found))})(?![\w$])", re.IGNORECASE)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"


_SHOWN: Final = 200

"""SQL of a mapping with its placeholders, and the routes by which changed rows lead to documents. No I/O."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from services.producer.binlog_columns import Value
from shared.wire import DocumentType

_PLACEHOLDER: Final = re.compile(r"(?<![:\w]):([a-z_]+)\b")


@dataclass(frozen=True, slots=True)
class Sql:
    """One SQL text with `:name` placeholders, and the file it stands in, for messages."""

    file: str
    text: str

    def bind(self, **values: Value | Iterable[Value]) -> str:
        """The statement with each placeholder replaced: numbers as such, text quoted, several comma-separated."""
        return _PLACEHOLDER.sub(lambda match: _literal(values[match[1]]), self.text)

    @property
    def placeholders(self) -> frozenset[str]:
        return frozenset(_PLACEHOLDER.findall(self.text))


@dataclass(frozen=True, slots=True)
class Route:
    """How a changed row of a table leads to documents: `column` holds their id, or what `query` finds them by, or what
    the expression `id` makes their id of. Only a query reads tables: the others find what is deleted, too."""

    table: str
    type: DocumentType
    column: str
    query: Sql | None
    id: Sql | None = None

    @property
    def place(self) -> str:
        return f"mapping.yaml: tables.{self.table}.{self.type}"

    @property
    def holds_id(self) -> bool:
        """Whether the column's values are ids as they are; otherwise `statement` has to be asked."""
        return self.query is None and self.id is None

    def statement(self, values: Collection[Value]) -> str:
        """What gives the ids that these values of the column lead to, as any number of columns and rows."""
        if self.query:
            return self.query.bind(values=values)
        assert self.id
        # A number, whatever the expression gives: 0 for what is none.
        return "SELECT " + ", ".join(f"CAST(({self.id.bind(value=value)}) AS UNSIGNED)" for value in values)


def _literal(value: Any) -> str:
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bytes):
        return f"x'{value.hex()}'"
    # An empty list must stay valid, in SQL and in `JSON_TABLE('[:track_ids]', …)`, and find nothing: no id is 0.
    return ",".join(map(_literal, value)) or "0"


def _quoted(text: str) -> str:
    # A hex literal holds any text whatever the session's quoting rules are.
    return f"CONVERT(0x{text.encode().hex()} USING utf8mb4)" if text else "''"

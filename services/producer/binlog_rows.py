"""Row events: of the images of each row only the values of the wanted columns, all else is stepped over by its size.

Where London writes `binlog_row_metadata=FULL`, a table map event has its columns' names, signs and character sets. So
nothing need be known of London's schema, and no change of it can shift a column.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from services.producer.binlog_columns import JSON, SIGNED, SIZINGS, Read, Storage, Value, has_collation, reading
from services.producer.binlog_events import Type, Undecodable, inflate, length_encoded


class Kind(NamedTuple):
    """What differs between the row events: of version 2 they may have data of their own before the rows."""

    is_version_2: bool
    is_update: bool = False
    is_delete: bool = False
    is_partial: bool = False
    is_compressed: bool = False


KINDS: Final[Mapping[int, Kind]] = {
    Type.WRITE_ROWS_V1: Kind(is_version_2=False),
    Type.UPDATE_ROWS_V1: Kind(is_version_2=False, is_update=True),
    Type.DELETE_ROWS_V1: Kind(is_version_2=False, is_delete=True),
    Type.WRITE_ROWS: Kind(is_version_2=True),
    Type.UPDATE_ROWS: Kind(is_version_2=True, is_update=True),
    Type.DELETE_ROWS: Kind(is_version_2=True, is_delete=True),
    Type.PARTIAL_UPDATE_ROWS: Kind(is_version_2=True, is_update=True, is_partial=True),
    Type.WRITE_ROWS_COMPRESSED_V1: Kind(is_version_2=False, is_compressed=True),
    Type.UPDATE_ROWS_COMPRESSED_V1: Kind(is_version_2=False, is_update=True, is_compressed=True),
    Type.DELETE_ROWS_COMPRESSED_V1: Kind(is_version_2=False, is_delete=True, is_compressed=True),
    Type.WRITE_ROWS_COMPRESSED: Kind(is_version_2=True, is_compressed=True),
    Type.UPDATE_ROWS_COMPRESSED: Kind(is_version_2=True, is_update=True, is_compressed=True),
    Type.DELETE_ROWS_COMPRESSED: Kind(is_version_2=True, is_delete=True, is_compressed=True),
}
"""The row events, by their type."""

_ID_BYTES: Final = 6
_FLAGS_BYTES: Final = 2


def table_id(body: bytes) -> bytes:
    """The number by which table map and row events of a transaction refer to each other."""
    return body[:_ID_BYTES]


def _rows_start(body: bytes, kind: Kind) -> int:
    start = _ID_BYTES + _FLAGS_BYTES
    return start + int.from_bytes(body[start : start + 2], "little") if kind.is_version_2 else start


class TableName(NamedTuple):
    """What a table map event is about, and where in its body the columns begin."""

    schema: str
    table: str
    end: int


def table_name(body: bytes) -> TableName:
    schema, position = _name(body, _ID_BYTES + _FLAGS_BYTES)
    table, position = _name(body, position + 1)
    return TableName(schema, table, position + 1)


class Column(NamedTuple):
    """A column, its name in lower case; `read` is None for a type whose values are not read."""

    name: str
    type: int
    storage: Storage
    read: Read | None


def columns(body: bytes, start: int, *, is_mariadb: bool) -> list[Column]:
    """The columns of a table map event, `body[start:]` from their number on. Raises Undecodable for types of unknown
    size, and if the event does not tell the columns' names."""
    count, position = length_encoded(body, start)
    types = body[position : position + count]
    metadata_length, position = length_encoded(body, position + count)
    metadata = _split_metadata(types, body[position : position + metadata_length])
    facts = _facts(body, position + metadata_length + _bitmap_bytes(count))
    if _NAMES not in facts:
        raise Undecodable("its columns have no names in the binlog; SET GLOBAL binlog_row_metadata = 'FULL'")
    names = _names(facts[_NAMES])
    signed = [index for index, type in enumerate(types) if type in SIGNED]
    unsigned = _unsigned(signed, facts.get(_SIGNS, b""))
    texts = [index for index, type in enumerate(types) if has_collation(type, metadata[index], is_mariadb=is_mariadb)]
    collations = _collations(texts, facts)
    return [
        Column(
            name.lower(),
            type,
            SIZINGS[type].storage(meta),
            reading(type, meta, is_unsigned=index in unsigned, collation=collations.get(index, 0)),
        )
        for index, (name, type, meta) in enumerate(zip(names, types, metadata, strict=True))
    ]


_SIGNS, _DEFAULT_COLLATION, _COLLATIONS, _NAMES = 1, 2, 3, 4


def _facts(body: bytes, position: int) -> dict[int, bytes]:
    """The optional metadata of a table map event: bytes by their kind."""
    facts: dict[int, bytes] = {}
    while position < len(body):
        length, start = length_encoded(body, position + 1)
        facts[body[position]] = body[start : start + length]
        position = start + length
    return facts


def _split_metadata(types: bytes, metadata: bytes) -> list[bytes]:
    """The metadata of each column."""
    parts: list[bytes] = []
    position = 0
    for type in types:
        if type not in SIZINGS:
            raise Undecodable(f"it has a column of type {type}, whose size the binlog does not tell")
        end = position + SIZINGS[type].metadata_bytes
        parts.append(metadata[position:end])
        position = end
    return parts


def _names(data: bytes) -> list[str]:
    found: list[str] = []
    position = 0
    while position < len(data):
        name, position = _name(data, position)
        found.append(name)
    return found


def _unsigned(signed: Sequence[int], bits: bytes) -> set[int]:
    """Those of the columns that can have a sign that have none: a bit for each, from the highest of a byte on."""
    return {index for place, index in enumerate(signed) if bits[place // 8] & 0x80 >> place % 8}


def _collations(texts: Sequence[int], facts: Mapping[int, bytes]) -> dict[int, int]:
    """The collations of the columns that have one: a number for each, or a default and the exceptions to it."""
    if _COLLATIONS in facts:
        return dict(zip(texts, _integers(facts[_COLLATIONS]), strict=True))
    default, *pairs = _integers(facts.get(_DEFAULT_COLLATION, b"\0"))
    exceptions = dict(zip(pairs[::2], pairs[1::2], strict=True))
    return {index: exceptions.get(place, default) for place, index in enumerate(texts)}


class Layout:
    """A mapped table as a table map event describes it; `table` and `wanted` are the mapping's names."""

    def __init__(self, table: str, columns: Sequence[Column], wanted: Sequence[str]) -> None:
        places = {column.name: place for place, column in enumerate(columns)}
        self.table = table
        self.columns = columns
        self.slots = {_place(places, name): slot for slot, name in enumerate(wanted)}
        self._reads = [(name, _read(name, columns[place])) for name, place in zip(wanted, self.slots, strict=True)]
        self._forms: dict[tuple[bytes, bool], _Form] = {}

    def values(self, body: bytes, kind: Kind) -> list[dict[str, set[Value]]]:
        """By wanted column, its distinct values in a row event without NULL: before it and after it for an update.

        Raises Undecodable where an image of a row lacks a wanted column, and for rows that are not as the table map
        says.
        """
        width, position = length_encoded(body, _rows_start(body, kind))
        if width != len(self.columns):
            raise Undecodable("a row event and its table map differ in their number of columns")
        forms = []
        for is_after in (False, True) if kind.is_update else (False,):
            bitmap = body[position : position + _bitmap_bytes(width)]
            forms.append(self._form(bitmap, is_partial=kind.is_partial and is_after))
            position += len(bitmap)
        return self._read(inflate(body[position:]) if kind.is_compressed else body[position:], forms)

    def _form(self, bitmap: bytes, *, is_partial: bool) -> "_Form":
        if (found := self._forms.get((bitmap, is_partial))) is None:
            found = self._forms[bitmap, is_partial] = _Form(self, bitmap, is_partial=is_partial)
        return found

    def _read(self, rows: bytes, forms: Iterable["_Form"]) -> list[dict[str, set[Value]]]:
        images: list[tuple[_Form, list[set[bytes]]]] = [(form, [set() for _ in self._reads]) for form in forms]
        position = 0
        while position < len(rows):
            for form, found in images:
                position = form.pick(rows, position, found)
        if position != len(rows):
            raise Undecodable("the rows of an event are not as long as its table map says")
        return [
            {name: set(map(read, raw)) for (name, read), raw in zip(self._reads, found, strict=True)}
            for _, found in images
        ]


def _place(places: Mapping[str, int], name: str) -> int:
    if (place := places.get(name.lower())) is None:
        raise Undecodable(f"it has no column {name}, which the mapping follows")
    return place


def _read(name: str, column: Column) -> Read:
    if column.read is None:
        raise Undecodable(f"column {name}, which the mapping follows, is neither a whole number nor text")
    return column.read


class _Plan(NamedTuple):
    """The way through an image with certain NULLs: in each step bytes to pass over, then a value's size, the size of
    the length before it, and where to put it (None: nowhere); at the end, bytes to pass over."""

    steps: Sequence[tuple[int, int, int, int | None]]
    tail: int


class _Form:
    """Images of rows that have the same columns; a partial one may have changes of JSON documents in place of them."""

    def __init__(self, layout: Layout, bitmap: bytes, *, is_partial: bool) -> None:
        places = [place for place in range(len(layout.columns)) if _bit(bitmap, place)]
        if not layout.slots.keys() <= set(places):
            raise Undecodable("a session writes without whole row images; SET binlog_row_image = 'FULL' in it")
        self._columns = [(layout.columns[place].storage, layout.slots.get(place)) for place in places]
        self._nulls_bytes = _bitmap_bytes(len(places))
        self._json_bytes = _bitmap_bytes(sum(column.type == JSON for column in layout.columns))
        self._is_partial = is_partial
        self._plans: dict[bytes, _Plan] = {}

    def pick(self, rows: bytes, position: int, found: Sequence[set[bytes]]) -> int:
        """Adds the wanted values of the image at `position`, as bytes, to `found`; returns the position after it."""
        if self._is_partial:
            position = self._pass_options(rows, position)
        start = position + self._nulls_bytes
        nulls = rows[position:start]
        plan = self._plans.get(nulls) or self._plan(nulls)
        position = start
        for passed, size, prefix, slot in plan.steps:
            start = position + passed + prefix
            position = start + (int.from_bytes(rows[start - prefix : start], "little") if prefix else size)
            if slot is not None:
                found[slot].add(rows[start:position])
        return position + plan.tail

    def _pass_options(self, rows: bytes, position: int) -> int:
        options, position = length_encoded(rows, position)
        return position + self._json_bytes if options & _PARTIAL_JSON else position

    def _plan(self, nulls: bytes) -> _Plan:
        steps = []
        passed = 0
        for index, (storage, slot) in enumerate(self._columns):
            if _bit(nulls, index):
                continue
            if storage.prefix or slot is not None:
                steps.append((passed, storage.size, storage.prefix, slot))
                passed = 0
            else:
                passed += storage.size
        plan = self._plans[nulls] = _Plan(steps, passed)
        return plan


_PARTIAL_JSON: Final = 1


def _bitmap_bytes(bits: int) -> int:
    return (bits + 7) // 8


def _bit(bitmap: bytes, place: int) -> int:
    return bitmap[place // 8] >> place % 8 & 1


def _name(data: bytes, position: int) -> tuple[str, int]:
    length, start = length_encoded(data, position)
    return data[start : start + length].decode(), start + length


def _integers(data: bytes) -> Iterator[int]:
    position = 0
    while position < len(data):
        number, position = length_encoded(data, position)
        yield number

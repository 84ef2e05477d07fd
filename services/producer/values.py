"""London's column values as the values of documents: NULL and empty become one, other types become ours."""

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from shared.characters import drop_forbidden

_NO_DAY: Final = re.compile("[0-9]{4}-(00-[0-9]{2}|(0[1-9]|1[0-2])-00|02-(29|30|31)|(04|06|09|11)-31)( .*)?")
"""What a lax sql_mode lets a server hold as a date."""


def text(value: Any) -> str:
    """Text; `""` for NULL. Bytes are read as UTF-8. What XML 1.0 forbids is dropped, here at the source, so that XML
    and JSON answers say the same."""
    if type(value) is str and value.isprintable():
        return value
    if value is None:
        return ""
    found = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return drop_forbidden(found)


def number(value: Any) -> Any:
    """A whole number; None for NULL and empty text. What is none is left as text, for the schema to refuse."""
    if type(value) is int or value is None:
        return value
    if value == "":
        return None
    try:
        found = Decimal(str(value))
        return int(found) if _is_whole(found) else str(value)
    except InvalidOperation:
        return str(value)


def count(value: Any) -> Any:
    """A whole number as `number` reads it; 0 where it is missing."""
    return number(value) or 0


def flag(value: Any) -> bool:
    """True for a number other than 0, also as text or as BIT; False for NULL."""
    if isinstance(value, bytes):
        return any(value)
    return value if isinstance(value, bool) else bool(number(value))


def hundredths(value: Any) -> Any:
    """A share of 1 with two decimals, in hundredths; None for NULL and empty text. What they cannot say exactly is left
    as text, for the schema to refuse."""
    share = None if value is None or value == "" else str(value)
    if share is None:
        return None
    try:
        found = Decimal(share) * 100
        return int(found) if _is_whole(found) else share
    except InvalidOperation:
        return share


def _is_whole(found: Decimal) -> bool:
    """Whether it is a whole number of 64 bits, as JSON is written with."""
    return abs(found) < 2**63 and found == found.to_integral_value()


def money(value: Any) -> str | None:
    """An amount with two decimals; None for NULL. What two decimals cannot say is left as it is, for the schema to
    refuse: a price must not be rounded silently."""
    if value is None or value == "":
        return None
    try:
        amount = Decimal(str(value))
        rounded = amount.quantize(Decimal("0.01"))
    except InvalidOperation:
        return str(value)
    return str(rounded) if rounded == amount else str(value)


def instant(value: Any) -> str | None:
    """A DATE, DATETIME or TIMESTAMP of London in UTC as an instant, fractions cut; None for NULL and the zero date, as
    for all of the year 0. A day that no calendar has is the next that there is. What is no date is left as it is, for
    the schema to refuse."""
    found = text(value)
    if not found or found.startswith("0000-"):
        return None
    try:
        datetime.fromisoformat(found[:19])
    except ValueError:
        return _next_day(found) if _NO_DAY.fullmatch(found) else found
    return f"{found[:10]}T{found[11:19] or '00:00:00'}Z"


def _next_day(found: str) -> str:
    """The first of a month that follows: servers compare dates in the order of their digits, whether there are such
    days or not."""
    firsts = (f"{found[:4]}-{month:02}-01" for month in range(1, 13))
    return next(first for first in firsts if first > found[:10]) + "T00:00:00Z"


def territories(value: Any) -> frozenset[str]:
    """One territory code, or several with commas between, in upper case."""
    return frozenset(code.strip().upper() for code in text(value).split(","))

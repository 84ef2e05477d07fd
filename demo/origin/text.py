"""Texts as both XML 1.0 and JSON can say them."""

import re
from string import ascii_lowercase, ascii_uppercase

LONGEST_ECHO = 100

_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)

# All but what XML 1.0, section 2.2, allows: tab, line feed, carriage return, U+0020 to U+D7FF, U+E000 to U+FFFD, and
# everything beyond U+FFFF.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def allowed(text: str) -> str:
    """The text without the characters that XML 1.0 forbids."""
    return _FORBIDDEN.sub("", text)


def lower(text: str) -> str:
    """The letters of ASCII in lower case, and no others: `str.lower` makes a k of the Kelvin sign."""
    return text.translate(_LOWER)


def echo(value: str) -> str:
    """A customer's value as an error message may repeat it."""
    return allowed(value)[:LONGEST_ECHO]

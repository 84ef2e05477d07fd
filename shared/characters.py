"""Characters that answers may hold: what XML 1.0 forbids in text is dropped, so that XML and JSON say the same."""

import re
from typing import Final

_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def drop_forbidden(text: str) -> str:
    """The text without the characters that XML 1.0 forbids."""
    return text if text.isprintable() else _FORBIDDEN.sub("", text)

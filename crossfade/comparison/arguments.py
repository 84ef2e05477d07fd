"""What is said on the command line and in settings, read; all raise Unusable with what to write instead."""

import os
import re
from typing import Final, Literal

from yarl import URL

from crossfade.comparison.settings import ComparisonSettings
from shared.clock import parse_instant, to_instant
from shared.errors import Unusable
from shared.fields import Instant
from shared.settings import S, load, variable

MOST_TRACKS: Final = 1_000_000


def read_address(given: str, settings: ComparisonSettings, field: Literal["origin", "catalogue", "gateway"]) -> str:
    """`HOST:PORT` or a URL, said on the command line or else in the settings, as `scheme://host:port`."""
    text = (given or getattr(settings, field)).strip()
    if not text:
        option = "--origin" if field == "origin" else "--region"
        setting = variable(ComparisonSettings, field)
        raise Unusable(f"say where the {field} is, with {option} or {setting}; `crossfade up` runs none here")
    try:
        address = URL(text if "://" in text else f"http://{text}")
        if address.scheme in ("http", "https") and address.host and address.path == "/" and not address.query:
            return str(address.origin())
    except ValueError as error:
        raise Unusable(f"{text!r} is not an address: {error}") from error
    raise Unusable(f"{text!r} is not an address; write http://HOST:PORT")


def read_database(settings: type[S], here: S | None, *, is_needed: bool = False) -> S | None:
    """A database as the settings name it, with the account to read it as; else the one that runs here, else none."""
    is_named = any(variable(settings, field) in os.environ for field in settings.model_fields)
    if here and variable(settings, "user") not in os.environ:
        return here
    return load(settings) if is_named or is_needed else None


def read_tracks(text: str | None) -> list[int] | None:
    """The ids of `1,2,5-9`; None stands for all tracks."""
    return None if text is None else [id for part in text.split(",") for id in _read_range(part.strip())]


def _read_range(part: str) -> range:
    match = re.fullmatch(r"([1-9][0-9]{0,18})(?:-([1-9][0-9]{0,18}))?", part)
    found = range(int(match[1]), int(match[2] or match[1]) + 1) if match else range(0)
    if not 0 < len(found) <= MOST_TRACKS:
        raise Unusable(f"{part!r} is neither a track id nor a range, as 5-9, of at most {MOST_TRACKS:,}")
    return found


def read_instant(text: str) -> Instant:
    try:
        return to_instant(parse_instant(text))
    except ValueError as error:
        raise Unusable(f"{text!r} is not an instant; write it as 2026-11-24T07:30:00Z") from error

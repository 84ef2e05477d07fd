"""What a request asks: its key, its parameters, their defaults (sections 1 and 5 of the public API contract)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from demo.origin import errors
from demo.origin.text import echo, lower

KEY = "oauth_consumer_key"
QUERY_ONLY = ("userid", "country", "shopid")

USAGE_TYPES = ("download", "subscriptionstreaming", "adsupportedstreaming")
RELEASE_SIZES = (33, 50, 100, 180, 182, 200, 350, 500, 800)
ARTIST_SIZES = (150, 200, 300)
DEFAULT_RELEASE_SIZE = 50
DEFAULT_ARTIST_SIZE = 150

FALLBACK_TERRITORY = "GB"
UK_SHOP = 34

ID = re.compile("[0-9]{1,18}")
NUMBER = re.compile("-?[0-9]{1,18}")
COUNTRY = re.compile("[A-Za-z]{2}")

Fields = dict[str, bytes]
Parameters = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """One track asked for: where, for which usage types, with art of which sizes.

    The usage types are in the contract's order; the sizes are in pixels.
    """

    track_id: int
    territory: str
    usage_types: tuple[str, ...]
    release_size: int
    artist_size: int


def read_fields(form: bytes) -> Fields:
    """A query string or form body: lower-case name to the first value, percent-decoded."""
    fields: Fields = {}
    for pair in filter(None, form.split(b"&")):
        name, _, value = pair.replace(b"+", b" ").partition(b"=")
        fields.setdefault(lower(_text(unquote_to_bytes(name))), unquote_to_bytes(value))
    return fields


def read_parameters(query: Fields, body: Fields) -> dict[str, str]:
    """The parameters that are there: the query before the body, and none that is empty."""
    form = {name: value for name, value in body.items() if name not in QUERY_ONLY}
    return {name: _text(value) for name, value in (form | query).items() if value}


def read_key(query: Fields, authorization: bytes, body: Fields) -> bytes:
    """The consumer key, from the first place that has one. Raises `Refusal` where none has."""
    key = query.get(KEY) or _authorized_key(authorization) or body.get(KEY)
    if not key:
        raise errors.no_key()
    return key


def _authorized_key(authorization: bytes) -> bytes | None:
    """The key in `OAuth k="v", ...` or in a bare `k=v, ...`; any other scheme has none."""
    words = authorization.partition(b"=")[0].split()
    if len(words) == 1:
        return _header_fields(authorization).get(KEY)
    if words and words[0].lower() == b"oauth":
        return _header_fields(authorization.split(None, 1)[1]).get(KEY)
    return None


def _header_fields(listed: bytes) -> Fields:
    """Lower-case name to the first value, percent-decoded; quotes at the ends of a value are not of it."""
    fields: Fields = {}
    for item in _items(listed):
        name, _, value = item.partition(b"=")
        fields.setdefault(lower(_text(unquote_to_bytes(name.strip()))), unquote_to_bytes(value.strip().strip(b'"')))
    return fields


def _items(listed: bytes) -> Iterator[bytes]:
    """What stands between commas, but for commas within quotes."""
    parts: list[bytes] = []
    for part in listed.split(b","):
        parts.append(part)
        item = b",".join(parts)
        if item.count(b'"') % 2 == 0:
            yield item
            parts.clear()
    yield b",".join(parts)


def read_shop(parameters: Parameters) -> int | None:
    """The shop asked for. Raises `Refusal` where it is no number: such a shop is an unknown one."""
    shop = parameters.get("shopid")
    if shop is None:
        return None
    if not ID.fullmatch(shop):
        raise errors.access_denied()
    return int(shop)


def read_track_question(parameters: Parameters, shop_territory: str | None, default_territory: str | None) -> Question:
    """The question of `track/details`. Raises `ApiError` for the first parameter at fault, in the contract's order."""
    track_id = read_id(parameters, "trackId")
    country = read_country(parameters)
    usage_types = read_usage_types(parameters)
    size = read_image_size(parameters)
    return Question(
        track_id=track_id,
        territory=shop_territory or country or default_territory or FALLBACK_TERRITORY,
        usage_types=usage_types,
        release_size=size if size in RELEASE_SIZES else DEFAULT_RELEASE_SIZE,
        artist_size=size if size in ARTIST_SIZES else DEFAULT_ARTIST_SIZE,
    )


def read_id(parameters: Parameters, name: str) -> int:
    """`name` is the parameter as messages spell it."""
    value = parameters.get(name.lower())
    if value is None:
        raise errors.missing(name)
    if not ID.fullmatch(value):
        raise errors.malformed(name, echo(value))
    return int(value)


def read_country(parameters: Parameters) -> str | None:
    value = parameters.get("country")
    if value is None:
        return None
    if not COUNTRY.fullmatch(value):
        raise errors.malformed("country", echo(value))
    country = value.upper()
    return "GB" if country == "UK" else country


def read_usage_types(parameters: Parameters) -> tuple[str, ...]:
    """The asked usage types, each once, in the contract's order; `download` where none is asked."""
    items = [item for item in parameters.get("usagetypes", "").split(",") if item]
    for item in items:
        if item.lower() not in USAGE_TYPES:
            raise errors.not_in_list("usageTypes", echo(item))
    asked = {item.lower() for item in items} or {"download"}
    return tuple(usage_type for usage_type in USAGE_TYPES if usage_type in asked)


def read_image_size(parameters: Parameters) -> int | None:
    value = parameters.get("imagesize")
    if value is None:
        return None
    if not NUMBER.fullmatch(value) or int(value) not in RELEASE_SIZES + ARTIST_SIZES:
        raise errors.malformed("imageSize", echo(value))
    return int(value)


def _text(value: bytes) -> str:
    return value.decode("utf-8", errors="replace")

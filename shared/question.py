"""The question: what a request asks, with its parameters normalised, so that two ways of asking the same are one.

Pure. The gateway keys its cache by it, the catalogue answers it. Every rule here, the order of the checks and the texts
are the public API contract's ("Reading a request").
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args
from urllib.parse import unquote_to_bytes

from shared.accept import Format, negotiate
from shared.fields import Territory
from shared.refusal import ACCESS_DENIED, Refusal, malformed, missing, unknown_choice

AskedUsage = Literal["download", "subscriptionstreaming", "adsupportedstreaming"]
"""The usage types that can be asked for, in the order in which answers name them."""

Parameters = Mapping[str, str]
"""Values by lower-case name, percent-decoded, none empty."""

Shops = Mapping[int, Territory]
"""The territory of each shop that a key knows."""

USAGE_TYPES: Final[tuple[AskedUsage, ...]] = get_args(AskedUsage)
DEFAULT_USAGE_TYPES: Final[tuple[AskedUsage, ...]] = ("download",)
DEFAULT_TERRITORY: Final[Territory] = "GB"
UK_STORE: Final = 34
"""The shop that every key knows; it sells in GB."""

RELEASE_IMAGES: Final = frozenset({33, 50, 100, 180, 182, 200, 350, 500, 800})
ARTIST_IMAGES: Final = frozenset({150, 200, 300})
DEFAULT_RELEASE_IMAGE: Final = 50
DEFAULT_ARTIST_IMAGE: Final = 150

KNOWN_PARAMETERS: Final = ("trackid", "country", "shopid", "usagetypes", "imagesize")
"""What is read of a question, by lower-case names; any other may be a secret of its customer's."""

_QUERY_ONLY: Final = frozenset({"userid", "country", "shopid"})
_ID: Final = re.compile("[0-9]{1,18}")
_NUMBER: Final = re.compile("-?[0-9]{1,18}")
_COUNTRY: Final = re.compile("[A-Za-z]{2}")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`name` as access lists write it, `id_name` the parameter that names what is asked for, `subject` what messages
    call that."""

    name: str
    id_name: str
    subject: str


TRACK_DETAILS: Final = Endpoint(name="~/track/details", id_name="trackId", subject="Track")

_ENDPOINTS: Final = {f"/1.2/{endpoint.name[2:]}": endpoint for endpoint in (TRACK_DETAILS,)}


@dataclass(frozen=True, slots=True)
class Question:
    """What decides the answer, and nothing else: equal questions have equal answers at one instant.

    `ids` in the order asked for, repeated where they were; `usage_types` in the contract's order, each once; image
    sizes in pixels.
    """

    endpoint: Endpoint
    ids: tuple[int, ...]
    territory: Territory
    shop: int | None
    usage_types: tuple[AskedUsage, ...]
    release_image: int
    artist_image: int
    format: Format


class _Refused(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def find_endpoint(path: str) -> Endpoint | None:
    """The endpoint of a request's path, which is read in any case and with or without one trailing slash."""
    # Lower case joins some other letters with those of ASCII, which paths do not.
    return _ENDPOINTS.get(path.removesuffix("/").lower()) if path.isascii() else None


def read_parameters(query: bytes, form: bytes = b"") -> Parameters:
    """The parameters of a raw query string and of a form body.

    The first value of a name counts, the query's before the body's; when that one is empty, the parameter is absent.
    """
    parameters: dict[str, str] = {}
    for name, value in _pairs(query):
        parameters.setdefault(name, value)
    for name, value in _pairs(form):
        if name not in _QUERY_ONLY:
            parameters.setdefault(name, value)
    return {name: value for name, value in parameters.items() if value}


def find_shop(parameters: Parameters, shops: Shops) -> int | Refusal | None:
    """The shop that is asked for, None when none is; refused when the key does not know it."""
    value = parameters.get("shopid")
    if value is None:
        return None
    shop = int(value) if _NUMBER.fullmatch(value) else None
    return shop if shop == UK_STORE or shop in shops else ACCESS_DENIED


def ask(
    endpoint: Endpoint, parameters: Parameters, accept: str, *, default_territory: Territory | None, shops: Shops
) -> Question | Refusal:
    """The question, or why there is none: an unknown shop first, then the first of the checks that fails.

    `accept` is the Accept header, `default_territory` and `shops` are those of the consumer key.
    """
    shop = find_shop(parameters, shops)
    if isinstance(shop, Refusal):
        return shop
    try:
        ids = (_read_id(endpoint.id_name, parameters),)
        country = _read_country(parameters)
        usage_types = _read_usage_types(parameters)
        release_image, artist_image = _read_image_sizes(parameters)
    except _Refused as refused:
        return refused.refusal
    return Question(
        endpoint=endpoint,
        ids=ids,
        territory=_territory_of(shop, shops) or country or default_territory or DEFAULT_TERRITORY,
        shop=shop,
        usage_types=usage_types,
        release_image=release_image,
        artist_image=artist_image,
        format=negotiate(accept),
    )


def _pairs(encoded: bytes) -> Iterator[tuple[str, str]]:
    for pair in encoded.split(b"&"):
        name, _, value = pair.partition(b"=")
        yield _decode(name).lower().decode("utf-8", "replace"), _decode(value).decode("utf-8", "replace")


def _decode(encoded: bytes) -> bytes:
    return unquote_to_bytes(encoded.replace(b"+", b" "))


def _territory_of(shop: int | None, shops: Shops) -> Territory | None:
    if shop is None:
        return None
    return "GB" if shop == UK_STORE else shops[shop]


def _read_id(name: str, parameters: Parameters) -> int:
    value = parameters.get(name.lower())
    if value is None:
        raise _Refused(missing(name))
    if not _ID.fullmatch(value):
        raise _Refused(malformed(name, value))
    return int(value)


def _read_country(parameters: Parameters) -> Territory | None:
    value = parameters.get("country")
    if value is None:
        return None
    if not _COUNTRY.fullmatch(value):
        raise _Refused(malformed("country", value))
    country = value.upper()
    return "GB" if country == "UK" else country


def _read_usage_types(parameters: Parameters) -> tuple[AskedUsage, ...]:
    items = [item for item in parameters.get("usagetypes", "").split(",") if item]
    for item in items:
        if item.lower() not in USAGE_TYPES:
            raise _Refused(unknown_choice("usageTypes", item))
    asked = {item.lower() for item in items}
    return tuple(usage_type for usage_type in USAGE_TYPES if usage_type in asked) or DEFAULT_USAGE_TYPES


def _read_image_sizes(parameters: Parameters) -> tuple[int, int]:
    """Of releases and of artists; a size that fits one kind only leaves the other at its default."""
    value = parameters.get("imagesize")
    if value is None:
        return DEFAULT_RELEASE_IMAGE, DEFAULT_ARTIST_IMAGE
    size = int(value) if _NUMBER.fullmatch(value) else 0
    if size not in RELEASE_IMAGES and size not in ARTIST_IMAGES:
        raise _Refused(malformed("imageSize", value))
    return (
        size if size in RELEASE_IMAGES else DEFAULT_RELEASE_IMAGE,
        size if size in ARTIST_IMAGES else DEFAULT_ARTIST_IMAGE,
    )

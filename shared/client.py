"""The API client: who may ask what, how often, and for which territory when the question names none."""

from collections.abc import Iterator
from typing import Annotated, Final

from msgspec import Meta

from shared.fields import TERRITORY, Count, Id, Part, Shape, Shaped, Territory, Text, find_misshapen

ENDPOINT: Final = Shape(r"~/[!-@\[-~]+")

Endpoint = Annotated[str, Meta(extra_json_schema=ENDPOINT.schema)]
"""An endpoint as access lists write it, lower case: `~/track/details`. Any visible ASCII may follow `~/`: London's
lists have endpoints that this program does not know, and one of these must not keep a client out."""


class Shop(Part, frozen=True):
    """A partner store; it sells in one territory."""

    shop_id: Id
    territory: Territory


class Client(Part, frozen=True):
    """`sealed_secret` is the OAuth secret, encrypted by `shared.secret`; `daily_limit` is in requests a UTC day, None
    is no limit; `default_territory` None is the public API's default, GB."""

    client_id: Id
    consumer_key: Text
    sealed_secret: Text
    name: Text
    partner_id: Count | None
    default_territory: Territory | None
    daily_limit: Count | None
    endpoints: list[Endpoint]
    shops: list[Shop]


def find_fault(client: Client) -> str | None:
    """What is wrong with a client whose parts are of the right types: a text of another shape."""
    return find_misshapen(_shaped(client))


def _shaped(client: Client) -> Iterator[Shaped]:
    yield "default_territory", TERRITORY, [client.default_territory] if client.default_territory is not None else []
    yield "endpoints.*", ENDPOINT, client.endpoints
    yield "shops.*.territory", TERRITORY, [shop.territory for shop in client.shops]

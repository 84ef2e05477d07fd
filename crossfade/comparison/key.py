"""What the gateway tells the catalogue of a consumer key; without the gateway the comparison tells it instead. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.client import Client
from shared.errors import Unusable
from shared.fields import Territory
from shared.hop import SHOPS_HEADER, TERRITORY_HEADER, decode_shops, encode_shops
from shared.question import UK_STORE


@dataclass(frozen=True, slots=True)
class Key:
    """A consumer key, its default territory if it has one, and the shops it knows with the territory of each."""

    consumer_key: str
    territory: Territory | None = None
    shops: Mapping[int, Territory] = field(default_factory=dict)

    @property
    def shop_ids(self) -> tuple[int, ...]:
        """The shops to ask about; the UK store is known to every key."""
        return tuple(sorted({UK_STORE, *self.shops}))

    def headers(self) -> dict[str, str]:
        territory = {TERRITORY_HEADER.decode(): self.territory} if self.territory else {}
        return territory | {SHOPS_HEADER.decode(): encode_shops(self.shops).decode()}


def read_key(consumer_key: str, client: Client | None, territory: Territory | None, shops: str | None) -> Key:
    """The key as the region's client has it, if there is one; a territory or shops (`34:GB,55:US`) said explicitly come
    first. Raises Unusable."""
    held = client.default_territory if client else None
    return Key(consumer_key, territory or held, _shops_of(client) if shops is None else _read_shops(shops))


def _read_shops(text: str) -> dict[int, Territory]:
    try:
        return decode_shops(text.encode())
    except ValueError as error:
        raise Unusable(f"{text!r} are not shops and their territories, as 34:GB,55:US") from error


def _shops_of(client: Client | None) -> dict[int, Territory]:
    return {shop.shop_id: shop.territory for shop in client.shops} if client else {}

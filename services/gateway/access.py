"""What a client may ask: endpoints and shops by its access list, as of the public API contract, section 5. Pure."""

from collections.abc import Mapping

from shared.client import Client
from shared.fields import Territory
from shared.question import UK_STORE, Endpoint, Parameters, find_shop
from shared.refusal import ACCESS_DENIED, Refusal


def check(client: Client, endpoint: Endpoint, parameters: Parameters) -> Refusal | None:
    """Why the client may not ask this; None when it may."""
    if endpoint.name not in client.endpoints:
        return ACCESS_DENIED
    shop = find_shop(parameters, shops_of(client))
    return shop if isinstance(shop, Refusal) else None


def shops_of(client: Client) -> Mapping[int, Territory]:
    """The shops that the client knows, with the UK store, which everyone does."""
    return {UK_STORE: "GB"} | {shop.shop_id: shop.territory for shop in client.shops}

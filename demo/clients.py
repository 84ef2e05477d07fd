"""London's API clients and partner shops in the demo: one of each kind that the public API contract tells apart."""

from typing import NamedTuple

from asyncmy.connection import Connection

from demo.london import transaction
from demo.tables import Client, ClientEndpoint, ClientShop, Shop, insert_missing

TRACK_DETAILS = "~/track/details"
CATALOGUE_ENDPOINTS = (
    TRACK_DETAILS,
    "~/track/details/batch",
    "~/release/details",
    "~/release/details/batch",
    "~/release/tracks",
    "~/artist/details",
    "~/status",
)
LOG_ENDPOINTS = ("~/user/subscription/log", "~/catalogue/log", "~/user/preview/log")
UK_SHOP = 34

SHOPS = (
    Shop(UK_SHOP, "GB", "UK store"),
    Shop(35, "US", "US store"),
    Shop(36, "DE", "German store"),
    Shop(701, "US", "Harbour Radio, United States"),
    Shop(702, "CA", "Harbour Radio, Canada"),
    Shop(703, "JP", "Harbour Radio, Japan"),
)


class Account(NamedTuple):
    """A client with what it may ask and the shops it knows."""

    client: Client
    endpoints: tuple[str, ...] = CATALOGUE_ENDPOINTS
    shop_ids: tuple[int, ...] = (UK_SHOP,)


ACCOUNTS = (
    Account(
        Client(1, "demo", "demo-secret", "Demo", None, "GB", None),
        CATALOGUE_ENDPOINTS + LOG_ENDPOINTS,
        tuple(shop.shop_id for shop in SHOPS),
    ),
    Account(Client(2, "limit-4000", "limit-4000-secret", "With the default limit", None, "GB", 4000)),
    Account(Client(3, "limit-5", "limit-5-secret", "With a limit of five", None, "GB", 5)),
    Account(
        Client(4, "no-track-details", "no-track-details-secret", "Without access to tracks", None, "GB", 4000),
        tuple(endpoint for endpoint in CATALOGUE_ENDPOINTS if endpoint != TRACK_DETAILS),
    ),
    Account(Client(5, "no-territory", "no-territory-secret", "Without a default territory", None, None, 4000)),
    Account(
        Client(6, "partner-us", "partner-us-secret", "Harbour Radio", 70, "US", None),
        shop_ids=(701, 702, 703),
    ),
)  # fmt: skip


async def write_clients(connection: Connection) -> None:
    """Insert the shops and clients that are not there yet, in one transaction."""
    async with transaction(connection) as cursor:
        await insert_missing(cursor, SHOPS)
        await insert_missing(cursor, [account.client for account in ACCOUNTS])
        await insert_missing(cursor, _endpoints(ACCOUNTS))
        await insert_missing(cursor, _shops(ACCOUNTS))


def _endpoints(accounts: tuple[Account, ...]) -> list[ClientEndpoint]:
    return [ClientEndpoint(client.client_id, endpoint) for client, endpoints, _ in accounts for endpoint in endpoints]


def _shops(accounts: tuple[Account, ...]) -> list[ClientShop]:
    return [ClientShop(client.client_id, shop_id) for client, _, shop_ids in accounts for shop_id in shop_ids]

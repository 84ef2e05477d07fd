"""Clients of the gateway, for its tests."""

from shared.client import Client, Shop

TRACK_DETAILS = "~/track/details"


def client(client_id: int, key: str, limit: int | None = None, **changed: object) -> Client:
    """A client that may ask for tracks."""
    made: Client = {
        "client_id": client_id,
        "consumer_key": key,
        "sealed_secret": "",
        "name": f"Client {client_id}",
        "partner_id": None,
        "default_territory": "GB",
        "daily_limit": limit,
        "endpoints": [TRACK_DETAILS],
        "shops": [],
    }
    return made | changed  # type: ignore[return-value]


def shop(shop_id: int, territory: str) -> Shop:
    return {"shop_id": shop_id, "territory": territory}

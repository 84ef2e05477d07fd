"""Clients of the gateway, for its tests."""

from msgspec.structs import replace

from shared.client import Client, Shop

TRACK_DETAILS = "~/track/details"


def client(client_id: int, key: str, limit: int | None = None, **changed: object) -> Client:
    """A client that may ask for tracks."""
    made = Client(
        client_id=client_id,
        consumer_key=key,
        sealed_secret="",
        name=f"Client {client_id}",
        partner_id=None,
        default_territory="GB",
        daily_limit=limit,
        endpoints=[TRACK_DETAILS],
        shops=[],
    )
    return replace(made, **changed)


def shop(shop_id: int, territory: str) -> Shop:
    return Shop(shop_id, territory)

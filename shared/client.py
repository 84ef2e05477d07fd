"""The API client: who may ask what, how often, and for which territory when the question names none."""

from typing import Annotated, Final

from pydantic import StringConstraints, TypeAdapter, with_config
from typing_extensions import TypedDict

from shared.fields import STRICT, Count, Id, Territory, Text

Endpoint = Annotated[str, StringConstraints(pattern=r"^~/[!-@\[-~]+$")]
"""An endpoint as access lists write it, lower case: `~/track/details`. Any visible ASCII may follow `~/`: London's
lists have endpoints that this program does not know, and one of these must not keep a client out."""


@with_config(STRICT)
class Shop(TypedDict):
    """A partner store; it sells in one territory."""

    shop_id: Id
    territory: Territory


@with_config(STRICT)
class Client(TypedDict):
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


CLIENT: Final = TypeAdapter(Client)

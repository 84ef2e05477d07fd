"""The environment of the gateway."""

import socket
from typing import Final, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.errors import Unusable
from shared.settings import variable

URL: Final = r"^(https?://[^\s/?#]+/?)?$"

Side = Literal["region", "london"]


class GatewaySettings(BaseSettings):
    """Where the gateway listens, who it is, and to whom it passes requests on."""

    model_config = SettingsConfigDict(env_prefix="CROSSFADE_GATEWAY_", frozen=True)

    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(description="port to listen on; several processes may share it")
    name: str = Field(
        default_factory=socket.gethostname,
        description="what answers say of who answered, in x-7dig",
        pattern=r"^[\x21-\x7e]+$",
    )
    track_details: Side = Field(default="region", description="who answers ~/track/details, region or london")
    catalogue_url: str = Field(default="", description="address of catalogue, http://HOST:PORT", pattern=URL)
    london_url: str = Field(default="", description="address of the London origin, http://HOST:PORT", pattern=URL)
    connections: int = Field(default=256, ge=1, description="most connections to whom requests are passed on")
    deadline_s: float = Field(default=2.0, gt=0, description="seconds that an answer may take once it is passed on")

    def url(self, side: Side) -> str:
        """The address of that side. Raises Unusable when it was not set."""
        field = "catalogue_url" if side == "region" else "london_url"
        if url := str(getattr(self, field)):
            return url.rstrip("/")
        description = type(self).model_fields[field].description
        raise Unusable(f"the setting {variable(type(self), field)} is missing ({description})")

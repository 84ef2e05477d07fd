"""The environment of metadata."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class MetadataSettings(BaseSettings):
    """Where metadata listens, and how much it takes on."""

    model_config = SettingsConfigDict(env_prefix="CROSSFADE_METADATA_", frozen=True)

    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(description="port to listen on; several processes may share it")
    connections: int = Field(default=8, ge=1, description="most connections to the region's database")
    deadline_s: float = Field(default=2.0, gt=0, description="seconds that an answer may take at most")

"""The environment of catalogue."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class CatalogueSettings(BaseSettings):
    """Where catalogue listens, whom it asks, and how long that may take."""

    model_config = SettingsConfigDict(env_prefix="CROSSFADE_CATALOGUE_", frozen=True)

    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(description="port to listen on; several processes may share it")
    metadata_url: str = Field(description="address of metadata, http://HOST:PORT")
    availability_url: str = Field(description="address of availability, http://HOST:PORT")
    deadline_s: float = Field(default=2.0, gt=0, description="seconds that an answer may take at most")

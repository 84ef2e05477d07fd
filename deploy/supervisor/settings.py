"""The settings of `crossfade up`."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class UpSettings(BaseSettings):
    """What `up` passes to the supervisor that it starts."""

    model_config = SettingsConfigDict(env_prefix="CROSSFADE_UP_", frozen=True)

    albums: int = Field(default=2000, ge=0, description="albums to generate into a new embedded London")

"""Where the comparison asks; options of the command take precedence."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ComparisonSettings(BaseSettings):
    """The two sides that `crossfade compare` asks, and the API client that it asks as."""

    model_config = SettingsConfigDict(env_prefix="CROSSFADE_COMPARE_", frozen=True)

    origin: str = Field(default="", description="address of the London origin, http://HOST:PORT")
    catalogue: str = Field(default="", description="address of the region's catalogue service")
    gateway: str = Field(default="", description="address of the region's gateway, asked with --through-gateway")
    key: str = Field(default="demo", description="consumer key with access to the endpoint and without a daily limit")

"""The settings of `crossfade provision`."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ProvisionSettings(BaseSettings):
    """What accounts and topics are made with."""

    model_config = SettingsConfigDict(env_prefix="CROSSFADE_PROVISION_", frozen=True)

    hosts: str = Field(
        default="%",
        pattern=r"^[A-Za-z0-9.:/%_-]+$",
        description="hosts that the accounts may connect from, as the database writes them: 10.1.%",
    )
    partitions: int = Field(default=12, ge=1, le=1000, description="partitions of each topic that work is shared by")

"""What the persister takes from its environment, beside `shared.settings`."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class PersisterSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="CROSSFADE_PERSISTER_", frozen=True)

    group: str = Field(default="crossfade.persister", description="consumer group that shares the partitions")
    batch_records: int = Field(default=500, ge=1, description="most records stored in one transaction")
    most_letters: int = Field(
        default=1000, ge=1, description="dead letters within an hour, at which the persister stops with an alarm"
    )

"""What the producer takes from its environment, beside `shared.settings`."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ProducerSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="CROSSFADE_PRODUCER_", frozen=True)

    mapping: Path = Field(description="folder of the mapping that tells London's schema")
    readers: int = Field(default=3, ge=1, le=16, description="connections that read London at once in a snapshot")
    alarm_after_s: float = Field(
        default=60, ge=0, description="seconds without following after which an alarm is raised"
    )
    albums_per_s: float = Field(default=0, ge=0, description="most albums a second in a snapshot; 0 is no limit")

"""The origin's environment."""

from pydantic import SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """`CROSSFADE_ORIGIN_LISTEN` is where the origin listens; `CROSSFADE_LONDON_*` is the account it reads London with."""

    model_config = SettingsConfigDict(env_prefix="CROSSFADE_")

    origin_listen: str
    london_host: str
    london_port: int = 3306
    london_user: str
    london_password: SecretStr
    london_database: str

    @field_validator("origin_listen")
    @classmethod
    def _names_a_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise ValueError("must be host:port with a port from 1 to 65535")
        return value

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to listen on."""
        host, _, port = self.origin_listen.rpartition(":")
        return host, int(port)

"""The origin's environment."""

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

LAST_PORT = 65535


class Settings(BaseSettings):
    """`CROSSFADE_ORIGIN_LISTEN` is where the origin listens, `CROSSFADE_LONDON_*` the account that reads London."""

    model_config = SettingsConfigDict(env_prefix="CROSSFADE_")

    origin_listen: str = Field(description="HOST:PORT on which the demo's London API listens")
    london_host: str
    london_port: int = 3306
    london_user: str
    london_password: SecretStr
    london_database: str

    @field_validator("origin_listen")
    @classmethod
    def _names_a_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) <= LAST_PORT:
            raise ValueError("must be host:port with a port from 1 to 65535")
        return value

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to listen on."""
        host, _, port = self.origin_listen.rpartition(":")
        return host, int(port)


def complaints(error: ValidationError) -> str:
    """What is wrong with the environment, a line a variable; values are not repeated, for one is a password."""
    return "\n".join(f"CROSSFADE_{str(one['loc'][0]).upper()}: {one['msg']}" for one in error.errors())

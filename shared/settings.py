"""Settings: environment variables `CROSSFADE_*`, each read once, typed, and documented where it is declared.

Every process reads only the classes it needs; `crossfade settings` lists them all. Secrets mask themselves.
"""

from typing import Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.errors import Unusable

S = TypeVar("S", bound=BaseSettings)


class LondonSettings(BaseSettings):
    """London's database server, as this process may reach it."""

    model_config = SettingsConfigDict(env_prefix="CROSSFADE_LONDON_", frozen=True)

    host: str = Field(default="127.0.0.1", description="host of London's MySQL or MariaDB")
    port: int = Field(description="port of London's MySQL or MariaDB")
    user: str = Field(description="the account that this process connects with")
    password: SecretStr = Field(default=SecretStr(""), description="password of the account")
    database: str = Field(default="london", description="the schema that holds the catalogue")


class RegionSettings(BaseSettings):
    """The region's database server, as this process may reach it."""

    model_config = SettingsConfigDict(env_prefix="CROSSFADE_REGION_", frozen=True)

    host: str = Field(default="127.0.0.1", description="host of the region's MySQL or MariaDB")
    port: int = Field(description="port of the region's MySQL or MariaDB")
    user: str = Field(description="the account that this process connects with")
    password: SecretStr = Field(default=SecretStr(""), description="password of the account")
    database: str = Field(default="region", description="the schema that holds the documents")


class KafkaSettings(BaseSettings):
    """The region's Kafka."""

    model_config = SettingsConfigDict(env_prefix="CROSSFADE_KAFKA_", frozen=True)

    bootstrap: str = Field(description="HOST:PORT of one or more brokers, comma-separated")
    security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="how connections to the brokers are secured"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="SCRAM-SHA-512", description="how this process proves who it is; SASL only"
    )
    user: str = Field(default="", description="user name of this process; SASL only")
    password: SecretStr = Field(default=SecretStr(""), description="password of this process; SASL only")
    ca_file: str = Field(
        default="", description="certificates to trust, with SSL and SASL_SSL; empty trusts the system's"
    )


class ProcessSettings(BaseSettings):
    """What every process has."""

    model_config = SettingsConfigDict(env_prefix="CROSSFADE_", frozen=True)

    admin_port: int = Field(default=0, description="port of health and metrics on 127.0.0.1; 0 takes a free one")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="least level to log")
    stop_deadline_s: float = Field(default=10.0, gt=0, description="seconds that an orderly stop may take")


def load(settings: type[S]) -> S:
    """Reads the class from the environment; raises Unusable naming each variable that is missing or wrong."""
    try:
        return settings()
    except ValidationError as error:
        raise Unusable("; ".join(_explain(settings, found) for found in error.errors())) from error


def wrong_values(settings: type[BaseSettings]) -> dict[str, str]:
    """What the environment sets to something that the class refuses: a sentence for each variable. What is missing or
    empty is nothing wrong yet; it may still be told to the process that needs it."""
    try:
        settings()
    except ValidationError as error:
        set_ones = [found for found in error.errors() if found["type"] != "missing" and found["input"] != ""]
        return {variable(settings, str(found["loc"][0])): _explain(settings, found) for found in set_ones}
    return {}


def variable(settings: type[BaseSettings], field: str) -> str:
    """The environment variable that a field is read from."""
    return f"{settings.model_config.get('env_prefix', '')}{field}".upper()


def _explain(settings: type[BaseSettings], found: ErrorDetails) -> str:
    field = str(found["loc"][0])
    problem = "is missing" if found["type"] == "missing" else f"is wrong: {found['msg']}"
    return f"the setting {variable(settings, field)} {problem} ({settings.model_fields[field].description})"

"""The servers that the stack stands on: embedded ones, or the operator's own where settings name them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from deploy.embedded.database import DatabaseServer, Role
from deploy.embedded.kafka import KafkaServer, kafka_files
from deploy.embedded.mariadb import MariaDBServer, mariadb_files
from deploy.embedded.ports import LOOPBACK
from deploy.embedded.settings import EmbeddedSettings
from deploy.supervisor.folder import Folder
from shared.settings import S

ServerName = Literal["kafka", "london", "region"]
SERVERS: Final[tuple[ServerName, ...]] = get_args(ServerName)
CONTROLLER: Final = "kafka-controller"

Environment = Mapping[str, str]


@dataclass(frozen=True)
class Servers:
    """`embedded` are those to be run here; `settings` tells for each server where it is, as environment variables."""

    embedded: Mapping[ServerName, KafkaServer | DatabaseServer]
    settings: Mapping[ServerName, Environment]


def own_settings(server: ServerName, environment: Environment) -> dict[str, str]:
    """The settings that name the operator's own server; empty where the embedded one is meant."""
    prefix = f"CROSSFADE_{server.upper()}_"
    return {name: value for name, value in environment.items() if name.startswith(prefix) and value}


def embedded_names(environment: Environment) -> list[ServerName]:
    return [server for server in SERVERS if not own_settings(server, environment)]


def fetch(names: list[ServerName]) -> None:
    """Has the programs of the embedded servers in the cache. Blocks, and shows how far it is; raises EmbeddedError."""
    settings = EmbeddedSettings()
    if "kafka" in names:
        kafka_files(settings)
    if "london" in names or "region" in names:
        mariadb_files(settings)


def find_servers(folder: Folder, ports: Mapping[str, int]) -> Servers:
    """The servers as the environment has them; embedded ones have their ports by name."""
    names = embedded_names(os.environ)
    embedded = {name: _embedded(name, folder, ports) for name in names}
    own = {name: own_settings(name, os.environ) for name in SERVERS if name not in names}
    return Servers(embedded, own | {name: _settings(name, ports) for name in names})


def _embedded(name: ServerName, folder: Folder, ports: Mapping[str, int]) -> KafkaServer | DatabaseServer:
    settings = EmbeddedSettings()
    if name == "kafka":
        return KafkaServer(kafka_files(settings), folder.data(name), ports[name], ports[CONTROLLER])
    return MariaDBServer(mariadb_files(settings), folder.data(name), ports[name], Role(name))


def _settings(name: ServerName, ports: Mapping[str, int]) -> dict[str, str]:
    if name == "kafka":
        return {"CROSSFADE_KAFKA_BOOTSTRAP": f"{LOOPBACK}:{ports[name]}"}
    prefix = f"CROSSFADE_{name.upper()}_"
    return {f"{prefix}HOST": LOOPBACK, f"{prefix}PORT": str(ports[name]), f"{prefix}DATABASE": name}


def settings_from(kind: type[S], told: Environment, **more: str) -> S:
    """The settings that environment variables tell, of which `more` are the last words of others; what is told nowhere,
    like the password of one's own Kafka, is read from this process's environment."""
    prefix = kind.model_config.get("env_prefix", "")
    fields = {name.removeprefix(prefix): value for name, value in told.items()} | more
    values: dict[str, Any] = {name.lower(): value for name, value in fields.items()}
    return kind(**values)

"""compose.yaml: the servers of the embedded stack and of the tests, as containers that only this machine reaches."""

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from deploy.embedded.database import Role
from deploy.embedded.mariadb import MariaDBServer
from deploy.embedded.platform import OTHER_WAYS
from tests.containers import DATABASE_IMAGES, KAFKA_IMAGE, behaviour, kafka_settings

FILE: Final = Path(__file__).parents[2] / "compose.yaml"
PINNED: Final = re.compile(r"[a-z]+(/[a-z]+)?:[0-9]+(\.[0-9]+)+")
FROM_ENV_FILE: Final = re.compile(r"\$\{CROSSFADE_[A-Z]+_PASSWORD:\?[^}]+\}")

COMPOSE: Final[dict[str, Any]] = yaml.safe_load(FILE.read_text())
SERVICES: Final[dict[str, dict[str, Any]]] = COMPOSE["services"]


def test_it_is_the_file_that_other_platforms_are_sent_to() -> None:
    assert FILE.name in OTHER_WAYS


def test_its_images_are_those_of_the_tests() -> None:
    mariadb = DATABASE_IMAGES[MariaDBServer]
    assert {name: service["image"] for name, service in SERVICES.items()} == {
        "kafka": KAFKA_IMAGE,
        "london": mariadb,
        "region": mariadb,
    }


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_every_version_is_pinned(service: dict[str, Any]) -> None:
    assert PINNED.fullmatch(service["image"])


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_only_this_machine_reaches_a_server(service: dict[str, Any]) -> None:
    assert len(service["ports"]) == 1
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert "network_mode" not in service


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_a_server_says_whether_it_is_well(service: dict[str, Any]) -> None:
    assert service["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize(("name", "folder"), {"kafka": "/var/lib/kafka/data", "london": "/var/lib/mysql"}.items())
def test_data_outlives_its_container(name: str, folder: str) -> None:
    assert SERVICES[name]["volumes"] == [f"{name}:{folder}"]
    assert name in COMPOSE["volumes"]


@pytest.mark.parametrize("role", Role)
def test_a_databases_options_are_those_of_the_embedded_one(role: Role) -> None:
    assert SERVICES[role.value]["command"] == behaviour(MariaDBServer, role)


def test_kafkas_settings_are_those_of_the_embedded_one() -> None:
    found = {name: str(value) for name, value in SERVICES["kafka"]["environment"].items()}
    assert found == kafka_settings(9092) | {"KAFKA_LOG_DIRS": "/var/lib/kafka/data"}


@pytest.mark.parametrize("role", Role)
def test_no_password_stands_in_it(role: Role) -> None:
    """A password that is not in .env is an error, not an empty one."""
    passwords = [value for name, value in SERVICES[role.value]["environment"].items() if name.endswith("_PASSWORD")]
    assert len(passwords) == 1
    assert FROM_ENV_FILE.fullmatch(passwords[0])

"""What the supervisor runs, in which order, and who is told what; nothing of it is started."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from deploy.embedded.database import DatabaseFiles, DatabaseServer, Role
from deploy.embedded.kafka import KafkaFiles, KafkaServer
from deploy.embedded.mariadb import MariaDBServer
from deploy.supervisor.environment import Environments
from deploy.supervisor.folder import Folder
from deploy.supervisor.program import Program
from deploy.supervisor.servers import ServerName, Servers, own_settings
from deploy.supervisor.stack import PORTS, Stack
from shared.errors import Unusable

NUMBERS = {name: 5000 + number for number, name in enumerate(PORTS)}
OWN = {
    "CROSSFADE_KAFKA_BOOTSTRAP": "kafka.example:9092",
    "CROSSFADE_LONDON_HOST": "london.example",
    "CROSSFADE_LONDON_PORT": "3306",
    "CROSSFADE_LONDON_USER": "admin",
    "CROSSFADE_LONDON_PASSWORD": "of-the-admin",
    "CROSSFADE_REGION_HOST": "region.example",
    "CROSSFADE_REGION_PORT": "3307",
    "CROSSFADE_REGION_USER": "admin",
    "CROSSFADE_REGION_PASSWORD": "of-the-admin",
}

MakeStack = Callable[[Mapping[str, str]], dict[str, Program]]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path / ".crossfade")
    folder.make()
    return folder


@pytest.fixture
def programs(folder: Folder) -> MakeStack:
    """All programs by name, as they come from an environment."""

    def make(outside: Mapping[str, str]) -> dict[str, Program]:
        servers = Servers(
            {name: server for name, server in embedded(folder).items() if not own_settings(name, outside)},
            {
                "kafka": own_settings("kafka", outside) or {"CROSSFADE_KAFKA_BOOTSTRAP": "127.0.0.1:1"},
                "london": own_settings("london", outside) or {"CROSSFADE_LONDON_PORT": "2"},
                "region": own_settings("region", outside) or {"CROSSFADE_REGION_PORT": "3"},
            },
        )
        stack = Stack(Environments(folder, servers, outside), NUMBERS, albums=7, deadline_s=10.0)
        return {program.name: program for program in stack.programs()}

    return make


def embedded(folder: Folder) -> dict[ServerName, KafkaServer | DatabaseServer]:
    nowhere = Path("/nowhere")
    databases = DatabaseFiles(nowhere, nowhere, nowhere)
    servers: dict[ServerName, KafkaServer | DatabaseServer] = {
        "kafka": KafkaServer(KafkaFiles(nowhere, nowhere), folder.data("kafka"), 1, 2),
        "london": MariaDBServer(databases, folder.data("london"), 3, Role.LONDON),
        "region": MariaDBServer(databases, folder.data("region"), 4, Role.REGION),
    }
    for server in servers.values():
        if isinstance(server, DatabaseServer):
            server.folder.mkdir(parents=True, exist_ok=True)
            server.password_file.write_text("of-root")
    return servers


def test_every_program_stands_after_those_it_needs(programs: MakeStack) -> None:
    found = programs({})
    order = list(found)
    assert all(order.index(other) < order.index(name) for name, program in found.items() for other in program.after)


def test_the_producer_starts_when_london_is_filled_and_the_persister_has_the_region(programs: MakeStack) -> None:
    assert set(programs({})["producer"].after) == {"persister", "london-catalogue", "provision-london"}


def test_a_program_knows_the_password_of_its_own_account_only(programs: MakeStack, folder: Folder) -> None:
    found = programs({})
    secrets = {file.name: file.read_text() for file in folder.secrets.iterdir()}
    knows = {
        account: {name for name, program in found.items() if secret in program.environment.values()}
        for account, secret in secrets.items()
    }
    assert knows == {
        "crossfade_persister": {"persister"},
        "crossfade_producer": {"producer"},
        "crossfade_metadata": {"metadata"},
        "crossfade_availability": {"availability"},
        "crossfade_gateway": {"gateway"},
        "crossfade_origin": {"origin"},
        "key": {"producer"},
    }


def test_only_steps_on_embedded_servers_know_who_may_do_everything(programs: MakeStack) -> None:
    knowing = {name for name, program in programs({}).items() if "of-root" in program.environment.values()}
    assert knowing == {"london-catalogue", "provision-london", "provision-origin", "provision-region"}


def test_a_program_gets_of_the_environment_around_it_only_its_own_settings(programs: MakeStack) -> None:
    outside = {"CROSSFADE_GATEWAY_NAME": "edge", "CROSSFADE_LOG_LEVEL": "DEBUG", "SOME_TOKEN": "secret"}
    found = programs(outside)
    assert found["gateway"].environment["CROSSFADE_GATEWAY_NAME"] == "edge"
    assert "CROSSFADE_GATEWAY_NAME" not in found["catalogue"].environment
    assert found["catalogue"].environment["CROSSFADE_LOG_LEVEL"] == "DEBUG"
    assert not any("SOME_TOKEN" in program.environment for program in found.values())


def test_what_a_setting_says_to_a_program_goes_before_what_is_arranged_here(programs: MakeStack) -> None:
    gateway = programs({"CROSSFADE_GATEWAY_LONDON_URL": "http://london.example"})["gateway"]
    assert gateway.environment["CROSSFADE_GATEWAY_LONDON_URL"] == "http://london.example"


def test_each_service_has_an_admin_port_of_its_own(programs: MakeStack) -> None:
    ports = [program.environment.get("CROSSFADE_ADMIN_PORT") for program in programs({}).values()]
    told = [port for port in ports if port]
    assert len(told) == len(set(told)) == 6


def test_a_service_that_stops_within_its_deadline_is_not_killed_on_the_way(programs: MakeStack) -> None:
    assert programs({})["gateway"].stop_s > 10.0


def test_on_ones_own_servers_nothing_is_run_provisioned_or_waited_for(programs: MakeStack, folder: Folder) -> None:
    for account in ("persister", "producer", "metadata", "availability", "gateway"):
        folder.secret(f"crossfade_{account}")
    found = programs(OWN)
    assert set(found) == {"persister", "producer", "metadata", "availability", "catalogue", "gateway"}
    assert found["persister"].after == ()


def test_on_ones_own_servers_services_connect_as_their_own_accounts(programs: MakeStack, folder: Folder) -> None:
    for account in ("persister", "producer", "metadata", "availability", "gateway"):
        folder.secret(f"crossfade_{account}")
    found = programs(OWN)
    assert found["producer"].environment["CROSSFADE_LONDON_HOST"] == "london.example"
    assert found["producer"].environment["CROSSFADE_LONDON_USER"] == "crossfade_producer"
    assert not any("of-the-admin" in program.environment.values() for program in found.values())


def test_ones_own_servers_that_were_not_provisioned_are_named_with_the_way_out(programs: MakeStack) -> None:
    with pytest.raises(Unusable, match=r"crossfade_persister.*crossfade provision"):
        programs(OWN)


def test_one_server_of_ones_own_leaves_the_others_embedded(programs: MakeStack) -> None:
    found = programs({"CROSSFADE_KAFKA_BOOTSTRAP": "kafka.example:9092"})
    assert {"london", "region", "origin"} < set(found)
    assert "kafka" not in found
    assert found["persister"].environment["CROSSFADE_KAFKA_BOOTSTRAP"] == "kafka.example:9092"

"""Everything that `crossfade up` runs: what each program needs to be there before it, and what it is told."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from deploy.embedded.ports import LOOPBACK
from deploy.supervisor import health, program
from deploy.supervisor.environment import Environments
from deploy.supervisor.program import Program, python
from deploy.supervisor.servers import CONTROLLER, Environment, ServerName

SERVICES: Final = ("persister", "producer", "metadata", "availability", "catalogue", "gateway")
LISTENING: Final = ("metadata", "availability", "catalogue", "gateway", "origin")
PORTS: Final = ("kafka", CONTROLLER, "london", "region", *LISTENING, *(f"{name}-admin" for name in SERVICES))
"""What has a port, by name."""

MAPPING: Final = Path(__file__).parents[2] / "mappings" / "sevendigital"
"""Tells the schema of an embedded London."""

STOP_MARGIN_S: Final = 10.0
"""A service that stops within its deadline is not killed on the way."""


@dataclass(frozen=True)
class Stack:
    """The programs of one machine. `albums` are generated into a new embedded London; `deadline_s` is what the orderly
    stop of a service may take."""

    environments: Environments
    ports: Mapping[str, int]
    albums: int
    deadline_s: float

    def programs(self) -> list[Program]:
        """Each after those it needs; what is not run here, like one's own servers, is not waited for."""
        programs = [*self._servers(), *self._steps(), *self._services()]
        here = {each.name for each in programs}
        return [replace(each, after=tuple(name for name in each.after if name in here)) for each in programs]

    def addresses(self) -> dict[str, str]:
        """Where people find things."""
        return {each.name: self._url(each.name) for each in self._services() if each.name in ("gateway", "origin")}

    def _servers(self) -> list[Program]:
        embedded = self.environments.servers.embedded
        return [program.server(name, server, self.ports[name]) for name, server in embedded.items()]

    def _steps(self) -> list[Program]:
        """What embedded servers are given; one's own get it from `crossfade provision`."""
        steps = {
            "kafka": lambda: [self._provision("topics", "kafka")],
            "region": lambda: [self._provision("region", "region")],
            "london": lambda: [self._fill(), self._provision("london", "london"), self._provision("origin", "london")],
        }
        return [step for server in self.environments.servers.embedded for step in steps[server]()]

    def _services(self) -> list[Program]:
        tell = self.environments
        persister = tell.server("kafka") | tell.account("region", "persister")
        producer = tell.server("kafka") | tell.account("london", "producer") | tell.sealing_key()
        producer |= {"CROSSFADE_PRODUCER_MAPPING": str(MAPPING)}
        catalogue = self._urls("catalogue", metadata="metadata", availability="availability")
        gateway = tell.account("region", "gateway") | self._urls("gateway", catalogue="catalogue", london="origin")
        services = [
            self._service("persister", persister, "provision-topics", "provision-region"),
            self._service("producer", producer, "persister", "london-catalogue", "provision-london"),
            self._service("metadata", tell.account("region", "metadata"), "persister"),
            self._service("availability", tell.account("region", "availability"), "persister"),
            self._service("catalogue", catalogue, "metadata", "availability"),
            self._service("gateway", gateway, "catalogue", "origin"),
        ]
        return [*self._origin(), *services]

    def _origin(self) -> list[Program]:
        """London's own API is where London is; only for an embedded London does the demo's stand in."""
        if "london" not in self.environments.servers.embedded:
            return []
        port = self.ports["origin"]
        told = self.environments.account("london", "origin") | {"CROSSFADE_ORIGIN_LISTEN": f"{LOOPBACK}:{port}"}
        environment = self.environments.common() | told
        after = ("london-catalogue", "provision-origin")
        ready = health.waiting("origin", port)
        return [Program("origin", python("demo.origin"), environment, after, port, port, ready)]

    def _fill(self) -> Program:
        told = self.environments.owner("london") | {"CROSSFADE_UP_ALBUMS": str(self.albums)}
        return self._step("london-catalogue", python("deploy.supervisor.london"), told, "london")

    def _provision(self, part: str, server: ServerName) -> Program:
        told = self.environments.of("provision") | self.environments.owner(server)
        told |= {"CROSSFADE_PROVISION_HOSTS": LOOPBACK}
        return self._step(f"provision-{part}", python("deploy.provision", part), told, server)

    def _step(self, name: str, command: tuple[str, ...], told: Environment, after: str) -> Program:
        return Program(name, command, {**self.environments.common(), **told}, (after,))

    def _service(self, name: str, told: Environment, *after: str) -> Program:
        """What the settings say to it by its name goes before what it is told here."""
        admin = self.ports[f"{name}-admin"]
        return Program(
            name,
            python(f"services.{name}"),
            {**self.environments.common(), **told, **self.environments.of(name), **self._own_ports(name)},
            after,
            port=self.ports.get(name),
            health_port=admin,
            wait_ready=(health.waiting_patiently if name == "producer" else health.waiting)(name, admin),
            stop_s=self.deadline_s + STOP_MARGIN_S,
        )

    def _own_ports(self, name: str) -> dict[str, str]:
        ports = {"CROSSFADE_ADMIN_PORT": str(self.ports[f"{name}-admin"])}
        return ports | ({f"CROSSFADE_{name.upper()}_PORT": str(self.ports[name])} if name in self.ports else {})

    def _urls(self, program: str, **others: str) -> dict[str, str]:
        """The settings that tell a program where others are; `others` has the setting's name for them first."""
        return {f"CROSSFADE_{program.upper()}_{name.upper()}_URL": self._url(other) for name, other in others.items()}

    def _url(self, program: str) -> str:
        return f"http://{LOOPBACK}:{self.ports[program]}"

"""Everything that `crossfade up` runs: what each program needs to be there before it, and its whole environment."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from deploy.embedded.kafka import KafkaServer
from deploy.embedded.ports import LOOPBACK
from deploy.supervisor import health, program
from deploy.supervisor.folder import Folder
from deploy.supervisor.program import Program, python
from deploy.supervisor.servers import CONTROLLER, Environment, ServerName, Servers
from shared.errors import Unusable
from shared.secret import new_key

SERVICES: Final = ("persister", "producer", "metadata", "availability", "catalogue", "gateway")
LISTENING: Final = ("metadata", "availability", "catalogue", "gateway", "origin")
PORTS: Final = ("kafka", CONTROLLER, "london", "region", *LISTENING, *(f"{name}-admin" for name in SERVICES))
"""What has a port, by name."""

MAPPING: Final = Path(__file__).parents[2] / "mappings" / "sevendigital"
"""Tells the schema of an embedded London."""

_COMMON: Final = frozenset(
    ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "XDG_CACHE_HOME", "SSL_CERT_FILE", "SSL_CERT_DIR")
    + ("CROSSFADE_LOG_LEVEL", "CROSSFADE_STOP_DEADLINE_S")
)
"""What every process may know of the environment that `up` was said in."""


@dataclass(frozen=True)
class Stack:
    """The programs of one machine. `outside` is the environment that `up` was said in; a program gets of it what all
    may know and the settings of its own name."""

    folder: Folder
    servers: Servers
    ports: Mapping[str, int]
    outside: Environment
    albums: int

    def programs(self) -> list[Program]:
        """Each after those it needs; what is not run here, like one's own servers, is not waited for."""
        programs = [*self._servers(), *self._steps(), *self._services(), *self._origin()]
        here = {each.name for each in programs}
        return [replace(each, after=tuple(name for name in each.after if name in here)) for each in programs]

    def _servers(self) -> list[Program]:
        return [program.server(name, server, self.ports[name]) for name, server in self.servers.embedded.items()]

    def _steps(self) -> list[Program]:
        """What embedded servers are given; one's own get it from `crossfade provision`."""
        steps = {
            "kafka": [self._provision("topics", "kafka")],
            "region": [self._provision("region", "region")],
            "london": [
                self._fill_london(),
                self._provision("london", "london"),
                self._provision("origin", "london"),
            ],
        }
        return [each for name in self.servers.embedded for each in steps[name]]

    def _fill_london(self) -> Program:
        environment = self._environment("up", self._root("london"), {"CROSSFADE_UP_ALBUMS": str(self.albums)})
        return program.step("london-catalogue", python("deploy.supervisor.london"), environment, "london")

    def _provision(self, part: str, server: ServerName) -> Program:
        environment = self._environment("provision", self._root(server), {"CROSSFADE_PROVISION_HOSTS": LOOPBACK})
        return program.step(f"provision-{part}", python("deploy.provision", part), environment, server)

    def _services(self) -> list[Program]:
        kafka, key = self.servers.settings["kafka"], self._key()
        persister = {**kafka, **self._account("region", "persister")}
        producer = {**kafka, **self._account("london", "producer"), **key, **self._mapping()}
        gateway = self._account("region", "gateway") | key | self._urls("gateway", "catalogue", "origin")
        catalogue = self._urls("catalogue", "metadata", "availability")
        return [
            self._service("persister", persister, "provision-topics", "provision-region"),
            self._service("producer", producer, "persister", "london-catalogue", "provision-london"),
            self._service("metadata", self._account("region", "metadata"), "persister"),
            self._service("availability", self._account("region", "availability"), "persister"),
            self._service("catalogue", catalogue, "metadata", "availability"),
            self._service("gateway", gateway, "catalogue", "origin"),
        ]

    def _origin(self) -> list[Program]:
        """London's own API exists where London does; beside an embedded London the demo's stands for it."""
        if "london" not in self.servers.embedded:
            return []
        listen = {"CROSSFADE_ORIGIN_LISTEN": f"{LOOPBACK}:{self.ports['origin']}"}
        environment = self._environment("origin", self._account("london", "origin"), listen)
        port = self.ports["origin"]
        after = ("london-catalogue", "provision-origin")
        ready = health.waiting("origin", port)
        return [Program("origin", python("demo.origin"), environment, after, port, port, ready)]

    def _service(self, name: str, needs: Environment, *after: str) -> Program:
        port, admin = self.ports.get(name), self.ports[f"{name}-admin"]
        own = {"CROSSFADE_ADMIN_PORT": str(admin)}
        if port:
            own[f"CROSSFADE_{name.upper()}_PORT"] = str(port)
        environment = self._environment(name, needs, own)
        return program.service(name, f"services.{name}", environment, *after, port=port, health_port=admin)

    def _environment(self, name: str, *needs: Environment) -> dict[str, str]:
        prefix = f"CROSSFADE_{name.upper()}_"
        known = {key: value for key, value in self.outside.items() if key in _COMMON or key.startswith(prefix)}
        return known | {key: value for need in needs for key, value in need.items()}

    def _account(self, server: ServerName, user: str) -> dict[str, str]:
        """A server's settings for whoever connects as one of the accounts that `crossfade provision` makes."""
        account = f"crossfade_{user}"
        if server not in self.servers.embedded and not self.folder.has_secret(account):
            raise Unusable(
                f"{self.folder.secrets / account} holds no password of the account {account}: "
                "run `crossfade provision` here, or put it there"
            )
        return self._login(server, account, self.folder.secret(account))

    def _root(self, server: ServerName) -> dict[str, str]:
        embedded = self.servers.embedded[server]
        if isinstance(embedded, KafkaServer):
            return dict(self.servers.settings[server])
        return self._login(server, embedded.root.user, embedded.root.password)

    def _login(self, server: ServerName, user: str, password: str) -> dict[str, str]:
        prefix = f"CROSSFADE_{server.upper()}_"
        return {**self.servers.settings[server], f"{prefix}USER": user, f"{prefix}PASSWORD": password}

    def _mapping(self) -> dict[str, str]:
        return {"CROSSFADE_PRODUCER_MAPPING": self.outside.get("CROSSFADE_PRODUCER_MAPPING") or str(MAPPING)}

    def _key(self) -> dict[str, str]:
        """The key that clients' secrets are sealed with, made up where the settings name none."""
        return {"CROSSFADE_SECRET_KEY": self.outside.get("CROSSFADE_SECRET_KEY") or self.folder.secret("key", new_key)}

    def _urls(self, name: str, *others: str) -> dict[str, str]:
        """The settings that tell a service where others are."""
        return {f"CROSSFADE_{name.upper()}_{other.upper()}_URL": self.url(other) for other in others}

    def url(self, name: str) -> str:
        return f"http://{LOOPBACK}:{self.ports[name]}"

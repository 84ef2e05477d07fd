"""What to run on this machine, decided before any of it starts."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deploy.embedded.errors import EmbeddedError
from deploy.supervisor.environment import Environments
from deploy.supervisor.folder import Folder
from deploy.supervisor.ports import choose, named_ports, require_free
from deploy.supervisor.program import Program
from deploy.supervisor.servers import Environment, ServerName, find_servers
from deploy.supervisor.settings import UpSettings
from deploy.supervisor.stack import LISTENING, PORTS, Stack
from shared.errors import Stop
from shared.settings import ProcessSettings, load


@dataclass(frozen=True)
class Plan:
    """`programs` stand each after those it needs; `servers` and `addresses` as in `deploy.supervisor.state.State`."""

    programs: Sequence[Program]
    ports: Mapping[str, int]
    servers: Mapping[ServerName, Environment]
    addresses: Mapping[str, str]


async def plan_stack(folder: Folder, ports_before: Mapping[str, int]) -> Plan:
    """The whole stack, with the data folders of its embedded servers made. Raises Stop."""
    fixed = named_ports(LISTENING, os.environ)
    require_free(fixed)
    ports = choose(PORTS, ports_before, fixed)
    try:
        servers = find_servers(folder, ports)
        await asyncio.gather(*(asyncio.to_thread(server.prepare) for server in servers.embedded.values()))
    except EmbeddedError as error:
        raise Stop(str(error)) from error
    environments = Environments(folder, servers, os.environ)
    stack = Stack(environments, ports, load(UpSettings).albums, load(ProcessSettings).stop_deadline_s)
    return Plan(stack.programs(), ports, dict(servers.settings), stack.addresses())

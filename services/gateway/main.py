"""Wires the gateway and runs it."""

import secrets
from collections.abc import Mapping
from typing import Final

from services.gateway import proxy
from services.gateway.app import Gateway
from services.gateway.clients import ClientPoll, Clients
from services.gateway.daily_limit import daily_limits
from services.gateway.lease_store import RegionLeaseStore
from services.gateway.proxy import London, Region
from services.gateway.quota import Policy
from services.gateway.settings import GatewaySettings, Side
from shared import http, mysql
from shared.lifecycle import Life
from shared.question import TRACK_DETAILS
from shared.settings import RegionSettings, load

READ_COMMITTED: Final = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"
DATABASE_CONNECTIONS: Final = 8
CONNECT_TIMEOUT_S: Final = 1

UPSTREAMS: Final[Mapping[Side, type[Region] | type[London]]] = {"region": Region, "london": London}


async def main(life: Life) -> None:
    settings, server = load(GatewaySettings), load(RegionSettings)
    side = settings.track_details
    url = settings.url(side)
    listener = http.bind(settings.host, settings.port)
    deadline_s = life.settings.stop_deadline_s / 2
    async with (
        mysql.pool(
            server, DATABASE_CONNECTIONS, init_command=READ_COMMITTED, connect_timeout=CONNECT_TIMEOUT_S
        ) as pool,
        proxy.session(settings.connections) as session,
        daily_limits(RegionLeaseStore(server, pool, secrets.token_bytes(16)), Policy(), deadline_s) as limits,
    ):
        clients = Clients()
        poll = ClientPoll(clients, server, pool)
        routes = {TRACK_DETAILS.name: UPSTREAMS[side](session, url, settings.deadline_s)}
        gateway = Gateway(settings.name, clients, limits, routes)
        async with http.serving(gateway, listener, deadline_s=deadline_s):
            life.ready(poll.not_ready)
            await life.run(clients=poll.follow(life), recall=limits.recall(life))

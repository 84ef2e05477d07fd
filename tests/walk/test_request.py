"""The way of a request: from a customer's GET to the bytes of the answer, one stop after the other.

gateway: oauth1 -> clients -> access -> daily limit -> proxy -> catalogue: question -> metadata and availability -> view
-> XML. Each stop is the code that runs in production, called by hand; at the end the whole is asked at once.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from demo.changes import tracks_on_sale
from services.availability import api as availability
from services.catalogue import api as catalogue
from services.catalogue import view, xml
from services.catalogue.internal import region as catalogue_region
from services.gateway import access, oauth1, proxy
from services.gateway.clients import ClientPoll, Clients
from services.gateway.daily_limit import daily_limits
from services.gateway.lease_store import RegionLeaseStore
from services.gateway.messages import Answer, Request
from services.gateway.proxy import Region
from services.gateway.quota import Policy, Verdict
from services.metadata import api as metadata
from services.persister.schema import apply_schema
from shared import internal, mysql
from shared.clock import to_instant
from shared.hop import Hop
from shared.lookup import lookups
from shared.question import Question, ask, find_endpoint, read_parameters
from tests.integration.apis import served
from tests.integration.implementations import Databases, replicate
from tests.replication import World, fill, world
from tests.servers import Database, Kafka

NOW = datetime(2026, 7, 1, tzinfo=UTC)
DEADLINE_S = 5.0


@pytest.fixture
async def here(kafka: Kafka, london_server: Database, region_server: Database, tmp_path: Path) -> AsyncIterator[World]:
    async with world(kafka.bootstrap, london_server.root, region_server.root, tmp_path) as made:
        await fill(made, 20)
        await apply_schema(made.region)
        await replicate(Databases(made.london, made.region))
        yield made


async def test_the_way_of_a_request(here: World) -> None:
    async with here.in_london() as london:
        [sold] = await tracks_on_sale(london, "GB", NOW, 1)

    async with (
        mysql.pool(here.region, size=2) as pool,
        lookups(here.region, size=2) as lookup,
        served(internal.application(metadata.routes(lookup), DEADLINE_S)) as metadata_url,
        served(internal.application(availability.routes(lookup), DEADLINE_S)) as availability_url,
        catalogue_region(metadata_url, availability_url) as region,
        served(catalogue.application(region, DEADLINE_S)) as catalogue_url,
        proxy.session(connections=2) as session,
        daily_limits(RegionLeaseStore(here.region, pool, secrets.token_bytes(16)), Policy(), DEADLINE_S) as limits,
    ):
        # A customer asks for a track.
        path, query = "/1.2/track/details", b"TrackId=%d&country=gb&oauth_consumer_key=limit-4000" % sold.track_id
        headers = [(b"accept", b"application/xml")]
        request = Request("GET", path, path.encode(), query, headers, body=b"", now=to_instant(NOW))

        # Who asks? The key stands in one of four places; the clients came from London like the albums.
        clients = Clients()
        await ClientPoll(clients, here.region, pool).renew()
        key = oauth1.consumer_key(request.query, request.header(b"authorization"), request.form)
        assert key == b"limit-4000"
        client = clients.find(key)
        assert client is not None

        # May this client ask that?
        endpoint = find_endpoint(request.path)
        assert endpoint is not None
        parameters = read_parameters(request.query)
        assert access.check(client, endpoint, parameters) is None

        # Is something left of its day? From here on the request is counted, whatever becomes of it.
        assert await limits.admit(client.client_id) is Verdict.ADMITTED
        figures = await limits.figures(client.client_id)
        assert figures is not None
        assert (figures.limit, figures.current) == (4000, 1)

        # The catalogue reads the question: names in any case, defaults filled in.
        question = ask(
            endpoint,
            parameters,
            "application/xml",
            default_territory=client.default_territory,
            shops=access.shops_of(client),
        )
        assert isinstance(question, Question)
        assert (question.ids, question.territory, question.usage_types) == ((sold.track_id,), "GB", ("download",))

        # It asks metadata and availability at the same time; both answer of one version.
        found = await region.tracks(question.ids, question.territory, question.usage_types, hop_of(request))
        facts = found[sold.track_id]
        assert facts.metadata is not None
        assert facts.availability is not None

        # The view puts both together, and XML says it.
        track = view.track_details(facts.metadata, facts.availability, question)
        assert isinstance(track, dict)
        body = xml.track_details(track)
        assert b'status="ok"' in body

        # The same, asked over the way that the gateway passes it on.
        answer = await Region(session, catalogue_url, DEADLINE_S).answer(request, client)
        assert isinstance(answer, Answer)
        assert (answer.status, answer.body) == (200, body)


def hop_of(request: Request) -> Hop:
    return Hop(request.now, asyncio.get_running_loop().time() + DEADLINE_S, None)

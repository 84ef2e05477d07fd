"""`crossfade bench snapshot` on a small London: every field is told, and what differs from London is found."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from bench import content, peer
from bench.path import documents_path
from bench.servers import renew_database, servers
from demo.generate import Catalogue, write_catalogue
from demo.london import create
from shared import mysql
from shared.errors import CrossfadeError

ALBUMS = 50


async def test_the_command_measures_both_sides_and_tells_that_all_of_london_arrived() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "crossfade.main"),
        *("bench", "snapshot", "--albums", str(ALBUMS), "--rounds", "1", "--json"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    found = json.loads(out)
    assert list(found) == [
        *("bench", "figure", "unit", "peer", "peer_figure", "ratio", "to_reach", "correct", "cpu_s", "peak_mb")
    ]
    assert (found["bench"], found["unit"], found["to_reach"], found["correct"]) == ("snapshot", "albums/s", 1, True)
    assert found["ratio"] == pytest.approx(found["figure"] / found["peer_figure"], rel=0.01)
    assert min(found["figure"], found["peer_figure"], found["cpu_s"], found["peak_mb"]) > 0


BREAKS = {
    "a byte of a track": "UPDATE track_metadata SET document = CONCAT(document, ' ') LIMIT 1",
    "whose track it is": "UPDATE track_availability SET album_id = album_id + 1 LIMIT 1",
    "a digest": "UPDATE album SET digest = REPEAT('x', 32) LIMIT 1",
    "an artist": "UPDATE artist SET document = REPLACE(document, 'false', 'true') LIMIT 1",
    "a row that is gone": "DELETE FROM album_availability LIMIT 1",
    "a row too many": "INSERT INTO album_metadata SELECT 9999, version, document FROM album_metadata LIMIT 1",
}


async def test_the_content_is_london_and_each_difference_is_found(tmp_path: Path) -> None:
    async with servers(tmp_path) as running:
        await create(running.london)
        async with mysql.connection(running.london) as london:
            async for _ in write_catalogue(london, Catalogue(ALBUMS)):
                pass
        async with documents_path(running, tmp_path) as path:
            await path.snapshot()
            expected = await content.expected(path.london())
            assert await content.stored(running.region) == expected
            async with mysql.connection(running.region) as region:
                for what, statement in BREAKS.items():
                    before = await content.stored(running.region)
                    await mysql.rows(region, statement)
                    assert await content.stored(running.region) != before, what
        await renew_database(running.region, "copy")
        await peer.copy(running.programs, running.london, running.region, "copy")
        assert await content.checksums(running.region, "copy") == await content.checksums(running.london, "london")
        with pytest.raises(CrossfadeError, match=r"mariadb ended with 1: .*nowhere"):
            await peer.copy(running.programs, running.london, running.region, "nowhere")

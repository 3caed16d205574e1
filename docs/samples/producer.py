"""A publisher in forty lines: `python producer.py custody OUTBOX` publishes each JSON line of OUTBOX, and whatever is appended to it later.

Started again it publishes everything again, which changes nothing: what is said twice counts once.
"""

import asyncio
import json
import os
import sys
import uuid
from datetime import datetime, timezone

from aiokafka import AIOKafkaProducer

SERVERS = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092")
PREFIX = os.environ.get("HOLDFAST_TOPIC_PREFIX", "")
TOPICS = {"court": "court-results", "custody": "custody-events", "immigration": "immigration-events"}


def key_of(record):
    """Same person, same key, same partition: so the order in which things were said is kept."""
    person = record["person"]
    return (person.get("prisoner_number") or person["identifiers"][0]["value"]).encode()


def heartbeat(source, as_of):
    """Everything that we decided before `as_of` is already in this partition."""
    times = dict.fromkeys(("occurred_at", "recorded_at", "as_of"), as_of)
    return json.dumps({"type": "SOURCE_HEARTBEAT", "record_id": str(uuid.uuid4()), "source": source, **times}).encode()


async def publish_new(producer, topic, outbox):
    """Publish every whole line that has not been read yet; each is acknowledged by the cluster before the next."""
    while (line := outbox.readline()).endswith(b"\n"):
        await producer.send_and_wait(topic, line.strip(), key=key_of(json.loads(line)))
    outbox.seek(-len(line), os.SEEK_CUR)  # somebody is still writing it


async def main(source, path):
    topic = PREFIX + TOPICS[source]
    async with AIOKafkaProducer(bootstrap_servers=SERVERS, acks="all", enable_idempotence=True) as producer:
        with open(path, "rb") as outbox:
            while True:
                as_of = datetime.now(timezone.utc).isoformat()  # first: what is decided from here on is not vouched for yet
                await publish_new(producer, topic, outbox)
                for partition in await producer.partitions_for(topic):
                    await producer.send_and_wait(topic, heartbeat(source, as_of), partition=partition)
                await asyncio.sleep(1)


asyncio.run(main(*sys.argv[1:]))

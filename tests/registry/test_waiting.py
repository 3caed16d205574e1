"""A registry that is down, slow, broken or lies: records wait, nothing is skipped, nothing is dead-lettered that could be read later."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from aiohttp import web

from holdfast.claims import Claim, Doubt
from holdfast.records import DeadLetter
from holdfast_gate.avro import HEADER_BYTES
from holdfast_gate.confluent import Writers, framed
from holdfast_gate.model import QueryKind
from schemas import newest, registry
from schemas.contract import to_avro
from schemas.wire import decode
from services.intake.app import IntakeStage
from services.runtime.clock import SystemClock
from services.runtime.config import RegistrySettings
from services.runtime.health import Health
from services.runtime.ports import Broker, Lane, OffsetLostError, Outgoing, Record, TopicPartition
from services.runtime.readable import ReadableBroker, RenumberedError
from services.runtime.registry_client import registry_client
from services.runtime.restore import read_to_end
from services.runtime.schema_ids import SchemaIds, asking
from services.runtime.stage import Tick
from simulator.memory_broker import MemoryBroker
from tests.gate.feeds import eventually

MERGE = "uk.holdfast.custody_events.Merge"
SOURCE = TopicPartition("custody-events", 0)
TICK_S = 0.05
Answer = Callable[[int], Awaitable[web.StreamResponse]]


def payload(number: int) -> bytes:
    """A merge in single-object encoding."""
    person = {"prisoner_number": f"A{number:04}BC"}
    at = {"occurred_at": "2025-01-01T00:00:00Z", "recorded_at": "2025-01-01T00:00:00Z"}
    numbers = {"surviving_prisoner_number": f"A{number:04}BC", "removed_prisoner_number": f"A{number:04}BD"}
    return to_avro("custody-events", {"type": "MERGE", "record_id": f"m{number}", "person": person, **at, **numbers})


def confluent(number: int, schema_id: int) -> bytes:
    """The same in the Confluent wire format."""
    return framed(schema_id, payload(number)[HEADER_BYTES:])


async def known(_: int) -> web.StreamResponse:
    """Every id stands for a merge."""
    return web.json_response({"schema": json.dumps(newest()[MERGE].schema)})


async def unknown(_: int) -> web.StreamResponse:
    """The registry's own no."""
    return web.json_response({"error_code": 40403, "message": "Schema not found"}, status=404)


async def proxys_404(_: int) -> web.StreamResponse:
    """Somebody else's no."""
    return web.Response(text="<html>Not found</html>", status=404, content_type="text/html")


async def other_404(_: int) -> web.StreamResponse:
    """A no that is no registry's, in JSON."""
    return web.json_response({"error_code": 0, "message": "no resource"}, status=404)


async def failing(_: int) -> web.StreamResponse:
    """500."""
    return web.json_response({"error_code": 50001}, status=500)


async def slow(_: int) -> web.StreamResponse:
    """Longer than anybody waits."""
    await asyncio.sleep(30)
    return web.Response()


async def nonsense(_: int) -> web.StreamResponse:
    """200, and no schema in it."""
    return web.json_response({"schema": 7})


async def huge(_: int) -> web.StreamResponse:
    """200, and more than anybody reads."""
    return web.Response(body=b" " * (2 * 1024 * 1024) + b"{}")


async def elsewhere(_: int) -> web.StreamResponse:
    """A redirect, which is not followed."""
    return web.Response(status=302, headers={"Location": "/schemas/ids/1"})


async def forbidden(_: int) -> web.StreamResponse:
    """The secret is wrong."""
    return web.Response(status=401)


class Registry:
    """A server that answers as it is told to; `asked` counts."""

    def __init__(self) -> None:
        self.answer: Answer = known
        self.asked: list[int] = []
        self.authorisations: list[str | None] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer."""
        schema_id = int(request.match_info["id"])
        self.asked.append(schema_id)
        self.authorisations.append(request.headers.get("Authorization"))
        return await self.answer(schema_id)


@pytest.fixture
async def server() -> AsyncIterator[Registry]:
    """A server on a loopback port."""
    told = Registry()
    app = web.Application()
    app.add_routes([web.get("/schemas/ids/{id}", told.handle)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    told.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield told
    await runner.cleanup()


@pytest.fixture
def broker() -> MemoryBroker:
    """Empty topics."""
    return MemoryBroker({"custody-events": 1, "claims": 1, "dead-letters": 1}, SystemClock())


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses as short as tests like them."""
    monkeypatch.setattr("services.runtime.schema_ids.PAUSE_FIRST_S", 0.01)
    monkeypatch.setattr("services.runtime.schema_ids.PAUSE_LONGEST_S", 0.02)
    monkeypatch.setattr("services.runtime.schema_ids.ABSENT_AGAIN_AFTER_S", 0.05)


@asynccontextmanager
async def reading(server: Registry, broker: Broker, **settings: object) -> AsyncIterator[tuple[Broker, SchemaIds]]:
    """`broker`, reading with what `server` says."""
    writers = registry().writers = Writers(resolves=True)
    told = RegistrySettings.model_validate({"url": server.url, "timeout_s": 0.2, **settings})
    async with AsyncExitStack() as stack:
        ids = SchemaIds(await stack.enter_async_context(registry_client(told)), writers, SystemClock())
        await stack.enter_async_context(asking(ids))
        yield ReadableBroker(broker, ids), ids


async def lane_of(broker: Broker) -> Lane:
    """A lane of custody's topic."""
    return await broker.open_lane(SOURCE, group="g", transactional_id="t")


async def publish(broker: Broker, *values: bytes) -> None:
    """Publish to custody's topic."""
    await broker.publish([Outgoing(topic="custody-events", partition=0, key=None, value=value) for value in values])


async def read(lane: Lane, count: int) -> list[Record]:
    """The next `count` records, within five seconds."""
    found: list[Record] = []
    async with asyncio.timeout(5):
        while len(found) < count:
            found += await lane.read(limit=100, timeout_s=TICK_S)
    return found


async def waited(condition: Callable[[], bool], lane: Lane) -> None:
    """Read, and find nothing, until `condition` holds."""
    async with asyncio.timeout(5):
        while not condition():
            assert not await lane.read(limit=100, timeout_s=TICK_S)


@pytest.mark.parametrize("answer", [proxys_404, other_404, failing, slow, nonsense, huge, elsewhere, forbidden])
async def test_records_wait_for_a_registry_in_trouble(server: Registry, broker: MemoryBroker, answer: Answer) -> None:
    """What stands before goes on; the rest waits with the position, health says why, and all of it goes on in order when the registry is well."""
    server.answer = answer
    async with reading(server, broker) as (readable, ids):
        await publish(readable, payload(1), confluent(2, 7), payload(3))
        lane = await lane_of(readable)
        assert [record.offset for record in await read(lane, 1)] == [0]
        await waited(lambda: len(server.asked) > 2 and bool(ids.notes()), lane)
        assert await lane.position() == 1
        assert "schema id 7" in ids.notes()["schema registry"]
        assert "schema id 7" in Health("intake", asides=ids.notes).verbose()
        server.answer = known
        assert [record.offset for record in await read(lane, 2)] == [1, 2]
        assert await lane.position() == 3
        assert not ids.notes()
        await lane.close()


async def test_a_registry_that_is_down_comes_back(server: Registry, broker: MemoryBroker) -> None:
    """Nobody listens on its port."""
    async with reading(server, broker, url="http://127.0.0.1:9") as (readable, ids):
        await publish(readable, confluent(2, 7))
        lane = await lane_of(readable)
        await waited(lambda: bool(ids.notes()), lane)
        assert "cannot be reached" in ids.notes()["schema registry"]
        await lane.close()


async def test_an_id_is_asked_for_once(server: Registry, broker: MemoryBroker) -> None:
    """Two lanes and many records: one request, for ever."""
    async with reading(server, broker) as (readable, _):
        await publish(readable, *(confluent(n, 7) for n in range(20)))
        lane = await lane_of(readable)
        await read(lane, 20)
        await publish(readable, confluent(21, 7))
        await read(lane, 1)
        await lane.close()
    assert server.asked == [7]


async def test_an_id_that_is_not_there_holds_whom_its_record_names(server: Registry, broker: MemoryBroker) -> None:
    """Believed the second time; then a dead letter, and in the same step a doubt about everybody in the bytes. What follows goes on."""
    server.answer = unknown
    async with reading(server, broker) as (readable, _):
        await publish(readable, confluent(1, 7), confluent(2, 7), payload(3))
        lane = await lane_of(readable)
        records = await read(lane, 3)
        assert server.asked == [7, 7]
        tick = Tick(looked_at=SystemClock().now(), partition_count=1, at_end=True)
        outputs = IntakeStage(SOURCE, by_end_offsets=False).step(records, tick)
        await lane.close()
    told = [decode(output.value or b"") for output in outputs]
    letters = [each for each in told if isinstance(each, DeadLetter)]
    assert [(letter.reason, letter.offset) for letter in letters] == [("UNKNOWN_SCHEMA", 0), ("UNKNOWN_SCHEMA", 1)]
    held = {each.person.prisoner_number for each in told if isinstance(each, Claim) and isinstance(each.body, Doubt)}
    assert held == {"A0001BC", "A0001BD", "A0002BC", "A0002BD"}
    kinds = {each.body.kind for each in told if isinstance(each, Claim) and isinstance(each.body, Doubt)}
    assert kinds == {QueryKind.UNREADABLE_RECORD}


async def test_an_id_that_no_registry_gives_out_is_not_asked_for(server: Registry, broker: MemoryBroker) -> None:
    """Garbage that begins with a zero byte is a dead letter at once, whatever the registry does."""
    server.answer = failing
    async with reading(server, broker) as (readable, _):
        await publish(readable, b"\0\xff\xff\xff\xff garbage")
        lane = await lane_of(readable)
        assert len(await read(lane, 1)) == 1
        await lane.close()
    assert server.asked == []


async def test_a_flood_of_ids_that_are_not_there_passes(server: Registry, broker: MemoryBroker) -> None:
    """Each is asked for twice; nobody waits a second for each."""
    server.answer = unknown
    async with reading(server, broker) as (readable, _):
        await publish(readable, *(confluent(1, 1000 + n) for n in range(300)))
        lane = await lane_of(readable)
        assert len(await read(lane, 300)) == 300
        await lane.close()
    assert len(server.asked) == 600


async def test_one_id_that_the_registry_fails_on_stops_no_other_lane(server: Registry, broker: MemoryBroker) -> None:
    """Its own lane waits; another id is asked for meanwhile."""

    async def answer(schema_id: int) -> web.StreamResponse:
        return await (failing if schema_id == 7 else known)(schema_id)

    server.answer = answer
    async with reading(server, broker) as (readable, ids):
        await ids.settle([7, 8], 1)
        assert not ids.settled(7)
        assert ids.settled(8)
        del readable


async def test_a_restore_waits_too(server: Registry, broker: MemoryBroker) -> None:
    """A reader ends only when everything has been read."""
    server.answer = failing
    async with reading(server, broker) as (readable, _):
        await publish(readable, payload(1), confluent(2, 7))

        async def all_of_it() -> Sequence[Record]:
            return [record async for record in read_to_end(readable, [SOURCE])]

        task = asyncio.create_task(all_of_it())
        await eventually(lambda: len(server.asked) > 2)
        assert not task.done()
        server.answer = known
        assert len(await asyncio.wait_for(task, 10)) == 2


async def test_a_registry_made_anew_is_noticed(server: Registry, broker: MemoryBroker) -> None:
    """A record of the hub's own says what it is: when its id stands for something else, everything halts, and the message says what to do."""
    async with reading(server, broker) as (readable, _):
        header = (("ce_type", b"uk.holdfast.Claim"),)
        await readable.publish([Outgoing(topic="claims", partition=0, key=None, value=confluent(1, 7), headers=header)])
        with pytest.raises(RenumberedError, match="bring back"):
            _ = [record async for record in read_to_end(readable, [TopicPartition("claims", 0)])]


@pytest.mark.parametrize(
    ("settings", "sent"),
    [
        ({}, None),
        ({"username": "hub", "password": "secret"}, "Basic aHViOnNlY3JldA=="),
        ({"token": "abc"}, "Bearer abc"),
        ({"token": "a\nb"}, "never asked"),
    ],
)
async def test_secrets_are_sent(server: Registry, broker: MemoryBroker, settings: dict[str, object], sent: str | None) -> None:
    """A user and a password, a token, or nothing; one that no header can carry is never sent, and is waited out."""
    async with reading(server, broker, **settings) as (_, ids):
        await ids.settle([7], 1)
    assert server.authorisations == ([] if sent == "never asked" else [sent])


async def test_a_defect_in_the_asking_ends_the_lane(server: Registry, broker: MemoryBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for ever for an asker who has died; and what ends the block is raised as it is."""

    async def broken(*_: object) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr("services.runtime.registry_client.RegistryClient.schema", broken)
    async with reading(server, broker) as (readable, _):
        await publish(readable, confluent(2, 7))
        lane = await lane_of(readable)
        with pytest.raises(ZeroDivisionError):
            await read(lane, 1)


async def test_what_ends_a_block_is_raised_as_it_is(server: Registry, broker: MemoryBroker) -> None:
    """Exit statuses depend on the kind of it: a group of exceptions would hide that."""

    async def block() -> None:
        async with reading(server, broker):
            raise OffsetLostError

    with pytest.raises(OffsetLostError):
        await block()

"""A gate whose feed comes in the Confluent wire format: what it knows it keeps, what it does not know vetoes."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from holdfast_gate import Decision, Exit
from holdfast_gate.errors import FeedError
from holdfast_gate.records import NOTICE, SEAL
from holdfast_gate.records import registry as gates_registry
from holdfast_gate.schema_book import FILE_NAME, SchemaBook
from holdfast_gate.schema_registry import RegistryTroubleError, SchemaRegistry
from schemas import newest
from services.runtime.config import RegistrySettings
from services.runtime.registration import register, subjects
from services.runtime.registry_client import registry_client
from tests.gate.feeds import ground, order
from tests.gate.scene import WHO, Scene, until
from tests.registry import test_waiting as waiting

server = waiting.server
IDS = {NOTICE: 1, SEAL: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told(SchemaRegistry):
    """A registry as a gate sees it; `schemas` may change, `asked` counts."""

    schemas: dict[int, str] = field(default_factory=dict[int, str])
    asked: list[int] = field(default_factory=list[int])
    up: list[bool] = field(default_factory=lambda: [True])

    def schema(self, schema_id: int) -> str | None:
        """See `SchemaRegistry`."""
        self.asked.append(schema_id)
        if not self.up[0]:
            message = "down"
            raise RegistryTroubleError(message)
        return self.schemas.get(schema_id)


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the gate's own tests do; and a schema is waited for no longer than needed."""
    monkeypatch.setattr("holdfast_gate.follower.MEASURE_EVERY_S", 0.03)
    monkeypatch.setattr("holdfast_gate.follower.RETRY_AFTER_S", 0.03)
    monkeypatch.setattr("holdfast_gate.gate.DRAIN_TIMEOUT_S", 0.5)
    monkeypatch.setattr("holdfast_gate.schema_feed.PATIENCE_S", 0.3)
    monkeypatch.setattr("holdfast_gate.schema_feed.PAUSE_FIRST_S", 0.0)


def scene_of(directory: Path, registry: Told) -> Scene:
    """A hub that writes the Confluent wire format, and a gate that may ask `registry`."""
    gates_registry().write_confluent(IDS)
    scene = Scene(directory)
    scene.config = replace(scene.config, schema_registry=registry)
    return scene


def all_schemas() -> dict[int, str]:
    """Both ids, and what they stand for."""
    return {schema_id: json.dumps(newest()[name].schema) for name, schema_id in IDS.items()}


async def test_it_decides_as_ever_and_asks_once_for_each_id(tmp_path: Path) -> None:
    """ALLOW, then a ground, then VETO; two requests in all."""
    registry = Told(url="https://r.example", schemas=all_schemas())
    scene = scene_of(tmp_path, registry)
    async with scene.running() as gate:
        await until(gate, Decision.ALLOW)
        scene.hub.say(WHO, ground("release"))
        scene.feed.stir()
        await until(gate, Decision.VETO)
    assert sorted(registry.asked) == [1, 2]


async def test_an_unknown_id_vetoes_until_it_is_known(tmp_path: Path) -> None:
    """The registry is down when a notice comes with a new id; the gate says why; then it comes back, and he may go by himself."""
    registry = Told(url="https://r.example", schemas=all_schemas())
    scene = scene_of(tmp_path, registry)
    async with scene.running() as gate:
        await until(gate, Decision.ALLOW)
        registry.up[0] = False
        gates_registry().write_confluent({**IDS, NOTICE: 3})
        scene.hub.say(WHO, orders=[order()])
        scene.tick()
        answer = await until(gate, Decision.VETO)
        assert "schema id 3" in answer.grounds[0].sentence
        registry.schemas[3] = registry.schemas[1]
        registry.up[0] = True
        async with asyncio.timeout(5):
            while (await gate.decide(WHO, Exit.RELEASE)).decision is not Decision.ALLOW:
                scene.tick(0.01)
                await asyncio.sleep(0.01)


async def test_it_goes_on_without_a_network_from_its_disk(tmp_path: Path) -> None:
    """A new process, no registry: what was learnt is known, and a ground is read at once."""
    scene = scene_of(tmp_path, Told(url="https://r.example", schemas=all_schemas()))
    async with scene.running() as gate:
        await until(gate, Decision.ALLOW)
    gates_registry().writers = None  # another process
    registry = Told(url="https://r.example", up=[False])
    scene.config = replace(scene.config, schema_registry=registry)
    async with scene.running() as gate:
        await until(gate, Decision.ALLOW)
        scene.hub.say(WHO, ground("release"))
        scene.feed.stir()
        await until(gate, Decision.VETO)
    assert registry.asked == []


async def test_what_was_unread_is_asked_for_by_the_next_process(tmp_path: Path) -> None:
    """The gate was ended while a notice waited for its schema: its successor asks, though it reads nothing new."""
    scene = scene_of(tmp_path, Told(url="https://r.example", schemas={2: all_schemas()[2]}))
    async with scene.gate() as gate:
        await until(gate, Decision.VETO)
    gates_registry().writers = None
    scene.config = replace(scene.config, schema_registry=Told(url="https://r.example", schemas=all_schemas()))
    async with scene.gate() as gate:
        async with asyncio.timeout(5):
            while (await gate.decide(WHO, Exit.RELEASE)).decision is not Decision.ALLOW:
                scene.tick(0.01)
                await asyncio.sleep(0.01)


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"registry": "https://r.example", "schemas": {"x": 1}, "unread": {}}'])
def test_a_damaged_book_is_none(tmp_path: Path, damage: str) -> None:
    """What it held is asked for again."""
    (tmp_path / FILE_NAME).write_text(damage)
    book = SchemaBook(tmp_path, "https://r.example")
    assert 1 not in book
    book.learn(1, all_schemas()[1])
    gates_registry().writers = None
    assert 1 in SchemaBook(tmp_path, "https://r.example")


def test_the_book_of_another_registry_is_not_used(tmp_path: Path) -> None:
    """There the same id stands for something else."""
    SchemaBook(tmp_path, "https://r.example").learn(1, all_schemas()[1])
    gates_registry().writers = None
    assert 1 not in SchemaBook(tmp_path, "https://other.example")


def test_a_book_that_cannot_be_written_is_still_known(tmp_path: Path) -> None:
    """A full disk keeps nobody from reading vetoes."""
    (tmp_path / "file").write_text("")
    book = SchemaBook(tmp_path / "file", "https://r.example")
    book.learn(1, all_schemas()[1])
    assert 1 in book


@pytest.mark.parametrize(
    "answer", [waiting.proxys_404, waiting.other_404, waiting.failing, waiting.slow, waiting.nonsense, waiting.huge, waiting.forbidden]
)
async def test_what_is_no_answer_is_trouble(server: waiting.Registry, answer: waiting.Answer) -> None:
    """Nothing is learnt, and nothing taken for the registry's no."""
    server.answer = answer
    registry = SchemaRegistry(url=server.url, timeout_s=0.3)
    with pytest.raises(RegistryTroubleError):
        await asyncio.to_thread(registry.schema, 7)


async def test_a_redirect_is_not_followed(server: waiting.Registry) -> None:
    """The secret is for the host that is configured."""
    server.answer = waiting.elsewhere
    with pytest.raises(FeedError):
        await asyncio.to_thread(SchemaRegistry(url=server.url, token="abc").schema, 7)  # noqa: S106 - no secret
    assert server.asked == [7]


async def test_secrets_and_the_registrys_own_no(server: waiting.Registry, tmp_path: Path) -> None:
    """A token from a file, read before each request; None is what the registry itself says that it does not have."""
    secret = tmp_path / "token"
    secret.write_text("one\n")
    registry = SchemaRegistry(url=server.url, token_file=secret)
    assert await asyncio.to_thread(registry.schema, 7) is not None
    secret.write_text("two\n")
    server.answer = waiting.unknown
    assert await asyncio.to_thread(registry.schema, 8) is None
    assert server.authorisations == ["Bearer one", "Bearer two"]


@pytest.mark.broker
async def test_a_real_registry_is_understood(apicurio: str) -> None:
    """The schema that the hub registered, and None for an id that it does not have."""
    async with registry_client(RegistrySettings.model_validate({"url": apicurio})) as client:
        subject = next(each for each in subjects("gate.") if each.record == NOTICE)
        [standing] = await register(client, subject)
    registry = SchemaRegistry(url=apicurio)
    text = await asyncio.to_thread(registry.schema, standing.schema_id or 0)
    assert json.loads(text or "") == newest()[NOTICE].schema
    assert await asyncio.to_thread(registry.schema, 2**31 - 1) is None

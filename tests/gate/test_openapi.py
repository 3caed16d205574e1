"""The OpenAPI document and the agent say the same: the document is valid, and the real agent conforms to it whatever it is sent."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import openapi_spec_validator
import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from holdfast_gate import Exit, ReferCode
from holdfast_gate.agent.api import document
from holdfast_gate.agent.bodies import NUMBER_MAX
from holdfast_gate.agent.serve import serving
from holdfast_gate.answer import ALLOW_VALID_FOR_S, Trouble
from holdfast_gate.checks import CHECKS_MAX, TEXT_MAX
from holdfast_gate.config import AgentConfig
from holdfast_gate.model import Mode
from holdfast_gate.settlement import NOTE_MAX, REASONS, SETTLED_FOR_S, Refusal
from tests.gate.agents import TOKEN, agent
from tests.gate.feeds import FakeFeed, Hub, ground, order
from tests.gate.scene import WHO, Scene

#: The same on every run, so that a failure is found again; another one finds other bodies.
SEED = 5
#: With cause: ordered for today and nothing in force; the other exits that end custody are not ordered.
ALLOWED = {"release", "transfer", "court", "hospital"}
HELD = "B1234BC"
load_all_checks()
_OPERATIONS = [each.ok() for each in schemathesis.openapi.from_dict(json.loads(document())).get_all_operations()]
#: A GET takes nothing that could be wrong.
CASES = [(each, mode) for each in _OPERATIONS for mode in GenerationMode if mode is GenerationMode.POSITIVE or each.method == "post"]


class LiveFeed(FakeFeed):
    """A feed of a hub that seals at every poll."""

    def __init__(self, hub: Hub) -> None:
        """Serve `hub`."""
        super().__init__(hub.log)
        self.hub = hub

    async def poll(self, timeout_s: float) -> Any:
        """Seal, then read."""
        self.hub.seal_all()
        await asyncio.sleep(0.05)
        return await super().poll(timeout_s)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where an agent serves from a thread of its own, with a replica that an in-process feed keeps fresh."""
    with _agent_in_a_thread(tmp_path_factory.mktemp("gate")) as where:
        yield where


@contextlib.contextmanager
def _agent_in_a_thread(directory: Path) -> Generator[str]:
    scene = Scene(directory, partitions=2)
    scene.hub.say(HELD, ground(*(each.value for each in Exit)), orders=[order()])
    ready, loop_and_stop, where = threading.Event(), [], []

    async def serve() -> None:
        stop = asyncio.Event()
        config = AgentConfig(port=0, token=TOKEN)
        async with serving(config, scene.config, LiveFeed(scene.hub)) as (gate, at):
            if await gate.synchronised(10):
                loop_and_stop.extend((asyncio.get_running_loop(), stop))
                where.append(at)
            ready.set()
            await asyncio.wait_for(stop.wait(), 120)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="agent")
    thread.start()
    try:
        assert ready.wait(15)
        yield where[0]
    finally:
        loop_and_stop[0].call_soon_threadsafe(loop_and_stop[1].set)
        thread.join(15)


def test_the_document_is_valid() -> None:
    """OpenAPI 3.1 has rules of its own, and the document keeps them."""
    openapi_spec_validator.validate(json.loads(document()))


def test_everything_in_it_is_explained() -> None:
    """Every schema, inside others too, says what it means and gives an example."""
    read = json.loads(document())
    bare = [
        path for path, schema in _schemas(read["components"]["schemas"]) if not ({"description", "examples"} <= schema.keys() or "$ref" in schema)
    ]
    assert bare == []


def _schemas(named: dict[str, Any], at: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, schema in named.items():
        path = f"{at}/{name}"
        yield path, schema
        yield from _schemas(schema.get("properties", {}), path)
        for inside in ("items", "additionalProperties"):
            if isinstance(schema.get(inside), dict):
                yield from _schemas({inside: schema[inside]}, path)


def test_its_limits_are_the_librarys() -> None:
    """A caller who keeps to the document is never refused for a length, and every refusal that the door makes is in it."""
    read = json.loads(document())
    schemas = read["components"]["schemas"]
    assert schemas["PrisonerNumber"]["maxLength"] == NUMBER_MAX
    assert schemas["DecisionRequest"]["properties"]["checks"]["maxItems"] == CHECKS_MAX
    assert schemas["SettlementRequest"]["properties"]["note"]["maxLength"] == NOTE_MAX
    assert schemas["Answer"]["properties"]["valid_for_s"]["maximum"] == ALLOW_VALID_FOR_S
    assert schemas["Settlement"]["properties"]["settled_for_s"]["maximum"] == SETTLED_FOR_S
    texts = [text for name in ("CheckSigned", "Officer") for text in schemas[name]["properties"].values() if "format" not in text]
    assert {text["maxLength"] for text in texts} == {TEXT_MAX}
    for path in ("/v1/decisions", "/v1/settlements"):
        assert {"200", "400", "401", "408", "413", "415", "500", "503"} <= read["paths"][path]["post"]["responses"].keys()


def test_its_words_are_the_librarys() -> None:
    """A word that the library gains or loses must be in the document, or callers would be misled."""
    schemas = json.loads(document())["components"]["schemas"]
    assert schemas["Exit"]["enum"] == [each.value for each in Exit]
    assert schemas["ReferReason"]["properties"]["code"]["enum"] == [each.value for each in (*ReferCode, *Trouble)]
    assert schemas["ReasonCode"]["enum"] == list(REASONS)
    assert schemas["Mode"]["enum"] == [each.value for each in Mode]
    codes = schemas["SettlementProblem"]["allOf"][1]["properties"]["code"]["enum"]
    assert codes == [each.value for each in Refusal if each not in {Refusal.BAD_REQUEST, Refusal.INTERNAL_ERROR}]


async def test_an_answer_has_exactly_the_members_that_it_says(scene: Scene) -> None:
    """Nothing is served that the document does not name, and nothing that it requires is missing."""
    scene.hub.say(WHO, ground("release"))
    schemas = json.loads(document())["components"]["schemas"]
    async with agent(scene) as client:
        answer = (await client.decide()).body
        referred = (await client.decide(exit="removal", prisoner_number="C1234BC")).body
        made = (await client.settle(sequence=referred["sequence"])).body
        covered = (await client.decide(exit="removal", prisoner_number="C1234BC")).body["settlement"]
        reasons = (await client.ask("GET", "/v1/settlement-reasons")).body
        position = (await client.ask("GET", "/v1/position")).body
        assert (await client.ask("GET", "/v1/openapi.json")).body == json.loads(document())
    [bar] = answer["grounds"]
    pairs = (("Answer", answer), ("GroundInForce", bar), ("Source", bar["source"]), ("Position", position))
    pairs += (("Settlement", made), ("SettlementInForce", covered), ("Officer", made["officers"][0]), ("SettlementReason", reasons[0]))
    for name, record in (*pairs, ("PartitionPosition", position["partitions"][0])):
        assert set(schemas[name]["required"]) <= record.keys() <= schemas[name]["properties"].keys(), name


@pytest.mark.parametrize(("operation", "mode"), CASES, ids=lambda each: getattr(each, "label", None) or each.value)
def test_the_agent_conforms_whatever_it_is_sent(address: str, operation: Any, mode: GenerationMode) -> None:
    """No 5xx, no status, header, body or media type that the document does not name, and no ALLOW without cause."""
    print(f"schemathesis: {operation.label}, {mode.value}, seed {SEED}")  # noqa: T201 - shown when it fails
    checks = CHECKS.get_all()

    @seed(SEED)
    @settings(max_examples=30 if operation.method == "post" else 2, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode), who=st.sampled_from([None, WHO, HELD]))
    def conforms(case: Any, who: str | None) -> None:
        if who and isinstance(case.body, dict) and mode is GenerationMode.POSITIVE and "prisoner_number" in case.body:
            case.body["prisoner_number"] = who
        response = case.call_and_validate(base_url=address, headers={"Authorization": f"Bearer {TOKEN}"}, checks=checks)
        said = response.json()
        if response.status_code != 200:
            assert "decision" not in said
        elif operation.path == "/v1/decisions" and (said["decision"] == "ALLOW" or said["valid_for_s"]):
            assert (said["prisoner_number"], said["exit"] in ALLOWED) == (WHO, True)

    conforms()

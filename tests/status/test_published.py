"""What a predecessor published and did not commit, in the other encoding: the bytes of a notice stay those that gates hold already."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import pytest

from holdfast_gate.confluent import Writers, id_of
from schemas import newest, registry
from services.runtime.clock import SystemClock
from services.runtime.ports import Outgoing, Record
from services.runtime.signing import KeySigner
from services.status.app import StatusStage
from simulator.keys import KEY
from simulator.memory_broker import MemoryBroker
from tests.core.telling import NOW, order, received
from tests.status.told import FACTS, STATUS, VETOES, Log, notices, run, seconds

NOTICE = "uk.holdfast.vetoes.Notice"
WHO = b"A1234BC"


@pytest.fixture(autouse=True)
def both() -> Iterator[None]:
    """Let this process read both encodings, and forget it afterwards."""
    registry().writers = Writers(resolves=True)
    registry().writers.learn(7, registry_text())
    yield
    registry().writers = None
    registry().write_confluent({})


def registry_text() -> str:
    """The schema of a notice, as a registry has it."""
    return json.dumps(newest()[NOTICE].schema)


async def restored(outputs: Sequence[Outgoing]) -> StatusStage:
    """A successor on what stands on the topics."""
    broker = MemoryBroker({FACTS: 1, STATUS: 1, VETOES: 1}, SystemClock())
    await broker.publish(outputs)
    stage = StatusStage(0, KeySigner(KEY))
    await stage.restore(broker)
    await broker.close()
    return stage


def of_him(outputs: Sequence[Outgoing]) -> list[bytes]:
    """His notices, as bytes."""
    return [output.value or b"" for output in outputs if (output.topic, output.key) == (VETOES, WHO)]


@pytest.mark.parametrize("known", [True, False], ids=["somebody known", "somebody new"])
@pytest.mark.parametrize("now_writes", [{}, {NOTICE: 8}], ids=["single-object", "another id"])
async def test_a_successor_publishes_the_bytes_that_gates_hold(*, known: bool, now_writes: dict[str, int]) -> None:
    """Gates take no second notice of one version: other bytes for the same would never agree with a seal."""
    log = Log()
    first: list[Record] = [*([log.fact(received())] if known else []), log.mark(NOW)]
    second = [log.fact(order()), log.mark(seconds(1))]
    registry().write_confluent({NOTICE: 7})
    predecessor = StatusStage(0, KeySigner(KEY))
    committed = run(predecessor, first)
    died_with = run(predecessor, second)
    registry().write_confluent(now_writes)
    successor = await restored([*committed, *(output for output in died_with if output.topic == VETOES)])
    again = run(successor, second)
    assert of_him(died_with)
    assert of_him(again)[-1:] == of_him(died_with)[-1:]
    assert notices(again) == notices(died_with)


async def test_a_notice_that_says_something_else_is_not_kept() -> None:
    """What a zombie wrote of another version is not what the facts say."""
    log = Log()
    first, second = [log.fact(received()), log.mark(NOW)], [log.fact(order()), log.mark(seconds(1))]
    registry().write_confluent({NOTICE: 7})
    predecessor = StatusStage(0, KeySigner(KEY))
    committed, other = run(predecessor, first), run(StatusStage(0, KeySigner(KEY)), second)
    registry().write_confluent({})
    successor = await restored([*committed, *(output for output in other if output.topic == VETOES)])
    assert all(id_of(value) is None for value in of_him(run(successor, second)))

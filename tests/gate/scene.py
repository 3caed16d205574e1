"""A hub, its feed, a clock and a gate's directory: what tests of a gate at work play on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

from holdfast_gate import Decision, Exit, Gate, GateConfig
from holdfast_gate.answer import Answer
from tests.gate.feeds import RING, FakeFeed, Hub, ManualClock, eventually, order

WHO = "A1234BC"
SOON_S = 5.0


class Scene:
    """A hub, its feed, a clock and a gate's directory."""

    def __init__(self, directory: Path, partitions: int = 1) -> None:
        """A hub that has said that WHO may be released."""
        self.hub = Hub(partitions=partitions)
        self.feed = FakeFeed(self.hub.log)
        self.clock = ManualClock()
        self.config = GateConfig(gate_id="gate-1", directory=directory, key_ring=RING)
        self.hub.say(WHO, orders=[order()])
        self.hub.seal_all()

    def gate(self) -> Gate:
        """A gate of this scene."""
        return Gate(self.config, self.feed, self.clock)

    def tick(self, seconds: float = 1.0) -> None:
        """Time passes everywhere, and the hub seals."""
        self.clock.seconds += seconds
        self.clock.wall += timedelta(seconds=seconds)
        self.hub.time += timedelta(seconds=seconds)
        self.hub.seal_all()
        self.feed.stir()

    async def measured(self) -> None:
        """Wait until the log's ends were asked for once more."""
        asked = self.feed.asked
        await eventually(lambda: self.feed.asked >= asked + 2)

    async def fresh(self, gate: Gate) -> None:
        """Seal until the gate knows that it is up to date."""
        async with asyncio.timeout(SOON_S):
            while not await gate.synchronised(0.05):
                self.tick(0.01)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncGenerator[Gate]:
        """A gate that is up to date."""
        async with self.gate() as gate:
            await self.fresh(gate)
            yield gate


def codes(answer: Answer) -> list[str]:
    """Why it was REFER."""
    return [reason.code.value for reason in answer.refer]


async def until(gate: Gate, decision: Decision) -> Answer:
    """The answer, as soon as it is this one."""
    async with asyncio.timeout(SOON_S):
        while True:
            answer = await gate.decide(WHO, Exit.RELEASE)
            if answer.decision is decision:
                return answer
            await asyncio.sleep(0.01)

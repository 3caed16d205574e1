"""The conformance kit against a gate in process, on a virtual clock."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from holdfast_gate import Gate, GateConfig, Rules
from holdfast_gate.conformance.case import Case, Outcome, Verdict
from holdfast_gate.conformance.cases import CASES
from holdfast_gate.conformance.ports import PARTITIONS
from holdfast_gate.conformance.run import Run
from holdfast_gate.testing import RING, MemoryFeed, MemoryTopic
from tests.gate.doors import MemoryDoor
from tests.gate.virtual import VirtualClock, run_virtually

#: Where files are in memory, if there is such a place: what is tested here is not how fast a disk is.
MEMORY = Path("/dev/shm")  # noqa: S108 - a directory of its own is made in it
BY_NAME = {each.name: each for each in CASES}


def played(
    cases: Sequence[Case] = CASES,
    *,
    door: type[MemoryDoor] = MemoryDoor,
    read_committed: bool = False,
    rules: Rules | None = None,
    tell: Callable[[Outcome], None] = lambda _: None,
) -> dict[str, Outcome]:
    """How these cases ended, by their names."""

    async def play(directory: Path) -> list[Outcome]:
        clock = VirtualClock()
        topic = MemoryTopic(PARTITIONS, clock.now)
        config = GateConfig(gate_id="under-test", directory=directory, key_ring=RING, rules=rules or Rules())
        async with Gate(config, MemoryFeed(topic, read_committed=read_committed), clock) as gate:
            return await Run(topic, door(gate), clock, tell).play(cases)

    with tempfile.TemporaryDirectory(prefix="holdfast-kit-", dir=MEMORY if MEMORY.is_dir() else None) as directory:
        return {each.case.name: each for each in run_virtually(play(Path(directory)))}


def failed(outcomes: dict[str, Outcome]) -> list[Outcome]:
    """The cases that did not pass."""
    return [outcome for outcome in outcomes.values() if outcome.verdict in {Verdict.FAIL, Verdict.NOT_PLAYED}]

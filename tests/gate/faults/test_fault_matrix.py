"""A thousand cases of what can go wrong between hub and gate: no wrong ALLOW in any, and afterwards whoever is free may go.

Each case is a seed: `pytest tests/gate/faults -k bits_are_changed` plays the cases of one kind, and a failure names its seeds.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.gate.faults.kinds import KINDS, stopped
from tests.gate.faults.virtual import LoopClock, VirtualLoop, play
from tests.gate.faults.world import PEOPLE, World

CASES_OF_EACH = 30
#: Longer than a gate waits before it reads a partition again for the third time.
RECOVERS_WITHIN_S = 600.0
LASTS_S = (3.0, 12.0, 30.0)
MEMORY = Path("/dev/shm")  # noqa: S108 - the cases save some hundred thousand times, and what a disk does is tested elsewhere


async def case(name: str, world: World, *, lead_s: float, seconds: float, within_s: float) -> list[str]:
    """Play one case: at rest for `lead_s`, harm for `seconds`, and all in order again `within_s` later; what was wrong."""
    await world.open()
    watching = asyncio.create_task(world.watch())
    try:
        for who in PEOPLE:
            world.say(who, free=True)
        await world.tell(lead_s)
        await KINDS[name](world, seconds)
        recovered = await world.recovers(within_s)
    finally:
        await stopped(watching)
        await world.close()
    return world.wrong if recovered else [*world.wrong, "never recovered"]


def played(name: str, seed: int) -> list[str]:
    """One case from nothing."""
    directory = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
    try:
        loop = VirtualLoop()
        world = World(loop, LoopClock(loop), directory / "gate", seed)
        lead_s, seconds = world.draw.uniform(5.0, 12.0), world.draw.choice(LASTS_S)
        return play(case(name, world, lead_s=lead_s, seconds=seconds, within_s=RECOVERS_WITHIN_S), loop)
    finally:
        shutil.rmtree(directory)


@pytest.mark.parametrize("name", KINDS)
def test_no_fault_frees_anybody(name: str) -> None:
    """A few cases of each kind: the rest is in `test_a_thousand_cases`."""
    assert {seed: wrong for seed in range(3) if (wrong := played(name, seed))} == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_a_thousand_cases(name: str) -> None:
    """Every kind with as many seeds as make a thousand cases."""
    assert {seed: wrong for seed in range(3, CASES_OF_EACH) if (wrong := played(name, seed))} == {}


def test_there_are_a_thousand() -> None:
    """So many kinds, so many seeds each."""
    assert len(KINDS) * CASES_OF_EACH >= 1000


def test_a_gate_that_errs_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The matrix can fail: a gate that looks at no digest, one that believes any signature, one that never grows stale."""
    seeds = range(12)
    monkeypatch.setattr("holdfast_gate.signing.PublicKey.fault", lambda *_: "")
    assert any(played("seals_are_altered", seed) for seed in seeds)
    monkeypatch.undo()
    monkeypatch.setattr("holdfast_gate.freshness.Freshness.age_s", lambda *_: 0.0)
    assert any(played("everything_comes_late", seed) for seed in seeds)
    monkeypatch.undo()
    monkeypatch.setattr("holdfast_gate.lthash.LtHash.digest", lambda _: b"\0" * 2048)
    assert any(played("notices_are_dropped", seed) for seed in seeds)

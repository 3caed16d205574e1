"""The figures that the project promises, on this machine, in one run.

Latency: upstream publish (before the send) to the moment the gate's answer has changed; raises bind when they are read, lifts wait for a seal.
Restart: the status service's process start to ready, with a full estate on `prisoner-status` and `vetoes`.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.estate import fill
from holdfast_gate import Gate, GateConfig
from holdfast_gate.config import KafkaSettings as FeedSettings
from holdfast_gate.kafka import KafkaFeed
from holdfast_gate.model import Decision, Exit
from simulator.local import LocalHub, local_hub
from simulator.population import Record, lawful, records_of
from simulator.publishing import outgoing

DIRECTORY = Path(".holdfast/bench")
PEOPLE = 200
ANSWER_WITHIN_S = 30.0
WARM_UP_RECORDS = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One measured figure, beside what it should be. Milliseconds or seconds, as named."""

    name: str
    value: float
    unit: str
    target: float | None

    @property
    def met(self) -> bool | None:
        """Whether the target was met; None where there is none."""
        return None if self.target is None else self.value < self.target


async def run(*, seconds: int, rate: int, prisoners: int, as_json: bool) -> int:
    """Measure and print; 0 when every target was met, 3 when one was not."""
    console = Console(stderr=as_json)
    prefix = f"bench-{datetime.now(UTC):%H%M%S}."
    figures: list[Figure] = []
    async with local_hub(DIRECTORY, prefix=prefix, fresh=True) as hub:
        console.print(f"Latency: {rate} records/s for {seconds} s, through every service to one gate …")
        figures += await _latency(hub, seconds=seconds, rate=rate)
    async with local_hub(DIRECTORY, prefix="restart-" + prefix, fresh=True) as hub:
        console.print(f"Restart: {prisoners:,} prisoners on prisoner-status …")
        figures += await _restart(hub, prisoners)
    _print(figures, as_json=as_json)
    return 0 if all(figure.met is not False for figure in figures) else 3


async def _latency(hub: LocalHub, *, seconds: int, rate: int) -> list[Figure]:
    now = datetime.now(UTC)
    settings = FeedSettings(bootstrap_servers=hub.settings.bootstrap_servers, topic_prefix=hub.settings.topic_prefix)
    with tempfile.TemporaryDirectory() as directory:
        config = GateConfig(gate_id="bench", directory=Path(directory), topic=f"{hub.settings.topic_prefix}vetoes", key_ring=hub.key_ring)
        async with Gate(config, KafkaFeed(settings)) as gate:
            await hub.broker.publish(outgoing(list(records_of(PEOPLE, now)), now))
            numbers = [lawful(n, now)[0].prisoner_number for n in range(PEOPLE)]
            for number in numbers:
                await gate.until(number, Exit.RELEASE, Decision.ALLOW, ANSWER_WITHIN_S)
            raises, lifts = await _alternate(hub, gate, numbers, seconds=seconds, rate=rate)
    return [
        *_percentiles("raise: publish to VETO at the gate", raises, 250.0),
        *_percentiles("lift: publish to ALLOW at the gate", lifts, 1500.0),
    ]


async def _alternate(hub: LocalHub, gate: Gate, numbers: Sequence[str], *, seconds: int, rate: int) -> tuple[list[float], list[float]]:
    """Alerts raised and ended in turn, at `rate` records a second; the latencies of each kind in ms, without the first few."""
    raises: list[float] = []
    lifts: list[float] = []
    tasks: list[asyncio.Task[None]] = []
    began_s = time.perf_counter()
    for n in range(seconds * rate):
        await asyncio.sleep(max(began_s + n / rate - time.perf_counter(), 0))
        rounds, index = divmod(n, len(numbers))
        lifting = rounds % 2 == 1
        record = _alert(numbers[index], rounds, ended=lifting)
        seen = lifts if lifting else raises
        decision = Decision.ALLOW if lifting else Decision.VETO
        tasks.append(asyncio.create_task(_one(hub, gate, record, numbers[index], decision, seen)))
    await asyncio.gather(*tasks)
    return raises[WARM_UP_RECORDS:], lifts[WARM_UP_RECORDS:]


async def _one(hub: LocalHub, gate: Gate, record: Record, number: str, decision: Decision, seen: list[float]) -> None:
    began_s = time.perf_counter()
    await hub.broker.publish(outgoing([record], datetime.now(UTC)))
    if not await gate.until(number, Exit.RELEASE, decision, ANSWER_WITHIN_S):
        message = f"{number} did not become {decision.value} within {ANSWER_WITHIN_S:g} s"
        raise TimeoutError(message)
    seen.append((time.perf_counter() - began_s) * 1000)


def _alert(number: str, rounds: int, *, ended: bool) -> Record:
    today = datetime.now(UTC).date()
    payload = {
        "type": "ALERT",
        "record_id": f"bench-{number}-{rounds}",
        "person": {"prisoner_number": number},
        "alert_uuid": f"bench-{number}-{rounds // 2}",
        "alert_code": "XNR",
        "active_from": (today - timedelta(days=2)).isoformat(),
        "active_to": (today - timedelta(days=1)).isoformat() if ended else None,
    }
    return Record(topic="custody-events", payload={k: v for k, v in payload.items() if v is not None})


async def _restart(hub: LocalHub, prisoners: int) -> list[Figure]:
    await hub.processes.kill("status")
    await fill(hub.broker, prisoners)
    began_s = time.perf_counter()
    await hub.processes.start(hub.services["status"])
    took_s = time.perf_counter() - began_s
    return [Figure(name=f"status: start to ready, {prisoners:,} prisoners", value=took_s, unit="s", target=10.0)]


def _percentiles(name: str, values: Sequence[float], target_ms: float) -> list[Figure]:
    cuts = statistics.quantiles(values, n=100)
    return [
        Figure(name=f"{name}, p50 of {len(values)}", value=cuts[49], unit="ms", target=None),
        Figure(name=f"{name}, p99", value=cuts[98], unit="ms", target=target_ms),
    ]


def _print(figures: Sequence[Figure], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([{**asdict(figure), "met": figure.met} for figure in figures], indent=2))  # noqa: T201
        return
    table = Table("Figure", "Measured", "Target", "")
    for figure in figures:
        target = "" if figure.target is None else f"< {figure.target:g} {figure.unit}"
        verdict = {None: "", True: "[green]met[/]", False: "[red]not met[/]"}[figure.met]
        table.add_row(figure.name, f"{figure.value:.1f} {figure.unit}", target, verdict)
    Console().print(table)

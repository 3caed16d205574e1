"""What a seal costs: one partition of `vetoes` with more and more prisoners, a mark and a seal at a time, signed, and verified as a gate does.

The set hash is kept from notice to notice, so that a seal is its digest, a record and a signature, however many prisoners there are.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rich.console import Console
from rich.table import Table

from bench.estate import fill
from holdfast.claims import Mark, SourceMark
from holdfast.sources import SOURCE_OF_TOPIC
from holdfast_gate.model import SEAL_KEY
from holdfast_gate.records import decode_seal
from schemas.wire import encode
from services.runtime.clock import SystemClock
from services.runtime.ports import Record
from services.runtime.signing import KeySigner
from services.runtime.stage import Tick
from services.status.app import FACTS, STATUS, VETOES, StatusStage
from simulator.keys import KEY, RING
from simulator.memory_broker import MemoryBroker


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """Medians in milliseconds of the processor: of the step that seals, of the signature, of a gate's check of it; and the seal's bytes."""

    prisoners: int
    step_ms: float
    sign_ms: float
    verify_ms: float
    seal_bytes: int


async def measure(prisoners: int, *, seals: int) -> Cost:
    """Fill one partition and seal it `seals` times."""
    broker = MemoryBroker({FACTS: 1, STATUS: 1, VETOES: 1}, SystemClock())
    await fill(broker, prisoners)
    stage = StatusStage(0, KeySigner(KEY))
    await stage.restore(broker)
    await broker.close()
    began = datetime.now(UTC) + timedelta(minutes=1)
    step, sign, verify, size = [], [], [], 0
    for n in range(seals):
        at = began + timedelta(seconds=n)
        marks = tuple(SourceMark(source=source, caught_up_as_of=at, gap=False) for source in sorted(set(SOURCE_OF_TOPIC.values())))
        record = Record(topic=FACTS, partition=0, offset=n, key=None, value=encode(Mark(time=at, sources=marks)), headers=(), appended_at=at)
        started = time.process_time()
        outputs = stage.step([record], Tick(looked_at=at, partition_count=1, at_end=True))
        stepped = time.process_time()
        finished = await stage.finished(outputs)
        signed = time.process_time()
        (value,) = (each.value for each in finished if each.key == SEAL_KEY)
        if fault := RING.fault(decode_seal(value or b"")):
            raise RuntimeError(fault)
        verify.append(time.process_time() - signed)
        step.append(stepped - started)
        sign.append(signed - stepped)
        size = len(value or b"")
    return Cost(prisoners=prisoners, step_ms=_ms(step), sign_ms=_ms(sign), verify_ms=_ms(verify), seal_bytes=size)


def _ms(seconds: Sequence[float]) -> float:
    return round(1000 * statistics.median(seconds), 3)


def show(costs: Sequence[Cost], console: Console) -> None:
    """A row for each size."""
    table = Table("prisoners", "seal, ms", "sign, ms", "verify, ms", "bytes")
    for cost in costs:
        table.add_row(f"{cost.prisoners:,}", f"{cost.step_ms:.3f}", f"{cost.sign_ms:.3f}", f"{cost.verify_ms:.3f}", f"{cost.seal_bytes:,}")
    console.print(table)
    console.print(
        "Medians, of the processor. A mark and a seal of one partition; its size matters little, for the set hash is kept from notice to notice."
    )

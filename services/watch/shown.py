"""What watch shows besides incidents: metrics, and lines on `/readyz?verbose` for a tired person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from holdfast.watch import Watch
from services.runtime.health import Health
from services.runtime.metrics import GATE_SEALED_AT, VETO_HONOURED, VETO_HONOURED_HOUR, VETOES_GIVEN_UP, VETOES_WAITING

_LASTING_OF_GATES = ("GATE_SILENT", "GATE_BEHIND", "GATE_MISMATCH")


def show(watch: Watch, at: datetime, took: Iterable[float], health: Health) -> None:
    """Show how things stand at T = `at`; `took` are the seconds of vetoes that have newly reached every gate."""
    for seconds in took:
        VETO_HONOURED.observe(seconds)
    deliveries = watch.deliveries
    VETOES_WAITING.set(deliveries.waiting)
    VETOES_GIVEN_UP.inc(deliveries.take_given_up())
    for name, gate in watch.board.gates.items():
        sealed = [stand.newest[1].sealed_at for stand in gate.stands.values() if stand.newest is not None]
        known = [each for each in sealed if each is not None]
        if known and len(known) == len(sealed):
            GATE_SEALED_AT.labels(name).set(min(known).timestamp())
    summary = deliveries.summary(at)
    if summary is None:
        honoured = "no new veto in the last hour"
    else:
        VETO_HONOURED_HOUR.labels("0.5").set(summary.p50_s)
        VETO_HONOURED_HOUR.labels("0.99").set(summary.p99_s)
        honoured = f"{summary.count} in the last hour, half within {summary.p50_s:.1f} s, 99 of 100 within {summary.p99_s:.1f} s"
    health.notes = {
        "vetoes honoured by every gate": f"{honoured}; {deliveries.waiting} not yet",
        "gates expected": ", ".join(sorted(watch.board.expected(at))) or "none",
        **{f"gates {kind.removeprefix('GATE_').lower()}": _gates(watch, kind) for kind in _LASTING_OF_GATES},
    }


def _gates(watch: Watch, kind: str) -> str:
    return ", ".join(sorted(incident.gate or "" for incident in watch.ledger.open(kind))) or "none"

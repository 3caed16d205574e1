"""Gates that are silent, behind, or hold something else than the hub published; and gates whose officers settle too much."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from holdfast.watch.decisions import Decisions
from holdfast.watch.delivery import Deliveries
from holdfast.watch.gates import IN_A_ROW, GateBoard, GateState, Stand
from holdfast.watch.ledger import Ledger, of_gate
from holdfast.watch.limits import Limits
from holdfast_gate.wording import time_words

GONE = "The gate is not expected any more."
_NAMED_MAX = 10


def judge_silence(board: GateBoard, ledger: Ledger, limits: Limits, at: datetime, running_since: datetime) -> None:
    """GATE_SILENT: an expected gate was not heard for too long, while T was running; over when it is heard again, or expected no more."""
    expected = set(board.expected(at))
    for name in expected:
        gate = board.gates.get(name)
        heard = None if gate is None else gate.last_heard
        if at - max(heard or running_since, running_since) <= limits.gate_silent_after:
            continue
        since = "since Holdfast began to look" if heard is None else f"since {time_words(heard)}"
        said = f"Holdfast has heard nothing from gate {name} {since}: nobody can see whether it honours vetoes. Ask whoever runs it whether it works."
        ledger.found(of_gate("GATE_SILENT", name, since=heard.isoformat() if heard else "never", at=at, sentence=said))
    for incident in ledger.open("GATE_SILENT"):
        name = incident.gate or ""
        gate = board.gates.get(name)
        if gate is not None and gate.last_heard > incident.detected_at:
            ledger.ended(incident, at, f"The gate was heard again at {time_words(gate.last_heard)}.")
        elif name not in expected:
            ledger.ended(incident, at, GONE)


def judge_lag(board: GateBoard, ledger: Ledger, deliveries: Deliveries, limits: Limits, at: datetime) -> None:
    """GATE_BEHIND: it tells of seals that are older than the bound; over when it tells of a newer one, or is expected no more."""
    for name, gate in board.gates.items():
        late = [stand for stand in gate.stands.values() if _is_late(stand, limits)]
        if late:
            since = min(stand.late.since or at for stand in late)
            said = _behind(name, gate, late, deliveries.not_honoured_by(name))
            ledger.found(of_gate("GATE_BEHIND", name, since=since.isoformat(), at=at, sentence=said))
    for incident in ledger.open("GATE_BEHIND"):
        gate = board.gates.get(incident.gate or "")
        if gate is not None and _all_since(gate, incident.detected_at) and not any(stand.late.since for stand in gate.stands.values()):
            ledger.ended(incident, at, "The gate has caught up.")
        elif board.is_gone(incident.gate or "", at):
            ledger.ended(incident, at, GONE)


def judge_equality(board: GateBoard, ledger: Ledger, limits: Limits, at: datetime) -> None:
    """GATE_MISMATCH: its digest differs for too long; over when every partition matches again, or the gate is expected no more."""
    for name, gate in board.gates.items():
        unequal = sorted(number for number, stand in gate.stands.items() if _is_unequal(stand, limits.gate_mismatch_after))
        if unequal:
            since = min(gate.stands[number].unequal.since or at for number in unequal)
            parts = ", ".join(map(str, unequal))
            said = (
                f"Gate {name} does not hold what Holdfast published (partition {parts}, since {time_words(since)}): "
                "it sends everybody there to people. Whoever runs it has to find out what changed its copy."
            )
            ledger.found(of_gate("GATE_MISMATCH", name, since=since.isoformat(), at=at, sentence=said))
    for incident in ledger.open("GATE_MISMATCH"):
        gate = board.gates.get(incident.gate or "")
        if gate is not None and _all_since(gate, incident.detected_at) and not any(stand.unequal.since for stand in gate.stands.values()):
            ledger.ended(incident, at, "The gate holds what Holdfast published again.")
        elif board.is_gone(incident.gate or "", at):
            ledger.ended(incident, at, GONE)


def judge_overrides(decisions: Decisions, ledger: Ledger, limits: Limits, at: datetime, read_from: datetime) -> None:
    """OVERRIDE_RATE: too large a share of a gate's decisions was settled by officers; over when it is not any more.

    After a restart watch knows less than a window of decisions: then it does not say that anything is over.
    """
    above = {name: counted for name, counted in decisions.settled_shares(at - limits.override_window) if _is_high(counted, limits)}
    hours = limits.override_window / timedelta(hours=1)
    for name, (settled, total, first) in above.items():
        said = (
            f"At gate {name} officers settled {settled} of {total} decisions in {hours:g} hours, more than {limits.override_share_max:.0%}: "
            "find out what Holdfast asks there again and again, and whether it was right to settle it."
        )
        ledger.found(of_gate("OVERRIDE_RATE", name, since=first, at=at, sentence=said))
    for incident in ledger.open("OVERRIDE_RATE"):
        if incident.gate not in above and at - limits.override_window >= read_from:
            ledger.ended(incident, at, f"The share is {limits.override_share_max:.0%} or less again.")


def _is_high(counted: tuple[int, int, str], limits: Limits) -> bool:
    settled, total, _ = counted
    return total >= limits.override_decisions_min and settled > limits.override_share_max * total


def _is_late(stand: Stand, limits: Limits) -> bool:
    """Behind, and not because its replica differs, which is said by itself. A gate without a seal may take as long for its first as others lag."""
    count, lasted_s = stand.late.lasted
    if count < IN_A_ROW or stand.unequal.since is not None or stand.newest is None:
        return False
    return stand.newest[1].sealed_at is not None or lasted_s > limits.gate_behind_after.total_seconds()


def _is_unequal(stand: Stand, after: timedelta) -> bool:
    count, lasted_s = stand.unequal.lasted
    return count >= IN_A_ROW and lasted_s > after.total_seconds()


def _all_since(gate: GateState, instant: datetime) -> bool:
    """Whether the gate has told of every partition since."""
    return all(stand.newest is not None and stand.newest[0] > instant for stand in gate.stands.values()) and bool(gate.stands)


def _behind(name: str, gate: GateState, late: Sequence[Stand], not_honoured: Sequence[str]) -> str:
    newest = [stand.newest for stand in late if stand.newest is not None]
    lags = [(appended_at - position.sealed_at).total_seconds() for appended_at, position in newest if position.sealed_at is not None]
    lag = f"is {max(lags):.0f} seconds behind" if lags else "has not caught up yet"
    named = ", ".join(not_honoured[:_NAMED_MAX]) + (f" and {len(not_honoured) - _NAMED_MAX} more" if len(not_honoured) > _NAMED_MAX else "")
    vetoes = f"and does not honour the newest vetoes yet of {named}" if not_honoured else "and no veto waits for it"
    mode = "" if gate.binds else " (in shadow mode)"
    return f"Gate {name}{mode} {lag} {vetoes}. Whoever runs it has to look at its network and its machine."

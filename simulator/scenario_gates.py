"""The steps of a scenario that are about gates: what is wrong with the one that is asked, and what another one reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast_gate.model import Exit
from simulator.disturbed_feed import STATES
from simulator.scenario import DECISIONS, MODES, Disturb, Reported

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.scenario_yaml import Node, Page

_TIMES_MAX = 1000


def disturb(page: Page, at: Node, node: Node) -> Disturb:
    """Read `gate: STATE`."""
    return Disturb(where=page.where(at), state=page.choice(node, "the gate", STATES))


def over(page: Page, fields: Mapping[str, Node]) -> bool | None:
    """Read `over: true` or `over: false`, where it is given."""
    return page.choice(fields["over"], "over", ("true", "false")) == "true" if "over" in fields else None


def reported(page: Page, at: Node, node: Node) -> Reported:
    """Read `report: {gate: …, prisoner: …, exit: …, decision: …}`."""
    optional = ("mode", "times", "decided_at", "report_id")
    fields = page.fields(node, "report", required=("gate", "prisoner", "exit", "decision"), optional=optional)

    def text(name: str, default: str = "") -> str:
        return page.text(fields[name], name) if name in fields else default

    times = text("times", "1")
    if not (times.isdecimal() and 1 <= int(times) <= _TIMES_MAX):
        page.problem(fields["times"], f"times {times!r} is no number from 1 to {_TIMES_MAX}")
        times = "1"
    return Reported(
        where=page.where(at),
        gate=text("gate"),
        prisoner=text("prisoner"),
        exit=page.word(fields["exit"], "exit", Exit) if "exit" in fields else Exit.RELEASE,
        decision=page.choice(fields["decision"], "the decision", DECISIONS) if "decision" in fields else "",
        mode=page.choice(fields["mode"], "the mode", MODES) if "mode" in fields else MODES[0],
        times=int(times),
        decided_at=page.instant(fields["decided_at"], "decided_at") if "decided_at" in fields else None,
        report_id=text("report_id") or None,
    )

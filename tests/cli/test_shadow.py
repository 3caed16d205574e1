"""`holdfast shadow`: both topics read through a broker, the table, the JSON and the exit statuses."""

from __future__ import annotations

from dataclasses import replace

from holdfast.records import DecisionReport
from tests.cli.cluster import Cluster
from tests.core.telling import NUMBER, ago, left, received
from tests.core.test_shadow import ALLOW, REFER, VETO, said
from tests.status.told import Log, seconds

OTHER, THIRD = "B1234BC", "C1234BC"


def story() -> Log:
    """One left, another stays, of the third nobody asked."""
    log = Log(step=1)
    for number in (NUMBER, OTHER, THIRD):
        log.fact(received(), number)
    log.mark(seconds(0))
    log.fact(left(at=seconds(600)), NUMBER)
    log.fact(left(at=ago(hours=1)), THIRD)
    log.mark(seconds(601))
    return log


def reports() -> list[DecisionReport]:
    """A veto for who left, delivered twice, an allow for who stays, and one that bound."""
    vetoed = said(VETO, 1, grounds=("IMMIGRATION_DETENTION",))
    return [vetoed, said(ALLOW, 2, who=OTHER, gate="vans"), vetoed, said(REFER, 3, who=OTHER, mode="BINDING")]


def test_who_left_although_a_gate_would_have_stopped_them(cluster: Cluster) -> None:
    """Status 3, and the case first: who, why, when they left, and by which record."""
    cluster.facts, cluster.reports = story().records, [*reports(), b"\xc3\x01garbage"]
    status, told = cluster.told("shadow")
    assert (status, told["unreadable_reports"]) == (3, 1)
    reception, vans = told["gates"]
    assert (reception["gate_id"], reception["counts"]["WOULD_HAVE_STOPPED"], vans["counts"]["ALLOWED_AND_STILL_IN"]) == ("reception", 1, 1)
    (case,) = reception["cases"]
    assert {name: case[name] for name in ("outcome", "prisoner_number", "exit", "decision", "why", "asked", "left_at")} == {
        "outcome": "WOULD_HAVE_STOPPED",
        "prisoner_number": NUMBER,
        "exit": "release",
        "decision": "VETO",
        "why": ["IMMIGRATION_DETENTION"],
        "asked": 1,
        "left_at": seconds(600).isoformat(),
    }
    shown = cluster.command("shadow").output
    assert "would have stopped" in shown
    assert "IMMIGRATION_DETENTION" in shown
    assert case["left_by"] in shown
    assert "1 records of gate-reports cannot be read" in shown


def test_one_gate_and_since(cluster: Cluster) -> None:
    """Status 0 where nobody was let past a veto; what was decided before T does not count."""
    cluster.facts, cluster.reports = story().records, reports()
    status, told = cluster.told("shadow", "--gate", "vans")
    assert (status, [gate["gate_id"] for gate in told["gates"]]) == (0, ["vans"])
    assert [gate["gate_id"] for gate in cluster.told("shadow", "--since", seconds(61).isoformat())[1]["gates"]] == ["vans"]
    assert cluster.told("shadow", "--since", seconds(60).isoformat())[0] == 3
    assert cluster.command("shadow", "--since", "yesterday").exit_code == 2


def test_no_gate_in_shadow_mode(cluster: Cluster) -> None:
    """Nothing to compare is said, with how to begin."""
    cluster.facts, cluster.reports = story().records, [replace(each, mode="BINDING") for each in reports()]
    result = cluster.command("shadow")
    assert (result.exit_code, "No gate has reported in shadow mode: set HOLDFAST_GATE_MODE=SHADOW" in result.output) == (0, True)
    assert "Gate vans has reported nothing in shadow mode" in cluster.command("shadow", "--gate", "vans").output

"""Who left, and what gates had said: no decision, a decision that came late, a veto that was on record; and officers who settle too much."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.claims import Claim
from holdfast.records import DecisionReport
from holdfast.watch import ExpectedGate, Limits
from tests.core.telling import NOW, ago, immigration, left, received
from tests.core.watching import GATE, OTHER, Watched, kinds, position, report, seconds

WITHOUT, DESPITE = "RELEASED_WITHOUT_DECISION", "RELEASED_DESPITE_VETO"
GRACE_S = 300


def watched(limits: Limits | None = None, mode: str = "BINDING") -> Watched:
    """A gate that has followed for a while."""
    it = Watched(limits)
    it.stands(*(position(seconds(each), mode=mode) for each in range(-60, 1)))
    it.judge(seconds(0))
    return it


def judged(it: Watched, at_s: float = GRACE_S) -> list[tuple[str, bool]]:
    """What is said of releases when T is so many seconds after the departure."""
    return [(kind, over) for kind, over in kinds(it.judge(seconds(at_s))) if kind.startswith("RELEASED")]


def test_who_left_with_no_decision_is_reported_when_the_report_has_had_its_time() -> None:
    """Once, with the time, the exit, the prison and the record of the departure."""
    it = watched()
    gone = left()
    it.tell(received(), gone)
    assert judged(it, GRACE_S - 1) == []
    assert judged(it) == [(WITHOUT, False)]
    it.tell(received(), gone)
    assert judged(it, 2 * GRACE_S) == []
    [incident] = [each for each in it.said.values() if each.kind == WITHOUT]
    assert incident.records == (gone.source,)
    assert incident.sentence.startswith(
        "The person left WWI at 09:00:00 UTC on 3 Nov 2025 (release) and no gate reported that they may: no gate was asked"
    )


@pytest.mark.parametrize(
    ("decided", "reported"),
    [
        (report("ALLOW", at=seconds(-60)), []),
        (report("SETTLED", at=seconds(-600)), []),
        (report("ALLOW", at=seconds(600)), []),  # custody wrote a time a little too early
        (report("ALLOW", at=seconds(-3601)), [(WITHOUT, False)]),
        (report("ALLOW", at=seconds(901)), [(WITHOUT, False)]),
        (report("REFER", at=seconds(-60)), [(WITHOUT, False)]),
        (report("VETO", at=seconds(-60)), [(WITHOUT, False)]),
        (report("ALLOW", exit_="transfer", at=seconds(-60)), [(WITHOUT, False)]),
        (report("ALLOW", mode="SHADOW", at=seconds(-60)), [(WITHOUT, False)]),
    ],
)
def test_which_decision_lets_somebody_go(decided: DecisionReport, reported: list[tuple[str, bool]]) -> None:
    """An ALLOW or a settled REFER of a gate that binds, for that exit, from an hour before to a quarter of an hour after he left."""
    it = watched()
    it.decides(decided)
    it.tell(received(), left())
    assert judged(it, 1000) == reported


@pytest.mark.parametrize(
    "gone", [left("CRT", "CRT"), left("TRN", "NOTR"), left("REL", "ESCP"), left("REL", "DEC"), left("REL", "MRG"), received(at=NOW, seq=2)]
)
def test_departures_that_need_no_decision(gone: Claim) -> None:
    """An escort, an escape, a death, a change on paper, and a return."""
    it = watched()
    it.tell(received(), gone)
    assert judged(it) == []


def test_a_report_that_comes_late_withdraws_the_incident() -> None:
    """A gate was without a network. When it decided only its own clock can say; a decision of another day withdraws nothing."""
    it = watched()
    it.tell(received(), left())
    assert judged(it) == [(WITHOUT, False)]
    it.decides(report("ALLOW", number=1, at=ago(days=1)), seconds(7000))
    assert judged(it, 7001) == []
    it.decides(report("ALLOW", number=2, at=seconds(-30)), seconds(7200))
    assert judged(it, 7201) == [(WITHOUT, True)]
    [incident] = [each for each in it.said.values() if each.kind == WITHOUT]
    assert incident.over == f"Gate {GATE} had decided (ALLOW); its report came at 11:00:00 UTC on 3 Nov 2025."
    assert judged(it, 9000) == []


def test_the_brokers_time_counts_where_it_can() -> None:
    """A gate whose clock is a day slow, or fast, has decided when its report was appended."""
    for days in (-1, 1):
        it = watched()
        it.decides(report("ALLOW", at=seconds(-60) + timedelta(days=days)), seconds(-59))
        it.tell(received(), left())
        assert judged(it) == []


def test_where_no_gate_binds_nobody_could_have_asked() -> None:
    """A prison that only tries it out in shadow mode, or has no gate, is not accused of every release; a gate listed elsewhere is no gate here."""
    shadow = watched(mode="SHADOW")
    shadow.tell(received(), left())
    none = Watched()
    none.tell(received(), left())
    elsewhere = watched(Limits(gates=(ExpectedGate(gate_id=GATE, prison_id="CDI"),)))
    elsewhere.tell(received(), left())
    assert judged(shadow) == judged(none) == judged(elsewhere) == []
    here = Watched(Limits(gates=(ExpectedGate(gate_id=GATE, prison_id="WWI"),)))
    here.tell(received(), left())
    assert judged(here) == [(WITHOUT, False)]


def test_a_successor_judges_what_it_can_and_repeats_nothing() -> None:
    """What was recorded before reports were read is the predecessor's; what the predecessor said is withdrawn by the report that it missed."""
    it = watched()
    it.tell(received(), left())
    judged(it)
    successor = it.successor()
    successor.tell(received(), left(), measured=False)
    assert judged(successor) == []
    successor.decides(report("ALLOW", at=seconds(-30)), seconds(7200))
    assert judged(successor, 7300) == [(WITHOUT, True)]
    later = Watched(read_from=seconds(1))
    later.follows(until=seconds(60))
    later.tell(received(), left())
    assert judged(later) == []
    history = watched()
    history.tell(received(), replace(left(at=ago(days=8)), received_at=NOW))
    assert judged(history) == []


def test_what_was_not_read_is_said() -> None:
    """A departure that is recorded hours late may have been decided before watch began to read."""
    it = Watched(read_from=seconds(-600))
    it.follows(until=seconds(60))
    it.tell(received(), replace(left(), received_at=seconds(30)))
    judged(it, 400)
    [incident] = [each for each in it.said.values() if each.kind == WITHOUT]
    assert "Reports from before 08:50:00 UTC on 3 Nov 2025 were not read." in incident.sentence


HELD = (received(), immigration("IS91", at=ago(hours=5)), left())


def test_a_veto_on_record_is_added_to_the_one_incident() -> None:
    """Read before or after the departure, one incident says that he left and that a gate had refused; a REFER is not it."""
    vetoed = report("VETO", at=seconds(-120))
    for first in (True, False):
        it = watched()
        if first:
            it.decides(vetoed)
        it.decides(report("REFER", number=2, at=seconds(-100)))
        it.decides(report("VETO", number=3, at=ago(days=2)))
        it.tell(*HELD)
        it.judge(seconds(1))
        if not first:
            it.decides(vetoed)
        it.judge(seconds(2))
        [incident] = [each for each in it.said.values() if each.kind == DESPITE]
        assert incident.sentence.endswith(f". A gate's VETO was on record: {GATE} at 08:58:00 UTC on 3 Nov 2025.")
        assert [each.topic for each in incident.records] == ["upstream", "upstream", "gate-reports"]
        assert incident.over_at is None


@given(st.permutations([("tell", 0), ("ALLOW", -30), ("ALLOW", -30), ("VETO", -400), ("REFER", -100), ("REFER", -100)]))
def test_order_and_copies_of_reports_change_no_incident(told: list[tuple[str, int]]) -> None:
    """Who left on an ALLOW is never accused, in whichever order what is known by the time of judgement was read."""
    it = watched()
    for what, at_s in told:
        if what == "tell":
            it.tell(received(), left())
        else:
            it.decides(report(what, number=abs(at_s), at=seconds(at_s)), seconds(at_s))
    assert judged(it, GRACE_S) == []


def decide(it: Watched, decision: str, numbers: range, *, gate: str = GATE, at: datetime = NOW) -> None:
    """So many decisions, each told twice."""
    for number in numbers:
        for _ in range(2):
            it.decides(report(decision, gate=gate, number=number, at=at))


def overrides(it: Watched, at_s: float) -> list[tuple[str, bool]]:
    """What is said of overrides."""
    return [each for each in kinds(it.judge(seconds(at_s))) if each[0] == "OVERRIDE_RATE"]


def test_too_many_settled_decisions_are_reported_per_gate_and_once() -> None:
    """Above a fifth of at least ten in a day; copies count once, shadow decisions and other gates' not at all; over when the share has come down."""
    it = watched()
    decide(it, "REFER", range(1, 9))
    decide(it, "SETTLED", range(9, 11))
    decide(it, "SETTLED", range(1, 9), gate=OTHER)
    assert overrides(it, 60) == []
    decide(it, "SETTLED", range(11, 12))
    assert overrides(it, 120) == [("OVERRIDE_RATE", False)]
    [incident] = [each for each in it.said.values() if each.kind == "OVERRIDE_RATE"]
    assert incident.gate == GATE
    assert incident.sentence.startswith(f"At gate {GATE} officers settled 3 of 11 decisions in 24 hours, more than 20%")
    decide(it, "ALLOW", range(12, 20))
    assert overrides(it, 180) == [("OVERRIDE_RATE", True)]


def test_a_successor_that_has_not_read_a_whole_window_ends_no_override_rate() -> None:
    """It knows fewer decisions, not that there were fewer."""
    it = watched()
    decide(it, "SETTLED", range(1, 12))
    overrides(it, 60)
    successor = Watched(read_from=seconds(0))
    for incident in it.said.values():
        successor.watch.restore(incident)
    assert overrides(successor, 600) == []
    assert overrides(successor, 86_401) == [("OVERRIDE_RATE", True)]

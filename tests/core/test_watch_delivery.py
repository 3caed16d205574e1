"""How long a veto takes to every gate, measured from the upstream record to what the last gate told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.records import GatePosition
from holdfast.watch import ExpectedGate, Limits
from holdfast_gate.model import QueryKind
from tests.core.telling import NOW, doubt, immigration, order, received
from tests.core.watching import GATE, OTHER, Watched, position, seconds

DETAINED = (received(), immigration("IS91", at=seconds(1)))
#: The notice of DETAINED is of offset 1 of `facts`: a seal whose number is above that covers it.
COVERS, BEFORE = 2, 1


def watched(*gates: str) -> Watched:
    """Gates that have followed up to a seal from before the veto, which has just come."""
    it = Watched()
    for gate in gates:
        it.stands(*(position(seconds(each), gate=gate, seal_number=BEFORE) for each in range(-60, 1)))
    it.judge(seconds(0))
    it.tell(*DETAINED, at=seconds(1))
    return it


def reached(at_s: float, gate: str = GATE, number: int = COVERS) -> GatePosition:
    """A gate tells of this seal."""
    return position(seconds(at_s), gate=gate, seal_number=number)


def test_a_veto_is_honoured_when_the_last_gate_has_told_so() -> None:
    """Not the first gate, and not a seal that does not cover it: from the broker's time of the upstream record to that of the last gate's report."""
    it = watched(GATE, OTHER)
    it.stands(reached(2), reached(3, OTHER, BEFORE))
    it.judge(seconds(3))
    assert (it.took, it.watch.deliveries.waiting) == ([], 1)
    it.stands(reached(4.5, OTHER))
    it.judge(seconds(6))
    assert (it.took, it.watch.deliveries.waiting) == ([3.5], 0)


def test_what_is_not_new_is_not_measured() -> None:
    """The same ground in another notice, an order, and what was published before watch began are no new vetoes; another ground is."""
    it = watched(GATE)
    it.stands(reached(2))
    it.judge(seconds(3))
    it.tell(*DETAINED, order(at=seconds(4)), at=seconds(4))
    it.tell(*DETAINED, at=seconds(4))
    assert it.watch.deliveries.waiting == 0
    it.tell(*DETAINED, doubt(QueryKind.UNREADABLE_RECORD), at=seconds(5))
    assert it.watch.deliveries.waiting == 1
    before = Watched()
    before.follows(GATE)
    before.tell(*DETAINED, measured=False)
    assert before.watch.deliveries.waiting == 0


def test_a_ground_that_time_brought_counts_from_that_time() -> None:
    """Its record is old; it is the notice that is new. So is a hold that another record has brought back."""
    it = Watched()
    it.stands(*(position(seconds(each), seal_number=BEFORE) for each in range(-60, 1)))
    it.judge(seconds(0))
    it.tell(*DETAINED, order(at=seconds(4)), at=seconds(4))  # watch hears of the detention only with the notice of the order
    it.stands(reached(6, number=9))
    it.judge(seconds(7))
    assert it.took == [2.0]


def test_a_report_that_is_read_before_the_status_counts_too() -> None:
    """The two topics are read side by side: which comes first is chance."""
    it = watched(GATE)
    late = Watched()
    late.stands(*(position(seconds(each), seal_number=BEFORE) for each in range(-60, 1)))
    late.judge(seconds(0))
    for one in (it, late):
        one.stands(reached(2), reached(3, number=8), reached(9, number=20))
    late.tell(*DETAINED, at=seconds(1))
    it.judge(seconds(10))
    late.judge(seconds(10))
    assert it.took == late.took == [1.0]


def test_a_gate_that_came_later_does_not_count_against_the_promise() -> None:
    """It was not there when the veto came; a gate that is listed has to be."""
    it = watched(GATE)
    it.stands(*(reached(each, OTHER, number=50) for each in range(10, 60)))
    it.stands(reached(2))
    it.judge(seconds(60))
    assert it.took == [1.0]
    listed = Watched(Limits(gates=(ExpectedGate(gate_id=GATE), ExpectedGate(gate_id=OTHER))))
    listed.judge(seconds(0))
    listed.tell(*DETAINED, at=seconds(1))
    listed.stands(reached(2))
    listed.judge(seconds(5))
    assert listed.took == []
    listed.stands(reached(20, OTHER))
    listed.judge(seconds(21))
    assert listed.took == [19.0]


def test_without_a_gate_there_is_nothing_to_measure() -> None:
    """Nobody honours nothing."""
    it = watched()
    it.judge(seconds(5))
    assert (it.took, it.watch.deliveries.waiting, it.watch.deliveries.take_given_up()) == ([], 0, 0)


def test_a_veto_that_a_gate_took_with_it_is_given_up_and_counted() -> None:
    """It is not said to have been honoured because the gate that did not is gone."""
    it = watched(GATE, OTHER)
    it.stands(reached(2))
    it.judge(seconds(3))
    day = 86_400
    it.stands(reached(day, GATE, number=99))
    it.judge(seconds(day + 1))
    assert (it.took, it.watch.deliveries.waiting) == ([], 0)
    assert (it.watch.deliveries.take_given_up(), it.watch.deliveries.take_given_up()) == (1, 0)


@pytest.mark.parametrize(("took", "p50", "p99"), [([1.0], 1.0, 1.0), ([1.0, 2.0], 1.0, 2.0), ([float(n) for n in range(1, 201)], 100.0, 198.0)])
def test_what_people_are_shown_of_the_last_hour(took: list[float], p50: float, p99: float) -> None:
    """Half of all within this, 99 of 100 within that; an hour later it is forgotten."""
    it = Watched()
    it.watch.deliveries._window.extend((NOW, each) for each in reversed(took))
    summary = it.watch.deliveries.summary(NOW)
    assert summary is not None
    assert (summary.count, summary.p50_s, summary.p99_s) == (len(took), p50, p99)
    assert it.watch.deliveries.summary(seconds(3601)) is None


@given(st.permutations([reached(2), reached(2), reached(3, number=7), reached(1.5, number=BEFORE), reached(4, OTHER), reached(5, OTHER, 9)]))
def test_order_and_copies_of_reports_change_no_figure(told: list[GatePosition]) -> None:
    """What is measured is the first time at which each gate has told, whenever that is read."""
    it = watched(GATE, OTHER)
    it.stands(*told)
    it.judge(seconds(6))
    assert it.took == [3.0]

"""What a gate in shadow mode would have done, beside what custody says happened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from holdfast.claims import Movement
from holdfast.records import DecisionReport
from holdfast.shadow import CLOCKS_APART, WITHIN, Departed, Outcome, compared, departures
from holdfast_gate.model import RecordRef
from tests.core.telling import NOW, NUMBER, ago, left, received, say, status_of

ALLOW, REFER, VETO = "ALLOW", "REFER", "VETO"


def said(decision: str, minutes: float = 0, *, who: str = NUMBER, gate: str = "reception", **more: Any) -> DecisionReport:
    """What a gate in shadow mode reported, so many minutes after NOW."""
    at = NOW + timedelta(minutes=minutes)
    fields: dict[str, Any] = {"exit": "release", "mode": "SHADOW", "codes": (), "grounds": (), **more}
    return DecisionReport(
        report_id=f"{gate}/{minutes}",
        gate_id=gate,
        sequence=int(minutes * 60) + 1_000_000,
        prisoner_number=who,
        decision=decision,
        notice_facts_offset=1,
        rules_version=1,
        policy_version=0,
        seal_number=2,
        decided_at=at,
        valid_until=None,
        **fields,
    )


def gone(minutes: float = 30, *exits: str, who: str = NUMBER) -> Departed:
    """Custody says that they left so many minutes after NOW."""
    source = RecordRef("custody-events", 0, int(minutes * 60), "ab" * 32)
    return Departed(prisoner_number=who, exits=frozenset(exits or {"release"}), at=NOW + timedelta(minutes=minutes), source=source)


def outcomes(reports: Iterable[DecisionReport], departed: Iterable[Departed] = ()) -> list[tuple[str, int]]:
    """Outcome, and how often it was asked, of each case of the only gate."""
    (gate,) = compared(reports, departed)
    return [(case.outcome.value, case.asked) for case in gate.cases]


@pytest.mark.parametrize(
    ("decision", "departed", "outcome"),
    [
        (VETO, [gone()], "WOULD_HAVE_STOPPED"),
        (REFER, [gone()], "WOULD_HAVE_DELAYED"),
        (ALLOW, [gone()], "ALLOWED_AND_LEFT"),
        (ALLOW, [], "ALLOWED_AND_STILL_IN"),
        (VETO, [], "AGREED"),
        (REFER, [], "AGREED"),
    ],
)
def test_each_outcome(decision: str, departed: list[Departed], outcome: str) -> None:
    """What the gate said, and whether they left."""
    assert outcomes([said(decision)], departed) == [(outcome, 1)]


def test_the_last_answer_before_they_left_counts() -> None:
    """Vetoed at nine, allowed at ten, left at half past ten: that is one case, and allowed; the other way round it is stopped."""
    assert outcomes([said(VETO), said(REFER, 30), said(ALLOW, 60)], [gone(90)]) == [("ALLOWED_AND_LEFT", 3)]
    assert outcomes([said(ALLOW), said(VETO, 60)], [gone(90)]) == [("WOULD_HAVE_STOPPED", 2)]


def test_who_left_by_another_exit_did_not_leave_by_this_one() -> None:
    """Vetoed for release and taken to court: the gate and the prison agreed."""
    assert outcomes([said(VETO)], [gone(30, "court")]) == [("AGREED", 1)]
    assert outcomes([said(VETO, exit="removal")], [gone(30, "immigration_transfer", "removal")]) == [("WOULD_HAVE_STOPPED", 1)]
    assert outcomes([said(VETO)], [gone(30, who="B1234BC")]) == [("AGREED", 1)]


def test_a_departure_belongs_to_the_day_before_it() -> None:
    """A day later it is another matter; a clock that is a few minutes off does not hide it."""
    day = WITHIN / timedelta(minutes=1)
    assert outcomes([said(VETO)], [gone(day)]) == [("WOULD_HAVE_STOPPED", 1)]
    assert outcomes([said(VETO)], [gone(day + 1)]) == [("AGREED", 1)]
    apart = CLOCKS_APART / timedelta(minutes=1)
    assert outcomes([said(VETO, apart)], [gone(0)]) == [("WOULD_HAVE_STOPPED", 1)]
    assert outcomes([said(VETO, apart + 1)], [gone(0)]) == [("AGREED", 1)]


def test_a_day_without_a_question_ends_a_case() -> None:
    """Asked on Monday and on Wednesday: two cases; asked every few hours: one."""
    day = WITHIN / timedelta(minutes=1)
    assert outcomes([said(VETO), said(ALLOW, day)]) == [("ALLOWED_AND_STILL_IN", 2)]
    assert outcomes([said(VETO), said(ALLOW, day + 1)]) == [("ALLOWED_AND_STILL_IN", 1), ("AGREED", 1)]


def test_two_departures_are_two_cases() -> None:
    """Out for a day, back, and out again: each departure has the answers before it."""
    reports = [said(ALLOW, exit="temporary_release"), said(REFER, 120, exit="temporary_release"), said(VETO, 500, exit="temporary_release")]
    departed = [gone(200, "temporary_release"), gone(30, "temporary_release")]
    assert outcomes(reports, departed) == [("WOULD_HAVE_DELAYED", 1), ("ALLOWED_AND_LEFT", 1), ("AGREED", 1)]


def test_each_gate_for_itself_and_only_in_shadow() -> None:
    """Another gate's answer is its own case; what bound somebody, and what is no decision, is none of the comparison."""
    reports = [said(VETO), said(ALLOW, 10, gate="vans"), said(ALLOW, 20, mode="BINDING"), said("SETTLED", 25)]
    found = {gate.gate_id: [case.outcome for case in gate.cases] for gate in compared(reports, [gone()])}
    assert found == {"reception": [Outcome.WOULD_HAVE_STOPPED], "vans": [Outcome.ALLOWED_AND_LEFT]}
    assert compared([said(ALLOW, mode="BINDING")], []) == ()


def test_what_matters_most_comes_first_and_is_counted() -> None:
    """Whoever would have been stopped leads the list."""
    reports = [said(ALLOW, who="A0001AA"), said(REFER, who="A0002AA"), said(VETO, who="A0003AA"), said(VETO, who="A0004AA")]
    (gate,) = compared(reports, [gone(who=f"A000{n}AA") for n in (1, 2, 3)])
    assert [case.outcome for case in gate.cases] == [*list(Outcome)[:3], Outcome.AGREED]
    assert {outcome: gate.count(outcome) for outcome in Outcome} == {
        Outcome.WOULD_HAVE_STOPPED: 1,
        Outcome.WOULD_HAVE_DELAYED: 1,
        Outcome.ALLOWED_AND_LEFT: 1,
        Outcome.ALLOWED_AND_STILL_IN: 0,
        Outcome.AGREED: 1,
    }


# --- departures ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "reason", "exits"),
    [
        ("REL", "CR", {"release"}),
        ("REL", "ETR", {"immigration_transfer", "removal"}),
        ("REL", "EX", {"extradition"}),
        ("REL", "HP", {"hospital"}),
        ("REL", "ZZZZ", {"release"}),
        ("CRT", "CRT", {"court"}),
        ("TRN", "NOTR", {"transfer"}),
        ("TAP", "R3", {"temporary_release"}),
        ("REL", "ESCP", None),
        ("REL", "DEC", None),
        ("REL", "MRG", None),
    ],
)
def test_by_which_exit_they_left(kind: str, reason: str, exits: set[str] | None) -> None:
    """A movement is a departure by an exit, as an order with its reason is for one; by escape, death and paper nobody leaves by a gate."""
    found = departures([status_of([received(), left(kind, reason)])])
    assert [each.exits for each in found] == ([] if exits is None else [exits])


def test_a_departure_is_told_once_and_not_when_it_was_taken_back() -> None:
    """Of several statuses the same departure is one; custody's newest word on it counts, whichever status comes first."""
    out = left(at=ago(hours=1))
    undone = replace(out, body=replace(out.body, deleted=True), recorded_at=NOW)  # type: ignore[type-var]
    before, after = status_of([received(), out]), status_of([received(), undone])
    (one,) = departures([before, before])
    assert (one.prisoner_number, one.at, one.source) == (NUMBER, ago(hours=1), out.source)
    assert departures([before, after]) == departures([after, before]) == ()


def test_an_escort_that_a_later_movement_replaced_is_found_in_an_older_status() -> None:
    """Court at eight, back at noon, released at four: all that was ever told."""
    court, release = left("CRT", "CRT", at=ago(hours=9), seq=2), left(at=NOW, seq=4)
    back = say(replace(received().body, movement_seq=3, movement_type="CRT", movement_reason_code="CRT"), at=ago(hours=5))  # type: ignore[type-var]
    assert isinstance(back.body, Movement)
    found = departures([status_of([received(), court]), status_of([received(), court, back, release])])
    assert [each.exits for each in found] == [{"court"}, {"release"}]


# --- properties ------------------------------------------------------------------------------------------------------------------

MINUTES = st.integers(0, 6 * 24 * 60)
SAID = st.builds(said, st.sampled_from((ALLOW, REFER, VETO)), MINUTES, gate=st.sampled_from(("a", "b")))


@settings(max_examples=400, deadline=None)
@given(st.lists(SAID, max_size=12, unique_by=lambda report: report.report_id), st.lists(MINUTES, max_size=4, unique=True))
def test_every_answer_is_in_one_case(reports: list[DecisionReport], left_at: list[int]) -> None:
    """Nothing is counted twice or left out, a departure has one case at each gate at most, and order of delivery changes nothing."""
    departed = [gone(minutes) for minutes in left_at]
    found = compared(reports, departed)
    cases = [case for gate in found for case in gate.cases]
    event(f"{len(cases)} cases")
    assert sum(case.asked for case in cases) == len(reports)
    for gate in found:
        sources = [case.departed.source for case in gate.cases if case.departed is not None]
        assert len(sources) == len(set(sources))
        assert sum(gate.count(outcome) for outcome in Outcome) == len(gate.cases)
    for case in cases:
        if case.departed is not None:
            assert case.departed.at - WITHIN <= case.report.decided_at <= case.departed.at + CLOCKS_APART
    assert compared(reversed(reports), reversed(departed)) == found

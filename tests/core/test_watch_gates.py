"""Gates that are silent, behind or different: said once, by name, and ended when it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.claims import SourceMark
from holdfast.records import GatePosition
from holdfast.watch import ExpectedGate, Limits
from holdfast.watch.gates import GateBoard, Streak
from tests.core.telling import NOW, NUMBER, immigration, received
from tests.core.watching import GATE, OTHER, Watched, kinds, position, report, seconds

FOUND, OVER = False, True


def running(it: Watched, until_s: float, *, from_s: float = 0) -> list[tuple[str, bool]]:
    """Let T run on in steps of five seconds; what is said on the way."""
    said: list[tuple[str, bool]] = []
    at_s = from_s
    while at_s <= until_s:
        said += kinds(it.judge(seconds(at_s)))
        at_s += 5
    return said


def test_a_gate_that_falls_silent_is_named_once() -> None:
    """It followed, and then was not heard for longer than the bound: said once, with its name and since when; at the bound itself not yet."""
    it = Watched()
    it.follows(GATE)
    assert running(it, 30) == []
    assert running(it, 120, from_s=35) == [("GATE_SILENT", FOUND)]
    [incident] = it.said.values()
    assert (incident.gate, incident.prisoner_number, incident.source, incident.detected_at) == (GATE, None, None, seconds(35))
    assert f"nothing from gate {GATE} since 09:00:00 UTC on 3 Nov 2025" in incident.sentence


def test_a_silence_ends_when_the_gate_is_heard() -> None:
    """Under the same id, with the time; a second silence is another incident."""
    it = Watched()
    it.follows(GATE)
    running(it, 40)
    it.stands(position(seconds(43)))
    assert running(it, 60, from_s=45) == [("GATE_SILENT", OVER)]
    [incident] = it.said.values()
    assert incident.over == "The gate was heard again at 09:00:43 UTC on 3 Nov 2025."
    assert running(it, 100, from_s=65) == [("GATE_SILENT", FOUND)]
    assert len(it.said) == 2


def test_nobody_waits_for_who_asked_once() -> None:
    """Somebody asks from a terminal and goes: a gate that never followed is not missed, nor one that followed for a moment."""
    it = Watched()
    it.decides(report("ALLOW"))
    it.stands(position(seconds(0), gate=OTHER), position(seconds(1), gate=OTHER))
    assert running(it, 200) == []


def test_a_gate_that_is_gone_for_long_is_expected_no_more() -> None:
    """After a day without a word its silence is over, because nobody waits any more; one that is listed is waited for always."""
    day = 86_400
    it = Watched()
    it.follows(GATE)
    running(it, 40)
    assert kinds(it.judge(seconds(day + 1))) == [("GATE_SILENT", OVER)]
    listed = Watched(Limits(gates=(ExpectedGate(gate_id=GATE),)))
    listed.follows(GATE)
    running(listed, 40)
    assert kinds(listed.judge(seconds(day + 1))) == []


def test_a_listed_gate_that_never_came_is_missed_and_others_are_not() -> None:
    """A list says who has to be there."""
    it = Watched(Limits(gates=(ExpectedGate(gate_id=GATE),)))
    it.follows(OTHER)
    assert running(it, 100) == [("GATE_SILENT", FOUND)]
    [incident] = it.said.values()
    assert incident.gate == GATE
    assert "since Holdfast began to look" in incident.sentence


def test_when_the_hub_itself_was_away_no_gate_is_called_silent() -> None:
    """T leaps by an hour after an outage, and gates need a moment to be heard again; if they are not, they are silent from then on."""
    it = Watched()
    it.follows(GATE)
    it.judge(seconds(0))
    assert running(it, 3630, from_s=3600) == []
    assert running(it, 3640, from_s=3635) == [("GATE_SILENT", FOUND)]


def test_a_successor_says_nothing_twice_and_knows_what_lasts() -> None:
    """Restarted, watch knows the silent gate from what it has said, does not say it again, and ends it when the gate is heard."""
    it = Watched()
    it.follows(GATE)
    running(it, 40)
    successor = it.successor()
    assert running(successor, 140, from_s=45) == []
    successor.stands(position(seconds(141)))
    assert running(successor, 145, from_s=145) == [("GATE_SILENT", OVER)]


def test_a_gate_that_lags_is_reported_until_it_has_caught_up() -> None:
    """Three reports in a row that tell of an old seal; two may be a hiccup. Over when it tells of a new one."""
    it = Watched()
    it.follows(GATE)
    it.judge(seconds(0))
    it.stands(position(seconds(20), lag_s=21, seal_number=0), position(seconds(21), lag_s=22, seal_number=0))
    assert it.judge(seconds(21)) == ()
    it.stands(position(seconds(22), lag_s=23, seal_number=0))
    assert kinds(it.judge(seconds(22))) == [("GATE_BEHIND", FOUND)]
    it.stands(position(seconds(23)))
    assert kinds(it.judge(seconds(23))) == [("GATE_BEHIND", OVER)]


def test_the_sentence_names_whom_a_gate_does_not_hold_yet() -> None:
    """Whoever reads it must know who could walk out there."""
    it = Watched()
    for second in range(-60, 1):
        it.stands(position(seconds(second), seal_number=1))
    it.judge(seconds(0))
    it.tell(received(), immigration("IS91", at=seconds(1)), at=seconds(1))
    for second in range(1, 30):
        it.stands(position(seconds(second), lag_s=second + 1, seal_number=1))
    it.judge(seconds(30))
    [incident] = it.said.values()
    assert incident.sentence.startswith(f"Gate {GATE} is 30 seconds behind and does not honour the newest vetoes yet of {NUMBER}.")


def test_a_gate_that_matched_no_seal_yet_may_take_as_long_as_others_lag() -> None:
    """It may be reading for the first time."""
    it = Watched()
    none = {"seal_number": None, "sealed_at": None}
    it.stands(*(position(seconds(each), **none) for each in range(10)))
    assert it.judge(seconds(10)) == ()
    it.stands(*(position(seconds(each), **none) for each in range(10, 13)))
    assert kinds(it.judge(seconds(13))) == [("GATE_BEHIND", FOUND)]


def test_a_replica_that_differs_for_too_long_is_reported_until_it_matches() -> None:
    """Not as a lag, which it has too; and while it is read again from the beginning it is not well yet."""
    it = Watched()
    it.follows(GATE)
    it.judge(seconds(0))
    bad = [position(seconds(each), lag_s=each + 1, mismatch=True) for each in range(1, 13)]
    it.stands(*bad[:11])
    assert it.judge(seconds(11)) == ()
    it.stands(bad[11])
    assert kinds(it.judge(seconds(12))) == [("GATE_MISMATCH", FOUND)]
    [incident] = it.said.values()
    assert "partition 0, since 09:00:01 UTC" in incident.sentence
    it.stands(position(seconds(13), lag_s=14, bootstrapped=False))
    assert it.judge(seconds(13)) == ()
    it.stands(position(seconds(14)))
    assert kinds(it.judge(seconds(14))) == [("GATE_MISMATCH", OVER)]


def test_a_gates_own_clock_says_nothing() -> None:
    """A gate whose clock is a day off is judged by the broker's time like any other."""
    it = Watched()
    for each in range(-60, 1):
        stands = position(seconds(each))
        it.watch.position(replace(stands, reported_at=stands.reported_at - timedelta(days=1)), seconds(each))
    assert running(it, 30) == []
    assert running(it, 40, from_s=35) == [("GATE_SILENT", FOUND)]


def test_a_silent_source_is_over_when_it_is_heard_again() -> None:
    """One incident for one silence, however T goes on meanwhile."""
    it = Watched()
    mark = SourceMark(source="court", caught_up_as_of=seconds(0))
    assert kinds(it.judge(seconds(11), [mark])) == [("SOURCE_SILENT", FOUND)]
    assert it.judge(seconds(30), [replace(mark, caught_up_as_of=seconds(15))]) == ()
    assert kinds(it.judge(seconds(40), [replace(mark, caught_up_as_of=seconds(39))])) == [("SOURCE_SILENT", OVER)]


reports = st.lists(
    st.builds(
        lambda second, lag, mismatch, late: (position(seconds(second), lag_s=lag, mismatch=mismatch, seal_number=second), seconds(second + late)),
        st.integers(0, 40),
        st.sampled_from([1, 15]),
        st.booleans(),
        st.sampled_from([0, 0, 3]),
    ),
    max_size=8,
)


@given(reports, st.randoms())
def test_order_and_copies_of_positions_change_nothing(told: list[tuple[GatePosition, datetime]], dice: object) -> None:
    """What is known of gates is a join: told in any order, and any number of times, the same incidents come of it."""
    again = [*told, *told[::2]]
    dice.shuffle(again)  # type: ignore[attr-defined]
    seen: list[object] = []
    for order in (told, again):
        it = Watched(Limits(gate_mismatch_after=timedelta(seconds=4)))
        for stands, appended_at in order:
            it.watch.position(stands, appended_at)
        it.judge(seconds(50))
        it.judge(seconds(110))
        seen.append((it.said, it.watch.board.gates.keys(), [s.reached for g in it.watch.board.gates.values() for s in g.stands.values()]))
    assert seen[0] == seen[1]


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20), st.integers(0, 20)), max_size=12), st.randoms())
def test_a_streak_is_a_join(told: list[tuple[bool, int, int]], dice: object) -> None:
    """So is the run of bad reports since the last good one."""
    again = [*told, *told]
    dice.shuffle(again)  # type: ignore[attr-defined]
    streaks = [Streak(), Streak()]
    for streak, order in zip(streaks, (told, again), strict=True):
        for well, appended, reported in order:
            streak.tell(well=well, appended_at=seconds(appended), reported_at=seconds(reported))
    assert (streaks[0].since, streaks[0].lasted) == (streaks[1].since, streaks[1].lasted)


@pytest.mark.parametrize(("gates", "prison", "binds"), [((), "WWI", True), (((GATE, "WWI"),), "WWI", True), (((GATE, "CDI"),), "WWI", False)])
def test_which_prison_a_gate_binds(gates: tuple[tuple[str, str], ...], prison: str, binds: bool) -> None:
    """A gate that is listed for one prison decides nothing elsewhere; one that only compares binds nowhere."""
    limits = Limits(gates=tuple(ExpectedGate(gate_id=name, prison_id=prison_id) for name, prison_id in gates))
    it = Watched(limits)
    it.follows(GATE)
    board: GateBoard = it.watch.board
    assert board.binds_at(prison, NOW) is binds
    it.stands(position(seconds(1), mode="SHADOW"))
    assert not board.binds_at(prison, NOW)

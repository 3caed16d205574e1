"""The consumer's side of gates' reports: any duplication and reordering of deliveries gives each report once, in order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hypothesis import event, given, settings
from hypothesis import strategies as st

from holdfast.records import DecisionReport
from holdfast.reports import WAITING_MAX, Step, Taken, each_once, journal_of, take
from tests.core.telling import NOW


def report(sequence: int, journal: str = "j1") -> DecisionReport:
    """One report of a journal's chain."""
    return DecisionReport(
        report_id=f"{journal}/{sequence}",
        gate_id="gate-1",
        sequence=sequence,
        prisoner_number="A1234BC",
        exit="release",
        decision="REFER",
        codes=("NO_RELEASE_ORDER",),
        grounds=(),
        notice_facts_offset=1,
        rules_version=1,
        policy_version=0,
        seal_number=2,
        decided_at=NOW,
        valid_until=None,
        previous_hash=f"{journal}#{sequence - 1}",
        entry_hash=f"{journal}#{sequence}",
    )


def delivered(reports: Iterable[DecisionReport]) -> tuple[list[Step], dict[str, Taken]]:
    """Every step, and what was taken of each journal."""
    taken: dict[str, Taken] = {}
    steps: list[Step] = []
    for each in reports:
        steps.append(take(taken.get(journal_of(each), Taken()), each))
        taken[journal_of(each)] = steps[-1].taken
    return steps, taken


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[dict[str, list[DecisionReport]], list[DecisionReport]]:
    """The reports of up to three journals, and their deliveries: each at least once, some several times, in any order."""
    sent = {name: [report(n, name) for n in range(1, draw(st.integers(0, 6)) + 1)] for name in ("j1", "j2", "a/b")}
    everything = [each for reports in sent.values() for each in reports]
    again = draw(st.lists(st.sampled_from(everything), max_size=8)) if everything else []
    return sent, draw(st.permutations([*everything, *again]))


@settings(max_examples=500, deadline=None)
@given(deliveries())
def test_each_once_and_in_order(case: tuple[dict[str, list[DecisionReport]], list[DecisionReport]]) -> None:
    """Whatever is delivered twice or late, every report is taken once, in the order of its journal, and follows from the one before."""
    sent, arrived = case
    steps, taken = delivered(arrived)
    ready = [each for step in steps for each in step.ready]
    for name, reports in sent.items():
        assert [each for each in ready if journal_of(each) == name] == reports
    assert all(not step.unlinked and step.skipped is None for step in steps)
    assert not any(each.waiting for each in taken.values())
    assert list(each_once(arrived)) == [each for name in sorted(sent) for each in sent[name]]
    event("duplicates" if len(arrived) > len(ready) else "each once")


def test_what_is_too_early_waits() -> None:
    """The third waits for the second; a copy of it brings nothing."""
    steps, taken = delivered([report(1), report(3), report(3), report(2)])
    assert [[each.sequence for each in step.ready] for step in steps] == [[1], [], [], [2, 3]]
    assert taken["j1"] == Taken(sequence=3, entry_hash="j1#3")


def test_a_report_that_does_not_follow_is_named() -> None:
    """One that was put in the place of another, and one whose own place was taken, do not follow from what is before them."""
    forged = replace(report(2), entry_hash="forged")
    steps, _ = delivered([report(1), forged, report(3), report(4)])
    assert [[each.sequence for each in step.unlinked] for step in steps] == [[], [], [3], []]
    stranger = replace(report(2), previous_hash="elsewhere")
    assert [step.unlinked for step in delivered([report(1), stranger])[0]] == [(), (stranger,)]


def test_waiting_has_an_end_and_what_is_given_up_is_said() -> None:
    """A report that never comes does not keep the others for ever, nor is it forgotten silently; the chain cannot be proved across it."""
    steps, taken = delivered([report(1), *(report(n) for n in range(4, WAITING_MAX + 5))])
    assert [step.skipped for step in steps if step.skipped] == [(2, 3)]
    assert [each.sequence for each in steps[-1].ready] == list(range(4, WAITING_MAX + 5))
    assert (steps[-1].unlinked, taken["j1"].waiting) == ((), {})
    assert take(taken["j1"], report(WAITING_MAX + 5)).ready == (report(WAITING_MAX + 5),)

"""One prisoner's past: the notices are those that the status service wrote, and a decision is made again as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.claims import Claim, Mark, SourceMark
from holdfast.history import History, Moment, Verdict, checks_of, closest, compared, remade
from holdfast.policies import NO_CHECKS, POLICIES
from holdfast.records import DecisionReport, ReportedCheck
from holdfast.status import RULES_VERSION, under
from holdfast_gate.answer import Answer
from holdfast_gate.model import Decision, Exit, Notice
from schemas.wire import decode
from services.runtime.signing import KeySigner
from services.status.app import StatusStage
from simulator.keys import KEY
from tests.core.telling import NOW, NUMBER, alert, dates, immigration, order, received
from tests.core.test_laws import CLAIMS
from tests.status.told import SOURCES, Log, notices, run, seconds

FREE = (received(), dates(), order())
ALL_SIGNED = tuple(
    ReportedCheck(check=check.code, by=f"{check.code} {n}", role=check.roles[0], at=seconds(0))
    for check in POLICIES[1].checks
    for n in range(check.people)
)


def told(*claims: Claim) -> Log:
    """These facts about him, then a mark at second 0."""
    log = Log()
    for claim in claims:
        log.fact(claim, NUMBER)
    log.mark(seconds(0))
    return log


def history(log: Log, *, below: int | None = None) -> History:
    """What is known when everything below an offset was read."""
    found = History(NUMBER)
    for record in log.records:
        if below is None or record.offset < below:
            found.read(decode(record.value or b""), record.offset)
    return found


def moment(log: Log, *, below: int | None = None) -> Moment:
    """The same, as a gate knew it."""
    end = log.records[-1].offset + 1 if below is None else below
    found = history(log, below=below).moment(end)
    assert found is not None
    return found


def report(seal: int | None, decision: str = "ALLOW", *, newest: int | None = None, **more: Any) -> DecisionReport:
    """What a gate recorded."""
    fields: dict[str, Any] = {"codes": (), "grounds": (), "exit": "release", "policy_version": 0, **more}
    return DecisionReport(
        report_id=f"g/{seal}/{decision}",
        gate_id="g",
        sequence=1,
        prisoner_number=NUMBER,
        decision=decision,
        notice_facts_offset=newest,
        rules_version=RULES_VERSION,
        seal_number=seal,
        decided_at=NOW,
        valid_until=None,
        **fields,
    )


# --- the notices -----------------------------------------------------------------------------------------------------------------

STEPS = st.one_of(
    st.tuples(st.just("mine"), CLAIMS),
    st.tuples(st.just("mine"), st.sampled_from((*FREE, alert(to=seconds(100_000).date())))),
    st.tuples(st.just("another's"), CLAIMS),
    st.tuples(st.just("mark"), st.integers(0, 200_000)),
    st.tuples(st.just("adopt"), st.integers(0, 1), st.integers(-5, 200_000)),
)


@settings(max_examples=250, deadline=None)
@given(st.lists(STEPS, max_size=20))
def test_it_has_the_notices_that_the_status_service_wrote(steps: list[tuple[Any, ...]]) -> None:
    """Facts, other people's facts, marks and adoptions in any order: every notice about him, to the last field."""
    log = Log()
    for step in steps:
        match step:
            case ("mine", claim):
                log.fact(claim, NUMBER)
            case ("another's", claim):
                log.fact(claim, "Z9999ZZ")
            case ("mark", later):
                log.mark(seconds(later))
            case (_, version, later):
                log.adopt(version, seconds(later), seconds(later % 7))
    written = notices(run(StatusStage(0, KeySigner(KEY)), *([record] for record in log.records)), NUMBER)
    assert history(log).notices == written


def test_a_moment_is_what_stood_below_its_number() -> None:
    """A seal covers what is below its number and nothing after: a later fact does not change what was known."""
    log = told(*FREE)
    sealed = log.records[-1].offset + 1
    log.fact(immigration("IS91"), NUMBER)
    log.mark(seconds(1))
    assert moment(log, below=sealed).answer(Exit.RELEASE).decision is Decision.ALLOW
    assert moment(log).answer(Exit.RELEASE).decision is Decision.VETO


def test_before_the_first_mark_there_was_no_seal() -> None:
    """What was never sealed nobody was let out on."""
    log = Log()
    log.fact(received(), NUMBER)
    assert history(log).moment(1) is None


# --- as of an instant ------------------------------------------------------------------------------------------------------------


def as_of(log: Log, at: datetime, *, mark_at: datetime | None) -> Answer:
    """The answer about a release as of an instant, with or without a mark that covers it."""
    found = history(log)
    sources = tuple(SourceMark(source=source, caught_up_as_of=mark_at) for source in SOURCES)
    mark = None if mark_at is None else Mark(time=mark_at, sources=sources)
    return found.as_of(at, 99, sealed=mark).answer(Exit.RELEASE)


def test_as_of_an_instant_the_day_is_that_of_the_instant() -> None:
    """His order is for the 3rd: a second before midnight it is good although the covering mark is of the 4th; at midnight it is over."""
    log = told(*FREE)
    midnight = datetime(2025, 11, 4, tzinfo=NOW.tzinfo)
    assert as_of(log, midnight - timedelta(seconds=1), mark_at=midnight + timedelta(seconds=1)).decision is Decision.ALLOW
    late = as_of(log, midnight, mark_at=midnight + timedelta(seconds=1))
    assert [reason.code.value for reason in late.refer] == ["NO_RELEASE_ORDER"]


def test_while_the_hub_was_silent_gates_were_stale() -> None:
    """The next mark came an hour later, or never: what the hub then knew no gate had."""
    log = told(*FREE)
    for mark_at in (seconds(3600), None):
        answer = as_of(log, seconds(60), mark_at=mark_at)
        assert answer.decision is Decision.REFER
        assert "SEAL_STALE" in {reason.code.value for reason in answer.refer}


def test_as_of_an_instant_the_policy_is_that_of_the_instant() -> None:
    """Adopted for second 10: as of 9 nothing is asked for, as of 10 everything."""
    log = told(*FREE)
    log.adopt(1, seconds(10))
    assert as_of(log, seconds(9), mark_at=seconds(10)).decision is Decision.ALLOW
    answer = as_of(log, seconds(10), mark_at=seconds(11))
    assert {reason.code.value for reason in answer.refer} == {"CHECKS_MISSING"}
    assert answer.policy_version == 1


def test_who_was_never_heard_of() -> None:
    """A number that nobody spoke of is referred, as a gate refers it."""
    log = Log()
    log.fact(received(), "Z9999ZZ")
    log.mark(seconds(0))
    assert "UNKNOWN_PRISONER" in {reason.code.value for reason in as_of(log, seconds(0), mark_at=seconds(0)).refer}


# --- another policy --------------------------------------------------------------------------------------------------------------


def test_another_policy_changes_what_is_asked_for_and_nothing_else() -> None:
    """Under policy 1 an ALLOW is a REFER for each check; with the checks it is an ALLOW; a veto is the same veto."""
    free = moment(told(*FREE))
    tougher = free.under(POLICIES[1])
    assert free.answer(Exit.RELEASE).decision is Decision.ALLOW
    assert len(tougher.answer(Exit.RELEASE).refer) == len(POLICIES[1].checks)
    checks = checks_of(replace(report(1), checks=ALL_SIGNED))
    assert tougher.answer(Exit.RELEASE, checks).decision is Decision.ALLOW
    held = moment(told(*FREE, immigration("IS91")))
    assert held.under(POLICIES[1]).answer(Exit.RELEASE).grounds == held.answer(Exit.RELEASE).grounds
    assert tougher.under(NO_CHECKS).answer(Exit.RELEASE).decision is Decision.ALLOW


@settings(max_examples=200, deadline=None)
@given(st.lists(CLAIMS, max_size=6), st.sampled_from(list(Exit)), st.lists(st.sampled_from(ALL_SIGNED), max_size=9))
def test_a_policy_that_asks_for_more_never_allows_more(claims: list[Claim], exit_: Exit, signed: list[ReportedCheck]) -> None:
    """Whatever was told and whatever was signed, who is not allowed to go under no policy is not under policy 1."""
    then = moment(told(*FREE, *claims))
    checks = checks_of(replace(report(1), checks=tuple(signed)))
    if then.under(POLICIES[1]).answer(exit_, checks).decision is Decision.ALLOW:
        assert then.answer(exit_, checks).decision is Decision.ALLOW


# --- a decision made again -------------------------------------------------------------------------------------------------------


def test_a_decision_is_made_again_with_its_seal_its_notices_and_its_checks() -> None:
    """Allowed with checks under policy 1, then detained: as of its seal it is allowed again, with a stricter notice read later it is vetoed."""
    log = told(*FREE)
    log.adopt(1, seconds(1))
    policy = log.mark(seconds(1))
    seal = policy.offset + 1
    detained = log.fact(immigration("IS91"), NUMBER)
    log.mark(seconds(2))
    all_of_it = history(log)
    then = moment(log, below=seal)
    allowed = report(seal, newest=policy.offset, checks=ALL_SIGNED, policy_version=1)
    answer = remade(allowed, then, all_of_it.notices)
    assert (answer.decision, answer.policy_version, compared(allowed, answer)) == (Decision.ALLOW, 1, Verdict.AGREES)
    unsealed = replace(allowed, notice_facts_offset=detained.offset)
    assert remade(unsealed, then, all_of_it.notices).decision is Decision.VETO
    without = replace(allowed, checks=())
    answer = remade(without, then, all_of_it.notices)
    assert answer.decision is Decision.REFER
    assert compared(without, answer) is Verdict.DIFFERS


def test_a_gate_that_a_policy_had_not_reached_yet() -> None:
    """The seal named policy 1 and his notice did not yet: the gate referred, and is right, though here the notice followed at once."""
    log = told(*FREE)
    log.adopt(1, seconds(1))
    mark = log.mark(seconds(1))
    waiting = report(mark.offset + 1, "REFER", newest=2, codes=("CHECKS_MISSING",), checks=ALL_SIGNED, policy_version=1)
    answer = remade(waiting, moment(log), history(log).notices)
    assert "have not arrived yet" in answer.refer[0].sentence
    assert compared(waiting, answer) is Verdict.AGREES


def test_a_gate_that_missed_a_hold_is_found_out() -> None:
    """It names a notice older than the one that its seal covers, and that one held him: not the policy alone changed, so it differs."""
    log = told(*FREE)
    log.fact(immigration("IS91"), NUMBER)
    log.mark(seconds(1))
    missed = report(log.records[-1].offset + 1, newest=2)
    answer = remade(missed, moment(log), history(log).notices)
    assert answer.decision is Decision.VETO
    assert compared(missed, answer) is Verdict.DIFFERS


@pytest.mark.parametrize(
    ("recorded", "verdict"),
    [
        (report(7), Verdict.AGREES),
        (report(7, "REFER", codes=("SEAL_STALE", "SOURCE_STALE")), Verdict.STRICTER),
        (report(7, "REFER", codes=("JOURNAL_NOT_WRITABLE",)), Verdict.STRICTER),
        (report(7, "REFER", codes=("NO_RELEASE_ORDER",)), Verdict.DIFFERS),
        (report(7, "REFER", codes=("NO_RELEASE_ORDER", "SEAL_STALE")), Verdict.DIFFERS),
        (report(7, "VETO", grounds=("RECALL",)), Verdict.DIFFERS),
    ],
)
def test_compared_with_an_allow(recorded: DecisionReport, verdict: Verdict) -> None:
    """A gate may refer for reasons of its own; it may not know of reasons in the log that are not there."""
    assert compared(recorded, moment(told(*FREE)).answer(Exit.RELEASE)) is verdict


@pytest.mark.parametrize(
    ("recorded", "verdict"),
    [
        (report(7), Verdict.DIFFERS),
        (report(7, "REFER", codes=("NO_RELEASE_ORDER",)), Verdict.AGREES),
        (report(7, "REFER", codes=("NO_RELEASE_ORDER", "SEAL_STALE")), Verdict.AGREES),
        (report(7, "SETTLED", codes=("NO_RELEASE_ORDER",)), Verdict.AGREES),
        (report(7, "SETTLED"), Verdict.STRICTER),
        (report(7, "REFER", codes=("ORDER_NOT_BORNE_OUT",)), Verdict.DIFFERS),
    ],
)
def test_compared_with_a_refer(recorded: DecisionReport, verdict: Verdict) -> None:
    """The same decision for the same reasons, the gate's own apart."""
    assert compared(recorded, moment(told(received(), dates())).answer(Exit.RELEASE)) is verdict


def test_compared_with_a_veto() -> None:
    """The same grounds, or it differs: not even a REFER of the gate's own stands beside a veto."""
    answer = moment(told(*FREE, immigration("IS91"))).answer(Exit.RELEASE)
    assert compared(report(7, "VETO", grounds=("IMMIGRATION_DETENTION",)), answer) is Verdict.AGREES
    for recorded in (report(7, "VETO", grounds=("RECALL",)), report(7, "REFER", codes=("SEAL_STALE",)), report(7)):
        assert compared(recorded, answer) is Verdict.DIFFERS


def test_the_closest_decision_about_an_exit() -> None:
    """Of one exit, before or after."""
    early, late, other = (
        replace(report(n), decided_at=seconds(at), exit=exit_) for n, at, exit_ in ((1, -60, "release"), (2, 5, "release"), (3, 0, "court"))
    )
    assert closest((early, late, other), Exit.RELEASE, NOW) is late
    assert closest((other,), Exit.RELEASE, NOW) is None


def test_a_notice_under_a_policy() -> None:
    """A policy changes version and checks of a notice, and keeps everything else."""
    (notice,) = (each for each in history(told(*FREE)).notices[-1:])
    other: Notice = under(notice, POLICIES[1])
    assert (other.policy_version, other.checks) == (1, POLICIES[1].asks(notice.orders))
    assert under(other, NO_CHECKS) == notice

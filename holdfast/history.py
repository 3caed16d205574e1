"""One prisoner's past: what the status service said of him at every offset of the log, and what a gate that held all of it would have answered.

`History` reads one partition of `facts` as `services/status` does, for one prisoner. `Moment` is what a gate knew when it held a certain seal, so
that a decision can be made again from the log, with the rules of today, and under another release policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from holdfast.claims import Adoption, Fact, Mark, SourceMark
from holdfast.policies import NO_CHECKS, Policy, Span, adopt, adopted_by, in_force, span_at
from holdfast.records import AdoptedPolicy, DecisionReport, PrisonerStatus, ReportedCheck
from holdfast.status import RULES_VERSION, derive, due_at, fold, same_for_gates, under
from holdfast_gate.answer import Answer, Trouble
from holdfast_gate.checks import CheckDone
from holdfast_gate.decide import Rules, decide
from holdfast_gate.model import Decision, Exit, Notice, ReferCode, Seal, SealedSource
from holdfast_gate.partition import SealRecord
from holdfast_gate.report import SETTLED
from holdfast_gate.view import View

#: Why a gate may refer although the log does not: what it had read by then, and how it fared itself, is not in the log.
GATES_OWN = frozenset(
    str(code)
    for code in (
        ReferCode.FEED_NOT_BOOTSTRAPPED,
        ReferCode.SEAL_STALE,
        ReferCode.SEAL_MISMATCH,
        ReferCode.SOURCE_STALE,
        Trouble.INTERNAL_ERROR,
        Trouble.JOURNAL_NOT_WRITABLE,
    )
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """What stood in the log below the offset `number`: T, how complete the sources were, the policy in force, and every notice until then.

    `known_at` is the broker's time at which a gate is asked: that of the seal, or later where no seal came.
    """

    prisoner_number: str
    number: int
    time: datetime
    known_at: datetime
    sources: tuple[SourceMark, ...]
    in_force: Span
    notices: tuple[Notice, ...]

    def answer(self, exit_: Exit, checks: Sequence[CheckDone] = (), *, later: Sequence[Notice] = ()) -> Answer:
        """What a gate with a complete replica answers; `later` are notices that it has read and no seal covers."""
        return decide(self._view(tuple(later)), exit_, Rules(), checks)

    def under(self, policy: Policy) -> Moment:
        """The same moment, had `policy` been in force."""
        in_force = Span(since=self.in_force.since, policy=policy, adopted=None)
        return replace(self, in_force=in_force, notices=tuple(under(notice, policy) for notice in self.notices))

    def _view(self, later: tuple[Notice, ...]) -> View:
        sources = tuple(SealedSource(source=each.source, caught_up_as_of=each.caught_up_as_of, gap=each.gap) for each in self.sources)
        seal = Seal(
            partition=0,
            number=self.number,
            sealed_at=self.time,
            digest=b"",
            sources=sources,
            rules_version=RULES_VERSION,
            policy_version=self.in_force.policy.version,
        )
        return View(
            prisoner_number=self.prisoner_number,
            sealed=self.notices[-1] if self.notices else None,
            later=later,
            bootstrapped=True,
            seal=SealRecord(seal=seal, value=b"", offset=0, append_time=self.known_at),
            time=self.time,
            caught_up={each.source: each.caught_up_as_of for each in self.sources if each.caught_up_as_of is not None},
            feed_age_s=0.0,
        )


@dataclass
class History:
    """One prisoner while one partition of `facts` is read in order. `notices` are all that gates were ever sent about him."""

    prisoner_number: str
    time: datetime | None = None
    sources: tuple[SourceMark, ...] = ()
    adopted: tuple[AdoptedPolicy, ...] = ()
    notices: list[Notice] = field(default_factory=list[Notice])
    policy: Policy = NO_CHECKS
    _status: PrisonerStatus = field(init=False)
    _due: datetime | None = None

    def __post_init__(self) -> None:
        self._status = PrisonerStatus(prisoner_number=self.prisoner_number)

    def read(self, told: Fact | Adoption | Mark, offset: int) -> None:
        """Read the next record. Another prisoner's fact tells nothing. Raises UnknownPolicyError."""
        match told:
            case Fact():
                if told.prisoner_number == self.prisoner_number:
                    self._tell(told, offset)
            case Adoption():
                told_at = self.time or told.claim.received_at
                self.adopted = adopt(self.adopted, adopted_by(told.claim, told_at=told_at))
                self._put_in_force()
            case Mark():
                self.time = max(self.time or told.time, told.time)
                self.sources = told.sources
                self._put_in_force()
                if self._outdated():
                    self._status = replace(self._status, facts_offset=offset)
                    self._derive(self.time)

    def fork(self) -> History:
        """Another history that has read the same."""
        other = copy(self)
        other.notices = list(self.notices)
        return other

    def moment(self, number: int) -> Moment | None:
        """What gates knew by the seal of that number, everything below it having been read; None before the first mark, when there was no seal."""
        if self.time is None:
            return None
        return Moment(
            prisoner_number=self.prisoner_number,
            number=number,
            time=self.time,
            known_at=self.time,
            sources=self.sources,
            in_force=span_at(self.adopted, self.time),
            notices=tuple(self.notices),
        )

    def as_of(self, at: datetime, number: int, *, sealed: Mark | None) -> Moment:
        """What gates knew at the instant `at`, everything below the offset `number` having been read; `sealed` is the mark that covers it.

        Without one the log ends before `at`: then T stands still at its end while the broker's time goes on, as it did for gates.
        """
        time = at if sealed is not None else min(at, self.time or at)
        span = span_at(self.adopted, time)
        notice = derive(self._status, at=time, policy=span.policy) if self._status.entries else None
        return Moment(
            prisoner_number=self.prisoner_number,
            number=number,
            time=time,
            known_at=max(at, sealed.time) if sealed is not None else at,
            sources=sealed.sources if sealed is not None else self.sources,
            in_force=span,
            notices=(*self.notices, notice) if notice is not None else (),
        )

    def _tell(self, fact: Fact, offset: int) -> None:
        at = self.time or fact.claim.received_at
        after = fold(self._status, fact, facts_offset=offset, at=at)
        if after is not self._status:
            self._status = after
            self._derive(at)

    def _outdated(self) -> bool:
        due = self._due is not None and self.time is not None and self._due <= self.time
        return bool(self.notices) and (due or self.notices[-1].policy_version != self.policy.version)

    def _put_in_force(self) -> None:
        self.policy = in_force(self.adopted, self.time) if self.time is not None else NO_CHECKS

    def _derive(self, at: datetime) -> None:
        notice = derive(self._status, at=at, policy=self.policy)
        if not self.notices or not same_for_gates(self.notices[-1], notice):
            self.notices.append(notice)
        self._due = due_at((entry.claim for entry in self._status.entries), at)


# --- against what a gate has recorded --------------------------------------------------------------------------------------------


class Verdict(StrEnum):
    """How a recorded decision compares with the one made again from the log."""

    AGREES = "AGREES"
    #: The gate referred for reasons of its own, which are not in the log: it was late, or in trouble.
    STRICTER = "STRICTER"
    DIFFERS = "DIFFERS"
    #: The gate held no seal, or one that the log does not reach: what it knew cannot be told.
    UNKNOWN = "UNKNOWN"


def remade(report: DecisionReport, moment: Moment, notices: Sequence[Notice]) -> Answer:
    """The recorded decision made again: at its seal, with the later notices that the gate had read, and the checks that it was given.

    `notices` are all of the history. A policy reaches notices little by little, so one that differs by its policy alone counts when the gate had it.
    """
    newest = report.notice_facts_offset
    covered = [notice for notice in notices if notice.facts_offset < moment.number]
    while len(covered) > 1 and newest is not None and covered[-1].facts_offset > newest and _same_but_policy(*covered[-2:]):
        covered.pop()
    later = [notice for notice in notices if newest is not None and moment.number <= notice.facts_offset <= newest]
    checks = [_check(each) for each in report.checks]
    return replace(moment, notices=tuple(covered)).answer(Exit(report.exit), checks, later=later)


def compared(report: DecisionReport, answer: Answer) -> Verdict:
    """Whether the gate had decided as the log, read again, decides."""
    codes = {reason.code.value for reason in answer.refer} - GATES_OWN
    given = Decision.REFER if report.decision == SETTLED else report.decision  # the reasons of the REFER that was settled stand in it
    if given == Decision.VETO or answer.decision is Decision.VETO:
        same = given == answer.decision and set(report.grounds) == {ground.name for ground in answer.grounds}
        return Verdict.AGREES if same else Verdict.DIFFERS
    if given == answer.decision and set(report.codes) - GATES_OWN == codes:
        return Verdict.AGREES
    only_its_own = given == Decision.REFER and not set(report.codes) - GATES_OWN
    return Verdict.STRICTER if only_its_own else Verdict.DIFFERS


def checks_of(report: DecisionReport) -> tuple[CheckDone, ...]:
    """The release checks that the gate was given."""
    return tuple(_check(each) for each in report.checks)


def _check(reported: ReportedCheck) -> CheckDone:
    return CheckDone(check=reported.check, by=reported.by, role=reported.role, at=reported.at)


def _same_but_policy(one: Notice, other: Notice) -> bool:
    return same_for_gates(replace(one, policy_version=other.policy_version, checks=other.checks), other)


def closest(reports: Iterable[DecisionReport], exit_: Exit, at: datetime) -> DecisionReport | None:
    """The decision about this exit that was made closest to `at`."""
    of_exit = [report for report in reports if report.exit == exit_.value]
    return min(of_exit, key=lambda report: abs(report.decided_at - at), default=None)

"""What gates in shadow mode would have done, beside what custody says happened: how anybody finds out what adopting Holdfast would change.

A case is one asking: the last decision of one gate about one prisoner and one exit before that prisoner left by it, or before a day passed in which
they did not. Whoever asks again, because an order was missing at nine, is judged by the answer at eleven.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby

from holdfast.claims import Claim, Movement
from holdfast.codes import Departure, exits_of_order
from holdfast.codes import departure as became_of
from holdfast.custody import departs
from holdfast.records import DecisionReport, PrisonerStatus
from holdfast.subjects import version_of
from holdfast_gate.model import Decision, Exit, Mode, RecordRef

#: How long after a decision a departure still belongs to it.
WITHIN = timedelta(hours=24)
#: Custody writes down when somebody left by the minute and by another clock: a decision may seem to be a little later than the departure.
CLOCKS_APART = timedelta(minutes=5)

_BY_DEPARTURE: Mapping[Departure, frozenset[str]] = {
    Departure.RELEASED: frozenset({Exit.RELEASE.value}),
    Departure.HANDED_OVER: frozenset({Exit.IMMIGRATION_TRANSFER.value, Exit.REMOVAL.value, Exit.EXTRADITION.value}),
    Departure.HOSPITAL: frozenset({Exit.HOSPITAL.value}),
    Departure.COURT: frozenset({Exit.COURT.value}),
    Departure.TRANSFER: frozenset({Exit.TRANSFER.value}),
    Departure.TEMPORARY: frozenset({Exit.TEMPORARY_RELEASE.value}),
    Departure.STAYS: frozenset(),
    Departure.AT_LARGE: frozenset(),
    Departure.DEAD: frozenset(),
}


class Outcome(StrEnum):
    """What became of one asking; the order is that in which people want to read them."""

    #: The gate said VETO, and they left by that exit.
    WOULD_HAVE_STOPPED = "WOULD_HAVE_STOPPED"
    #: The gate said REFER, and they left by that exit: two officers would have had to look first.
    WOULD_HAVE_DELAYED = "WOULD_HAVE_DELAYED"
    ALLOWED_AND_LEFT = "ALLOWED_AND_LEFT"
    ALLOWED_AND_STILL_IN = "ALLOWED_AND_STILL_IN"
    #: The gate said VETO or REFER, and they stayed.
    AGREED = "AGREED"


#: What it means that they left all the same, by the word of the gate.
_LEFT: Mapping[str, Outcome] = {
    Decision.VETO.value: Outcome.WOULD_HAVE_STOPPED,
    Decision.REFER.value: Outcome.WOULD_HAVE_DELAYED,
    Decision.ALLOW.value: Outcome.ALLOWED_AND_LEFT,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Departed:
    """Custody says that this prisoner left at `at`, by one of `exits`."""

    prisoner_number: str
    exits: frozenset[str]
    at: datetime
    source: RecordRef


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One asking: the decision that counts, how often the gate was asked, and the departure that followed."""

    outcome: Outcome
    report: DecisionReport
    asked: int
    departed: Departed | None


@dataclass(frozen=True, kw_only=True, slots=True)
class GateInShadow:
    """Every case of one gate, what matters most first."""

    gate_id: str
    cases: tuple[Case, ...]

    def count(self, outcome: Outcome) -> int:
        """How many cases came out so."""
        return sum(case.outcome is outcome for case in self.cases)


def departures(statuses: Iterable[PrisonerStatus]) -> tuple[Departed, ...]:
    """Every departure that these statuses tell, each once and by custody's newest word; none that was taken back.

    A status keeps releases for ever, and an escort only while it is custody's last word: give older statuses too where there are any.
    """
    words: dict[tuple[str, str, int], Claim] = {}
    for status in statuses:
        for claim in (entry.claim for entry in status.entries if isinstance(entry.claim.body, Movement)):
            key = (status.prisoner_number, claim.subject, version_of(claim)[0])
            if key not in words or words[key].recorded_at <= claim.recorded_at:
                words[key] = claim
    found = [_departed(number, claim) for (number, _, _), claim in words.items()]
    return tuple(sorted((each for each in found if each is not None), key=lambda each: (each.at, each.prisoner_number, str(each.source))))


def _departed(prisoner_number: str, claim: Claim) -> Departed | None:
    movement = claim.body
    if not isinstance(movement, Movement) or movement.deleted or not departs(claim):
        return None
    became = became_of(movement.movement_type, movement.movement_reason_code)
    ordered = exits_of_order(movement.movement_reason_code) if became in {Departure.RELEASED, Departure.HANDED_OVER} else frozenset[str]()
    exits = ordered or _BY_DEPARTURE[became]
    return Departed(prisoner_number=prisoner_number, exits=exits, at=claim.occurred_at, source=claim.source) if exits else None


def in_shadow(report: DecisionReport) -> bool:
    """Whether it is a decision, and one that bound nobody."""
    return report.mode == Mode.SHADOW and report.decision in _LEFT


def compared(reports: Iterable[DecisionReport], departed: Iterable[Departed]) -> tuple[GateInShadow, ...]:
    """Every gate that decided in shadow mode, with its cases. Reports are given once each (`reports.each_once`); those that bind are left out."""
    by_person: dict[str, list[Departed]] = {}
    for each in departed:
        by_person.setdefault(each.prisoner_number, []).append(each)
    cases: dict[str, list[Case]] = {}
    of_shadow = sorted(filter(in_shadow, reports), key=_asking)
    for (gate_id, prisoner_number, exit_), group in groupby(of_shadow, key=lambda report: _asking(report)[:3]):
        left = [each for each in by_person.get(prisoner_number, ()) if exit_ in each.exits]
        cases.setdefault(gate_id, []).extend(_cases(list(group), left))
    order = list(Outcome)
    return tuple(
        GateInShadow(gate_id=gate_id, cases=tuple(sorted(found, key=lambda case: (order.index(case.outcome), case.report.decided_at))))
        for gate_id, found in sorted(cases.items())
    )


def _asking(report: DecisionReport) -> tuple[str, str, str, datetime, int]:
    return report.gate_id, report.prisoner_number, report.exit, report.decided_at, report.sequence


def _cases(reports: list[DecisionReport], departed: Iterable[Departed]) -> Iterator[Case]:
    """The cases of one gate, one prisoner and one exit; `reports` in order."""
    rest = reports
    for each in sorted(departed, key=lambda departed: departed.at):
        before = [report for report in rest if report.decided_at <= each.at + CLOCKS_APART]
        rest = rest[len(before) :]
        late = [report for report in before if report.decided_at < each.at - WITHIN]
        yield from _stayed(late)
        if asked := before[len(late) :]:
            yield Case(outcome=_LEFT[asked[-1].decision], report=asked[-1], asked=len(asked), departed=each)
    yield from _stayed(rest)


def _stayed(reports: Iterable[DecisionReport]) -> Iterator[Case]:
    """The cases of decisions that no departure followed: a day without a question ends one."""
    asked: list[DecisionReport] = []
    for report in reports:
        if asked and report.decided_at - asked[-1].decided_at > WITHIN:
            yield _stays(asked)
            asked = []
        asked.append(report)
    if asked:
        yield _stays(asked)


def _stays(asked: list[DecisionReport]) -> Case:
    allowed = asked[-1].decision == Decision.ALLOW
    outcome = Outcome.ALLOWED_AND_STILL_IN if allowed else Outcome.AGREED
    return Case(outcome=outcome, report=asked[-1], asked=len(asked), departed=None)

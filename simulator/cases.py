"""The three incidents as the demo plays them, today: what happened, what the hub does, and the twin whose release is lawful.

Facts: what was reported of 24 October, 29 October and 3 November 2025. The people here are invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from holdfast_gate.model import Decision, Exit
from simulator.population import Prisoner, Record, prisoner

#: Where invented incidents begin among the numbers of the population, which ends far below.
FIRST = 90_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """A gate is asked, and must answer `decision`, giving `reasons` among its reasons."""

    who: str
    exit: Exit
    decision: Decision
    reasons: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class AwaitIncident:
    """Watch must report `kind` about somebody, no later than `within_s` after the records before."""

    who: str
    kind: str
    within_s: float = 5.0


Step = tuple[Record, ...] | Ask | AwaitIncident


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One incident or twin, in order."""

    title: str
    happened: str
    does: str
    steps: tuple[Step, ...]


IMPRISONED = {"result_id": "r1", "cjs_code": "1002", "label": "Imprisonment"}


def cases(now: datetime) -> tuple[Case, ...]:
    """The incidents and their twins, as of `now`."""
    people = [prisoner(FIRST + n, now) for n in range(7)]
    return (_kebatu(people[0]), _kebatu_twin(people[1]), _kaddour_cherif(people[2]), _kaddour_twin(people[3]), *_smith(*people[4:7]))


def _served(who: Prisoner, reason: str) -> tuple[Record, ...]:
    return (
        who.court({**IMPRISONED, "imprisonment_months": 6}, days_ago=100),
        who.reception("I", days_ago=100),
        who.sentence_dates(days_ago=95, conditional_release_in_days=0),
        who.release_order(reason),
    )


def _kebatu(who: Prisoner) -> Case:
    return Case(
        title="Kebatu",
        happened="Sentence served; should have gone to an immigration removal centre; was freed.",
        does="The IS91 holds whatever his legal status says: release is vetoed, the escorted transfer is allowed.",
        steps=(
            (*_served(who, "DEIRC"), who.immigration("IS91", days_ago=20)),
            Ask(who=who.prisoner_number, exit=Exit.RELEASE, decision=Decision.VETO, reasons=frozenset({"IMMIGRATION_DETENTION"})),
            Ask(who=who.prisoner_number, exit=Exit.IMMIGRATION_TRANSFER, decision=Decision.ALLOW),
        ),
    )


def _kebatu_twin(who: Prisoner) -> Case:
    return Case(
        title="Kebatu's twin",
        happened="The same sentence served; immigration has let go of him.",
        does="Every authority has ended: release is allowed.",
        steps=(
            (
                *_served(who, "CR"),
                who.immigration("IS91", days_ago=20),
                who.immigration("NO_LONGER_OF_INTEREST", days_ago=2, no_longer_of_interest_reason="RIGHT_TO_REMAIN"),
            ),
            Ask(who=who.prisoner_number, exit=Exit.RELEASE, decision=Decision.ALLOW),
        ),
    )


def _kaddour_cherif(who: Prisoner) -> Case:
    other = {"result_id": "r9", "cjs_code": "4028", "label": "Remanded in custody", "offence_id": f"{who.defendant_id}-o9"}
    return Case(
        title="Kaddour-Cherif",
        happened="A short sentence served, while deportation was in progress and another case was open; freed by an old error.",
        does="The other case's remand and the deportation order each hold by themselves; neither ends with the sentence.",
        steps=(
            (*_served(who, "CR"), who.immigration("DEPORTATION_ORDER", days_ago=10), who.court(other, days_ago=30, hearing="9")),
            Ask(
                who=who.prisoner_number,
                exit=Exit.RELEASE,
                decision=Decision.VETO,
                reasons=frozenset({"DEPORTATION", "REMAND"}),
            ),
        ),
    )


def _kaddour_twin(who: Prisoner) -> Case:
    other = {"cjs_code": "4028", "label": "Remanded in custody", "offence_id": f"{who.defendant_id}-o9"}
    ended = {"cjs_code": "2061", "label": "Withdrawn", "offence_id": f"{who.defendant_id}-o9"}
    return Case(
        title="Kaddour-Cherif's twin",
        happened="The same sentence served; the other case was withdrawn and immigration has let go.",
        does="Each authority has ended its own hold: release is allowed.",
        steps=(
            (
                *_served(who, "CR"),
                who.immigration("DEPORTATION_ORDER", days_ago=10),
                who.immigration("NO_LONGER_OF_INTEREST", days_ago=1, no_longer_of_interest_reason="OTHER_REASON"),
                who.court({"result_id": "r9", **other}, days_ago=30, hearing="9"),
                who.court({"result_id": "r10", **ended}, days_ago=1, hearing="10"),
            ),
            Ask(who=who.prisoner_number, exit=Exit.RELEASE, decision=Decision.ALLOW),
        ),
    )


def _smith(inside: Prisoner, outside: Prisoner, twin: Prisoner) -> tuple[Case, ...]:
    def wrong(who: Prisoner, months: int = 45) -> tuple[Record, ...]:
        terms = {"imprisonment_months": months, "suspended_months": 24}
        suspended = {"result_id": "r1", "cjs_code": "1115", "label": "Suspended sentence of imprisonment", **terms}
        return (who.reception("N", days_ago=40), who.court(suspended, days_ago=1, shared_ago=timedelta(hours=20)), who.release_order("NCS"))

    def amended(who: Prisoner) -> tuple[Record, ...]:
        right = {**IMPRISONED, "result_id": "r2", "imprisonment_months": 45}
        return (who.court(right, days_ago=1, shared_ago=timedelta()),)

    impossible = frozenset({"IMPOSSIBLE_RESULT"})
    return (
        Case(
            title="Smith",
            happened="The court recorded a suspended sentence where it had imposed 45 months; its amendment reached the wrong person.",
            does="No court can suspend 45 months: a query holds before anybody amends it; after the amendment the sentence does.",
            steps=(
                wrong(inside),
                Ask(who=inside.prisoner_number, exit=Exit.RELEASE, decision=Decision.VETO, reasons=impossible),
                amended(inside),
                Ask(who=inside.prisoner_number, exit=Exit.RELEASE, decision=Decision.VETO, reasons=frozenset({"SENTENCE"})),
            ),
        ),
        Case(
            title="Smith, already out",
            happened="The same, but he had left before the court amended its record.",
            does="The amendment finds him outside: an incident within five seconds.",
            steps=(
                (*wrong(outside, months=18), outside.left("NCS", ago=timedelta(minutes=1))),
                amended(outside),
                AwaitIncident(who=outside.prisoner_number, kind="RELEASED_IN_ERROR_SUSPECTED"),
            ),
        ),
        Case(
            title="Smith's twin",
            happened="A suspended sentence of 18 months, which a court can pass.",
            does="Nothing holds, custody has ordered it and the court's result bears it out: release is allowed.",
            steps=(wrong(twin, months=18), Ask(who=twin.prisoner_number, exit=Exit.RELEASE, decision=Decision.ALLOW)),
        ),
    )

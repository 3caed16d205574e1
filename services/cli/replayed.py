"""What `holdfast replay` says: for every exit the decision and every reason with its record; and what gates had recorded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.markup import escape
from rich.table import Table

from holdfast.history import Verdict, checks_of, closest
from holdfast.records import DecisionReport
from holdfast.status import RULES_VERSION
from holdfast_gate.answer import Answer, Refer
from holdfast_gate.decide import FRESHNESS_BOUND_S
from holdfast_gate.model import Decision, Exit, ReferCode
from holdfast_gate.report import as_json
from services.cli.instants import shown
from services.cli.past import FACTS, Past, Question, Remade

_VERDICTS = {
    Verdict.AGREES: "the same",
    Verdict.STRICTER: "the gate was stricter, for reasons of its own",
    Verdict.DIFFERS: "DIFFERS",
    Verdict.UNKNOWN: "what the gate knew is not in the log",
}
_COLOURS = {Decision.ALLOW: "green", Decision.REFER: "yellow", Decision.VETO: "red"}


@dataclass(frozen=True, kw_only=True, slots=True)
class ExitThen:
    """One exit as of the instant: the answer of a gate with a complete replica, given the checks of the closest recorded decision, if any."""

    exit: Exit
    answer: Answer
    given: DecisionReport | None
    under_policy: Answer | None

    @property
    def changed(self) -> bool:
        """Whether the other policy would have decided otherwise, or for other reasons."""
        return self.under_policy is not None and _said(self.under_policy) != _said(self.answer)


@dataclass(frozen=True, kw_only=True, slots=True)
class Replayed:
    """Everything that is said."""

    question: Question
    past: Past
    exits: tuple[ExitThen, ...]

    @classmethod
    def of(cls, question: Question, found: Past) -> Replayed:
        """Every exit that was asked for, as of the instant."""
        reports = [each.report for each in found.decisions]
        return cls(question=question, past=found, exits=tuple(_exit(question, found, exit_, reports) for exit_ in question.exits))

    def notes(self) -> Iterable[str]:
        """What a reader must know besides, a sentence each."""
        moment, sealed, since = self.past.moment, self.past.sealed, self.past.silent_since
        if sealed is None:
            yield f"The log ends at T = {shown(moment.time)}, before the instant asked for: gates knew no more than that."
        elif since is None or (sealed.time - since).total_seconds() > FRESHNESS_BOUND_S:
            before = "ever before" if since is None else f"from {shown(since)}"
            yield f"The hub passed no mark on {before} until {shown(sealed.time)}: gates held no fresh seal in between."
        if moment.in_force.adopted is not None:
            act = moment.in_force.adopted
            signed = f"adopted by {', '.join(act.by)} ({act.reason})"
            yield f"Release policy {act.policy_version} was in force since {shown(moment.in_force.since)}, {signed}: {act.source}."
        if self.past.unreadable_reports:
            yield f"{self.past.unreadable_reports} records of gate-reports cannot be read by this version, and may be of gates that decided too."
        old = sorted({each.report.rules_version for each in self.past.decisions if each.report.rules_version not in {None, RULES_VERSION}}, key=str)
        if old:
            yield f"Rules {', '.join(map(str, old))} decided then, and the log is read here by rules {RULES_VERSION}: a difference may be the rules'."

    def as_json(self) -> dict[str, Any]:
        """The same for a machine."""
        moment, other = self.past.moment, self.question.policy
        return {
            "prisoner_number": self.question.number,
            "as_of": self.question.at.isoformat(),
            "rules_version": RULES_VERSION,
            "policy_version": moment.in_force.policy.version,
            "policy_name": moment.in_force.policy.name,
            "compared_policy_version": None if other is None else other.version,
            "log": {"topic": FACTS, "partition": self.past.partition, "below": moment.number, "time": moment.time.isoformat()},
            "notes": list(self.notes()),
            "exits": [self._exit_as_json(each) for each in self.exits],
            "decisions": [self._decision_as_json(each) for each in self.past.decisions],
        }

    def _exit_as_json(self, then: ExitThen) -> dict[str, Any]:
        return {
            "exit": then.exit.value,
            "answer": self._answer_as_json(then.answer),
            "checks_given_to": None if then.given is None else then.given.report_id,
            "under_policy": None if then.under_policy is None else self._answer_as_json(then.under_policy),
            "changed": then.changed,
        }

    def _decision_as_json(self, made: Remade) -> dict[str, Any]:
        report = made.report
        return {
            "report_id": report.report_id,
            "gate_id": report.gate_id,
            "decided_at": report.decided_at.isoformat(),
            "exit": report.exit,
            "recorded": {"decision": report.decision, "codes": list(report.codes), "grounds": list(report.grounds)},
            "rules_version": report.rules_version,
            "policy_version": report.policy_version,
            "seal_number": report.seal_number,
            "remade": None if made.answer is None else self._answer_as_json(made.answer),
            "verdict": made.verdict.value,
            "under_policy": None if made.under_policy is None else self._answer_as_json(made.under_policy),
        }

    def _answer_as_json(self, answer: Answer) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(as_json(answer))
        for name in ("prisoner_number", "exit", "sequence", "valid_for_s", "mode", "settlement"):
            del told[name]
        for reason, refer in zip(told["refer"], answer.refer, strict=True):
            reason["records"] = self.records(refer, answer.exit)
        return told

    def records(self, refer: Refer, exit_: str) -> list[str]:
        """Where it is written what a reason for REFER rests on; none where it rests on nothing having been said."""
        moment = self.past.moment
        match refer.code:
            case ReferCode.ORDER_NOT_BORNE_OUT if moment.notices:
                return [str(order.source) for order in moment.notices[-1].orders if order.exit == exit_]
            case ReferCode.CHECKS_MISSING if moment.in_force.adopted is not None:
                return [str(moment.in_force.adopted.source)]
            case ReferCode.SOURCE_STALE | ReferCode.SOURCE_GAP:
                return [f"{FACTS}[{self.past.partition}] below {moment.number}"]
            case _:
                return []


def _exit(question: Question, found: Past, exit_: Exit, reports: Sequence[DecisionReport]) -> ExitThen:
    given = closest(reports, exit_, question.at)
    checks = () if given is None else checks_of(given)
    other = None if question.policy is None else found.moment.under(question.policy).answer(exit_, checks)
    return ExitThen(exit=exit_, answer=found.moment.answer(exit_, checks), given=given, under_policy=other)


def _said(answer: Answer) -> tuple[object, ...]:
    return answer.decision, answer.grounds, answer.refer


# --- for people ------------------------------------------------------------------------------------------------------------------


def tables(replayed: Replayed) -> Iterable[Table | str]:
    """The same for people: what it rests on, one row for each exit, and one for each decision of a gate."""
    moment, question = replayed.past.moment, replayed.question
    log = f"{FACTS}[{replayed.past.partition}] below {moment.number}"
    policy = moment.in_force.policy
    yield f"[bold]{question.number}[/bold] as of {shown(question.at)}, by rules {RULES_VERSION} and release policy {policy.version} ({policy.name})."
    yield escape(f"Read from {log}.")
    for note in replayed.notes():
        yield escape(note)
    yield _exits(replayed)
    if replayed.past.decisions:
        yield _decisions(replayed)
    else:
        yield f"No gate recorded a decision within {question.around.total_seconds() / 60:g} minutes of then."


def _exits(replayed: Replayed) -> Table:
    other = replayed.question.policy
    table = Table("Exit", "Decision", "Why", title="What a gate with a complete replica answers", show_lines=True, title_justify="left")
    if other is not None:
        table.add_column(f"Under policy {other.version}")
    for each in replayed.exits:
        row = [each.exit.value, _decision(each.answer), escape(_why(replayed, each.answer, each.given))]
        if each.under_policy is not None:
            row.append(_changed(replayed, each) if each.changed else "the same")
        table.add_row(*row)
    return table


def _changed(replayed: Replayed, then: ExitThen) -> str:
    if then.under_policy is None:
        return ""
    return f"≠ {_decision(then.under_policy)}\n{escape(_why(replayed, then.under_policy, None))}"


def _decisions(replayed: Replayed) -> Table:
    other = replayed.question.policy
    table = Table("When (UTC)", "Gate", "Exit", "Recorded", "Made again", "", title="What gates recorded", show_lines=True, title_justify="left")
    if other is not None:
        table.add_column(f"Under policy {other.version}")
    for each in replayed.past.decisions:
        report = each.report
        recorded = [report.decision, *report.grounds, *dict.fromkeys(report.codes), f"(rules {report.rules_version}, policy {report.policy_version})"]
        made = "?" if each.answer is None else f"{_decision(each.answer)}\n{escape(_why(replayed, each.answer, report))}"
        row = [f"{report.decided_at:%Y-%m-%d %H:%M:%S}", escape(report.gate_id), report.exit, escape("\n".join(recorded)), made]
        row.append(_verdict(each.verdict))
        if other is not None:
            row.append("?" if each.under_policy is None else _decision(each.under_policy))
        table.add_row(*row)
    return table


def _verdict(verdict: Verdict) -> str:
    return f"[bold red]{_VERDICTS[verdict]}[/bold red]" if verdict is Verdict.DIFFERS else _VERDICTS[verdict]


def _decision(answer: Answer) -> str:
    return f"[{_COLOURS[answer.decision]}]{answer.decision.value}[/]"


def _why(replayed: Replayed, answer: Answer, given: DecisionReport | None) -> str:
    lines = [f"{g.name}: {g.sentence} (only {g.authority} ends it; {g.source})" for g in answer.grounds]
    for refer in answer.refer:
        records = "".join(f" ({record})" for record in replayed.records(refer, answer.exit))
        lines.append(f"{refer.code.value}: {refer.sentence}{records}")
    if given is not None and given.checks:
        lines.append(f"With the {len(given.checks)} checks that gate {given.gate_id} was given at {shown(given.decided_at)}.")
    return "\n".join(lines) or "Nothing forbids it."

"""How a scenario went: for machines as JSON, for people as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from simulator.scenario import (
    Advance,
    Disturb,
    Enrich,
    Expect,
    ExpectDeadLetter,
    ExpectIncident,
    ExpectNoIncident,
    Publish,
    Reported,
    Resolve,
    Restart,
    Resume,
    Silence,
    Step,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.expectations import Seen
    from simulator.scenario_yaml import Where


@dataclass(frozen=True, kw_only=True, slots=True)
class StepResult:
    """One step, and what was seen."""

    where: Where
    step: Step
    seen: Seen
    duration_s: float

    @property
    def is_expectation(self) -> bool:
        """Whether the step could fail."""
        return isinstance(self.step, Expect | ExpectIncident | ExpectNoIncident | ExpectDeadLetter)


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """One run. `trouble` says why it ended before its last step, if it did."""

    title: str
    file: str
    steps: tuple[StepResult, ...]
    trouble: str | None
    duration_s: float

    @property
    def passed(self) -> bool:
        """Every step was done, and every expectation was met."""
        return self.trouble is None and all(result.seen.met for result in self.steps)

    def failures(self) -> str:
        """Say what went wrong, a paragraph each; empty when nothing did."""
        unmet = [f"{each.where}: {told(each.step)}\n{each.seen.text}" for each in self.steps if not each.seen.met]
        return "\n".join([*unmet, *([f"{self.file}: {self.trouble}"] if self.trouble else [])])

    def as_json(self) -> dict[str, Any]:
        """Return the run as JSON has it."""
        return {
            "title": self.title,
            "file": self.file,
            "passed": self.passed,
            "trouble": self.trouble,
            "duration_s": round(self.duration_s, 3),
            "steps": [_step_as_json(result) for result in self.steps],
        }


def _step_as_json(result: StepResult) -> dict[str, Any]:
    answer = result.seen.answer
    step: dict[str, Any] = {
        "file": result.where.file,
        "line": result.where.line,
        "step": told(result.step),
        "passed": result.seen.met,
        "seen": result.seen.text,
        "duration_s": round(result.duration_s, 3),
    }
    if answer is not None:
        step["decision"] = answer.decision.value
        step["reasons"] = [{"name": reason.name, "sentence": reason.sentence} for reason in answer.reasons]
    return step


def told(step: Step) -> str:
    """Say a step in one line."""
    match step:
        case Publish():
            kind = step.payload.get("type") if isinstance(step.payload, dict) else None
            words = ("publish", f"{step.topic}:", str(kind or step.dialect))
        case Enrich():
            words = ("enrich", f"{step.about}:", str(step.status))
        case Advance():
            words = ("advance", str(step.by))
        case Silence() | Resume():
            words = (type(step).__name__.lower(), step.source)
        case Disturb():
            words = ("gate", step.state)
        case Reported():
            words = ("report", step.decision, "of", f"{step.gate}:", step.exit, "of", step.prisoner)
        case Resolve():
            words = ("resolve", step.kind)
        case Restart():
            words = ("restart", step.name)
        case Expect():
            because = f"because {', '.join(step.reasons)}" if step.reasons else ""
            words = ("expect", " or ".join(step.decisions), "for", step.exit, "of", step.prisoner, because)
        case ExpectIncident():
            words = ("expect incident", step.kind, step.prisoner or "", {None: "", True: "over", False: "not over"}[step.over])
        case ExpectNoIncident():
            words = ("expect no incident", step.kind or "", step.prisoner or "")
        case ExpectDeadLetter():
            words = ("expect dead letter of", f"{step.topic}:", step.reason)
    return " ".join(word for word in words if word)


def table(reports: Iterable[Report]) -> Table:
    """Draw the runs for people: one line for each run that passed, every step of one that did not."""
    drawn = Table(show_edge=False, pad_edge=False, show_lines=False)
    drawn.add_column("")
    drawn.add_column("scenario")
    drawn.add_column("seen", overflow="fold")
    drawn.add_column("s", justify="right")
    for report in reports:
        style = "green" if report.passed else "bold red"
        mark = Text("pass" if report.passed else "FAIL", style)
        drawn.add_row(mark, Text(report.title), Text(report.trouble or "", "red"), f"{report.duration_s:.1f}")
        for result in () if report.passed else report.steps:
            mark = Text("ok" if result.seen.met else "NOT MET", "" if result.seen.met else "red")
            step = Text(f"  {result.where.line}: {told(result.step)}")
            drawn.add_row(mark, step, Text(result.seen.text), f"{result.duration_s:.1f}")
    return drawn

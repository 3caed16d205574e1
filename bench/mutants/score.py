"""What came of the mutants: the score of each file, and what is left to do."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.mutants.equivalent import Equivalent
from bench.mutants.mutation import Mutant
from bench.mutants.trial import Outcome, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One mutant and its outcome; None: it was not tried. `listed` where it is held to be equivalent; `strict` where it may not survive."""

    mutant: Mutant
    outcome: Outcome | None
    listed: Equivalent | None
    strict: bool

    @property
    def survived(self) -> bool:
        """No test sees it, and nobody has said that none can."""
        return self.outcome is not None and self.outcome.verdict is Verdict.SURVIVED and self.listed is None

    @property
    def wrongly_listed(self) -> bool:
        """It is listed as equivalent, and a test kills it."""
        return self.outcome is not None and self.outcome.verdict is not Verdict.SURVIVED and self.listed is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One file's numbers: how many mutants it has, how many were tried, and what became of those that are not listed as equivalent."""

    file: str
    strict: bool
    mutants: int
    tried: int
    killed: int
    survived: int
    timed_out: int
    equivalent: int

    @property
    def percent(self) -> float:
        """How many of those tried that are not equivalent were seen, a time-out included; 100 where there are none."""
        seen = self.killed + self.timed_out
        return 100.0 * seen / (seen + self.survived) if seen + self.survived else 100.0


def scores(judged: Iterable[Judged]) -> list[Score]:
    """A score for each file, in order."""
    by_file: dict[str, list[Judged]] = {}
    for each in judged:
        by_file.setdefault(each.mutant.path, []).append(each)
    return [_score(file, of_file) for file, of_file in sorted(by_file.items())]


def _score(file: str, judged: list[Judged]) -> Score:
    def count(verdict: Verdict) -> int:
        return sum(each.listed is None and each.outcome is not None and each.outcome.verdict is verdict for each in judged)

    return Score(
        file=file,
        strict=any(each.strict for each in judged),
        mutants=len(judged),
        tried=sum(each.outcome is not None for each in judged),
        killed=count(Verdict.KILLED),
        survived=count(Verdict.SURVIVED),
        timed_out=count(Verdict.TIMED_OUT),
        equivalent=sum(each.listed is not None for each in judged),
    )


def show(judged: list[Judged], *, seconds: float, console: Console) -> None:
    """For people: survivors, then the table."""
    for each in judged:
        if each.survived or each.wrongly_listed:
            console.print(told(each), soft_wrap=True)
    table = Table("File", show_edge=False, pad_edge=False)
    for column in ("tried", "killed", "survived", "timed out", "equivalent", "score %"):
        table.add_column(column, justify="right")
    for score in scores(judged):
        style = "bold red" if score.strict and score.survived else ""
        counts = (score.killed, score.survived, score.timed_out, score.equivalent)
        tried = f"{score.tried} of {score.mutants}" if score.tried < score.mutants else "all"
        table.add_row(Text(score.file + (" *" if score.strict else ""), style), tried, *map(str, counts), f"{score.percent:.1f}")
    console.print(table)
    tried = sum(each.outcome is not None for each in judged)
    console.print(f"{tried:,} of {len(judged):,} mutants in {seconds:.0f} s. In files with * none may survive, and every one is tried.")
    if tried < len(judged):
        console.print(
            "Of the others a sample was tried, drawn by a hash of each mutant: a score there is an estimate. The next run goes on from here."
        )


def told(each: Judged) -> Text:
    """One mutant that needs somebody: where it is, and what changed."""
    mutant = each.mutant
    what = "survived" if each.survived else f"is listed as equivalent, and is killed by {each.outcome.by if each.outcome else ''}"
    lines = [f"- {line}" for line in mutant.before.splitlines()] + [f"+ {line}" for line in mutant.after.splitlines()]
    return Text(f"{mutant.path}:{mutant.line} {mutant.scope}: {what}\n" + "\n".join(f"    {line}" for line in lines))


def as_json(judged: list[Judged], *, seconds: float, passed: bool) -> str:
    """For machines."""
    return json.dumps(
        {
            "passed": passed,
            "seconds": round(seconds, 1),
            "files": [
                {
                    "file": score.file,
                    "strict": score.strict,
                    "mutants": score.mutants,
                    "tried": score.tried,
                    "killed": score.killed,
                    "survived": score.survived,
                    "timed_out": score.timed_out,
                    "equivalent": score.equivalent,
                    "percent": round(score.percent, 2),
                }
                for score in scores(judged)
            ],
            "survivors": [_as_json(each.mutant) for each in judged if each.survived],
            "wrongly_listed": [_as_json(each.mutant) for each in judged if each.wrongly_listed],
        },
        indent=2,
    )


def _as_json(mutant: Mutant) -> Mapping[str, str | int]:
    return {"file": mutant.path, "line": mutant.line, "function": mutant.scope, "before": mutant.before, "after": mutant.after}

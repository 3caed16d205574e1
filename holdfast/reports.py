"""Taking the reports of gates: each once, in the order of its journal, however often and in whatever order they are delivered.

A gate sends a report again when it cannot know that it was received, so the topic holds some twice. A report is known by its journal and its
sequence (`report_id` is both); what came before is a duplicate, what comes too early waits. `previous_hash` proves that nothing is missing between
two reports of one journal, and that none was put in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from holdfast.records import DecisionReport

#: How many reports of one journal may wait for one before them; a log in order never makes any wait.
WAITING_MAX = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """The last report that was taken of one journal, and those that came too early, by their sequence."""

    sequence: int = 0
    entry_hash: str = ""
    waiting: Mapping[int, DecisionReport] = field(default_factory=dict[int, DecisionReport])


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """What one delivery brings: reports to act on, in order.

    `skipped` are the numbers of reports that are given up, first and last, because too many wait for them. `unlinked` are those of `ready` that
    do not follow from the report before them: the journal was tampered with, or is not the one that it says.
    """

    taken: Taken
    ready: tuple[DecisionReport, ...] = ()
    unlinked: tuple[DecisionReport, ...] = ()
    skipped: tuple[int, int] | None = None


def journal_of(report: DecisionReport) -> str:
    """The journal that a report is from: what stands before the last slash of its id."""
    return report.report_id.rpartition("/")[0]


def take(taken: Taken, report: DecisionReport) -> Step:
    """Take the delivery of a report of the same journal. One that was taken before, or waits already, brings nothing."""
    if report.sequence <= taken.sequence or report.sequence in taken.waiting:
        return Step(taken=taken)
    waiting = dict(taken.waiting) | {report.sequence: report}
    after, skipped = taken.sequence, None
    if len(waiting) > WAITING_MAX and min(waiting) > after + 1:
        skipped = (after + 1, min(waiting) - 1)
        after = skipped[1]
    ready: list[DecisionReport] = []
    while (following := waiting.pop(after + 1, None)) is not None:
        ready.append(following)
        after += 1
    last = ready[-1].entry_hash if ready else taken.entry_hash
    hashes = ["" if skipped else taken.entry_hash, *(each.entry_hash for each in ready)]
    unlinked = tuple(each for each, before in zip(ready, hashes, strict=False) if before and each.previous_hash != before)
    return Step(taken=Taken(sequence=after, entry_hash=last, waiting=waiting), ready=tuple(ready), unlinked=unlinked, skipped=skipped)


def each_once(reports: Iterable[DecisionReport]) -> tuple[DecisionReport, ...]:
    """Every report once, those of one journal in order: for whoever has read the topic to its end, wherever retention lets it begin."""
    found: dict[tuple[str, int], DecisionReport] = {}
    for report in reports:
        found.setdefault((journal_of(report), report.sequence), report)
    return tuple(found[each] for each in sorted(found))

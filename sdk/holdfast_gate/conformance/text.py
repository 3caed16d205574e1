"""The report: what passed, what did not, and what a vendor needs to understand why."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from holdfast_gate.conformance.case import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from holdfast_gate.conformance.case import Outcome

_COLOUR = {Verdict.PASS: "\x1b[32m", Verdict.FAIL: "\x1b[1;37;41m", Verdict.NOT_PLAYED: "\x1b[33m", Verdict.DOES_NOT_APPLY: "\x1b[2m"}
_PLAIN = "\x1b[0m"
#: What is most often behind a code that was not expected.
_HINTS = {
    "UNKNOWN_PRISONER": "Is the prisoner looked for in the partition that Kafka's default partitioner (murmur2) chooses for the number?",
    "SEAL_MISMATCH": "Is the digest taken over the raw bytes of key and value of the newest notice (by version) of every prisoner of the partition?",
    "SEAL_STALE": "Are the seals accepted: the key ring of --print-settings, the bytes that the signature is over, the broker's append time?",
    "SOURCE_STALE": "Is the age of a source taken from the broker's append time of the seal, and not from this machine's clock?",
    "FEED_NOT_BOOTSTRAPPED": "Is the log read to the end that it had when reading began? Markers of transactions take offsets too.",
}
WIDTH = 96


def passed(outcomes: Sequence[Outcome]) -> bool:
    """Whether the gate may call itself conformant, as far as these cases go."""
    return bool(outcomes) and all(each.verdict in {Verdict.PASS, Verdict.DOES_NOT_APPLY} for each in outcomes)


def line(outcome: Outcome, *, colour: bool = False) -> str:
    """One case on one line."""
    word = f"{outcome.verdict.value:<14}"
    shown = f"{_COLOUR[outcome.verdict]}{word}{_PLAIN}" if colour else word
    return f"{shown}  {outcome.case.name:<32}  {outcome.case.rule}"


def table(outcomes: Sequence[Outcome], *, colour: bool) -> str:
    """The whole report for people."""
    return "\n".join(_lines(outcomes, colour=colour)) + "\n"


def as_json(outcomes: Sequence[Outcome], place: str) -> str:
    """The whole report for machines."""
    cases = [
        {
            "case": each.case.name,
            "verdict": each.verdict.value,
            "rule": each.case.rule,
            "source": each.case.source,
            "phase": each.case.phase.value,
            "steps": list(each.steps),
            "expected": each.expected,
            "seen": each.seen,
            "took_s": round(each.took_s, 3),
        }
        for each in outcomes
    ]
    return json.dumps({"gate": place, "passed": passed(outcomes), "cases": cases}, ensure_ascii=False, indent=1)


def _lines(outcomes: Sequence[Outcome], *, colour: bool) -> Iterator[str]:
    for each in outcomes:
        yield line(each, colour=colour)
    for each in outcomes:
        if each.verdict is Verdict.FAIL:
            yield from _failure(each)
        elif each.verdict is Verdict.DOES_NOT_APPLY:
            yield f"\n{each.case.name} does not apply: {each.seen}"
    counted = Counter(each.verdict for each in outcomes)
    yield ""
    yield ", ".join(f"{counted[verdict]} {verdict.value.lower()}" for verdict in Verdict if counted[verdict])
    yield "This gate keeps the contract." if passed(outcomes) else "This gate does not keep the contract: it must not stand at a door."


def _failure(outcome: Outcome) -> Iterator[str]:
    yield ""
    yield f"FAIL  {outcome.case.name}"
    yield f"  the rule   {outcome.case.rule}"
    yield f"             ({outcome.case.source})"
    for number, step in enumerate(outcome.steps, start=1):
        yield f"  {'what was done' if number == 1 else '':<13} {number}. {step}"
    yield f"  expected   {outcome.expected}"
    yield f"  seen       {outcome.seen}"
    for code, hint in _HINTS.items():
        if code in outcome.seen and code not in outcome.expected:
            yield f"  perhaps    {hint}"

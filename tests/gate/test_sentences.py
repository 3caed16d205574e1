"""What a gate says when it refers, word for word: `sentences.txt` has each reason of the decision table and each thing wrong with a check.

A changed sentence is a changed page: `python -m tests.gate.test_sentences > tests/gate/sentences.txt`, and then read what changed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from holdfast_gate import CheckDone, Exit
from holdfast_gate.checks import CHECKS_MAX, lacking
from holdfast_gate.decide import Rules, decide
from holdfast_gate.model import NoticeCheck
from tests.gate.feeds import START
from tests.gate.test_decision_table import REFERS, clear

PAGE = Path(__file__).parent / "sentences.txt"
HOUR_S = 3600
PHOTOGRAPH = NoticeCheck("PHOTOGRAPH", "Compare the person with the photograph.", ("release",), ("RECEPTION", "DUTY_GOVERNOR"), 12 * HOUR_S)
WARRANTS = NoticeCheck("WARRANTS", "Read every warrant.", ("release",), ("CLERK",), 24 * HOUR_S, people=2)
GOVERNOR = NoticeCheck("GOVERNOR", "Sign the release.", ("release",), ("GOVERNOR", "CLERK"), HOUR_S, other_than=("WARRANTS", "PHOTOGRAPH"))


def done(check: str, by: str = "Ann", role: str = "RECEPTION", **ago: float) -> CheckDone:
    """A check that was signed so long before the seal."""
    return CheckDone(check=check, by=by, role=role, at=START - timedelta(**ago))


#: What is required and what is signed, by what is wrong.
CHECKS: dict[str, tuple[Sequence[NoticeCheck], Sequence[CheckDone]]] = {
    "a check that nobody signed": ([PHOTOGRAPH], []),
    "a check that one person signed twice": ([WARRANTS], [done("WARRANTS", "Ann", "CLERK"), done("WARRANTS", " ANN ", "CLERK")]),
    "a check in another role": ([PHOTOGRAPH], [done("PHOTOGRAPH", role="NIGHT_OFFICER"), done("PHOTOGRAPH", "Bob", "CLERK")]),
    "a check of tomorrow": ([PHOTOGRAPH], [done("PHOTOGRAPH", hours=-24), done("PHOTOGRAPH", "Bob", hours=-25)]),
    "a check that is too old": ([PHOTOGRAPH], [done("PHOTOGRAPH", "Bob", days=2), done("PHOTOGRAPH", days=1, hours=1, minutes=1)]),
    "a check too old by seconds": ([replace(PHOTOGRAPH, max_age_s=1)], [done("PHOTOGRAPH", seconds=59), done("PHOTOGRAPH", "Bob", hours=-9)]),
    "a check too old by days": ([replace(PHOTOGRAPH, max_age_s=86_400)], [done("PHOTOGRAPH", days=2)]),
    "a check too old by hours and minutes": ([GOVERNOR], [done("GOVERNOR", role="CLERK", hours=2, minutes=2)]),
    "two checks by one": ([PHOTOGRAPH, GOVERNOR], [done("PHOTOGRAPH", "Ann", "DUTY_GOVERNOR"), done("GOVERNOR", "Ann", "GOVERNOR")]),
    "three checks by too few": (
        [PHOTOGRAPH, replace(WARRANTS, people=1, other_than=("PHOTOGRAPH",), roles=("RECEPTION",)), replace(GOVERNOR, roles=("RECEPTION",))],
        [done(check, by) for check in ("PHOTOGRAPH", "WARRANTS", "GOVERNOR") for by in ("Ann", "Bob")],
    ),
    "more checks than are looked at": ([PHOTOGRAPH], [done("PHOTOGRAPH")] * (CHECKS_MAX + 1)),
}
CASES: dict[str, Callable[[], list[str]]] = {
    **{f"refers: {row}": lambda row=row: _of_decision(row) for row in REFERS},
    "refers: the feed is in trouble": lambda: _of_decision("not read to the end", trouble="the broker is away"),
    "refers: the feed is in trouble, and there is no seal": lambda: _of_decision("no seal", trouble="the broker is away"),
    "refers: the feed is in trouble, and nothing is new": lambda: _of_decision("nothing proves its age", trouble="the broker is away"),
    "refers: the feed is in trouble, and too old": lambda: _of_decision("too old", trouble="the broker is away"),
    **{case: lambda case=case: list(lacking(*CHECKS[case], START)) for case in CHECKS},
}


def _of_decision(row: str, *, trouble: str = "") -> list[str]:
    view = replace(REFERS[row][1](clear()), feed_trouble=trouble)
    return [f"{reason.code.value}: {reason.sentence}" for reason in decide(view, Exit.RELEASE, Rules()).refer]


def _of_page() -> dict[str, list[str]]:
    parts = [part.splitlines() for part in PAGE.read_text(encoding="utf-8").split("\n\n")]
    return {lines[0].removeprefix("## "): lines[1:] for lines in parts}


def test_the_page_has_the_cases_and_no_other() -> None:
    """In their order."""
    assert list(_of_page()) == list(CASES)


@pytest.mark.parametrize("case", CASES)
def test_what_people_read_at_a_gate(case: str) -> None:
    """As the page has it, word for word."""
    assert CASES[case]() == _of_page()[case]


if __name__ == "__main__":
    sys.stdout.write("\n\n".join("\n".join((f"## {case}", *said())) for case, said in CASES.items()) + "\n")

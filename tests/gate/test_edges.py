"""The edges of the decision: without a seal, at the most checks that are looked at, and what is said of a check that cannot be."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from holdfast_gate import CheckDone, CheckError, Decision, Exit
from holdfast_gate.checks import CHECKS_MAX, TEXT_MAX, lacking
from holdfast_gate.decide import Rules, decide
from holdfast_gate.view import View
from tests.gate.feeds import START, order
from tests.gate.test_decision_table import CHECK, WHO, notice


def done(**words: str) -> CheckDone:
    """The check, signed as it wants to be signed."""
    return CheckDone(**{"check": CHECK.code, "by": "Ann", "role": "RECEPTION"} | words, at=START)  # type: ignore[arg-type]


def test_without_a_seal_nothing_says_how_old_a_check_is() -> None:
    """The answer is REFER for the seal that is missing, of no policy at all, and not for the checks."""
    view = View(prisoner_number=WHO, later=(replace(notice(orders=[order()]), checks=(CHECK,)),), bootstrapped=True)
    answer = decide(view, Exit.RELEASE, Rules(), (done(),))
    assert answer.decision is Decision.REFER
    assert [reason.code.value for reason in answer.refer] == ["SEAL_STALE", "LIFT_NOT_SEALED"]
    assert answer.policy_version == 0


def test_as_many_checks_as_are_looked_at() -> None:
    """The last of them counts; with one more none does."""
    others = [done(check=f"OTHER{n}") for n in range(CHECKS_MAX - 1)]
    assert list(lacking([CHECK], [*others, done()], START)) == []
    (said,) = lacking([CHECK], [*others, done(), done()], START)
    assert str(CHECKS_MAX + 1) in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"by": " "}, f"a release check needs 'by', of {TEXT_MAX} characters at most: ' '"),
        ({"role": "R" * (TEXT_MAX + 1)}, f"a release check needs 'role', of {TEXT_MAX} characters at most: '{'R' * TEXT_MAX}'"),
        ({"check": ""}, f"a release check needs 'check', of {TEXT_MAX} characters at most: ''"),
    ],
)
def test_a_check_that_cannot_be_says_what_is_wrong(words: dict[str, str], said: str) -> None:
    """Which of its words, and what it was, no longer than one may be."""
    with pytest.raises(CheckError) as refused:
        done(**words)
    assert str(refused.value) == said
    assert done(**dict.fromkeys(words, "R" * TEXT_MAX))


def test_the_time_of_a_check_has_its_offset() -> None:
    """A time of nowhere orders nothing, and the error shows it."""
    with pytest.raises(CheckError) as refused:
        CheckDone(check="A", by="Ann", role="R", at=datetime(2025, 11, 3, 9))  # noqa: DTZ001 - that is the mistake
    assert str(refused.value) == "the time of A has no offset from UTC: 2025-11-03 09:00:00"

"""The conformance kit lets the real gate through, and finds out each gate that is wrong on purpose, by the right case."""

from __future__ import annotations

import pytest

from holdfast_gate.conformance.case import Verdict
from holdfast_gate.conformance.cases import CASES
from holdfast_gate.conformance.run import UP_TO_DATE
from tests.gate.kit import BY_NAME, failed, played
from tests.gate.wrong_gates import WrongGate
from tests.gate.wrong_gates.apis import APIS
from tests.gate.wrong_gates.decisions import DECISIONS
from tests.gate.wrong_gates.replicas import REPLICAS

WRONG = (*REPLICAS, *DECISIONS, *APIS)


def test_the_real_gate_passes() -> None:
    """Every case, on a virtual clock."""
    outcomes = played()
    assert [(each.case.name, each.expected, each.seen) for each in failed(outcomes)] == []
    assert list(outcomes) == [each.name for each in CASES]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda each: each.name)
def test_a_wrong_gate_is_found_out(wrong: WrongGate, monkeypatch: pytest.MonkeyPatch) -> None:
    """By each of the cases that are about it, which say what they expected and what they saw."""
    wrong.change(monkeypatch)
    outcomes = played(
        [BY_NAME[name] for name in wrong.found_by if name in BY_NAME], door=wrong.door, read_committed=wrong.read_committed, rules=wrong.rules
    )
    found = {name: outcome for name, outcome in outcomes.items() if outcome.verdict is Verdict.FAIL}
    # A gate that a case has broken for good fails that one too, and nothing more can be told about it.
    assert set(wrong.found_by) <= set(found) <= {*wrong.found_by, UP_TO_DATE.name}
    assert all(outcome.expected and outcome.seen for outcome in found.values())


def test_every_case_finds_somebody_out() -> None:
    """A case that no gate can fail proves nothing."""
    assert {name for wrong in WRONG for name in wrong.found_by} - {UP_TO_DATE.name} == set(BY_NAME)


def test_every_case_has_a_name_and_a_rule_of_its_own() -> None:
    """A report is read by people who do not know the kit."""
    assert len(BY_NAME) == len(CASES)
    assert len({each.rule for each in CASES}) == len(CASES)
    assert all(each.rule.endswith(".") and each.source for each in CASES)

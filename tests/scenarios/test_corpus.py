"""What the scenarios cover: nothing in the contract is left without a timeline."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from holdfast_gate.model import Decision, Exit, Ground, QueryKind, ReferCode
from simulator.scenario import Expect
from simulator.scenario_file import load

FOLDER = Path(__file__).parent
FILES = sorted([*FOLDER.glob("*.yaml"), *(FOLDER / "corpus").glob("*.yaml")])
#: HMPPS's own causes of releases in error (hmpps-incident-reporting, RELEASE_IN_ERROR_1).
CAUSES = {str(code) for code in range(183029, 183040)}
#: Doubts about the feed, which no record can raise: tests/gate tells them.
OF_THE_FEED = {ReferCode.FEED_NOT_BOOTSTRAPPED, ReferCode.SEAL_STALE, ReferCode.SEAL_MISMATCH, ReferCode.LIFT_NOT_SEALED}


def _expected() -> list[Expect]:
    return [step for path in FILES for step in load(path).steps if isinstance(step, Expect)]


def _lacking(wanted: Iterable[str], found: Iterable[str]) -> set[str]:
    return {str(each) for each in wanted} - {part for each in found for part in (str(each), str(each).rpartition("/")[2])}


def test_every_ground_every_kind_of_query_and_every_doubt_is_expected_somewhere() -> None:
    """Each is the reason of some decision in some timeline."""
    reasons = {reason for expect in _expected() for reason in expect.reasons}
    assert _lacking([*Ground, *QueryKind, *set(ReferCode) - OF_THE_FEED], reasons | {"QUERY"}) == set()


def test_somebody_leaves_lawfully_by_every_exit_and_is_barred_from_every_one_that_can_be() -> None:
    """A hub that vetoes everybody is worth nothing, and one that nobody stops neither."""
    allowed = {expect.exit for expect in _expected() if Decision.ALLOW in expect.decisions}
    assert _lacking(Exit, allowed) == set()
    barred = {expect.exit for expect in _expected() if Decision.VETO in expect.decisions}
    escorted = {Exit.TRANSFER, Exit.COURT, Exit.HOSPITAL}
    assert _lacking(set(Exit) - escorted, barred) == set()


def test_every_official_cause_of_a_release_in_error_has_a_timeline() -> None:
    """Their files are named by HMPPS's own codes."""
    named = {code for path in FILES for code in re.findall(r"^cause-(\d{6})-", path.name)}
    assert named >= CAUSES


def test_titles_are_told_apart() -> None:
    """A title is a sentence about one thing, and no two files are about the same."""
    titles = [load(path).title for path in FILES]
    assert len(set(titles)) == len(titles)
    assert len(FILES) >= 60

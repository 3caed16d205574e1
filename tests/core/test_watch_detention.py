"""Who is held with nobody's authority behind it, for longer than the limit."""

from __future__ import annotations

from datetime import timedelta

import pytest

from holdfast.claims import Claim
from holdfast.watch import Limits
from holdfast_gate.model import QueryKind
from tests.core.telling import alert, court, doubt, immigration, left, placed, received, result
from tests.core.watching import Watched, kinds, seconds

DETAINED = "DETAINED_WITHOUT_AUTHORITY"
HOUR, DAY = 3600, 86_400
#: Received for a reason that says nothing of why he is held.
HELD = received(reason="I")


def test_held_for_a_day_with_no_authority() -> None:
    """At the limit not yet, above it once; since when, where, and whom to ask."""
    it = Watched()
    it.tell(HELD, at=seconds(0))
    assert it.judge(seconds(DAY)) == ()
    assert kinds(it.judge(seconds(DAY + 1))) == [(DETAINED, False)]
    assert it.judge(seconds(DAY + HOUR)) == ()
    [incident] = it.said.values()
    assert incident.records == (HELD.source,)
    assert incident.sentence.startswith(
        "The person is in custody (WWI) and Holdfast has known of no authority of a court, the prison or immigration since"
    )
    assert "more than 24 hours" in incident.sentence


@pytest.mark.parametrize(
    "authority", [court(result("4028")), immigration("IS91"), alert(), placed()], ids=["court", "immigration", "custody", "placed by hand"]
)
def test_any_authoritys_ground_is_an_authority(authority: Claim) -> None:
    """Of a court, of immigration, of custody, or placed by hand in the name of one."""
    it = Watched()
    it.tell(HELD, authority)
    assert it.judge(seconds(3 * DAY)) == ()


def test_the_hubs_own_questions_are_nobodys_authority() -> None:
    """They hold at the gate, and somebody must still ask on what he is held."""
    it = Watched()
    it.tell(HELD, doubt(QueryKind.UNREADABLE_RECORD))
    assert kinds(it.judge(seconds(DAY + 1))) == [(DETAINED, False)]
    [incident] = it.said.values()
    assert "Only questions of Holdfast's own hold them" in incident.sentence


def test_at_court_is_in_custody_and_out_is_not() -> None:
    """Taken to court he is held; released or never received he is not."""
    for told, reported in (((HELD, left("CRT", "CRT")), [DETAINED]), ((HELD, left()), []), ((doubt(QueryKind.UNREADABLE_RECORD),), [])):
        it = Watched()
        it.tell(*told)
        assert [kind for kind, _ in kinds(it.judge(seconds(DAY + 1))) if kind == DETAINED] == reported


@pytest.mark.parametrize(("told", "how"), [(immigration("IS91"), "An authority holds the person again"), (left(), "The person has left custody")])
def test_it_is_over_when_an_authority_is_told_or_he_leaves(told: Claim, how: str) -> None:
    """Under the same id, and why; another such time is another incident."""
    it = Watched()
    it.tell(HELD)
    it.judge(seconds(DAY + 1))
    it.tell(HELD, told, at=seconds(DAY + 2))
    assert (DETAINED, True) in kinds(it.judge(seconds(DAY + 3)))
    [incident] = [each for each in it.said.values() if each.kind == DETAINED]
    assert incident.over.startswith(how)
    it.tell(HELD, at=seconds(2 * DAY))
    assert kinds(it.judge(seconds(3 * DAY + 1))) == [(DETAINED, False)]
    assert len([each for each in it.said.values() if each.kind == DETAINED]) == 2


def test_the_time_runs_on_through_other_news_and_the_limit_is_settable() -> None:
    """A notice that changes without naming an authority begins nothing anew; statuses that come out of order neither."""
    it = Watched(Limits(detained_after=timedelta(hours=1)))
    it.tell(HELD, at=seconds(0))
    it.tell(HELD, doubt(QueryKind.UNREADABLE_RECORD), at=seconds(HOUR - 10))
    assert kinds(it.judge(seconds(HOUR + 1))) == [(DETAINED, False)]


def test_a_successor_knows_what_lasts() -> None:
    """It says nothing again, and ends it; until it has read a status of his it ends nothing."""
    it = Watched()
    it.tell(HELD)
    it.judge(seconds(DAY + 1))
    successor = it.successor()
    assert successor.judge(seconds(DAY + 2)) == ()
    successor.tell(HELD, at=seconds(HOUR))
    assert successor.judge(seconds(3 * DAY)) == ()
    successor.tell(HELD, immigration("IS91"), at=seconds(3 * DAY))
    assert kinds(successor.judge(seconds(3 * DAY + 1))) == [(DETAINED, True)]

"""What watch makes of one prisoner's status: a departure that a ground bars, before or after the hub knew."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from holdfast.claims import Claim, Person, SourceMark
from holdfast.grounds import Picture, holds
from holdfast.incidents import departures_barred, silences
from holdfast.status import derive
from holdfast_gate.model import QueryKind
from tests.core.telling import NOW, NUMBER, ago, court, dates, doubt, immigration, left, order, recall, received, result, status_of


def kinds(*claims: Claim) -> list[str]:
    """The kinds of incident that a history shows."""
    status = status_of(claims)
    return [incident.kind for incident in departures_barred(status, derive(status, at=NOW))]


REMAND = court(result("4028"), shared=ago(hours=5))


def test_released_while_a_ground_was_known() -> None:
    """He left although the hub had held him: release despite a veto."""
    assert kinds(received(), REMAND, left()) == ["RELEASED_DESPITE_VETO"]


def test_a_ground_that_arrives_for_somebody_already_out() -> None:
    """The result came after he had left, whichever of the two was read first: suspected release in error."""
    gone = left(at=ago(hours=1))
    late = court(result("4028"), shared=NOW)
    assert kinds(received(), gone, late) == kinds(received(), late, gone) == ["RELEASED_IN_ERROR_SUSPECTED"]


def test_lawful_departures_are_no_incident() -> None:
    """Nobody's ground, an exit that the ground does not bar, an escort, and paperwork are none."""
    assert kinds(received(), left()) == []
    assert kinds(received(), immigration("IS91", at=ago(hours=5)), left("REL", "DEIRC")) == []
    assert kinds(received(), REMAND, left("CRT", "CRT")) == []
    assert kinds(received(), REMAND, left("REL", "MRG")) == []
    assert kinds(received(), REMAND, left(), received(at=NOW + timedelta(hours=1), seq=3)) == []


def test_an_ordered_temporary_release_under_sentence_is_no_incident() -> None:
    """The order that the departure itself has spent still answers for it; without one it is an incident."""
    sentence = court(result("1002"), shared=ago(hours=5))
    assert kinds(received(), sentence, order("R3"), left("TAP", "R3")) == []
    assert kinds(received(), sentence, left("TAP", "R3")) == ["RELEASED_DESPITE_VETO"]
    assert kinds(received(), sentence, dates(), REMAND, order("R3"), left("TAP", "R3")) != []


def test_an_order_that_was_carried_out_still_answers_for_the_departure() -> None:
    """Custody records afterwards that the order was carried out: that accuses nobody."""
    sentence = court(result("1002"), shared=ago(hours=5))
    done = order("R3", status="COMP", at=NOW + timedelta(minutes=5))
    assert kinds(received(), sentence, order("R3"), left("TAP", "R3"), done) == []
    assert kinds(received(), REMAND, order("R3"), left("TAP", "R3"), done) == ["RELEASED_DESPITE_VETO"]


def test_an_early_removal_and_a_friday_release_are_no_incident_after_the_fact() -> None:
    """What custody ordered and the law allows while the sentence is served is judged as it stood when he left."""
    sentence = court(result("1002"), shared=ago(hours=5))
    removed = (received(), sentence, immigration("DEPORTATION_ORDER", at=ago(hours=4)), dates(kind="ERSED"), order("ETR"), left("REL", "ETR"))
    assert kinds(*removed) == []
    assert kinds(*(claim for claim in removed if not claim.subject.startswith("custody/order"))) == ["RELEASED_DESPITE_VETO"]


def test_a_departure_that_custody_took_back_is_none() -> None:
    """The same movement, deleted: nobody has left by it."""
    gone = left()
    undone = replace(gone, body=replace(gone.body, deleted=True), recorded_at=NOW + timedelta(minutes=5))  # type: ignore[type-var]
    assert kinds(received(), REMAND, gone, undone) == []


def test_a_doubt_whose_a_record_is_accuses_nobody_who_is_out() -> None:
    """It says nothing of him in particular; any other doubt that arrives for somebody already out does."""
    gone = left(at=ago(hours=1))
    assert kinds(received(), gone, doubt(QueryKind.AMBIGUOUS_IDENTITY)) == []
    assert kinds(received(), gone, doubt(QueryKind.UNREADABLE_RECORD)) == ["RELEASED_IN_ERROR_SUSPECTED"]


@pytest.mark.parametrize("reason", ["MRG", "UAL", "UAL_ECL", "ESCP", "DEC", "99"])
def test_by_paper_escape_and_death_nobody_is_released(reason: str) -> None:
    """They are no release, and so no release in error."""
    assert kinds(received(), REMAND, left("REL", reason)) == []


def test_a_silent_source_is_reported_once_for_each_silence() -> None:
    """Heard of too long ago: SOURCE_SILENT, whose id is that of the silence; a source never heard of is not silent yet."""
    bound = timedelta(seconds=10)
    sources = (SourceMark(source="court", caught_up_as_of=ago(seconds=11)), SourceMark(source="custody", caught_up_as_of=None))
    [first] = silences(sources, NOW, bound)
    [again] = silences(sources, NOW + timedelta(seconds=5), bound)
    assert (first.kind, first.source, first.incident_id) == ("SOURCE_SILENT", "court", again.incident_id)
    assert not list(silences((SourceMark(source="court", caught_up_as_of=ago(seconds=9)),), NOW, bound))


def test_what_an_incident_says() -> None:
    """Whose, when, by what record and every ground that barred it; the same incident has the same id whenever it is found."""
    gone = left(at=ago(hours=1))
    recalled = recall(at=ago(hours=6))
    status = status_of([received(), REMAND, recalled, gone])
    [found] = departures_barred(status, derive(status, at=NOW))
    assert (found.prisoner_number, found.source, found.detected_at) == (NUMBER, None, NOW)
    assert found.records[0] == gone.source
    assert set(found.records[1:]) == {REMAND.source, recalled.source}
    grounds = [hold.name for hold in holds(Picture.of(NUMBER, [received(), REMAND, recalled], ago(hours=1)))]
    assert found.sentence.startswith(f"The person left at 08:00 UTC on 3 Nov 2025, barred by {', '.join(grounds)}: ")
    assert len(grounds) == len(found.records) - 1 > 1
    [later] = departures_barred(status, derive(status, at=NOW + timedelta(days=1)))
    assert later.incident_id == found.incident_id == digest("RELEASED_DESPITE_VETO", NUMBER, str(gone.source))


def digest(*words: str) -> str:
    """How an incident is known: by what happened, to whom, in which record. Watch finds it again by this after a restart, so it stays."""
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]


def test_which_of_two_numbers_he_left_under() -> None:
    """After a merge a departure counts under his own number's booking, whatever an older booking of the removed number says."""
    other = replace(received("b0", at=ago(days=1)), person=Person(prisoner_number="B1234BC"))
    assert kinds(received(), other, REMAND, left()) == ["RELEASED_DESPITE_VETO"]


@pytest.mark.parametrize(("gone", "barred"), [(left("TAP", "R3"), True), (left("REL", "ZZZ"), True), (left("TAP", "DEIRC"), True)])
def test_by_which_exit_he_left(gone: Claim, barred: bool) -> None:
    """A temporary absence is a temporary release whatever its reason serves otherwise; a reason that says no exit is a release."""
    found = kinds(received(), immigration("IS91", at=ago(hours=5)), gone)
    assert found == (["RELEASED_DESPITE_VETO"] if barred else [])


def test_a_release_is_not_answered_by_an_order_for_a_day_out() -> None:
    """Who was ordered out for a day and was released for a reason that says no exit left despite his sentence."""
    sentence = court(result("1002"), shared=ago(hours=5))
    assert kinds(received(), sentence, order("R3"), left("REL", "ZZZ")) == ["RELEASED_DESPITE_VETO"]


@pytest.mark.parametrize(
    ("told", "gone", "kind"),
    [
        (NOW, NOW + timedelta(minutes=1), "RELEASED_DESPITE_VETO"),
        (NOW + timedelta(seconds=1), NOW + timedelta(minutes=1), "RELEASED_IN_ERROR_SUSPECTED"),
        (NOW - timedelta(seconds=1), NOW - timedelta(seconds=1), "RELEASED_IN_ERROR_SUSPECTED"),
    ],
)
def test_known_is_what_was_durable_when_he_left(told: datetime, gone: datetime, kind: str) -> None:
    """A ground's record counts up to the instant of his leaving, and only if it was there before the record of his leaving was."""
    known = replace(REMAND, received_at=told)
    assert kinds(received(), known, replace(left(), received_at=gone)) == [kind]


def test_what_a_silence_says() -> None:
    """Which source, since when, found when; at the bound itself it is not silent yet. Another source, or another silence, has another id."""
    bound = timedelta(seconds=10)
    mark = SourceMark(source="court", caught_up_as_of=ago(seconds=11))
    [found] = silences((mark,), NOW, bound)
    assert (found.detected_at, found.prisoner_number, found.records) == (NOW, None, ())
    assert found.sentence == "Holdfast has heard nothing from the courts since 08:59:49 UTC on 3 Nov 2025: gates refer every exit to people."
    assert found.incident_id == digest("SOURCE_SILENT", "court", "2025-11-03T08:59:49+00:00")
    assert not list(silences((SourceMark(source="court", caught_up_as_of=NOW - bound),), NOW, bound))

"""What watch makes of one prisoner's status: a departure that a ground bars, before or after the hub knew."""

from __future__ import annotations

from datetime import timedelta

from holdfast.claims import Claim, SourceMark
from holdfast.incidents import departures_barred, silences
from holdfast.status import derive
from tests.core.telling import NOW, ago, court, dates, immigration, left, order, received, result, status_of


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


def test_a_silent_source_is_reported_once_for_each_silence() -> None:
    """Heard of too long ago: SOURCE_SILENT, whose id is that of the silence; a source never heard of is not silent yet."""
    bound = timedelta(seconds=10)
    sources = (SourceMark(source="court", caught_up_as_of=ago(seconds=11)), SourceMark(source="custody", caught_up_as_of=None))
    [first] = silences(sources, NOW, bound)
    [again] = silences(sources, NOW + timedelta(seconds=5), bound)
    assert (first.kind, first.source, first.incident_id) == ("SOURCE_SILENT", "court", again.incident_id)
    assert not list(silences((SourceMark(source="court", caught_up_as_of=ago(seconds=9)),), NOW, bound))

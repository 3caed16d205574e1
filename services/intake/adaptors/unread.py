"""Dialects that are known by their shape and not read yet: better refused by name than as garbage.

Sources: one example of each, from the public repositories of the systems that write them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from services.intake.adaptors.opened import Opened, as_object, opened
from services.intake.adaptors.port import Refused, Upstream

#: Each dialect, what tells it, and what to send in its place.
_SHAPES: tuple[tuple[str, Callable[[Opened], bool], str], ...] = (
    ("hmpps-court-hearing", lambda found: _is_court_hearing(found), "it lacks sharedTime: send public.events.hearing.hearing-resulted"),
    ("libra", lambda found: _has(found, "caseNo", "defendantName"), "send it as COURT_RESULT of the contract"),
    ("event-grid-pointer", lambda found: _each_has(found, "eventType", "eventTime", "data"), "fetch the hearing and send that"),
    ("prison-court-register", lambda found: _each_has(found, "defendant", "hearing", "sharedTime"), "send the hearing that it was made from"),
    ("court-document-subscription", lambda found: _is_document(found), "send the hearing that the document was made from"),
    ("nomis-offender-event", lambda found: _has(found, "eventType", "eventDatetime"), "send it as a record of the contract"),
    ("prison-api-scheduled-events", lambda found: _has(found, "releaseEvents", "courtEvents"), "send RELEASE_ORDER of the contract"),
    ("prison-api-movements", lambda found: _each_has(found, "offenderNo", "movementType"), "send RECEPTION and MOVEMENT_OUT of the contract"),
    ("prison-api-offender", lambda found: _has(found, "offenderNo", "bookingNo"), "send its changes as records of the contract"),
    ("irc-bed-events", lambda found: _each_has(found, "centre", "detainee", "operation"), "send IMMIGRATION_RECORD of the contract"),
    ("irc-subjects", lambda found: _each_has(found, "centre", "cid_id"), "send IMMIGRATION_RECORD of the contract"),
)

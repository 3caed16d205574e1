"""Courts: a hearing as HMPPS passes it on, and that a listing was deleted.

Source: ministryofjustice/court-hearing-event-receiver, `MessageNotifier` and its model. The copy has lost when it was shared, whether it was shared
before, the ids and CJS codes of its results and every word about amendments: nobody can tell whether it is newer than what the court itself has said.
So it is read as a paper (docs/adr/0010-papers.md): it says which offences are before the court, it may hold and contradict, and it ends nothing.
"""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from services.intake.adaptors.attribution import attribute
from services.intake.adaptors.court_claims import about_nobody, day_of
from services.intake.adaptors.hearing import A_COPY, Hearing
from services.intake.adaptors.opened import Opened, as_object, opened
from services.intake.adaptors.port import MisfitError, Read, Refused, Upstream
from services.intake.adaptors.shares import Share

NAME = "hmpps-court-hearing"

_MESSAGE_TYPE = "COMMON_PLATFORM_HEARING"  # and the same with _DELETED
_OF_A_HEARING = frozenset({"courtCentre", "hearingDays", "prosecutionCases"})


class HearingCopy:
    """Reads `commonplatform.case.received` and `commonplatform.case.deleted`, bare or in an SNS notification."""

    name = NAME

    def recognises(self, record: Upstream) -> bool:
        """A hearing without its envelope or with nothing else in it, or what a notification calls one; none that says when it was shared."""
        found = opened(record.value)
        if found is None:
            return False
        content = as_object(found.content)
        if content is not None and "sharedTime" in content:
            return False
        if found.attributes.get("messageType", "").startswith(_MESSAGE_TYPE):
            return True
        return content is not None and (content.keys() >= _OF_A_HEARING or set(content) in ({"hearing"}, {"hearingId"}))

    def read(self, record: Upstream) -> Read | Refused:
        """A listing for each defendant. That a listing was deleted says nothing of any order, names nobody and clears nothing: no claim follows."""
        found = opened(record.value)
        content = as_object(found.content) if found else None
        try:
            if found is None or content is None:
                raise _no_hearing(found)
            hearing = as_object(content.get("hearing", content))
            if hearing is not None and "hearingId" in hearing and not hearing.keys() & _OF_A_HEARING:
                return Read()
            return Read(claims=_listing(record, found, hearing).claims())
        except MisfitError as misfit:
            return misfit.refused(record, NAME)


def _no_hearing(found: Opened | None) -> MisfitError:
    if found is not None and isinstance(found.content, list):
        problem = "has in the hearing's place where it is kept, as hearings of 256 KB and more do"
        return MisfitError("UNSUPPORTED_DIALECT", problem, "have the bridge fetch it and publish the hearing")
    return MisfitError("INVALID_PAYLOAD", "is no hearing", "have it published again")


def _listing(record: Upstream, found: Opened, content: dict[str, Any] | None) -> Share:
    """Raises MisfitError."""
    try:
        hearing = Hearing.model_validate(content, context=A_COPY)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the whole record"
        raise MisfitError(
            "INVALID_PAYLOAD", f"a copy of a hearing that does not fit at {where} ({first['msg']})", "have it published again"
        ) from error
    stated = day_of(hearing)
    if stated is None:
        problem = "a copy of a hearing that has neither a sitting day nor an ordered date"
        raise MisfitError("INVALID_PAYLOAD", problem, "send the court's own public.events.hearing.hearing-resulted")
    attributed = attribute(hearing, record.appended_at.year)
    if not attributed.people and (why := about_nobody(hearing, attributed)) is not None:
        raise MisfitError("INVALID_PAYLOAD", f"a copy of a hearing that {why}", "send the court's own public.events.hearing.hearing-resulted")
    return Share(
        record=record,
        dialect=NAME,
        record_id=found.message_id or record.sha256,
        hearing=hearing,
        # The copy states no version. The broker's time stands in for one because nothing may ever be lifted by it.
        shared_at=record.appended_at,
        stated_day=stated,
        attributed=attributed,
        document="listing",
    )

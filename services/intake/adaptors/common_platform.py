"""Courts: HMCTS Common Platform, "hearing resulted". One share of a hearing gives one snapshot per defendant.

Every result of a defendant counts, wherever in the payload it sits: on an offence, on the defendant, on the defendant over all cases, or in an
application about the defendant. Codes are passed on raw. What cannot be attributed to anybody, and may demand custody, holds every defendant of the
share until a person has looked.
"""

from __future__ import annotations

from pydantic import ValidationError

from services.intake.adaptors.attribution import attribute
from services.intake.adaptors.court_claims import about_nobody, day_of
from services.intake.adaptors.hearing import HearingResulted
from services.intake.adaptors.opened import as_object, instant, opened
from services.intake.adaptors.port import Read, Refused, Upstream
from services.intake.adaptors.shares import Share

NAME = "common-platform"
EVENT_TYPES = frozenset({"public.events.hearing.hearing-resulted", "public.hearing-resulted"})


class CommonPlatform:
    """Reads `public.events.hearing.hearing-resulted` and the older `public.hearing-resulted`, bare or in an SNS notification."""

    name = NAME

    def recognises(self, record: Upstream) -> bool:
        """A hearing in an envelope, whether or not it says when it was shared."""
        content = as_object(found.content) if (found := opened(record.value)) else None
        return content is not None and as_object(content.get("hearing")) is not None

    def read(self, record: Upstream) -> Read | Refused:
        """One claim per defendant, with everything that this share says of them."""
        found = opened(record.value)
        if found is None:
            return _refused(record, "is not JSON")
        try:
            event = HearingResulted.model_validate(found.content)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"])) or "the whole record"
            return _refused(record, f"does not fit at {where} ({first['msg']}); {error.error_count()} faults in all")
        shared_at = instant(event.shared_time)
        if shared_at is None:
            return _refused(record, f"has sharedTime '{event.shared_time}', which must be an instant with its offset, as in 2026-08-14T10:47:53.666Z")
        stated = event.hearing_day if event.hearing_day is not None else day_of(event.hearing)
        if stated is None:
            return _refused(record, "says no hearingDay, and has neither a sitting day nor an ordered date to tell it by")
        attributed = attribute(event.hearing, record.appended_at.year)
        if not attributed.people and (why := about_nobody(event.hearing, attributed)) is not None:
            return _refused(record, why)
        record_id = f"{event.hearing.id}/{stated}/{shared_at.isoformat()}"
        share = Share(
            record=record,
            dialect=NAME,
            record_id=record_id,
            hearing=event.hearing,
            shared_at=shared_at,
            stated_day=stated,
            attributed=attributed,
        )
        return Read(claims=share.claims())


def _refused(record: Upstream, problem: str) -> Refused:
    message = f"{record.about}: a hearing that {problem}; have the court share it again"
    return Refused(reason="INVALID_PAYLOAD", message=message, dialect=NAME)

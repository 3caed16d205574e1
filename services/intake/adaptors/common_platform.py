"""Courts: HMCTS Common Platform, "hearing resulted". One share of a hearing gives one snapshot per defendant.

Every result of a defendant counts, wherever in the payload it sits: on an offence, on the defendant, on the defendant over all cases, or in an
application about the defendant. Codes are passed on raw. What cannot be attributed to anybody, and may demand custody, holds every defendant of the
share until a person has looked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from pydantic import ValidationError

from holdfast.claims import Body, Claim, CourtSnapshot, Doubt, Person
from holdfast.codes import Effect, classify
from holdfast.subjects import micros
from holdfast_gate.model import Authority, QueryKind
from services.intake.adaptors.attribution import Attributed, attribute
from services.intake.adaptors.court_claims import LABEL_CHARS, court_claim, day_of, lines_of, listed_of
from services.intake.adaptors.hearing import Hearing, HearingResulted
from services.intake.adaptors.opened import as_object, day, instant, opened
from services.intake.adaptors.port import Read, Refused, Upstream

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
        if not attributed.people and attributed.nobodys:
            return _refused(record, f"has {len(attributed.nobodys)} results and not one defendant")
        share = _Share(record=record, hearing=event.hearing, shared_at=shared_at, stated_day=stated, attributed=attributed)
        return Read(claims=share.claims())


def _refused(record: Upstream, problem: str) -> Refused:
    message = f"{record.about}: a hearing that {problem}; have the court share it again"
    return Refused(reason="INVALID_PAYLOAD", message=message, dialect=NAME)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Share:
    """One share of a hearing on one of its days."""

    record: Upstream
    hearing: Hearing
    shared_at: datetime
    stated_day: str | date
    attributed: Attributed

    def claims(self) -> tuple[Claim, ...]:
        """The snapshots, and what must be doubted beside them."""
        hearing_day = self.stated_day if isinstance(self.stated_day, date) else day(self.stated_day)
        told: list[Claim] = []
        for defendant_id, person in sorted(self.attributed.people.items()):
            if hearing_day is None:
                about = f"court/hearing/{self.hearing.id}/{self.stated_day}"
                text = f"Hearing {self.hearing.id} was shared for the day {self.stated_day!r}, and there is no such day."
                told.append(self._doubt(person, QueryKind.IMPOSSIBLE_DATE, about, text))
                continue
            snapshot = self._claim(Authority.COURT, person, self._snapshot(defendant_id, hearing_day))
            told.append(snapshot)
            if (born := self.attributed.impossible_births.get(defendant_id)) is not None:
                text = f"The court gives {born!r} as a date of birth, and there is no such day."
                told.append(self._doubt(person, QueryKind.IMPOSSIBLE_DATE, snapshot.subject, text))
            if (text := self._nobodys()) is not None:
                told.append(self._doubt(person, QueryKind.AMBIGUOUS_IDENTITY, snapshot.subject, text))
        return tuple(told)

    def _snapshot(self, defendant_id: str, hearing_day: date) -> CourtSnapshot:
        centre = self.hearing.court_centre
        return CourtSnapshot(
            defendant_id=defendant_id,
            hearing_id=self.hearing.id,
            hearing_day=hearing_day,
            shared_at=self.shared_at,
            court_code=((centre and (centre.code or centre.id)) or "")[:LABEL_CHARS],
            court_name=((centre and centre.name) or "")[:LABEL_CHARS],
            lines=lines_of(self.attributed, defendant_id),
            defendants_in_share=tuple(sorted(self.attributed.people)),
            jurisdiction=self.hearing.jurisdiction_type or "",
            listed=listed_of(self.attributed, defendant_id),
        )

    def _nobodys(self) -> str | None:
        """What the share decided about nobody in particular, if it may demand custody: then whose it is, is a question about everybody in it."""
        what = [
            f"{placed.result.label or placed.result.judicial_result_id} ({placed.offence_id})"[:LABEL_CHARS]
            for placed in self.attributed.nobodys
            if classify(placed.result.judicial_result_type_id, placed.result.cjs_code).effect in {Effect.HOLD, Effect.CHECK}
        ]
        return f"At hearing {self.hearing.id} the court recorded results without saying whose: {'; '.join(what[:10])}." if what else None

    def _doubt(self, person: Person, kind: QueryKind, about: str, sentence: str) -> Claim:
        # Ordered by the share, so that a share that doubts again is not answered by one before it.
        return self._claim(Authority.HUB, person, Doubt(kind=kind, about=about, sentence=sentence, sequence=micros(self.shared_at)))

    def _claim(self, authority: Authority, person: Person, body: Body) -> Claim:
        record_id = f"{self.hearing.id}/{self.stated_day}/{self.shared_at.isoformat()}"
        return court_claim(self.record, dialect=NAME, record_id=record_id, person=person, body=body, authority=authority, said_at=self.shared_at)

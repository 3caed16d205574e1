"""Courts: HMCTS Common Platform, "hearing resulted". One share of a hearing gives one snapshot per defendant.

Every result of a defendant counts, wherever in the payload it sits: on an offence, on the defendant, on the defendant over all cases, or in an
application about the defendant. Codes are passed on raw. What cannot be attributed to anybody, and may demand custody, holds every defendant of the
share until a person has looked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from pydantic import ValidationError

from holdfast.claims import Body, Claim, CourtSnapshot, Doubt, Person, ResultLine
from holdfast.codes import Effect, classify
from holdfast.london import london_date
from holdfast.subjects import micros, subject_of
from holdfast_gate.model import Authority, QueryKind
from services.intake.adaptors.attribution import Attributed, Placed, attribute
from services.intake.adaptors.hearing import Hearing, HearingResulted, Result
from services.intake.adaptors.opened import as_object, day, instant, opened
from services.intake.adaptors.port import Read, Refused, Upstream
from services.intake.adaptors.terms import imprisonment_months, primary_months, secondary_months, suspended_months, unread_terms

NAME = "common-platform"
EVENT_TYPES = frozenset({"public.events.hearing.hearing-resulted", "public.hearing-resulted"})

_LABEL_CHARS = 300


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
        stated = event.hearing_day if event.hearing_day is not None else _day_of(event.hearing)
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
            court_code=((centre and (centre.code or centre.id)) or "")[:_LABEL_CHARS],
            court_name=((centre and centre.name) or "")[:_LABEL_CHARS],
            lines=tuple(dict.fromkeys(map(_line, self.attributed.placed[defendant_id]))),
            defendants_in_share=tuple(sorted(self.attributed.people)),
        )

    def _nobodys(self) -> str | None:
        """What the share decided about nobody in particular, if it may demand custody: then whose it is, is a question about everybody in it."""
        what = [
            f"{placed.result.label or placed.result.judicial_result_id} ({placed.offence_id})"[:_LABEL_CHARS]
            for placed in self.attributed.nobodys
            if classify(placed.result.judicial_result_type_id, placed.result.cjs_code).effect in {Effect.HOLD, Effect.CHECK}
        ]
        return f"At hearing {self.hearing.id} the court recorded results without saying whose: {'; '.join(what[:10])}." if what else None

    def _doubt(self, person: Person, kind: QueryKind, about: str, sentence: str) -> Claim:
        # Ordered by the share, so that a share that doubts again is not answered by one before it.
        return self._claim(Authority.HUB, person, Doubt(kind=kind, about=about, sentence=sentence, sequence=micros(self.shared_at)))

    def _claim(self, authority: Authority, person: Person, body: Body) -> Claim:
        return Claim(
            authority=authority,
            subject=subject_of(body, person),
            person=person,
            occurred_at=self.shared_at,
            recorded_at=self.shared_at,
            received_at=self.record.appended_at,
            source=self.record.ref,
            record_id=f"{self.hearing.id}/{self.stated_day}/{self.shared_at.isoformat()}",
            dialect=NAME,
            body=body,
        )


def _line(placed: Placed) -> ResultLine:
    result = placed.result
    effect = classify(result.judicial_result_type_id, result.cjs_code).effect
    term, suspended = imprisonment_months(result), suspended_months(result)
    problems: list[str] = []
    if effect in {Effect.HOLD, Effect.SUSPENDED}:
        term = primary_months(result) if term is None else term
        suspended = secondary_months(result) if suspended is None else suspended
    if effect is Effect.SUSPENDED:
        problems += [f"the term {text!r}" for text in unread_terms(result)]
    next_day, impossible = _next_hearing_day(result)
    return ResultLine(
        case_urn=placed.case_urn[:_LABEL_CHARS],
        offence_id=placed.offence_id,
        offence_code=placed.offence_code[:_LABEL_CHARS],
        result_id=result.judicial_result_id,
        result_type_id=result.judicial_result_type_id,
        cjs_code=result.cjs_code,
        label=(result.label or "")[:_LABEL_CHARS],
        imprisonment_months=term,
        suspended_months=suspended,
        next_hearing_day=next_day,
        problems=(*problems, *impossible),
    )


def _next_hearing_day(result: Result) -> tuple[date | None, tuple[str, ...]]:
    """The London day on which the case is next in court, and what is wrong with it."""
    following = result.next_hearing
    if following is None:
        return None, ()
    if following.listed_start_date_time is not None:
        at = instant(following.listed_start_date_time)
        return (london_date(at), ()) if at else (None, (f"the next hearing at {following.listed_start_date_time[:_LABEL_CHARS]!r}",))
    if following.week_commencing_date is not None:
        week = day(following.week_commencing_date)
        return (week, ()) if week else (None, (f"the next hearing in the week of {following.week_commencing_date[:_LABEL_CHARS]!r}",))
    return None, ()


def _day_of(hearing: Hearing) -> date | None:
    """Which day was resulted, where the record does not say (the older event, and what is fetched): the only sitting day, else the newest order's.

    The sitting day comes first because a later share may have no results left to tell the day by, and must still replace this one.
    """
    sat = sorted({london_date(at) for d in hearing.hearing_days if not d.is_cancelled and (at := instant(d.sitting_day))})
    if len(sat) == 1:
        return sat[0]
    offences = [offence for case in hearing.prosecution_cases for defendant in case.defendants for offence in defendant.offences]
    ordered = [ordered for offence in offences for result in offence.judicial_results if (ordered := day(result.ordered_date))]
    return max(ordered or sat, default=None)

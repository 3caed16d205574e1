"""What every court dialect turns into: a line per result, the day of a hearing, and the claim around either."""

from __future__ import annotations

from datetime import UTC, date, datetime

from holdfast.claims import Body, Claim, ListedOffence, Person, ResultLine
from holdfast.codes import Effect, classify
from holdfast.london import LONDON, london_date
from holdfast.subjects import subject_of
from holdfast_gate.model import Authority
from services.intake.adaptors.attribution import Attributed, Placed
from services.intake.adaptors.hearing import Hearing, Result
from services.intake.adaptors.opened import YEARS, day, instant
from services.intake.adaptors.port import Upstream
from services.intake.adaptors.terms import imprisonment_months, primary_months, secondary_months, suspended_months, unread_terms

#: The most that is kept of words for people.
LABEL_CHARS = 300


def court_claim(record: Upstream, *, dialect: str, record_id: str, person: Person, body: Body, authority: Authority, said_at: datetime) -> Claim:
    """A claim of `authority` from a court's record. `said_at` is what orders it among claims on its subject."""
    return Claim(
        authority=authority,
        subject=subject_of(body, person),
        person=person,
        occurred_at=said_at,
        recorded_at=said_at,
        received_at=record.appended_at,
        source=record.ref,
        record_id=record_id,
        dialect=dialect,
        body=body,
    )


def unclaimed(attributed: Attributed) -> tuple[Placed, ...]:
    """Results of which nobody can tell whose they are, and that may demand custody."""
    holding = {Effect.HOLD, Effect.CHECK}
    return tuple(placed for placed in attributed.nobodys if classify(placed.result.judicial_result_type_id, placed.result.cjs_code).effect in holding)


def about_nobody(hearing: Hearing, attributed: Attributed) -> str | None:
    """What is wrong with a hearing without a defendant; None where its applications are about nobody in particular, and decided no custody."""
    if nobodys := unclaimed(attributed):
        return f"has {len(nobodys)} results that may demand custody, and not one defendant"
    return None if hearing.court_applications else "has neither a defendant nor an application"


def lines_of(attributed: Attributed, defendant_id: str) -> tuple[ResultLine, ...]:
    """A defendant's results, each once."""
    return tuple(dict.fromkeys(map(_line, attributed.placed[defendant_id])))


def listed_of(attributed: Attributed, defendant_id: str) -> tuple[ListedOffence, ...]:
    """The offences that the hearing was about for one defendant."""
    return tuple(sorted(attributed.listed.get(defendant_id, {}).values()))


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
        case_urn=placed.case_urn[:LABEL_CHARS],
        offence_id=placed.offence_id,
        offence_code=placed.offence_code[:LABEL_CHARS],
        result_id=result.judicial_result_id,
        result_type_id=result.judicial_result_type_id,
        cjs_code=result.cjs_code,
        label=(result.label or "")[:LABEL_CHARS],
        imprisonment_months=term,
        suspended_months=suspended,
        next_hearing_day=next_day,
        problems=(*problems, *impossible),
        custody_status=result.post_hearing_custody_status,
        convicted=placed.convicted,
        amendment=result.amendment[:LABEL_CHARS],
    )


def _next_hearing_day(result: Result) -> tuple[date | None, tuple[str, ...]]:
    """The London day on which the case is next in court, and what is wrong with it."""
    following = result.next_hearing
    if following is None:
        return None, ()
    if following.listed_start_date_time is not None:
        at = instant(following.listed_start_date_time)
        return (london_date(at), ()) if at else (None, (f"the next hearing at {following.listed_start_date_time[:LABEL_CHARS]!r}",))
    if following.week_commencing_date is not None:
        week = day(following.week_commencing_date)
        return (week, ()) if week else (None, (f"the next hearing in the week of {following.week_commencing_date[:LABEL_CHARS]!r}",))
    return None, ()


def day_of(hearing: Hearing) -> date | None:
    """Which day was resulted, where the record does not say (the older event, and what is fetched): the only sitting day, else the newest order's.

    The sitting day comes first because a later share may have no results left to tell the day by, and must still replace this one. HMPPS passes its
    time on without the offset.
    """
    sat = sorted({at for d in hearing.hearing_days if not d.is_cancelled and (at := london_day(d.sitting_day))})
    if len(sat) == 1:
        return sat[0]
    offences = [offence for case in hearing.prosecution_cases for defendant in case.defendants for offence in defendant.offences]
    ordered = [ordered for offence in offences for result in offence.judicial_results if (ordered := day(result.ordered_date))]
    return max(ordered or sat, default=None)


def london_day(raw: str | None) -> date | None:
    """The day of a time that is London's unless it says otherwise."""
    if (at := instant(raw)) is not None:
        return london_date(at)
    try:
        parsed = datetime.fromisoformat((raw or "").strip()).replace(tzinfo=LONDON).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return london_date(parsed) if parsed.year in YEARS else None

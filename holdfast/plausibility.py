"""What no court could have meant: results that the law does not allow, or that contradict each other. Each is a question for a person.

This is what stops a case like Smith's, where a term of 45 months was recorded as suspended, before anybody amends it. The limits are data
(`holdfast/limits`) and generous: a lawful sentence is never accused, an unlawful one may pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from holdfast.claims import Claim
from holdfast.codes import Effect
from holdfast.court import FREES, Offence, Said
from holdfast.limits import Custody, Triable, longest_term, magistrates_limit, suspendable
from holdfast.london import london_date
from holdfast_gate.model import Ground

#: A first share so long after its hearing is asked about if it would free somebody. Courts share on the day or within a few days.
LATE = timedelta(days=28)
#: postHearingCustodyStatus values that speak of custody: C custody, P custody with bail direction, L local authority accommodation.
_SAYS_CUSTODY = frozenset({"C", "P", "L"})
#: Result codes that impose a term of imprisonment or of detention in a young offender institution, as distinct from other custodial sentences
#: (detention and training, default, contempt), for which a magistrates' court has other limits.
_TERMS_OF_MAGISTRATES = frozenset({"1002", "1024", "1115", "1134"})
#: Bail pending an appeal, by short code.
_BAIL_PENDING_APPEAL = frozenset({"CBBCA", "UCBCA"})
_YOI_DETENTION = frozenset({"1134"})


def impossible(said: Said) -> Iterator[str]:
    """Why no court could have made this result: each reason says what was recorded and what the law allows."""
    if said.effect is Effect.SUSPENDED:
        yield from _suspended_too_long(said)
    term = said.line.imprisonment_months
    if term is not None and (said.effect is Effect.SUSPENDED or (said.effect is Effect.HOLD and said.row.ground == Ground.SENTENCE.value)):
        yield from _above_the_offence(said, term)
        yield from _above_the_court(said, term)


def _suspended_too_long(said: Said) -> Iterator[str]:
    kind = Custody.YOI_DETENTION if said.row.cjs_code in _YOI_DETENTION else Custody.IMPRISONMENT
    limit = suspendable(kind, said.snapshot.hearing_day)
    term, suspended = said.line.imprisonment_months, said.line.suspended_months
    if term is not None and term > limit.longest_months:
        yield f"a suspended sentence of {term} months, where the law allows {limit.longest_months} at most"
    if suspended is not None and suspended > limit.longest_operational_months:
        yield f"a sentence suspended for {suspended} months, where the law allows {limit.longest_operational_months} at most"


def _above_the_offence(said: Said, term: int) -> Iterator[str]:
    limit = longest_term(said.line.offence_code) if said.row.cjs_code else None  # a result without a code is a total over several offences
    if limit is None or limit.longest_months is None or term <= limit.longest_months:
        return
    allows = f"{limit.longest_months} months at most" if limit.longest_months else "a fine at most"
    yield f"{_months(term)} for {said.line.offence_code} ({limit.title}), where {limit.statute} allows {allows}"


def _above_the_court(said: Said, term: int) -> Iterator[str]:
    if said.snapshot.jurisdiction != "MAGISTRATES" or said.row.cjs_code not in _TERMS_OF_MAGISTRATES:
        return
    limit = magistrates_limit(said.snapshot.hearing_day)
    offence = longest_term(said.line.offence_code)
    summary = offence is not None and offence.triable is Triable.SUMMARY
    most = limit.summary_months if summary else max(limit.summary_months, limit.either_way_months)
    if term > most:
        yield f"{_months(term)} for one offence by a magistrates' court, which may impose {most} months at most"


@dataclass(frozen=True, kw_only=True, slots=True)
class Contradiction:
    """What cannot be so together: the line that is doubted, what contradicts what, and a name for it among the doubts about that line."""

    said: Said
    name: str
    text: str
    beside: tuple[Claim, ...] = ()


def contradictions(offence: Offence) -> Iterator[Contradiction]:
    """What cannot be so together in one offence."""
    for said in offence.in_force:
        if said.effect in FREES and said.line.custody_status in _SAYS_CUSTODY:
            text = f"the result '{_words(said)}' keeps nobody in custody, and its custody status ({said.line.custody_status}) says custody"
            yield Contradiction(said=said, name="custody-status", text=text)
        if said.effect in FREES and _midday(said) - said.first_shared_at > LATE:
            text = f"the result '{_words(said)}' was shared long before its hearing, and outranks whatever is decided until then"
            yield Contradiction(said=said, name="shared-early", text=text)
        if said.effect in FREES and said.day_first_shared_at - _midday(said) > LATE:
            day = london_date(said.day_first_shared_at)
            text = f"the result '{_words(said)}' was first sent on {day.day} {day:%b %Y}, long after its hearing"
            yield Contradiction(said=said, name="shared-late", text=text)
    yield from _papers(offence)
    yield from _bailed_while_serving(offence)


def _bailed_while_serving(offence: Offence) -> Iterator[Contradiction]:
    """Ordinary bail on an offence that a court has sentenced: no court grants it unless the case was reopened or appealed, which has results."""
    sentences = [said for said in offence.before if said.effect is Effect.HOLD and said.row.ground == Ground.SENTENCE.value]
    for said in offence.in_force:
        if sentences and said.effect is Effect.BAIL and not said.is_of(_BAIL_PENDING_APPEAL):
            text = f"the result '{_words(said)}' follows '{_words(sentences[0])}' on the same offence, and no result says why"
            yield Contradiction(said=said, name="bail-after-sentence", text=text, beside=tuple(each.claim for each in sentences))


def _papers(offence: Offence) -> Iterator[Contradiction]:
    """A paper and the results of one hearing day, or two papers of it, of which one holds and the other does not."""
    results = [said for said in offence.in_force if not said.snapshot.document]
    for n, paper in enumerate(offence.papers):
        for other in (*results, *offence.papers[:n]):
            same_day = paper.snapshot.hearing_day == other.snapshot.hearing_day
            if same_day and (paper.effect is Effect.HOLD) is not (other.effect is Effect.HOLD):
                what = f"the {other.snapshot.document} says" if other.snapshot.document else "the court's results say"
                text = f"the {paper.snapshot.document} says '{_words(paper)}', and {what} '{_words(other)}'"
                yield Contradiction(said=paper, name=f"paper/{other.snapshot.document}/{other.line.result_id}", text=text, beside=(other.claim,))


def _midday(said: Said) -> datetime:
    return datetime.combine(said.snapshot.hearing_day, time(12), UTC)


def _words(said: Said) -> str:
    return said.line.label or said.row.meaning


def _months(term: int) -> str:
    return "1 month" if term == 1 else f"{term} months"

"""Grounds that courts open and end."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.codes import Effect
from holdfast.court import Said, impossible
from holdfast.grounds.picture import BARS, Hold, Picture, query
from holdfast_gate.model import Authority, Exit, Ground, QueryKind


def court_holds(picture: Picture) -> Iterator[Hold]:
    """Remands, committals, default, civil and hospital orders: as long as the result stands. Sentences: until custody's confirmed date."""
    for offence in picture.offences:
        for said in offence.in_force:
            if said.row.effect is Effect.HOLD and Ground(said.row.ground) is Ground.SENTENCE:
                yield from _sentence(picture, said)
            elif said.row.effect is Effect.HOLD:
                yield _court_hold(said, Ground(said.row.ground))


def _sentence(picture: Picture, said: Said) -> Iterator[Hold]:
    # The calculation must be able to have known of the sentence: it is compared with the first share that said so, because an unchanged re-share
    # does not undo a calculation.
    if picture.custody.served(said.first_shared_at, picture.today):
        return
    bars = BARS[Ground.SENTENCE]
    if Exit.TEMPORARY_RELEASE.value in picture.custody.ordered_exits(picture.today):
        bars -= {Exit.TEMPORARY_RELEASE}
    yield _court_hold(said, Ground.SENTENCE, bars)


def _court_hold(said: Said, ground: Ground, bars: frozenset[Exit] | None = None) -> Hold:
    what = said.line.label or said.row.meaning
    ends = (
        "ends when the release date that custody calculated and confirmed after it arrives"
        if ground is Ground.SENTENCE
        else "ends only by a result on that offence"
    )
    return Hold(
        ground=ground,
        authority=Authority.COURT,
        subject=said.subject,
        bars=BARS[ground] if bars is None else bars,
        sentence=f"{what}: {_cited(said)}; {ends}.",
        rule=f"court-result/{_code(said)}/{said.row.effect.value}",
        claim=said.claim,
    )


def _cited(said: Said) -> str:
    court = said.snapshot.court_name or f"court {said.snapshot.court_code}"
    day = f"{said.snapshot.hearing_day.day} {said.snapshot.hearing_day:%b %Y}"
    case = f"case {said.line.case_urn}" if said.line.case_urn else "a case without a number"
    return f"{court} on {day} in {case}, offence {said.line.offence_code or said.line.offence_id}"


def _code(said: Said) -> str:
    return said.line.cjs_code or said.row.cjs_code or said.line.result_type_id or "none"


def court_queries(picture: Picture) -> Iterator[Hold]:
    """Impossible, unknown, vanished, entered in error, impossible dates: each names the result and what is wrong with it."""
    for offence in picture.offences:
        for said in offence.in_force:
            if (why := impossible(said)) is not None:
                yield _court_query(said, QueryKind.IMPOSSIBLE_RESULT, f"{_cited(said)} records {why}")
        for said in offence.vanished:
            what = said.line.label or said.row.meaning
            text = f"{_cited(said)} had the result '{what}', which a later share dropped without saying anything about that offence"
            yield _court_query(said, QueryKind.RESULT_VANISHED, text)
        for said in offence.doubtful:
            yield from _doubtful(said)


def _doubtful(said: Said) -> Iterator[Hold]:
    if said.line.problems:
        yield _court_query(said, QueryKind.IMPOSSIBLE_DATE, f"{_cited(said)} says what cannot be: {'; '.join(said.line.problems)}")
    if said.row.effect is Effect.CHECK:
        kind = QueryKind(said.row.ground)
        text = f"{_cited(said)} has result {_code(said)} '{said.line.label}', which a person must read ({said.row.reason})"
        yield _court_query(said, kind, text)


def _court_query(said: Said, kind: QueryKind, text: str) -> Hold:
    return query(kind, said.subject, f"{text}.", f"court-result/{kind.value}", said.claim, said.line.result_id)

"""Grounds that courts open and end, and what in their results must be asked about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from holdfast.claims import Claim, CourtSnapshot, ImmigrationRecord
from holdfast.codes import Effect
from holdfast.court import Said
from holdfast.grounds.immigration import deportable
from holdfast.grounds.picture import Hold, Picture
from holdfast.grounds.table import Law, law
from holdfast.plausibility import contradictions, impossible
from holdfast.release_dates import DETERMINATE, DIRECTED, EXTENDED, Ends
from holdfast_gate.model import Exit, Ground, QueryKind

#: Grounds under which a court can set a term, which then ends on the date that custody calculates.
_TERMS = frozenset({Ground.SENTENCE, Ground.DEFAULT_IN_PAYMENT, Ground.CIVIL_COMMITTAL})
#: Extended sentences, by short code: of violent or sexual offenders (Sentencing Act 2020 ss.254, 266 and 279).
_EXTENDED = frozenset({"EXTIVS", "EXTDVS", "EXTDVSU"})
_LABEL_CHARS = 120


def court_holds(picture: Picture) -> Iterator[Hold]:
    """Remands, committals, hospital orders and the like: as long as the result stands. Terms: until custody's confirmed date besides."""
    for offence in picture.offences:
        standing: dict[tuple[Ground, str], Said] = {}
        for said in sorted((said for said in offence.in_force if _stands(picture, said)), key=_how_telling):
            ground = Ground(said.row.ground)
            standing.setdefault((ground, _variant(said, ground)), said)
        for (ground, variant), said in standing.items():
            yield _court_hold(picture, said, law(ground, variant=variant))
            if ground is Ground.REMAND and offence.convicted:
                yield _court_hold(picture, said, law(Ground.CONVICTED_UNSENTENCED))


def _stands(picture: Picture, said: Said) -> bool:
    if said.effect is not Effect.HOLD:
        return False
    # A calculation must be able to have known of the sentence: it is compared with the first share that said so, because an unchanged re-share
    # does not undo a calculation.
    ends = ends_by(said)
    return ends is None or not picture.custody.served(said.first_shared_at, ends, picture.today)


def _how_telling(said: Said) -> tuple[bool, bool, str]:
    """Of several results that hold on one ground, people are shown the court's own before a paper's, and one with a code before what hangs on it."""
    return bool(said.snapshot.document), not said.row.cjs_code, said.line.result_id


def ends_by(said: Said) -> Ends | None:
    """The dates of custody's that end this hold; None where only a result does."""
    if Ground(said.row.ground) not in _TERMS or not said.row.final:
        return None
    if said.row.indeterminate:
        return DIRECTED
    return EXTENDED if said.is_of(_EXTENDED) else DETERMINATE


def _variant(said: Said, ground: Ground) -> str:
    if ground is not Ground.SENTENCE:
        return ""
    if said.row.indeterminate:
        return "indeterminate"
    return "activated" if said.row.cjs_code == "1507" else ""


def _bars(picture: Picture, row: Law) -> frozenset[Exit]:
    """What a sentence bars: it lets through what custody ordered for today and the law allows while it is served.

    That is a temporary release on licence; and, of somebody who is to be deported, a removal under the early removal scheme (Criminal Justice Act
    2003 s.260) once its date has come.
    """
    let_through: set[Exit] = set()
    if Exit.TEMPORARY_RELEASE.value in picture.custody.ordered_exits(picture.today):
        let_through.add(Exit.TEMPORARY_RELEASE)
    if picture.custody.early_removal(picture.today) and deportable(picture):
        let_through |= {Exit.REMOVAL, Exit.IMMIGRATION_TRANSFER}
    return row.bars - let_through


def _court_hold(picture: Picture, said: Said, row: Law) -> Hold:
    ends = ends_by(said)
    dues = picture.custody.end_of(said.first_shared_at, ends) if ends else ()
    hold = picture.hold(
        row,
        said.claim,
        f"court-result/{_code(said)}/{said.effect.value}",
        court_code=said.snapshot.court_code,
        subject=said.subject,
        what=_words(said),
        release="; ".join(sorted({each.words for each in dues})) or "no release date calculated since",
        **_case(said),
    )
    return replace(hold, bars=_bars(picture, row)) if row.ground is Ground.SENTENCE else hold


def _case(said: Said) -> dict[str, str]:
    day = said.snapshot.hearing_day
    return {
        "court": said.snapshot.court_name or f"court {said.snapshot.court_code or 'unknown'}",
        "day": f"{day.day} {day:%b %Y}",
        "case": said.line.case_urn or "without a number",
        "offence": said.line.offence_code or said.line.offence_id,
    }


def _where(said: Said) -> str:
    where = "{court} on {day} in case {case}, offence {offence}".format_map(_case(said))
    return where[:1].upper() + where[1:]


def _words(said: Said) -> str:
    months = said.line.imprisonment_months
    what = (said.line.label or said.row.meaning)[:_LABEL_CHARS]
    return what if months is None else f"{what}, {months} month{'' if months == 1 else 's'}"


def _code(said: Said) -> str:
    return said.line.cjs_code or said.row.cjs_code or said.line.result_type_id or "none"


# --- questions --------------------------------------------------------------------------------------------------------------


def court_queries(picture: Picture) -> Iterator[Hold]:
    """Impossible, contradictory, unknown, vanished, entered in error, impossible dates: each names the result and what is wrong with it."""
    for offence in picture.offences:
        for said in offence.in_force:
            if why := ". It also recorded ".join(impossible(said)):
                yield _asked(picture, said, QueryKind.IMPOSSIBLE_RESULT, f"{_where(said)}, recorded {why}")
        for found in contradictions(offence):
            text = f"{_where(found.said)}: {found.text}"
            yield replace(_asked(picture, found.said, QueryKind.CONTRADICTION, text, f"/{found.name}"), beside=found.beside)
        for said in offence.vanished:
            text = f"{_where(said)}, recorded '{_words(said)}', and its later record leaves that out and says nothing else about that offence"
            yield replace(_asked(picture, said, QueryKind.RESULT_VANISHED, text), beside=_dropped_by(picture, said))
        for said in offence.doubtful:
            yield from _doubtful(picture, said)


def _dropped_by(picture: Picture, said: Said) -> tuple[Claim, ...]:
    """The first share that lacks the result: what vanished has one, or it would stand."""
    shares = [(c, c.body.shared_at) for c in picture.claims if isinstance(c.body, CourtSnapshot) and c.subject == said.claim.subject]
    later = [pair for pair in shares if pair[1] > said.snapshot.shared_at]
    return (min(later, key=lambda pair: pair[1])[0],)


def _doubtful(picture: Picture, said: Said) -> Iterator[Hold]:
    if said.line.problems:
        yield _asked(picture, said, QueryKind.IMPOSSIBLE_DATE, f"{_where(said)}, recorded what cannot be ({'; '.join(said.line.problems)})")
    if said.effect is Effect.CHECK and not _answered_by_immigration(picture, said):
        what = said.line.label[:_LABEL_CHARS] or said.row.meaning
        text = f"{_where(said)}, recorded '{what}' ({_code(said)}), which somebody must read: {said.row.reason}"
        yield _asked(picture, said, QueryKind(said.row.ground), text)


def _answered_by_immigration(picture: Picture, said: Said) -> bool:
    """A court's notice that deportation is in view is answered by immigration's own word, whichever it is, recorded after it."""
    spoken = [c for c in picture.claims if isinstance(c.body, ImmigrationRecord) and c.recorded_at > said.first_shared_at]
    return said.row.asks == "IMMIGRATION" and bool(spoken)


def _asked(picture: Picture, said: Said, kind: QueryKind, text: str, detail: str = "") -> Hold:
    rule = f"court-result/{kind.value}"
    detail = said.line.result_id + detail
    return picture.query(kind, said.subject, text, rule, said.claim, detail=detail, court=said.snapshot.court_code)

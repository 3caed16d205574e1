"""The law, read aloud: which grounds of detention are in force for one prisoner, and which exits each bars.

Every rule below is one function from what has been told to holds. A hold names its authority, its subject, the record that says so and the rule.
Only the same authority, on the same subject, in a strictly newer version ends one; the joins in `subjects.py` and `court.py` see to that, so
nothing here looks at the order of arrival. An unknown code is a query for a person, never "no hold".
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from holdfast.claims import Alert, Claim, Doubt, ImmigrationRecord, Link, Movement, PlacedHold, Recall, Resolution
from holdfast.codes import CodeRow, Effect, classify_alert
from holdfast.court import Offence, Said, impossible, offences
from holdfast.custody import Custody
from holdfast.london import london_date
from holdfast.subjects import micros, newest, version_of
from holdfast_gate.model import Authority, Exit, Ground, QueryKind

_LIBERTY = frozenset({Exit.RELEASE, Exit.TEMPORARY_RELEASE, Exit.IMMIGRATION_TRANSFER, Exit.REMOVAL, Exit.EXTRADITION})
_AT_LARGE = frozenset({Exit.RELEASE, Exit.TEMPORARY_RELEASE})

#: Which exits each ground bars (contract, "Exits and grounds"). SENTENCE lets an ordered temporary release through; see `_sentences`.
BARS: dict[Ground, frozenset[Exit]] = {
    Ground.SENTENCE: _LIBERTY,
    Ground.RECALL: _LIBERTY,
    Ground.REMAND: _LIBERTY,
    Ground.REMAND_BAIL_CONDITIONS_UNMET: _LIBERTY,
    Ground.COMMITTED_IN_CUSTODY: _LIBERTY,
    Ground.CONVICTED_UNSENTENCED: _LIBERTY,
    Ground.BAIL_APPEAL_PENDING: _LIBERTY,
    Ground.DEFAULT_IN_PAYMENT: _LIBERTY,
    Ground.CIVIL_COMMITTAL: _LIBERTY,
    Ground.HOSPITAL_ORDER: _LIBERTY,
    Ground.IMMIGRATION_DETENTION: _AT_LARGE,
    Ground.DEPORTATION: _AT_LARGE,
    Ground.EXTRADITION: _LIBERTY - {Exit.EXTRADITION},
    Ground.WARRANT_OUTSTANDING: _LIBERTY,
    Ground.NOT_FOR_RELEASE: _LIBERTY,
    Ground.POWER_TO_DETAIN: _LIBERTY,
    Ground.PLACED_BY_HAND: _LIBERTY,
    Ground.QUERY: _LIBERTY,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Hold:
    """One ground in force. `query_kind` and `query_id` are set where the ground is QUERY."""

    ground: Ground
    authority: Authority
    subject: str
    bars: frozenset[Exit]
    sentence: str
    rule: str
    claim: Claim
    query_kind: QueryKind | None = None
    query_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """Everything told about one prisoner, as of T, arranged for the rules."""

    at: datetime
    today: date
    claims: tuple[Claim, ...]
    offences: tuple[Offence, ...]
    custody: Custody
    immigration: tuple[tuple[Claim, ...], ...] = field(default=())

    @classmethod
    def of(cls, prisoner_number: str, claims: Iterable[Claim], at: datetime) -> Picture:
        """Arrange `claims`; those that a person has said are somebody else's are left out."""
        claims = tuple(_his_own(prisoner_number, tuple(claims)))
        return cls(
            at=at,
            today=london_date(at),
            claims=claims,
            offences=offences(claims),
            custody=Custody.of(prisoner_number, claims),
            immigration=_matters(claims),
        )


def holds(picture: Picture) -> tuple[Hold, ...]:
    """Every hold in force, in a fixed order: grounds first as listed in the contract, then queries."""
    found = [hold for rule in RULES for hold in rule(picture)]
    answers = [claim for claim in picture.claims if isinstance(claim.body, Resolution)]
    standing = [hold for hold in found if not any(_answers(answer, hold) for answer in answers)]
    order = list(Ground)
    return tuple(sorted(standing, key=lambda h: (order.index(h.ground), h.query_kind or "", h.subject, h.query_id or "")))


# --- courts -----------------------------------------------------------------------------------------------------------------


def _court_holds(picture: Picture) -> Iterator[Hold]:
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


def _court_queries(picture: Picture) -> Iterator[Hold]:
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
    return _query(kind, said.subject, f"{text}.", f"court-result/{kind.value}", said.claim, said.line.result_id)


# --- custody ----------------------------------------------------------------------------------------------------------------


def _recalls(picture: Picture) -> Iterator[Hold]:
    """Recalled to prison: until custody deletes the recall or its confirmed post-recall date arrives."""
    for words in _newest_by_subject(picture.custody.recalls):
        for claim in words:
            recall = claim.body
            if isinstance(recall, Recall) and recall.status != "DELETED" and not picture.custody.recall_ended(claim, picture.today):
                since = f" on {recall.revocation_date.day} {recall.revocation_date:%b %Y}" if recall.revocation_date else ""
                text = f"Recalled to prison ({recall.recall_type}){since}, booking {recall.booking_id}; ends only by custody."
                yield _hold(Ground.RECALL, Authority.CUSTODY, text, "recall/active", claim)
                break


def _alerts(picture: Picture) -> Iterator[Hold]:
    """Not for release, power to detain: while the alert is active. Alerts that hint at what another authority knows are queries until it speaks."""
    for words in _newest_by_subject(claim for claim in picture.claims if isinstance(claim.body, Alert)):
        for claim in words:
            alert = claim.body
            if not isinstance(alert, Alert) or (alert.active_to is not None and alert.active_to <= picture.today):
                continue
            row = classify_alert(alert.alert_code)
            text = f"Alert {alert.alert_code} ({row.meaning}) is active; ends only by custody"
            if row.effect is Effect.HOLD:
                yield _hold(Ground(row.ground), Authority.CUSTODY, f"{text}.", f"alert/{alert.alert_code}", claim)
            elif row.effect is Effect.CHECK and not _immigration_has_spoken(picture, claim, row):
                yield _query(QueryKind(row.ground), claim.subject, f"{text}, or when who it speaks of has.", "alert/check", claim)
            break


def _immigration_has_spoken(picture: Picture, alert: Claim, row: CodeRow) -> bool:
    about_immigration = row.ground == QueryKind.CONTRADICTION.value and row.code.startswith(("XLD", "XSD", "XIL"))
    return about_immigration and any(c.recorded_at > alert.recorded_at for matter in picture.immigration for c in matter)


# --- immigration ------------------------------------------------------------------------------------------------------------


def _matters(claims: tuple[Claim, ...]) -> tuple[tuple[Claim, ...], ...]:
    """Immigration's words by matter, the deleted ones left out."""
    of_immigration = [claim for claim in claims if isinstance(claim.body, ImmigrationRecord)]
    subjects = sorted({claim.subject for claim in of_immigration})
    return tuple(tuple(c for c in of_immigration if c.subject == s and getattr(c.body, "status", "") != "DELETED") for s in subjects)


_IMMIGRATION_GROUND = {"IS91": Ground.IMMIGRATION_DETENTION, "DEPORTATION_ORDER": Ground.DEPORTATION}
_IMMIGRATION_ENDS = frozenset({"IMMIGRATION_BAIL", "NO_LONGER_OF_INTEREST"})


def _immigration(picture: Picture) -> Iterator[Hold]:
    """Detained (IS91) or to be deported: the newest record of the matter (record date, then recorded at) says so; a tie holds."""
    for matter in picture.immigration:
        for claim in newest(matter):
            record = claim.body
            if not isinstance(record, ImmigrationRecord) or record.record_type in _IMMIGRATION_ENDS:
                continue
            cited = f"record of {record.record_date.day} {record.record_date:%b %Y}"
            if (ground := _IMMIGRATION_GROUND.get(record.record_type)) is None:
                text = f"Immigration {cited} is of a type that is not known ({record.record_type}); a person must read it."
                yield _query(QueryKind.UNKNOWN_CODE, claim.subject, text, "immigration/unknown-type", claim)
                continue
            what = "Detained under immigration powers (IS91)" if record.record_type == "IS91" else "Subject to a deportation order"
            text = f"{what}, {cited}; ends only by a newer immigration record on the same matter."
            yield _hold(ground, Authority.IMMIGRATION, text, f"immigration/{record.record_type}", claim)


def deportable(picture: Picture) -> bool:
    """Immigration has a deportation order that no later record of the matter ended."""
    for matter in picture.immigration:
        ended = [version_of(c) for c in matter if getattr(c.body, "record_type", "") in _IMMIGRATION_ENDS]
        orders = [version_of(c) for c in matter if getattr(c.body, "record_type", "") == "DEPORTATION_ORDER"]
        if any(not ended or order > max(ended) for order in orders):
            return True
    return False


# --- the hub's own doubts, and people ---------------------------------------------------------------------------------------


def _doubts(picture: Picture) -> Iterator[Hold]:
    """What the hub could not read or tell, until the record that answers it, or a named resolution."""
    for words in _newest_by_subject(claim for claim in picture.claims if isinstance(claim.body, Doubt)):
        claim = words[0]
        doubt = claim.body
        if isinstance(doubt, Doubt) and not doubt.answered and not _answered_by_a_record(picture, claim, doubt):
            yield _query(doubt.kind, claim.subject, doubt.sentence, f"doubt/{doubt.kind.value}", claim, claim.subject)


def _answered_by_a_record(picture: Picture, claim: Claim, doubt: Doubt) -> bool:
    return any(other.subject == doubt.about and other.recorded_at > claim.recorded_at for other in picture.claims)


def _contradictions(picture: Picture) -> Iterator[Hold]:
    """One authority says two things about one subject in the same version: whatever they are, a person must look."""
    subjects: dict[str, list[Claim]] = {}
    for claim in picture.claims:
        thin = isinstance(claim.body, Movement) and claim.body.booking_id is None  # two feeds tell of one departure in different words
        if not thin and not isinstance(claim.body, Doubt | Resolution | Link):
            subjects.setdefault(claim.subject, []).append(claim)
    for subject, words in sorted(subjects.items()):
        top = newest(words)
        if len({claim.body for claim in top}) > 1:
            said = " and ".join(str(claim.source) for claim in top)
            text = f"{top[0].authority.value} says two things about {subject} in the same version: {said}."
            yield _query(QueryKind.CONTRADICTION, subject, text, "join/equal-versions", top[0], str(version_of(top[0])))


def _placed(picture: Picture) -> Iterator[Hold]:
    """A hold put on by hand, until it is ended by hand."""
    for words in _newest_by_subject(claim for claim in picture.claims if isinstance(claim.body, PlacedHold)):
        claim = words[0]
        placed = claim.body
        if isinstance(placed, PlacedHold) and not placed.ended:
            text = f"Hold {placed.hold_id} placed by hand for {placed.placed_authority.value}: {placed.reason}"
            yield _hold(Ground.PLACED_BY_HAND, placed.placed_authority, text, "placed-by-hand", claim)


# --- building blocks --------------------------------------------------------------------------------------------------------


def _newest_by_subject(claims: Iterable[Claim]) -> Iterator[tuple[Claim, ...]]:
    grouped: dict[str, list[Claim]] = {}
    for claim in claims:
        grouped.setdefault(claim.subject, []).append(claim)
    for _, words in sorted(grouped.items()):
        yield newest(words)


def _hold(ground: Ground, authority: Authority, sentence: str, rule: str, claim: Claim) -> Hold:
    return Hold(ground=ground, authority=authority, subject=claim.subject, bars=BARS[ground], sentence=sentence, rule=rule, claim=claim)


def _query(kind: QueryKind, subject: str, sentence: str, rule: str, claim: Claim, detail: str = "") -> Hold:
    named = "\n".join((kind.value, subject, detail, claim.source.sha256, str(claim.source)))
    return Hold(
        ground=Ground.QUERY,
        query_kind=kind,
        query_id=hashlib.sha256(named.encode()).hexdigest()[:12],
        authority=Authority.HUB,
        subject=subject,
        bars=BARS[Ground.QUERY],
        sentence=sentence,
        rule=rule,
        claim=claim,
    )


def _answers(answer: Claim, hold: Hold) -> bool:
    """Does a person's resolution answer this query? One that names a kind answers what was known when it was received, nothing later."""
    resolution = answer.body
    if not isinstance(resolution, Resolution) or hold.ground is not Ground.QUERY:
        return False
    if resolution.query_id is not None:
        return resolution.query_id == hold.query_id
    same_kind = hold.query_kind is not None and resolution.query_kind == hold.query_kind.value
    return same_kind and micros(hold.claim.received_at) <= micros(answer.received_at)


def _his_own(prisoner_number: str, claims: tuple[Claim, ...]) -> Iterator[Claim]:
    """Leave out what carries an identifier that people have said is not this prisoner's, unless the claim names him by number."""
    links = [claim for claim in claims if isinstance(claim.body, Link) and claim.body.prisoner_number == prisoner_number]
    not_his = {
        (words[0].body.identifier.type, words[0].body.identifier.value)
        for words in _newest_by_subject(links)
        if isinstance(words[0].body, Link) and not words[0].body.linked
    }
    for claim in claims:
        carried = {(identifier.type, identifier.value) for identifier in claim.person.identifiers}
        if claim.person.prisoner_number == prisoner_number or isinstance(claim.body, Link) or not carried & not_his:
            yield claim


RULES = (_court_holds, _recalls, _alerts, _immigration, _placed, _court_queries, _doubts, _contradictions)

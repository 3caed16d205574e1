"""What has been told about one prisoner, arranged for the rules; and what a rule finds: a hold."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from holdfast.claims import Claim, ImmigrationRecord, Link
from holdfast.court import Offence, offences
from holdfast.custody import Custody
from holdfast.london import london_date
from holdfast.subjects import newest
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


def _matters(claims: tuple[Claim, ...]) -> tuple[tuple[Claim, ...], ...]:
    """Immigration's words by matter, the deleted ones left out."""
    of_immigration = [claim for claim in claims if isinstance(claim.body, ImmigrationRecord)]
    subjects = sorted({claim.subject for claim in of_immigration})
    return tuple(tuple(c for c in of_immigration if c.subject == s and getattr(c.body, "status", "") != "DELETED") for s in subjects)


def newest_by_subject(claims: Iterable[Claim]) -> Iterator[tuple[Claim, ...]]:
    """The newest words on each subject of `claims`, by subject."""
    grouped: dict[str, list[Claim]] = {}
    for claim in claims:
        grouped.setdefault(claim.subject, []).append(claim)
    for _, words in sorted(grouped.items()):
        yield newest(words)


def hold(ground: Ground, authority: Authority, sentence: str, rule: str, claim: Claim) -> Hold:
    """A hold for which `claim` is the record, on its subject."""
    return Hold(ground=ground, authority=authority, subject=claim.subject, bars=BARS[ground], sentence=sentence, rule=rule, claim=claim)


def query(kind: QueryKind, subject: str, sentence: str, rule: str, claim: Claim, detail: str = "") -> Hold:
    """A doubt of the hub's. Its id is that of the record and of what in it is doubted, so that an answer to one answers no other."""
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


def _his_own(prisoner_number: str, claims: tuple[Claim, ...]) -> Iterator[Claim]:
    """Leave out what carries an identifier that people have said is not this prisoner's, unless the claim names him by number."""
    links = [claim for claim in claims if isinstance(claim.body, Link) and claim.body.prisoner_number == prisoner_number]
    not_his = {
        (words[0].body.identifier.type, words[0].body.identifier.value)
        for words in newest_by_subject(links)
        if isinstance(words[0].body, Link) and not words[0].body.linked
    }
    for claim in claims:
        carried = {(identifier.type, identifier.value) for identifier in claim.person.identifiers}
        if claim.person.prisoner_number == prisoner_number or isinstance(claim.body, Link) or not carried & not_his:
            yield claim

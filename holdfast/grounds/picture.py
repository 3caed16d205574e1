"""What has been told about one prisoner, arranged for the rules; and what a rule finds: a hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from holdfast.claims import Claim, ImmigrationRecord, Link
from holdfast.court import Offence, offences
from holdfast.custody import Custody
from holdfast.grounds.table import Ask, Law, law
from holdfast.identifiers import is_home_office_reference
from holdfast.london import london_date
from holdfast.queries import query_id
from holdfast.subjects import newest
from holdfast_gate.model import Authority, Exit, Ground, QueryKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Hold:
    """One ground in force. `query_kind` and `query_id` are set where the ground is QUERY.

    `ask` is whom to ring about it: `court/<code>`, `prison/<id>`, `immigration` or `hub`. `beside`: what besides `claim` it takes to raise the query.
    """

    ground: Ground
    authority: Authority
    subject: str
    bars: frozenset[Exit]
    sentence: str
    rule: str
    claim: Claim
    ask: str
    query_kind: QueryKind | None
    query_id: str | None
    beside: tuple[Claim, ...] = ()

    @property
    def name(self) -> str:
        """The ground, or for a query `QUERY/<kind>`."""
        return f"{self.ground.value}/{self.query_kind.value}" if self.query_kind else self.ground.value


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """Everything told about one prisoner, as of T, arranged for the rules."""

    today: date
    claims: tuple[Claim, ...]
    offences: tuple[Offence, ...]
    custody: Custody
    immigration: tuple[tuple[Claim, ...], ...]

    @classmethod
    def of(cls, prisoner_number: str, claims: Iterable[Claim], at: datetime) -> Picture:
        """Arrange `claims`; those that a person has said are somebody else's are left out."""
        claims = tuple(_his_own(prisoner_number, tuple(claims)))
        return cls(
            today=london_date(at),
            claims=claims,
            offences=offences(claims),
            custody=Custody.of(prisoner_number, claims),
            immigration=_matters(claims),
        )

    def hold(self, row: Law, claim: Claim, rule: str, *, court_code: str = "", subject: str | None = None, **facts: str) -> Hold:
        """A hold by a row of the table, for which `claim` is the record; `facts` fill its sentence."""
        return Hold(
            ground=row.ground,
            authority=row.authority,
            subject=claim.subject if subject is None else subject,
            bars=row.bars,
            sentence=row.sentence(facts),
            rule=rule,
            claim=claim,
            ask=self._whom(row.ask, court_code),
            query_kind=None,
            query_id=None,
        )

    def query(self, kind: QueryKind, subject: str, text: str, rule: str, claim: Claim, *, detail: str = "", court: str = "") -> Hold:
        """A doubt of the hub's; `text` may have its full stop or not.

        Its id is that of the record and of what in it is doubted, so that an answer to one answers no other.
        """
        row = law(Ground.QUERY, kind)
        return Hold(
            ground=Ground.QUERY,
            query_kind=kind,
            query_id=query_id(kind, subject, detail, claim),
            authority=Authority.HUB,
            subject=subject,
            bars=row.bars,
            sentence=row.sentence({"text": text.removesuffix(".")}),
            rule=rule,
            claim=claim,
            ask=self._whom(row.ask, court),
        )

    def _whom(self, ask: Ask, court: str) -> str:
        match ask:
            case Ask.COURT if court:
                return f"court/{court}"
            case Ask.PRISON if prison := self.custody.prison():
                return f"prison/{prison}"
            case _:
                return ask.value


def _matters(claims: tuple[Claim, ...]) -> tuple[tuple[Claim, ...], ...]:
    """Immigration's words by matter, the deleted ones left out, and those without a reference of a record that was told again since."""
    told = [(claim, record) for claim in claims if isinstance(record := claim.body, ImmigrationRecord)]
    last = {record.immigration_detention_uuid: claim.recorded_at for claim, record in sorted(told, key=lambda pair: pair[0].recorded_at)}
    records = [
        (claim, record)
        for claim, record in told
        if is_home_office_reference(record.home_office_reference or "") or claim.recorded_at == last[record.immigration_detention_uuid]
    ]
    subjects = sorted({claim.subject for claim, _ in records})
    return tuple(tuple(claim for claim, record in records if claim.subject == subject and record.status != "DELETED") for subject in subjects)


def newest_by_subject(claims: Iterable[Claim]) -> Iterator[tuple[Claim, ...]]:
    """The newest words on each subject of `claims`, by subject."""
    grouped: dict[str, list[Claim]] = {}
    for claim in claims:
        grouped.setdefault(claim.subject, []).append(claim)
    for _, words in sorted(grouped.items()):
        yield newest(words)


def _his_own(prisoner_number: str, claims: tuple[Claim, ...]) -> Iterator[Claim]:
    """Leave out what carries an identifier that people have said is not his, unless the claim names him by number, or by another that is his."""
    spoken = [
        said.body
        for words in newest_by_subject(claim for claim in claims if isinstance(claim.body, Link))
        for said in words
        if isinstance(said.body, Link) and said.body.prisoner_number == prisoner_number
    ]
    judged = {(link.identifier.type, link.identifier.value) for link in spoken}
    his = {(link.identifier.type, link.identifier.value) for link in spoken if link.linked}
    for claim in claims:
        carried = {(identifier.type, identifier.value) for identifier in claim.person.identifiers}
        if claim.person.prisoner_number == prisoner_number or carried & his or not carried & judged:
            yield claim

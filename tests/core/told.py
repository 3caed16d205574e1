"""An identity, everything it was told and everything that came of it; and short ways to say who somebody is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from holdfast.claims import (
    Alias,
    BookingMoved,
    Claim,
    Doubt,
    Fact,
    Identifier,
    Movement,
    NominalRoll,
    Particulars,
    Person,
    Unmerge,
)
from holdfast.identity import Entry, Identity
from holdfast.records import PrisonerStatus
from holdfast.status import fold
from holdfast.subjects import subject_of
from schemas.wire import decode, encode
from tests.core.telling import NOW, ago, court, received, result, say

PNC = Identifier(type="PNC", value="2012/0052494Q")
OTHER_PNC = Identifier(type="PNC", value="2015/0431207F")
SLIPPED_PNC = Identifier(type="PNC", value="2012/0054294Q", valid=False)  # two digits changed places
CRO = Identifier(type="CRO", value="065656/91H")
D1 = Identifier(type="DEFENDANT_ID", value="d1")
ANN, BOB, CY = "A1111AA", "B2222BB", "C3333CC"
BORN = date(1990, 3, 12)


class Told:
    """An identity, and every fact and entry that came of what it was told."""

    def __init__(self) -> None:
        self.identity = Identity()
        self.facts: list[Fact] = []
        self.log: dict[str, Entry] = {}
        self.sequence = 0
        self._read: dict[int, tuple[Entry, Entry]] = {}

    def tell(self, *claims: Claim) -> list[Fact]:
        """Tell claims in order; the facts of these."""
        fresh: list[Fact] = []
        for claim in claims:
            self.sequence += 1
            fresh += self.identity.resolve(claim, source="court", sequence=self.sequence)
            self.log |= self.identity.entries
            self.identity.entries.clear()
        self.facts += fresh
        return fresh

    def successor(self) -> Identity:
        """An identity rebuilt from the entries alone, as they stand on the changelog."""
        identity = Identity()
        for entry in self.log.values():
            if id(entry) not in self._read:
                self._read[id(entry)] = entry, decode(encode(entry))
            identity.load(self._read[id(entry)][1])
        return identity

    def held(self, kind: str = "AMBIGUOUS_IDENTITY") -> dict[str, set[str]]:
        """Every doubt of a kind that is open, and whom it holds: by the facts, as status would see it."""
        newest: dict[tuple[str, str], Doubt] = {}
        for fact in self.facts:
            doubt = fact.claim.body
            if isinstance(doubt, Doubt) and doubt.kind.value == kind:
                key = doubt.about, fact.prisoner_number
                newest[key] = max(newest.get(key, doubt), doubt, key=lambda each: (each.sequence, each.answered))
        open_: dict[str, set[str]] = {}
        for (about, number), doubt in newest.items():
            if not doubt.answered:
                open_.setdefault(about, set()).add(number)
        return open_

    def everybody_held(self, kind: str = "AMBIGUOUS_IDENTITY") -> set[str]:
        """Everybody whom an open doubt of a kind holds."""
        return {number for numbers in self.held(kind).values() for number in numbers}


def whom(facts: Iterable[Fact], kind: type) -> list[str]:
    """Whom facts of one kind went to."""
    return [fact.prisoner_number for fact in facts if isinstance(fact.claim.body, kind)]


def of(claim: Claim, number: str | None, *identifiers: Identifier) -> Claim:
    """The same claim about somebody else."""
    person = Person(prisoner_number=number, identifiers=identifiers)
    return replace(claim, person=person, subject=subject_of(claim.body, person))


def called(claim: Claim, last: str | None, first: str | None = "", born: date | None = BORN, *, aliases: tuple[Alias, ...] = ()) -> Claim:
    """The same claim with names and a birthday."""
    person = replace(claim.person, last_name=last, first_name=first, date_of_birth=born, aliases=aliases)
    return replace(claim, person=person)


def custody(number: str, *identifiers: Identifier, booking: str = "", at: datetime = ago(days=30)) -> Claim:
    """A reception that states a number with identifiers."""
    return of(received(booking or f"b-{number}", at=at), number, *identifiers)


def in_prison(number: str, last: str, first: str, born: date | None = BORN, *identifiers: Identifier) -> Claim:
    """A reception of somebody with names and a birthday."""
    return called(custody(number, *identifiers), last, first, born)


def particulars(number: str, last: str, first: str, born: date | None = BORN, *, at: datetime = NOW) -> Claim:
    """Who somebody is, by custody's word."""
    return called(of(say(Particulars(), at=at), number), last, first, born)


def remanded(last: str | None, first: str | None, born: date | None = BORN, *identifiers: Identifier, defendant: str = "d1") -> Claim:
    """A remand of somebody whom the court knows by names, birthday and its own id."""
    own = Identifier(type="DEFENDANT_ID", value=defendant)
    return called(of(court(result("4028"), hearing=f"h-{defendant}", defendant=defendant), None, own, *identifiers), last, first, born)


def unmerge(surviving: str, removed: str, *, at: datetime = NOW) -> Claim:
    """Two numbers are two people after all."""
    return say(Unmerge(surviving_prisoner_number=surviving, removed_prisoner_number=removed), person=Person(), at=at)


def moved(booking: str, giving: str, receiving: str, *, at: datetime = NOW) -> Claim:
    """A booking was put under another number."""
    return say(BookingMoved(booking_id=booking, from_prisoner_number=giving, to_prisoner_number=receiving), person=Person(), at=at)


def roll(*numbers: str, prison: str = "WWI", at: datetime = NOW) -> Claim:
    """Everybody in one prison."""
    return say(NominalRoll(prison_id=prison, taken_at=at, prisoner_numbers=tuple(sorted(numbers))), person=Person(), at=at)


def moves(number: str, kind: str, *, at: datetime, prison: str = "WWI", to: str | None = None, booking: str = "", seq: int = 1) -> Claim:
    """A movement: `IN`, or out by a movement type and reason such as `REL-CR`."""
    movement_type, _, reason = ("ADM-N" if kind == "IN" else kind).partition("-")
    body = Movement(
        direction="IN" if kind == "IN" else "OUT",
        booking_id=booking or f"b-{number}",
        movement_seq=seq,
        movement_type=movement_type,
        movement_reason_code=reason,
        prison_id=prison,
        to_agency_id=to,
    )
    return say(body, person=Person(prisoner_number=number), at=at)


def folded(number: str, facts: Iterable[Fact]) -> PrisonerStatus:
    """What status makes of the facts of one prisoner."""
    status = PrisonerStatus(prisoner_number=number)
    for offset, fact in enumerate(f for f in facts if f.prisoner_number == number):
        status = fold(status, fact, facts_offset=offset, at=NOW)
    return status

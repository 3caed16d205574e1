"""Everything identity remembers, and the questions that can be asked of it. It decides nothing and tells nobody.

Whatever is here follows from the entries of the changelog, so that a successor which loads them answers like the one that wrote them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from holdfast.claims import BookingMoved, Claim, Doubt, Identifier, Link, Merge, Movement, NominalRoll, Person, Unmerge
from holdfast.identifiers import is_prisoner_number
from holdfast.identity.bookings import Bookings, booking_of
from holdfast.identity.candidates import BIRTHDAYS_MAX, NAMES_MAX, Blocks, Description, best, could_hold, described, description_of, score
from holdfast.identity.clusters import Clusters
from holdfast.identity.links import NOBODY, Links, Numbers
from holdfast.identity.names import Name, name_of
from holdfast.identity.shares import Shares
from holdfast.records import Candidate, DoubtEntry, GapEntry, KnownAsEntry, KnownName, LinkEntry, RollEntry, SubjectEntry

Entry = LinkEntry | SubjectEntry | DoubtEntry | KnownAsEntry | RollEntry | GapEntry


@dataclass
class Memory:
    """Identifiers, clusters, bookings, names, subjects, doubts and gaps, each with what finds them."""

    links: Links = field(default_factory=Links)
    clusters: Clusters = field(default_factory=Clusters)
    bookings: Bookings = field(default_factory=Bookings)
    shares: Shares = field(default_factory=Shares)
    known: Blocks[str] = field(default_factory=Blocks[str])
    nameless: Blocks[str] = field(default_factory=Blocks[str])
    known_as: dict[str, KnownAsEntry] = field(default_factory=dict)
    subjects: dict[str, SubjectEntry] = field(default_factory=dict)
    doubts: dict[tuple[str, str], DoubtEntry] = field(default_factory=dict)
    gaps: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    carrying: dict[Identifier, set[str]] = field(default_factory=lambda: defaultdict(set))
    addressed: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    candidate_for: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def load(self, entry: Entry) -> None:
        """Take back one entry of the changelog, at start."""
        match entry:
            case LinkEntry():
                self.links.load(entry)
            case SubjectEntry():
                self.keep(entry)
            case DoubtEntry():
                self.doubt(entry)
            case KnownAsEntry():
                self.know(entry)
            case RollEntry():
                self.shares.load(entry)
            case GapEntry():
                (self.gaps[entry.source].add if entry.open else self.gaps[entry.source].discard)(entry.about)

    # --- remembering ---------------------------------------------------------------------------------------------------------

    def keep(self, entry: SubjectEntry) -> None:
        """Remember a subject as it is now."""
        before = self.subjects.get(entry.subject)
        self.subjects[entry.subject] = entry
        for number in entry.addressees:
            self.addressed[number].add(entry.subject)
        if before is not None and before.claims is entry.claims:
            return
        for claim in entry.claims:
            for identifier in claim.person.identifiers:
                if identifier.valid:
                    self.carrying[identifier].add(entry.subject)
        self.links.hear(entry.claims)
        self.clusters.hear(entry.claims)
        self.bookings.hear(entry.subject, entry.claims)
        if could_hold(entry.claims) and not any(named(claim) for claim in entry.claims):
            self.nameless.put(entry.subject, description_of(entry.claims))
        else:
            self.nameless.drop(entry.subject)

    def doubt(self, entry: DoubtEntry) -> None:
        """Remember a doubt as it is now."""
        before = self.doubts.get((entry.kind, entry.about))
        self.doubts[entry.kind, entry.about] = entry
        for candidate in before.candidates if before else ():
            self.candidate_for[candidate.prisoner_number].discard(entry.about.removeprefix("subject/"))
        for candidate in entry.candidates:
            self.candidate_for[candidate.prisoner_number].add(entry.about.removeprefix("subject/"))

    def know(self, entry: KnownAsEntry) -> None:
        """Remember under which names and birthdays a number is known."""
        self.known_as[entry.prisoner_number] = entry
        names = {name for each in entry.names for name in (name_of(each.last_name, each.first_name),) if name is not None}
        self.known.put(entry.prisoner_number, Description(names=tuple(sorted(names)), birthdays=entry.birthdays))

    def known_with(self, number: str, person: Person) -> KnownAsEntry | None:
        """What a number is known as once `person` was said of it too; None where that is nothing new."""
        before = self.known_as.get(number, KnownAsEntry(prisoner_number=number, names=(), birthdays=()))
        names: dict[Name, KnownName] = {}
        birthdays = set(before.birthdays)
        stated = [(each.last_name, each.first_name, None) for each in before.names]
        for last, first, born in (*stated, *described(person)):
            if (name := name_of(last, first)) is not None:
                names[name] = min(names.get(name, KnownName(last_name=last, first_name=first)), KnownName(last_name=last, first_name=first), key=repr)
            birthdays |= {born} if born is not None else set()
        kept = tuple(names[name] for name in sorted(names)[:NAMES_MAX])
        after = KnownAsEntry(prisoner_number=number, names=kept, birthdays=tuple(sorted(birthdays)[:BIRTHDAYS_MAX]))
        return after if after != before else None

    # --- who is it -----------------------------------------------------------------------------------------------------------

    def meaning(self, identifier: Identifier) -> Numbers:
        """Whom an identifier leads to; a booking, to whoever has it now."""
        return self._now_under(identifier) or self.links.meaning(identifier)

    def people(self, entry: SubjectEntry) -> set[Numbers]:
        """The distinct people, as clusters of numbers, whom the subject's identifiers and numbers lead to."""
        return {self.clusters.now(number) for number in self._led_to(entry, self.links.meaning)}

    def certainly(self, entry: SubjectEntry) -> Numbers:
        """The numbers that the subject names or leads to, without what only one person has said, which must not free anybody."""
        return self._led_to(entry, self.links.certain)

    def _led_to(self, entry: SubjectEntry, meaning: Callable[[Identifier], Numbers]) -> Numbers:
        numbers: set[str] = set()
        for claim in entry.claims:
            own = named(claim)
            numbers |= own
            for identifier in claim.person.identifiers:
                # Where people have ruled whose an identifier is, a record of somebody else's number that still carries it raises no new doubt.
                if identifier.valid and not (own and self.links.is_ruled(identifier)):
                    numbers |= self._now_under(identifier) or meaning(identifier)
        return frozenset(numbers)

    def _now_under(self, identifier: Identifier) -> Numbers:
        return self.bookings.now_under(identifier.value) if identifier.type == "BOOKING" else NOBODY

    def addressees(self, entry: SubjectEntry) -> Numbers:
        """Every number that must be told of it now: whoever is named, else the one person whom it leads to; nobody while that is not clear."""
        people = self.people(entry)
        everybody = frozenset(number for person in people for number in person)
        exact = frozenset(number for claim in entry.claims for number in named(claim))
        match entry.claims[0].body:
            case NominalRoll():
                return NOBODY  # it is about everybody, and tells nothing of anybody by itself
            case Doubt():
                told = everybody  # a doubt holds everybody whom it may concern
            case _:
                told = exact or (everybody if len(people) == 1 else NOBODY)
        told |= {number for claim in entry.claims for number in self.bookings.under(booking_of(claim.body) or "")}
        one = frozenset(member for claim in entry.claims for number in told for member in self.clusters.at(number, claim.recorded_at))
        # Whoever has become one with somebody who was told before is told too, unless people have said that it was not his.
        had = frozenset(entry.addressees) - self._refused(entry) if entry.addressees else NOBODY
        return one | {member for number in had for member in self.clusters.now(number)}

    def whose(self, entry: SubjectEntry) -> set[Numbers]:
        """The people whom a booking's subject is about now: whoever has the booking, where it was moved."""
        moved = {number for claim in entry.claims for number in self.bookings.now_under(booking_of(claim.body) or "")}
        return {self.clusters.now(number) for number in moved} or self.people(entry)

    # --- who may it be -------------------------------------------------------------------------------------------------------

    def candidates(self, subject: str) -> tuple[tuple[Candidate, ...], int]:
        """Prisoners whom a subject may be about, best first, and how many of them are held; none where it leads to somebody for certain."""
        wanted = self.nameless.of.get(subject)
        entry = self.subjects[subject]
        if wanted is None or self.certainly(entry):
            return (), 0
        refused = self._refused(entry)
        close = self.known.near(wanted) | {number for pnc in wanted.pncs for number in self.links.meaning(Identifier(type="PNC", value=pnc))}
        scored = (score(wanted, number, self.known.of.get(number, Description()), self._pncs(number, wanted)) for number in close)
        return best(candidate for candidate in scored if not self.clusters.now(candidate.prisoner_number) & refused)

    def parked_near(self, number: str) -> set[str]:
        """Every subject that a prisoner may be, or have been, a candidate for."""
        found = self.nameless.near(self.known.of[number]) if number in self.known.of else set[str]()
        slipped = {subject for i in self.links.of_number(number) if i.type == "PNC" for subject in self.nameless.slipped(i.value)}
        return found | slipped | self.candidate_for.get(number, set())

    def _pncs(self, number: str, wanted: Description) -> frozenset[str]:
        if not wanted.pncs:
            return frozenset()
        return frozenset(identifier.value for identifier in self.links.of_number(number) if identifier.type == "PNC")

    def _refused(self, entry: SubjectEntry) -> Numbers:
        """Whom people have said it is not: by any identifier that the subject carries."""
        carried = {identifier for claim in entry.claims for identifier in claim.person.identifiers if identifier.valid}
        return frozenset(number for identifier in carried for number in self.links.refused(identifier))

    def movements_of(self, person: Numbers) -> Iterator[tuple[Claim, ...]]:
        """What custody said of where one person is, subject by subject."""
        for subject in sorted({subject for number in person for subject in self.addressed.get(number, ())}):
            entry = self.subjects[subject]
            if isinstance(entry.claims[0].body, Movement) and person in self.whose(entry):
                yield entry.claims


def named(claim: Claim) -> Numbers:
    """The prisoner numbers that a claim names outright."""
    number = claim.person.prisoner_number
    own = frozenset({number}) if number is not None and is_prisoner_number(number) else NOBODY
    match claim.body:
        case Merge() | Unmerge():
            return own | {claim.body.surviving_prisoner_number, claim.body.removed_prisoner_number}
        case BookingMoved():
            return own | {claim.body.from_prisoner_number, claim.body.to_prisoner_number}
        case Link():
            return own | {claim.body.prisoner_number}
        case NominalRoll():
            return NOBODY
        case _:
            return own

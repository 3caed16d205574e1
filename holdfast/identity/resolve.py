"""Whose fact is this? Identifiers to prisoner numbers, in deterministic tiers, and nothing guessed.

A claim goes to the prisoner it names by number, or to the one prisoner whom its identifiers lead to; to every number in that person's cluster; and to
every number its subject was ever addressed to. Identifiers that lead to different people hold all of them (`AMBIGUOUS_IDENTITY`). A claim that leads
to nobody is parked, and is delivered before the first fact of anybody who turns out to match; whoever comes close by names, birthday or a slip in a
PNC is held meanwhile, and linked only by people.

Deterministic: the same claims in the same order give the same facts, marks and entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from holdfast.claims import BookingMoved, Claim, Doubt, Fact, Identifier, Link, Merge, Movement, NominalRoll, Person, Unmerge
from holdfast.identifiers import is_prisoner_number
from holdfast.identity import doubts
from holdfast.identity.bookings import booking_of, identifier_of
from holdfast.identity.doubts import Doubted
from holdfast.identity.links import NOBODY
from holdfast.identity.memory import Entry, Memory
from holdfast.identity.rolls import Rolls
from holdfast.records import DoubtEntry, GapEntry, SubjectEntry
from holdfast.sources import SOURCE_OF_TOPIC
from holdfast.subjects import join, newest, subject_of
from holdfast_gate.model import Authority, QueryKind

#: Identifiers that say whom a record is about; a bare defendant id found in unreadable bytes may as well be some other id.
_TELLING = frozenset({"PNC", "CRO", "HOREF"})
#: What a court's own record teaches once its person is known: ids that only courts give out.
_LEARNT_FROM_COURTS = frozenset({"DEFENDANT_ID", "MASTER_DEFENDANT_ID"})


@dataclass
class _Step:
    """What one claim may have changed, and what it told."""

    identifiers: set[Identifier] = field(default_factory=set)
    subjects: set[str] = field(default_factory=set)
    parked: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    merged: set[str] = field(default_factory=set)
    told: dict[str, tuple[Claim, ...]] = field(default_factory=dict)


@dataclass
class Identity:
    """Everything identity remembers, and `resolve`, its only verb. `entries` are the changes not yet handed to the changelog."""

    memory: Memory = field(default_factory=Memory)
    rolls: Rolls = field(default_factory=Rolls)
    entries: dict[str, Entry] = field(default_factory=dict)

    @property
    def gaps(self) -> dict[str, set[str]]:
        """Of each source, the records that could not be read or told apart, and hold nobody by name."""
        return self.memory.gaps

    def load(self, entry: Entry) -> None:
        """Take back one entry of the changelog, at start."""
        self.memory.load(entry)
        match entry:
            case SubjectEntry():
                self.rolls.keep(entry)
            case DoubtEntry():
                self.rolls.note(entry)
            case _:
                pass

    def resolve(self, claim: Claim, *, source: str, sequence: int) -> list[Fact]:
        """The facts that follow from `claim`, in the order in which they must be read.

        First the doubts that hold from now on, then what was waiting, then the claim itself, and only then the doubts that are answered by all that.
        `source` is the name of the upstream source; `sequence` the claim's offset in `claims`, which orders the hub's own doubts.
        """
        step = _Step()
        self._hear(claim, step)
        for other in (*self._settled_elsewhere(step.identifiers), *self.memory.shares.vanished(claim)):
            self._hear(other, step)
        self._spread(step)
        waiting = [subject for subject in sorted(step.subjects) if subject not in step.told]
        delivered = [fact for subject in (*waiting, *step.told) for fact in self._deliver(subject, step)]
        recounted = isinstance(claim.body, NominalRoll) and bool(step.told[claim.subject])
        opened: list[Fact] = []
        answered: list[Fact] = []
        for doubted in self._doubted(step, claim):
            self._crowd(doubted, source)
            for fact in self._hold(doubted, claim, sequence, renew=recounted):
                (answered if isinstance(fact.claim.body, Doubt) and fact.claim.body.answered else opened).append(fact)
        self._gap(claim, source)
        self._note_changes()
        return opened + delivered + answered

    # --- learning who is who -------------------------------------------------------------------------------------------------

    def _hear(self, claim: Claim, step: _Step) -> None:
        """Keep `claim` with its subject, and take from it what it says about identifiers, numbers and names."""
        subject = claim.subject
        before = self.memory.subjects.get(subject, SubjectEntry(subject=subject, addressees=(), claims=()))
        kept = join(before.claims, claim)
        step.subjects.add(subject)
        step.told.setdefault(subject, ())
        if kept != before.claims:
            step.told[subject] += (claim,)
            self._keep(replace(before, claims=kept))
        self._learn(claim, step)

    def _learn(self, claim: Claim, step: _Step) -> None:
        match claim.body:
            case Link() as link:
                step.identifiers |= {link.identifier} | (self._unlearn(link) if not link.linked else set())
            case Merge() | Unmerge():
                self._regroup(claim.body.surviving_prisoner_number, step)
                self._regroup(claim.body.removed_prisoner_number, step)
            case BookingMoved() as move:
                step.identifiers.add(identifier_of(move.booking_id))
                step.subjects |= self.memory.bookings.subjects.get(move.booking_id, set())
                step.numbers |= self.memory.bookings.under(move.booking_id)
            case Doubt() | NominalRoll():
                pass
            case _:
                self._learn_number(claim, step)

    def _learn_number(self, claim: Claim, step: _Step) -> None:
        """Custody and immigration state a number with identifiers; custody also the booking, and the names it is known under."""
        number = claim.person.prisoner_number
        if number is None or not is_prisoner_number(number) or claim.authority not in {Authority.CUSTODY, Authority.IMMIGRATION}:
            return
        stated = {identifier for identifier in claim.person.identifiers if identifier.valid}
        if claim.authority is Authority.CUSTODY:
            booking = booking_of(claim.body)
            stated |= {identifier_of(booking)} if booking is not None else set()
            known = self.memory.known_with(number, claim.person)
            if known is not None:
                self.memory.know(known)
                self.entries[f"known-as/{number}"] = known
                step.parked |= self.memory.parked_near(number)
        step.identifiers |= self.memory.links.add(stated, frozenset({number}))

    def _regroup(self, number: str, step: _Step) -> None:
        """Whatever leads to, or was told to, anybody who was ever one with `number` may mean somebody else now."""
        for member in self.memory.clusters.ever(number):
            step.merged.add(member)
            step.numbers.add(member)
            step.identifiers |= self.memory.links.of_number(member)
            step.subjects |= self.memory.addressed.get(member, set())
            step.parked |= self.memory.parked_near(member)

    def _unlearn(self, link: Link) -> set[Identifier]:
        """What courts' records taught about the number because of the identifier was learnt in error."""
        number = link.prisoner_number
        forgotten = {
            other
            for subject in self.memory.carrying.get(link.identifier, ())
            for claim in self.memory.subjects[subject].claims
            if claim.authority is Authority.COURT
            for other in claim.person.identifiers
            if other.type in _LEARNT_FROM_COURTS and number in self.memory.links.learnt.get(other, NOBODY)
        }
        for other in forgotten:
            self.memory.links.forget(other, number)
        return forgotten

    def _settled_elsewhere(self, identifiers: Iterable[Identifier]) -> Iterator[Claim]:
        """Two people settled whose an identifier is: for everybody else it was learnt or linked for, that is the word that it is not his."""
        for identifier in sorted(identifiers):
            settling, others = self.memory.links.overruled(identifier)
            if settling is None or not isinstance(settling.body, Link):
                continue
            his = self.memory.clusters.now(settling.body.prisoner_number)
            for number in sorted(others - his):
                person = Person(prisoner_number=number)
                body = Link(identifier=identifier, prisoner_number=number, linked=False)
                yield replace(settling, person=person, body=body, subject=subject_of(body, person))

    def _spread(self, step: _Step) -> None:
        """Every subject and identifier whose meaning may have changed: what is learnt of one court record may match the next."""
        pending = step.subjects | {subject for identifier in step.identifiers for subject in self.memory.carrying.get(identifier, ())}
        step.subjects = set()
        while pending:
            subject = min(pending)
            step.subjects.add(subject)
            learnt = self._learn_from_court(self.memory.subjects[subject])
            step.identifiers |= learnt
            pending |= {other for identifier in learnt for other in self.memory.carrying.get(identifier, ())}
            pending -= step.subjects

    def _learn_from_court(self, entry: SubjectEntry) -> set[Identifier]:
        """The ids that courts give out are learnt for the one person whom the record leads to: for his numbers, not for all that are merged."""
        if entry.claims[0].authority is not Authority.COURT:
            return set()
        numbers = self.memory.certainly(entry)
        if len({self.memory.clusters.now(number) for number in numbers}) != 1:
            return set()
        own = {i for claim in entry.claims for i in claim.person.identifiers if i.valid and i.type in _LEARNT_FROM_COURTS}
        return self.memory.links.add({i for i in own if not self.memory.links.learnt.get(i)}, numbers)

    # --- telling -------------------------------------------------------------------------------------------------------------

    def _deliver(self, subject: str, step: _Step) -> list[Fact]:
        """Facts of one subject: what was told just now to whoever has it already, everything kept to whoever is addressed for the first time."""
        entry = self.memory.subjects[subject]
        told = step.told.get(subject, ())
        addressed = frozenset(entry.addressees)
        addressees = addressed | self.memory.addressees(entry)
        facts = [Fact(prisoner_number=number, claim=claim) for number in sorted(addressed) for claim in told]
        facts += [Fact(prisoner_number=number, claim=claim) for number in sorted(addressees - addressed) for claim in entry.claims]
        if isinstance(entry.claims[0].body, Movement):
            step.numbers |= addressees
        if addressees != addressed:
            self._keep(replace(entry, addressees=tuple(sorted(addressees))))
        return facts

    def _keep(self, entry: SubjectEntry) -> None:
        self.memory.keep(entry)
        self.rolls.keep(entry)
        self.entries[f"subject/{entry.subject}"] = entry

    # --- doubting ------------------------------------------------------------------------------------------------------------

    def _doubted(self, step: _Step, claim: Claim) -> Iterator[Doubted]:
        """Each thing that may have become, or ceased to be, doubtful."""
        yield from doubts.of_identifiers(self.memory, step.identifiers)
        slipped = {subject for i in step.identifiers if i.type == "PNC" for subject in self.memory.nameless.slipped(i.value)}
        yield from doubts.of_subjects(self.memory, step.subjects | step.parked | slipped)
        yield from doubts.of_unmerges(self.memory, step.merged)
        moved = {claim.body.booking_id} if isinstance(claim.body, BookingMoved) else self.memory.bookings.touching(frozenset(step.merged))
        yield from doubts.of_moved_bookings(self.memory, moved)
        if isinstance(claim.body, NominalRoll):
            yield from self.rolls.of_a_roll(self.memory, claim.body.prison_id)
        else:
            yield from self.rolls.of_people(self.memory, step.numbers)

    def _hold(self, doubted: Doubted, because: Claim, sequence: int, *, renew: bool) -> Iterator[Fact]:
        """The doubt to whoever it holds from now on, and that it is answered to whoever it holds no more.

        `renew`: whoever is still held is told again, because a newer record says so: what people answered was the older one.
        """
        before = self.memory.doubts.get((doubted.kind.value, doubted.about))
        held = frozenset(before.held) if before else NOBODY
        must = doubted.must
        if must != held or doubted.candidates != (before.candidates if before else ()):
            entry = DoubtEntry(
                kind=doubted.kind.value,
                about=doubted.about,
                held=tuple(sorted(must)),
                since=before.since if before and bool(must) == bool(held) else because.received_at,
                candidates=doubted.candidates,
            )
            self.memory.doubt(entry)
            self.rolls.note(entry)
            self.entries[f"doubt/{entry.kind}/{entry.about}"] = entry
        fresh = must if renew else must - held
        for number in sorted(must | held):
            if number in fresh or number not in must:
                open_ = number in must
                sentence = doubted.sentence if open_ else f"{doubted.about}: this is not {number}'s to answer any more."
                body = Doubt(kind=doubted.kind, about=doubted.about, sentence=sentence, answered=not open_, sequence=sequence)
                yield Fact(prisoner_number=number, claim=_of_hub(body, because))

    # --- gaps ----------------------------------------------------------------------------------------------------------------

    def _gap(self, claim: Claim, source: str) -> None:
        """Law 4: an unreadable record that names nobody leaves a gap in its source, until a person or a redriven record answers it."""
        if not isinstance(claim.body, Doubt) or claim.body.kind is not QueryKind.UNREADABLE_RECORD:
            return
        entry = self.memory.subjects[claim.subject]
        answered = any(isinstance(c.body, Doubt) and c.body.answered for c in newest(entry.claims))
        telling = any(i.valid and i.type in _TELLING for c in entry.claims for i in c.person.identifiers)
        self._open_gap(claim.body.about, source, wanted=not answered and not entry.addressees and not telling)

    def _crowd(self, doubted: Doubted, source: str) -> None:
        """A record that describes very many equally well names nobody either."""
        if doubted.about.startswith("subject/") and doubted.kind is QueryKind.AMBIGUOUS_IDENTITY:
            topic = self.memory.subjects[doubted.about.removeprefix("subject/")].claims[0].source.topic
            self._open_gap(doubted.about, SOURCE_OF_TOPIC.get(topic, source), wanted=doubted.crowded)

    def _open_gap(self, about: str, source: str, *, wanted: bool) -> None:
        sources = {source} if wanted else {name for name, open_gaps in self.gaps.items() if about in open_gaps}
        for name in sorted(sources):
            if wanted != (about in self.gaps[name]):
                (self.gaps[name].add if wanted else self.gaps[name].discard)(about)
                self.entries[f"gap/{name}/{about}"] = GapEntry(source=name, about=about, open=wanted)

    def _note_changes(self) -> None:
        """Hand what the parts have changed to the changelog."""
        for identifier, entry in self.memory.links.changed.items():
            self.entries[f"link/{identifier.type}/{identifier.value}"] = entry
        self.entries.update(self.memory.shares.changed)
        self.memory.links.changed.clear()
        self.memory.shares.changed.clear()


def _of_hub(doubt: Doubt, because: Claim) -> Claim:
    person = Person()
    return replace(because, authority=Authority.HUB, subject=subject_of(doubt, person), person=person, body=doubt, by=())

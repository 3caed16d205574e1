"""Whose fact is this? Identifiers to prisoner numbers, in deterministic tiers, and nothing guessed.

A claim goes to the prisoner it names by number, or to the one prisoner whom its identifiers lead to; to every number in that person's cluster; and to
every number its subject was ever addressed to. Identifiers that lead to different people hold all of them (`AMBIGUOUS_IDENTITY`). A claim that leads
to nobody is parked, and is delivered before the first fact of anybody who turns out to match.

Deterministic: the same claims in the same order give the same facts, marks and entries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from holdfast.claims import Claim, CourtSnapshot, Doubt, Fact, Identifier, Link, Merge, Person
from holdfast.identifiers import is_prisoner_number
from holdfast.records import ClusterEntry, GapEntry, LinkEntry, RollEntry, SubjectEntry
from holdfast.subjects import join, newest, subject_of
from holdfast_gate.model import Authority, QueryKind

#: Enough people to settle whose an identifier is, since that frees the others.
SIGNATORIES_TO_SETTLE = 2
#: Identifiers that say whom a record is about; a bare defendant id found in unreadable bytes may as well be some other id.
_TELLING = frozenset({"PNC", "CRO", "HOREF"})
#: What a court's own record teaches once its person is known: ids that only courts give out.
_LEARNT_FROM_COURTS = frozenset({"DEFENDANT_ID", "MASTER_DEFENDANT_ID"})

Entry = LinkEntry | SubjectEntry | ClusterEntry | RollEntry | GapEntry
Numbers = frozenset[str]
_NOBODY: Numbers = frozenset()


@dataclass
class Identity:
    """Everything identity remembers, and `resolve`, its only verb. `entries` are the changes not yet handed to the changelog."""

    learnt: dict[Identifier, Numbers] = field(default_factory=dict)
    clusters: dict[str, Numbers] = field(default_factory=dict)
    subjects: dict[str, SubjectEntry] = field(default_factory=dict)
    rolls: dict[tuple[str, str], RollEntry] = field(default_factory=dict)
    gaps: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    entries: dict[str, Entry] = field(default_factory=dict)
    _carrying: dict[Identifier, set[str]] = field(default_factory=lambda: defaultdict(set))
    _addressed: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def load(self, entry: Entry) -> None:
        """Take back one entry of the changelog, at start."""
        match entry:
            case LinkEntry():
                self.learnt[entry.identifier] = frozenset(entry.prisoner_numbers)
            case ClusterEntry():
                self.clusters[entry.prisoner_number] = frozenset(entry.members)
            case SubjectEntry():
                self._index(entry)
            case RollEntry():
                self.rolls[entry.hearing_id, entry.hearing_day.isoformat()] = entry
            case GapEntry():
                (self.gaps[entry.source].add if entry.open else self.gaps[entry.source].discard)(entry.about)

    def resolve(self, claim: Claim, *, source: str, sequence: int) -> list[Fact]:
        """The facts that follow from `claim`, in the order in which they must be read: what was waiting, then doubts, then the claim itself.

        `source` is the name of the upstream source; `sequence` the claim's offset in `claims`, which orders the hub's own doubts.
        """
        touched = self._learn(claim)
        facts = [fact for other in self._settled_elsewhere(claim) for fact in self._tell(other, touched | self._learn(other), sequence)]
        facts += self._tell(claim, touched, sequence)
        for vanished in self._vanished(claim):
            facts += self._tell(vanished, set(), sequence)
        self._gap(claim, source)
        return facts

    # --- learning who is who -------------------------------------------------------------------------------------------------

    def _learn(self, claim: Claim) -> set[Identifier]:
        """Take from `claim` what it says about identifiers and numbers; the identifiers whose meaning may have changed."""
        number = claim.person.prisoner_number
        valid = {identifier for identifier in claim.person.identifiers if identifier.valid}
        match claim.body:
            case Link() as link if link.linked:
                return self._add_links({link.identifier}, frozenset({link.prisoner_number})) | {link.identifier}
            case Link() as link:
                return {link.identifier} | self._unlearn(link.identifier, link.prisoner_number)
            case Merge() as merge:
                return self._merge(merge)
            case Doubt():
                return set()
            case _ if number is not None and is_prisoner_number(number) and claim.authority in {Authority.CUSTODY, Authority.IMMIGRATION}:
                return self._add_links(valid, frozenset({number}))
            case _:
                return set()

    def _unlearn(self, identifier: Identifier, number: str) -> set[Identifier]:
        """What courts' records taught about `number` because of `identifier` was learnt in error."""
        forgotten = {
            other
            for subject in self._carrying[identifier]
            for claim in self.subjects[subject].claims
            if claim.authority is Authority.COURT
            for other in claim.person.identifiers
            if other.type in _LEARNT_FROM_COURTS and number in self.learnt.get(other, _NOBODY)
        }
        for other in forgotten:
            self._set_link(other, self.learnt[other] - {number})
        return forgotten

    def _settled_elsewhere(self, claim: Claim) -> Iterator[Claim]:
        """Two people settle whose an identifier is: for everybody else it was learnt for, that is the word that it is not his."""
        link = claim.body
        if not isinstance(link, Link) or not link.linked or len(set(claim.by)) < SIGNATORIES_TO_SETTLE:
            return
        his = self._cluster(link.prisoner_number)
        for number in sorted(self.learnt.get(link.identifier, _NOBODY) - his):
            person = Person(prisoner_number=number)
            body = Link(identifier=link.identifier, prisoner_number=number, linked=False)
            yield replace(claim, person=person, body=body, subject=subject_of(body, person))

    def _add_links(self, identifiers: Iterable[Identifier], numbers: Numbers) -> set[Identifier]:
        changed: set[Identifier] = set()
        for identifier in identifiers:
            known = self.learnt.get(identifier, _NOBODY)
            if not numbers <= known:
                self._set_link(identifier, known | numbers)
                changed.add(identifier)
        return changed

    def _set_link(self, identifier: Identifier, numbers: Numbers) -> None:
        self.learnt[identifier] = numbers
        entry = LinkEntry(identifier=identifier, prisoner_numbers=tuple(sorted(numbers)))
        self.entries[f"link/{identifier.type}/{identifier.value}"] = entry

    def _merge(self, merge: Merge) -> set[Identifier]:
        members = self._cluster(merge.surviving_prisoner_number) | self._cluster(merge.removed_prisoner_number)
        for number in members:
            self.clusters[number] = members
            self.entries[f"cluster/{number}"] = ClusterEntry(prisoner_number=number, members=tuple(sorted(members)))
        return {identifier for identifier, numbers in self.learnt.items() if numbers & members}

    def _cluster(self, number: str) -> Numbers:
        return self.clusters.get(number, frozenset({number}))

    def _meaning(self, identifier: Identifier) -> Numbers:
        """Whom an identifier leads to: whoever two people settled on; else everybody it was learnt for, less those it was unlinked from."""
        learnt = self.learnt.get(identifier, _NOBODY)
        settled, denied = self._ruled(identifier)
        return settled or learnt - denied

    def _ruled(self, identifier: Identifier) -> tuple[Numbers, Numbers]:
        """What people have said of an identifier: the numbers that two of them settled on, and those that it was unlinked from."""
        settled: set[str] = set()
        denied: set[str] = set()
        for number in self.learnt.get(identifier, _NOBODY):
            word = self.subjects.get(f"resolutions/link/{identifier.type}/{identifier.value}/{number}")
            for claim in newest(word.claims) if word else ():
                if isinstance(claim.body, Link) and not claim.body.linked:
                    denied.add(number)
                elif len(set(claim.by)) >= SIGNATORIES_TO_SETTLE:
                    settled.add(number)
        return frozenset(settled), frozenset(denied)

    # --- telling -------------------------------------------------------------------------------------------------------------

    def _tell(self, claim: Claim, touched: set[Identifier], sequence: int) -> list[Fact]:
        before = self.subjects.get(claim.subject, SubjectEntry(subject=claim.subject, addressees=(), held=(), claims=()))
        kept = join(before.claims, claim)
        entry = replace(before, claims=kept)
        self._index(entry)
        touched, affected = self._reach(claim, touched)
        facts: list[Fact] = []
        for subject in sorted(affected - {claim.subject}):
            facts += self._deliver(self.subjects[subject], ())
        doubts = [fact for key in self._doubtful(touched, affected | {claim.subject}) for fact in self._hold(*key, claim, sequence)]
        told = () if kept == before.claims else (claim,)
        return facts + doubts + self._deliver(self.subjects[claim.subject], told)

    def _reach(self, claim: Claim, touched: set[Identifier]) -> tuple[set[Identifier], set[str]]:
        """Every identifier and subject whose meaning `claim` may have changed: what is learnt of one court record may match the next."""
        touched = set(touched)
        pending = {claim.subject} | {subject for identifier in touched for subject in self._carrying[identifier]}
        if isinstance(claim.body, Merge):
            pending |= {s for number in self._cluster(claim.body.surviving_prisoner_number) for s in self._addressed[number]}
        affected: set[str] = set()
        while pending:
            subject = min(pending)
            affected.add(subject)
            learnt = self._learn_from_court(self.subjects[subject])
            touched |= learnt
            pending |= {other for identifier in learnt for other in self._carrying[identifier]}
            pending -= affected
        return touched, affected

    def _learn_from_court(self, entry: SubjectEntry) -> set[Identifier]:
        if not entry.claims or entry.claims[0].authority is not Authority.COURT or len(people := self._people(entry)) != 1:
            return set()
        own = {i for claim in entry.claims for i in claim.person.identifiers if i.valid and i.type in _LEARNT_FROM_COURTS}
        return self._add_links({i for i in own if not self.learnt.get(i)}, next(iter(people)))

    def _deliver(self, entry: SubjectEntry, told: tuple[Claim, ...]) -> list[Fact]:
        """Facts of one subject: `told` to whoever has it already, everything kept to whoever is addressed for the first time."""
        addressed = frozenset(entry.addressees)
        addressees = addressed | self._addressees(entry)
        facts = [Fact(prisoner_number=number, claim=claim) for number in sorted(addressed) for claim in told]
        facts += [Fact(prisoner_number=number, claim=claim) for number in sorted(addressees - addressed) for claim in entry.claims]
        if told or addressees != addressed:
            entry = replace(entry, addressees=tuple(sorted(addressees)))
            self._index(entry)
            self.entries[f"subject/{entry.subject}"] = entry
        return facts

    def _addressees(self, entry: SubjectEntry) -> Numbers:
        exact = {number for claim in entry.claims for number in _named(claim)}
        people = self._people(entry)
        if isinstance(entry.claims[0].body, Doubt):
            return frozenset(number for person in people for number in person)  # a doubt holds everybody whom it may concern
        if exact:
            return frozenset(member for number in exact for member in self._cluster(number))
        return next(iter(people)) if len(people) == 1 else _NOBODY

    def _people(self, entry: SubjectEntry) -> set[Numbers]:
        """The distinct people, as clusters of numbers, whom the subject's identifiers and numbers lead to."""
        numbers = {number for claim in entry.claims for number in _named(claim)}
        for claim in entry.claims:
            named = any(_named(claim))
            for identifier in claim.person.identifiers:
                # Where people have ruled whose an identifier is, a record of somebody else's number that still carries it raises no new doubt.
                if identifier.valid and not (named and any(self._ruled(identifier))):
                    numbers |= self._meaning(identifier)
        return {self._cluster(number) for number in numbers}

    # --- doubting ------------------------------------------------------------------------------------------------------------

    def _doubtful(self, touched: set[Identifier], subjects: set[str]) -> Iterator[tuple[str, Numbers]]:
        """Each thing that may have become, or ceased to be, ambiguous, with the numbers that it must hold now."""
        for identifier in sorted(touched):
            people = {self._cluster(number) for number in self._meaning(identifier)}
            yield f"identifier/{identifier.type}/{identifier.value}", _all_of(people)
        for subject in sorted(subjects):
            entry = self.subjects[subject]
            if entry.claims and not isinstance(entry.claims[0].body, Doubt | Link | Merge):
                alone = [{self._cluster(n) for n in self._meaning(i)} for c in entry.claims for i in c.person.identifiers if i.valid]
                # Where one identifier alone is ambiguous its own doubt holds everybody; this one is for identifiers that disagree.
                disagree = all(len(people) <= 1 for people in alone)
                yield f"subject/{subject}", _all_of(self._people(entry)) if disagree else _NOBODY

    def _hold(self, about: str, must: Numbers, because: Claim, sequence: int) -> list[Fact]:
        key = f"ambiguous/{about}"
        before = self.subjects.get(key, SubjectEntry(subject=key, addressees=(), held=(), claims=()))
        held = frozenset(before.held)
        if must == held:
            return []
        entry = replace(before, held=tuple(sorted(must)))
        self.subjects[key] = self.entries[f"subject/{key}"] = entry
        facts: list[Fact] = []
        for number in sorted(must | held):
            answered = number not in must
            doubt = Doubt(
                kind=QueryKind.AMBIGUOUS_IDENTITY,
                about=about,
                sentence=f"{about} leads to {', '.join(sorted(must | held))}: which of them is it? Settle it by LINK, UNLINK or a merge.",
                answered=answered,
                sequence=sequence,
            )
            if answered or number not in held:
                facts.append(Fact(prisoner_number=number, claim=_of_hub(doubt, because)))
        return facts

    def _gap(self, claim: Claim, source: str) -> None:
        """Law 4: an unreadable record that names nobody leaves a gap in its source, until a person or a redriven record answers it."""
        if not isinstance(claim.body, Doubt) or claim.body.kind is not QueryKind.UNREADABLE_RECORD:
            return
        entry = self.subjects[claim.subject]
        answered = any(isinstance(c.body, Doubt) and c.body.answered for c in newest(entry.claims))
        telling = any(i.valid and i.type in _TELLING for c in entry.claims for i in c.person.identifiers)
        must_be_open = not answered and not entry.addressees and not telling
        about = claim.body.about
        sources = {name for name, open_gaps in self.gaps.items() if about in open_gaps} if not must_be_open else {source}
        for name in sources:
            if must_be_open != (about in self.gaps[name]):
                (self.gaps[name].add if must_be_open else self.gaps[name].discard)(about)
                self.entries[f"gap/{name}/{about}"] = GapEntry(source=name, about=about, open=must_be_open)

    # --- court rolls ---------------------------------------------------------------------------------------------------------

    def _vanished(self, claim: Claim) -> Iterator[Claim]:
        """An empty snapshot for every defendant of a hearing day whom its newest share no longer has."""
        share = claim.body
        if not isinstance(share, CourtSnapshot) or share.defendants_in_share is None:
            return
        key = share.hearing_id, share.hearing_day.isoformat()
        roll = self.rolls.get(key)
        seen = frozenset(share.defendants_in_share) | frozenset(roll.ever_seen if roll else ())
        if roll is None or share.shared_at > roll.shared_at:
            roll = RollEntry(
                hearing_id=share.hearing_id,
                hearing_day=share.hearing_day,
                shared_at=share.shared_at,
                defendants=tuple(sorted(share.defendants_in_share)),
                ever_seen=(),
                claim=claim,
            )
        roll = replace(roll, ever_seen=tuple(sorted(seen)))
        if self.rolls.get(key) != roll:
            self.rolls[key] = self.entries[f"roll/{key[0]}/{key[1]}"] = roll
        for defendant_id in sorted(seen - frozenset(roll.defendants)):
            yield _empty_snapshot(roll.claim, defendant_id)

    # --- indexes -------------------------------------------------------------------------------------------------------------

    def _index(self, entry: SubjectEntry) -> None:
        self.subjects[entry.subject] = entry
        for claim in entry.claims:
            for identifier in claim.person.identifiers:
                if identifier.valid:
                    self._carrying[identifier].add(entry.subject)
        for number in entry.addressees:
            self._addressed[number].add(entry.subject)


def _named(claim: Claim) -> Iterator[str]:
    """The prisoner numbers that a claim names outright."""
    number = claim.person.prisoner_number
    if number is not None and is_prisoner_number(number):
        yield number
    if isinstance(claim.body, Merge):
        yield from (claim.body.surviving_prisoner_number, claim.body.removed_prisoner_number)
    if isinstance(claim.body, Link):
        yield claim.body.prisoner_number


def _all_of(people: set[Numbers]) -> Numbers:
    return frozenset(number for person in people for number in person) if len(people) > 1 else _NOBODY


def _of_hub(doubt: Doubt, because: Claim) -> Claim:
    return replace(
        because,
        authority=Authority.HUB,
        subject=subject_of(doubt, Person()),
        person=Person(),
        body=doubt,
        by=(),
    )


def _empty_snapshot(newest_share: Claim, defendant_id: str) -> Claim:
    share = newest_share.body
    if not isinstance(share, CourtSnapshot):
        return newest_share
    person = Person(identifiers=(Identifier(type="DEFENDANT_ID", value=defendant_id),))
    body = replace(share, defendant_id=defendant_id, lines=(), defendants_in_share=None)
    return replace(newest_share, subject=subject_of(body, person), person=person, body=body)

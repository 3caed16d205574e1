"""What identity must doubt now, of things whose meaning may have changed, and whom each doubt must hold. It follows from what is remembered alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from holdfast.claims import BookingMoved, Doubt, Identifier, Link, Merge, NominalRoll, Unmerge
from holdfast.identity.candidates import HELD_MAX, explained
from holdfast.identity.links import NOBODY, Numbers
from holdfast.identity.memory import Memory
from holdfast.records import Candidate
from holdfast_gate.model import QueryKind

_SETTLE = "The Holdfast control room can settle whose it is."


@dataclass(frozen=True, kw_only=True, slots=True)
class Doubted:
    """One thing, and whom the doubt about it must hold: nobody if there is none. `crowded`: so many fit equally well that it holds nobody."""

    about: str
    must: Numbers
    sentence: str
    kind: QueryKind = QueryKind.AMBIGUOUS_IDENTITY
    candidates: tuple[Candidate, ...] = ()
    crowded: bool = False


def of_identifiers(memory: Memory, identifiers: Iterable[Identifier]) -> Iterator[Doubted]:
    """An identifier that leads to different people holds all of them. A booking counts as one where somebody is known by nothing else."""
    for identifier in sorted(identifiers):
        if identifier.type == "BOOKING" and not memory.carrying.get(identifier):
            continue
        must = _all_of({memory.clusters.now(number) for number in memory.meaning(identifier)})
        about = f"identifier/{identifier.type}/{identifier.value}"
        yield Doubted(about=about, must=must, sentence=f"One identifier leads to {_listed(must)} ({about}). {_SETTLE}")


def of_subjects(memory: Memory, subjects: Iterable[str]) -> Iterator[Doubted]:
    """A subject whose identifiers disagree holds everybody they lead to; one whose identifiers lead to nobody, whomever it may be about."""
    for subject in sorted(subjects):
        entry = memory.subjects[subject]
        if isinstance(entry.claims[0].body, Doubt | Link | Merge | Unmerge | BookingMoved | NominalRoll):
            continue
        people = memory.people(entry)
        disagreeing = _disagreeing(memory, subject, people) if len(people) > 1 else NOBODY
        candidates, held = memory.candidates(subject)
        close = frozenset(member for candidate in candidates[:held] for member in memory.clusters.now(candidate.prisoner_number))
        yield Doubted(
            about=f"subject/{subject}",
            must=disagreeing | close,
            sentence=_may_be(subject, candidates, held)
            if candidates
            else f"One record leads to {_listed(_all_of(people))} (subject/{subject}). {_SETTLE}",
            candidates=candidates,
            crowded=bool(candidates) and not held,
        )


def _disagreeing(memory: Memory, subject: str, people: set[Numbers]) -> Numbers:
    """Everybody, unless another doubt holds them already: of one identifier that alone is ambiguous, or of the booking that was moved."""
    entry = memory.subjects[subject]
    alone = [{memory.clusters.now(n) for n in memory.meaning(i)} for claim in entry.claims for i in claim.person.identifiers if i.valid]
    everybody = _all_of(people)
    had_it = frozenset(member for number in _moved_between(memory, subject) for member in memory.clusters.now(number))
    return NOBODY if any(len(each) > 1 for each in alone) or everybody <= had_it else everybody


def _moved_between(memory: Memory, subject: str) -> Numbers:
    return frozenset(number for booking in memory.bookings.of_subject(memory.subjects[subject].claims) for number in memory.bookings.under(booking))


def _may_be(subject: str, candidates: tuple[Candidate, ...], held: int) -> str:
    named = "; ".join(explained(candidate) for candidate in candidates[:HELD_MAX])
    more = f" and {held - HELD_MAX} more who fit as well" if held > HELD_MAX else ""
    return f"One record leads to nobody for certain ({subject}), and may be about: {named}{more}. {_SETTLE}"


def of_unmerges(memory: Memory, numbers: Iterable[str]) -> Iterator[Doubted]:
    """Two people who were one have each other's facts: both are held. A later merge answers it; one of the same instant does not."""
    for (one, other), doubted in memory.clusters.doubted(numbers):
        must = (memory.clusters.now(one) | memory.clusters.now(other)) if doubted else NOBODY
        parted = f"The prison says that {one} and {other} are two people after all"
        text = f"{parted}. Each keeps the records of both until the Holdfast control room has settled whose they are."
        yield Doubted(about=f"unmerge/{one}/{other}", must=must, sentence=text)


def of_moved_bookings(memory: Memory, bookings: Iterable[str]) -> Iterator[Doubted]:
    """Who had a moved booking keeps its facts and is held, until people have looked at whose they are."""
    for booking in sorted(bookings):
        now = memory.bookings.now_under(booking)
        had = {memory.clusters.now(number) for number in memory.bookings.under(booking)}
        has = {memory.clusters.now(number) for number in now}
        must = frozenset(member for person in (had if len(has) > 1 else had - has) for member in person)
        moved = f"The prison has moved booking {booking} to {_listed(now)}, and {_listed(must)} still has its records"
        text = f"{moved}. The Holdfast control room must look at both, and can settle whose they are."
        yield Doubted(about=f"booking-moved/{booking}", must=must, sentence=text)


def _all_of(people: set[Numbers]) -> Numbers:
    return frozenset(number for person in people for number in person) if len(people) > 1 else NOBODY


def _listed(numbers: Numbers) -> str:
    return ", ".join(sorted(numbers)) or "nobody"

"""Nominal rolls against what identity was told of everybody's movements; the comparison itself is `holdfast.roll`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from holdfast.claims import Claim, Movement, NominalRoll
from holdfast.identity.doubts import Doubted
from holdfast.identity.links import NOBODY, Numbers
from holdfast.identity.memory import Memory
from holdfast.records import DoubtEntry, SubjectEntry
from holdfast.roll import Place, Whereabouts, difference, whereabouts
from holdfast.subjects import newest
from holdfast_gate.model import QueryKind

_ABOUT = "roll/"


@dataclass
class Rolls:
    """The newest roll of every prison, with what finds whom it concerns."""

    of_prison: dict[str, tuple[Claim, ...]] = field(default_factory=dict)
    _listed: dict[str, tuple[frozenset[str], ...]] = field(default_factory=dict)
    _listing: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _in_prison: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _prison_of: dict[str, str] = field(default_factory=dict)
    _differing: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def keep(self, entry: SubjectEntry) -> None:
        """Take note of a roll, or of where a movement leaves somebody."""
        match entry.claims[0].body:
            case NominalRoll() as roll:
                self._take(roll.prison_id, entry.claims)
            case Movement():
                self._place(entry)
            case _:
                pass

    def _take(self, prison_id: str, claims: tuple[Claim, ...]) -> None:
        for listed in self._listed.get(prison_id, ()):
            for number in listed:
                self._listing[number].discard(prison_id)
        rolls = newest(claims)
        self.of_prison[prison_id] = rolls
        self._listed[prison_id] = tuple(frozenset(claim.body.prisoner_numbers) for claim in rolls if isinstance(claim.body, NominalRoll))
        for listed in self._listed[prison_id]:
            for number in listed:
                self._listing[number].add(prison_id)

    def _place(self, entry: SubjectEntry) -> None:
        if (before := self._prison_of.pop(entry.subject, None)) is not None:
            self._in_prison[before].discard(entry.subject)
        last = [Whereabouts.after(claim, claim.body) for claim in newest(entry.claims) if isinstance(claim.body, Movement)]
        for where in last:
            if where.place is Place.IN:
                self._prison_of[entry.subject] = where.prison_id
                self._in_prison[where.prison_id].add(entry.subject)

    def note(self, entry: DoubtEntry) -> None:
        """Take note of a difference, or of its end."""
        if entry.kind == QueryKind.CONTRADICTION.value and entry.about.startswith(_ABOUT):
            prison_id, _, number = entry.about.removeprefix(_ABOUT).rpartition("/")
            (self._differing[number].add if entry.held else self._differing[number].discard)(prison_id)

    # --- comparing -----------------------------------------------------------------------------------------------------------

    def of_a_roll(self, memory: Memory, prison_id: str) -> Iterator[Doubted]:
        """Every difference, and every end of one, that the newest roll of a prison makes."""
        listed = {number for each in self._listed[prison_id] for number in each}
        differing = {number for number, prisons in self._differing.items() if prison_id in prisons}
        inside = {person for subject in self._in_prison[prison_id] for person in memory.whose(memory.subjects[subject])}
        people = inside | {memory.clusters.now(number) for number in listed | differing}
        for person in sorted(people, key=min):
            yield from self._compare(memory, prison_id, person)

    def of_people(self, memory: Memory, numbers: Iterable[str]) -> Iterator[Doubted]:
        """The same for some prisoners, whose movements or numbers have changed, at every prison that may have them."""
        if not self.of_prison:
            return
        for person in sorted({memory.clusters.now(number) for number in numbers}, key=min):
            prisons = {prison for number in person for prison in (*self._listing.get(number, ()), *self._differing.get(number, ()))}
            prisons |= {where.prison_id for where in whereabouts(memory.movements_of(person))}
            for prison_id in sorted(prisons & self.of_prison.keys()):
                yield from self._compare(memory, prison_id, person)

    def _compare(self, memory: Memory, prison_id: str, person: Numbers) -> Iterator[Doubted]:
        """One person, by whichever of his numbers is on the roll; by the first of them where none is."""
        rolls = self.of_prison[prison_id]
        on_roll = [bool(person & listed) for listed in self._listed[prison_id]]
        number = min((each for each in person if prison_id in self._listing.get(each, ())), default=min(person))
        sentence = difference(rolls, number, on_roll, whereabouts(memory.movements_of(person)))
        before = {each for each in person if prison_id in self._differing.get(each, ())}
        for each in sorted(before | {number}):
            must = person if sentence is not None and each == number else NOBODY
            yield Doubted(about=f"{_ABOUT}{prison_id}/{each}", must=must, sentence=sentence or "", kind=QueryKind.CONTRADICTION)

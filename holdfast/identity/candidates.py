"""Whom a record may be about that no identifier leads to: prisoners whose names, birthday or PNC come close. A question for people, never a link.

A candidate's score is a sum of points that can be said aloud: up to 60 for the name, up to 40 for the birthday, and enough by itself for a PNC that
is one slip away from his, unless name and birthday speak against it. Blocks keep the search cheap: only prisoners born on that day are compared, and
those born on a day that a slip makes of it, with a word of the name that begins alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, TypeVar

from holdfast.claims import Claim, CourtSnapshot, ImmigrationRecord, Person
from holdfast.codes import Effect, classify
from holdfast.identifiers import pncs_one_slip_away
from holdfast.identity.names import BIRTHDAYS, Name, birthday_of, birthdays_agree, likeness, name_of, near_birthdays
from holdfast.records import Candidate
from holdfast.subjects import newest

#: At this score a prisoner may be meant. With the same birthday it takes a name that agrees to 80 %; with a slip in the birthday, to 93 %.
THRESHOLD = 88
#: Of more candidates than this the best are held, and whoever fits as well as the last of them.
HELD_MAX = 10
#: When more than this fit equally well the record describes nobody: nobody is held by it, and its source has a gap until people have looked.
ALIKE_MAX = 50
#: The most names and birthdays that one description is compared by: the first in order of the alphabet.
NAMES_MAX, BIRTHDAYS_MAX = 32, 16

_NAME_POINTS, _BIRTHDAY_POINTS, _PNC_POINTS, _AGAINST_PNC = 60, 40, THRESHOLD, 25
#: Below this two names are different names.
_SAME_NAME = 0.7
_BLOCK_CHARS = 2

#: Immigration records that hold nobody.
_FREEING = frozenset({"IMMIGRATION_BAIL", "NO_LONGER_OF_INTEREST"})
#: A suspended sentence longer than this may be one that no court could have passed.
_SUSPENDED_MONTHS = 24

Key = TypeVar("Key")


@dataclass(frozen=True, kw_only=True, slots=True)
class Description:
    """Names and birthdays of one person, and the valid PNCs that an invalid one may have been meant as."""

    names: tuple[Name, ...] = ()
    birthdays: tuple[date, ...] = ()
    pncs: frozenset[str] = frozenset()

    @property
    def beginnings(self) -> frozenset[str]:
        """How the words of the names begin."""
        return frozenset(word[:_BLOCK_CHARS] for name in self.names for word in name.words)


def description_of(claims: Iterable[Claim]) -> Description:
    """How the records describe whom they are about."""
    names: set[Name] = set()
    birthdays: set[date] = set()
    pncs: set[str] = set()
    for claim in claims:
        for last, first, born in described(claim.person):
            names |= {name for name in (name_of(last, first),) if name is not None}
            birthdays |= {born} if born is not None else set()
        for identifier in claim.person.identifiers:
            if identifier.type == "PNC" and not identifier.valid:
                pncs |= pncs_one_slip_away(identifier.value, claim.received_at.year)
    return Description(names=tuple(sorted(names)[:NAMES_MAX]), birthdays=tuple(sorted(birthdays)[:BIRTHDAYS_MAX]), pncs=frozenset(pncs))


def described(person: Person) -> Iterator[tuple[str, str, date | None]]:
    """Every name of a person, last and first, with the birthday that goes with it."""
    yield person.last_name or "", person.first_name or "", birthday_of(person.date_of_birth)
    for alias in person.aliases:
        yield alias.last_name, alias.first_name, birthday_of(alias.date_of_birth)


def could_hold(claims: tuple[Claim, ...]) -> bool:
    """Whether the records of a subject could keep somebody in custody, or ask a person to look. A fine of a stranger's holds nobody's namesake."""
    match claims:
        case (Claim(body=CourtSnapshot()), *_):
            return _court_could_hold(claims)
        case (Claim(body=ImmigrationRecord()), *_):
            standing = [claim for claim in claims if isinstance(claim.body, ImmigrationRecord) and claim.body.status != "DELETED"]
            return any(isinstance(claim.body, ImmigrationRecord) and claim.body.record_type not in _FREEING for claim in newest(standing))
        case _:
            return False


def _court_could_hold(claims: tuple[Claim, ...]) -> bool:
    """Of each offence the newest share that says anything counts: what it holds, what a person must read, and what a later share dropped."""
    shares = sorted((claim.body for claim in claims if isinstance(claim.body, CourtSnapshot)), key=lambda share: share.shared_at)
    holding: dict[str, bool] = {}
    for share in shares:
        said: dict[str, bool] = defaultdict(bool)
        for line in share.lines:
            effect = classify(line.result_type_id, line.cjs_code).effect
            months = max(line.imprisonment_months or 0, line.suspended_months or 0)
            may = effect in {Effect.HOLD, Effect.CHECK} or (effect is Effect.SUSPENDED and months > _SUSPENDED_MONTHS) or bool(line.problems)
            if may or effect is not Effect.SILENT:
                said[line.offence_id] |= may
        holding |= said
    return any(holding.values())


# --- scores -----------------------------------------------------------------------------------------------------------------


def score(wanted: Description, number: str, known: Description, pncs: frozenset[str]) -> Candidate:
    """How nearly a prisoner, whose PNCs are `pncs`, agrees with a description."""
    name = max((likeness(one, other) for one in wanted.names for other in known.names), default=None)
    agreements = [birthdays_agree(one, other) for one in wanted.birthdays for other in known.birthdays]
    birthday = max(agreements, key=lambda word: BIRTHDAYS[word]) if agreements else "UNKNOWN"
    pnc = min(wanted.pncs & pncs, default=None)
    points = _NAME_POINTS * (name if name is not None and name >= _SAME_NAME else 0.0) + _BIRTHDAY_POINTS * BIRTHDAYS[birthday]
    if pnc is not None:
        points += _PNC_POINTS - _AGAINST_PNC * ((name is not None and name < _SAME_NAME) + (birthday == "DIFFERENT"))
    return Candidate(
        prisoner_number=number,
        score=min(100, int(points + 0.5)),
        name=None if name is None else int(100 * name + 0.5),
        birthday=birthday,
        pnc=pnc,
    )


def best(candidates: Iterable[Candidate]) -> tuple[tuple[Candidate, ...], int]:
    """Everybody who may be meant, best first, and how many of them are held: all, or the best and whoever fits as well as the last of those."""
    ordered = tuple(sorted((c for c in candidates if c.score >= THRESHOLD), key=lambda c: (-c.score, c.prisoner_number)))
    if len(ordered) <= HELD_MAX:
        return ordered, len(ordered)
    bar = ordered[HELD_MAX - 1].score
    held = sum(candidate.score >= bar for candidate in ordered)
    return ordered[:ALIKE_MAX], held if held <= ALIKE_MAX else 0


def explained(candidate: Candidate) -> str:
    """One candidate's score in words."""
    name = "no name to compare" if candidate.name is None else f"name {candidate.name} %"
    birthday = _BIRTHDAY_WORDS[candidate.birthday]
    pnc = "" if candidate.pnc is None else f", PNC one slip from {candidate.pnc}"
    return f"{candidate.prisoner_number} {candidate.score} of 100 ({name}, {birthday}{pnc})"


_BIRTHDAY_WORDS = {
    "SAME": "same birthday",
    "DAY_AND_MONTH_SWAPPED": "birthday with day and month swapped",
    "ONE_SLIP": "birthday one slip away",
    "DIFFERENT": "another birthday",
    "UNKNOWN": "no birthday to compare",
}


# --- blocks -----------------------------------------------------------------------------------------------------------------


@dataclass
class Blocks(Generic[Key]):
    """Descriptions by what they must share with another to be worth comparing."""

    of: dict[Key, Description] = field(default_factory=dict)
    _sharing: dict[tuple[object, ...], set[Key]] = field(default_factory=lambda: defaultdict(set))

    def put(self, key: Key, description: Description) -> None:
        """Describe `key`, in place of what was said of it before."""
        if self.of.get(key) == description:
            return
        self.drop(key)
        self.of[key] = description
        for block in _blocks(description):
            self._sharing[block].add(key)

    def drop(self, key: Key) -> None:
        """Forget `key`."""
        before = self.of.pop(key, None)
        for block in _blocks(before) if before is not None else ():
            self._sharing[block].discard(key)
            if not self._sharing[block]:
                del self._sharing[block]

    def near(self, description: Description) -> set[Key]:
        """Every key whose description is worth comparing with this one."""
        found: set[Key] = set()
        beginnings = description.beginnings
        for birthday in description.birthdays:
            found |= self._sharing.get((birthday,), set())
            for other in near_birthdays(birthday):
                for begins in beginnings:
                    found |= self._sharing.get((other, begins), set())
        return found

    def slipped(self, pnc: str) -> set[Key]:
        """Every key whose invalid PNC may have been meant as `pnc`."""
        return self._sharing.get((pnc,), set())


def _blocks(description: Description) -> Iterator[tuple[object, ...]]:
    for birthday in description.birthdays:
        yield (birthday,)
        for begins in description.beginnings:
            yield birthday, begins
    for pnc in description.pncs:
        yield (pnc,)

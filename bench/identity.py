"""What scored candidates cost: one identity that knows many prisoners, and court records of people whom no identifier leads to.

The names are drawn with the frequencies of a few common surnames and a long tail, and one birthday in thirty is a first of January, as in records of
people whose birthday nobody knows. Half of the records are of strangers, half of prisoners, written with a slip.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from holdfast.claims import Claim, CourtSnapshot, Doubt, Identifier, Movement, Person, ResultLine
from holdfast.identity import Identity
from holdfast.subjects import subject_of
from holdfast_gate.model import Authority, RecordRef

_NOW = datetime(2025, 11, 3, 9, 0, tzinfo=UTC)
_SURNAMES = ("Smith", "Jones", "Williams", "Taylor", "Brown", "Davies", "Khan", "Ali", "Ahmed", "Hussain", "Evans", "Wilson", "Begum", "Singh")
_SYLLABLES = ("ar", "ben", "cor", "dal", "el", "fen", "gar", "hol", "in", "jor", "kel", "lor", "mor", "nor", "os", "per", "ros", "sten", "tor", "wal")
_GIVEN = ("John", "David", "Mohammed", "Michael", "James", "Ahmed", "Ali", "Daniel", "Paul", "Mark", "Thomas", "Lee", "Ryan", "Adam", "Jack", "Kevin")
_COMMON, _GIVEN_COMMON, _FIRST_OF_JANUARY = 0.25, 0.7, 1 / 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """Milliseconds of the processor a claim, and how many are held by a record on average: `strangers` is over-holding."""

    prisoners: int
    records: int
    reception_ms: float
    record_ms_mean: float
    record_ms_p99: float
    held_by_stranger: float
    held_by_prisoner: float
    prisoners_missed: float


def measure(*, prisoners: int, records: int, seed: int = 1) -> Cost:
    """Tell an identity of `prisoners`, then of `records` that no identifier leads to anybody."""
    draw = random.Random(seed)  # noqa: S311  a bench, not a secret
    identity = Identity()
    people = [_person(draw) for _ in range(prisoners)]
    began = time.process_time()
    for n, person in enumerate(people):
        identity.resolve(_reception(n, person), source="custody", sequence=n)
        identity.entries.clear()
    reception_ms = 1000 * (time.process_time() - began) / prisoners
    taken: list[float] = []
    held: dict[bool, list[int]] = {True: [], False: []}
    missed = 0
    for n in range(records):
        number = draw.randrange(prisoners) if n % 2 else None
        claim = _remand(n, _with_a_slip(draw, people[number]) if number is not None else _person(draw))
        began = time.process_time()
        facts = identity.resolve(claim, source="court", sequence=prisoners + n)
        taken.append(1000 * (time.process_time() - began))
        identity.entries.clear()
        whom = {fact.prisoner_number for fact in facts if isinstance(fact.claim.body, Doubt)}
        held[number is not None].append(len(whom))
        missed += number is not None and _number(number) not in whom
    return Cost(
        prisoners=prisoners,
        records=records,
        reception_ms=reception_ms,
        record_ms_mean=sum(taken) / len(taken),
        record_ms_p99=sorted(taken)[int(0.99 * len(taken))],
        held_by_stranger=sum(held[False]) / len(held[False]),
        held_by_prisoner=sum(held[True]) / len(held[True]),
        prisoners_missed=missed / len(held[True]),
    )


def _person(draw: random.Random) -> Person:
    tail = "".join(draw.choices(_SYLLABLES, k=3)).capitalize()
    last = draw.choice(_SURNAMES) if draw.random() < _COMMON else tail
    first = draw.choice(_GIVEN) if draw.random() < _GIVEN_COMMON else "".join(draw.choices(_SYLLABLES, k=2)).capitalize()
    born = date(1955, 1, 1) + timedelta(days=draw.randrange(50 * 365))
    return Person(last_name=last, first_name=first, date_of_birth=born.replace(month=1, day=1) if draw.random() < _FIRST_OF_JANUARY else born)


def _with_a_slip(draw: random.Random, person: Person) -> Person:
    """The same person as a clerk might have written him: as he is, a letter wrong, day and month swapped, or a digit wrong."""
    last, first, born = person.last_name or "", person.first_name or "", person.date_of_birth or date(1990, 1, 1)
    match draw.randrange(4):
        case 0:
            at = draw.randrange(1, len(last))
            last = last[:at] + draw.choice("aeiounrst") + last[at + 1 :]
        case 1 if born.day <= 12:  # noqa: PLR2004  months
            born = date(born.year, born.day, born.month)
        case 2:
            born = born.replace(year=born.year + draw.choice((-1, 1)) if born.year % 10 not in {0, 9} else born.year)
        case _:
            pass
    return Person(last_name=last, first_name=first, date_of_birth=born)


def _number(n: int) -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return f"A{n % 10_000:04}{letters[n // 10_000 // 26]}{letters[n // 10_000 % 26]}"


def _reception(n: int, person: Person) -> Claim:
    number = _number(n)
    body = Movement(direction="IN", booking_id=str(n), movement_seq=1, movement_type="ADM", movement_reason_code="N", prison_id="WWI")
    him = Person(prisoner_number=number, last_name=person.last_name, first_name=person.first_name, date_of_birth=person.date_of_birth)
    return _claim(n, "custody-events", Authority.CUSTODY, him, body)


def _remand(n: int, person: Person) -> Claim:
    own = f"d-{n}"
    line = ResultLine(case_urn="01WW1", offence_id="o1", offence_code="TH68001", result_id="r1", cjs_code="4028")
    body = CourtSnapshot(defendant_id=own, hearing_id=own, hearing_day=_NOW.date(), shared_at=_NOW, court_code="B01BH00", lines=(line,))
    ids = (Identifier(type="DEFENDANT_ID", value=own),)
    her = Person(identifiers=ids, last_name=person.last_name, first_name=person.first_name, date_of_birth=person.date_of_birth)
    return _claim(n, "court-results", Authority.COURT, her, body)


def _claim(n: int, topic: str, authority: Authority, person: Person, body: Movement | CourtSnapshot) -> Claim:
    digest = hashlib.sha256(f"{topic}{n}".encode()).hexdigest()
    return Claim(
        authority=authority,
        subject=subject_of(body, person),
        person=person,
        occurred_at=_NOW,
        recorded_at=_NOW,
        received_at=_NOW,
        source=RecordRef(topic, 0, n, digest),
        record_id=str(n),
        dialect="contract",
        body=body,
    )


def lines(cost: Cost) -> Iterator[str]:
    """What was measured, for people."""
    yield f"{cost.prisoners} prisoners known, {cost.records} court records that no identifier leads to anybody; times are of the processor:"
    yield f"  a reception {cost.reception_ms:.3f} ms; a record {cost.record_ms_mean:.3f} ms, p99 {cost.record_ms_p99:.3f} ms"
    yield f"  held by a stranger's record {cost.held_by_stranger:.4f} prisoners; by a prisoner's own, often with a slip, {cost.held_by_prisoner:.2f}"
    yield f"  prisoners not among those held by their own record: {100 * cost.prisoners_missed:.1f} %"

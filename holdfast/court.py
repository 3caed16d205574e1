"""What the courts have said about each offence of one prisoner, and which of it stands.

Rule (contract, "Court subjects"): a result that says something about custody supersedes the earlier custody position of *that offence*; one that
says nothing about it leaves it standing. Within one (hearing, hearing day) the newest share replaces the whole snapshot; across hearings the later
(hearing day, shared_at) wins, and equal ones hold. What vanished without a successor is a query.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from holdfast.claims import Claim, CourtSnapshot, ResultLine
from holdfast.codes import CodeRow, Effect, classify
from holdfast.subjects import micros

#: Effects that say something about custody, and so supersede what was said of the same offence before.
SPEAKS = frozenset({Effect.HOLD, Effect.CLEAR, Effect.BAIL, Effect.NON_CUSTODIAL, Effect.SUSPENDED})

#: Longest sentence that can be suspended, in months, by the day of the hearing. Sentencing Act 2020 s.277 and s.288: two years. The Sentencing Act
#: 2026 raised it to three; its day of commencement is our reading, so a term between the two near that day is a question for a person either way.
SUSPENDABLE_MONTHS: tuple[tuple[date, int], ...] = ((date.min, 24), (date(2026, 3, 22), 36))

When = tuple[date, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """One result line, with the share that said it and what its code means. `last_said` is (hearing day, newest share that has it)."""

    claim: Claim
    snapshot: CourtSnapshot
    line: ResultLine
    row: CodeRow
    last_said: When
    first_shared_at: datetime

    @property
    def subject(self) -> str:
        """The offence, as authorities and people would cite it."""
        return f"court/offence/{self.snapshot.defendant_id}/{self.line.offence_id}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Offence:
    """Where one offence of one defendant stands.

    `in_force`: the newest lines that say something about custody. `doubtful`: lines that a person must look at. `vanished`: lines that a later
    share dropped without a word about the offence. `open`: no result has ended it.
    """

    defendant_id: str
    offence_id: str
    case_urn: str
    in_force: tuple[Said, ...]
    doubtful: tuple[Said, ...]
    vanished: tuple[Said, ...]
    open: bool

    @property
    def on_bail(self) -> bool:
        """Every word in force about custody in this offence is bail."""
        return bool(self.in_force) and all(said.row.effect is Effect.BAIL for said in self.in_force)

    @property
    def undecided(self) -> bool:
        """Still open, and no court has said whether he is bailed or held for it."""
        return self.open and not any(said.row.effect in {Effect.BAIL, Effect.HOLD} for said in self.in_force)


def offences(claims: Iterable[Claim]) -> tuple[Offence, ...]:
    """Every offence that any court ever spoke of, in a fixed order."""
    shares: dict[tuple[str, date, str], list[tuple[Claim, CourtSnapshot]]] = defaultdict(list)
    for claim in claims:
        if isinstance(snapshot := claim.body, CourtSnapshot):
            shares[snapshot.hearing_id, snapshot.hearing_day, snapshot.defendant_id].append((claim, snapshot))
    current: dict[tuple[str, str], list[Said]] = defaultdict(list)
    dropped: dict[tuple[str, str], list[Said]] = defaultdict(list)
    for (_, _, defendant_id), of_one_day in sorted(shares.items()):
        newest = max(snapshot.shared_at for _, snapshot in of_one_day)
        for said in _lines(of_one_day):
            standing = said.snapshot.shared_at == newest
            (current if standing else dropped)[defendant_id, said.line.offence_id].append(said)
    return tuple(_offence(key, current[key], dropped[key]) for key in sorted({*current, *dropped}))


def _lines(of_one_day: Sequence[tuple[Claim, CourtSnapshot]]) -> list[Said]:
    """Each distinct line of one hearing day once, from the newest share that has it."""
    last: dict[ResultLine, tuple[Claim, CourtSnapshot]] = {}
    first: dict[ResultLine, datetime] = {}
    for claim, snapshot in sorted(of_one_day, key=lambda pair: pair[1].shared_at):
        for line in snapshot.lines:
            last[line] = claim, snapshot
            first.setdefault(line, snapshot.shared_at)
    return [
        Said(
            claim=claim,
            snapshot=snapshot,
            line=line,
            row=classify(line.result_type_id, line.cjs_code),
            last_said=(snapshot.hearing_day, micros(snapshot.shared_at)),
            first_shared_at=first[line],
        )
        for line, (claim, snapshot) in last.items()
    ]


def _offence(key: tuple[str, str], current: list[Said], dropped: list[Said]) -> Offence:
    speaking = [said for said in current if said.row.effect in SPEAKS]
    top = max((said.last_said for said in speaking), default=None)

    def unanswered(said: Said) -> bool:
        return top is None or said.last_said >= top

    in_force = [said for said in speaking if said.last_said == top]
    doubtful = [said for said in current if (said.row.effect is Effect.CHECK or said.line.problems) and unanswered(said)]
    # A dropped bail or discharge binds nobody; what it had superseded stands again by itself. A dropped custodial or doubtful line must not.
    vanished = [said for said in dropped if said.row.effect in {Effect.HOLD, Effect.CHECK} and unanswered(said)]
    every = [*current, *dropped]
    return Offence(
        defendant_id=key[0],
        offence_id=key[1],
        case_urn=max(every, key=lambda said: said.last_said).line.case_urn,
        in_force=_ordered(in_force),
        doubtful=_ordered(doubtful),
        vanished=_ordered(vanished),
        open=not any(said.row.final for said in current) or bool(doubtful),
    )


def _ordered(lines: list[Said]) -> tuple[Said, ...]:
    return tuple(sorted(lines, key=lambda said: (said.last_said, said.line.result_id, said.row.effect.value)))


def impossible(said: Said) -> str | None:
    """Why no court could have made this result, or None. A suspended sentence above the statutory term is one (this stops a case like Smith's)."""
    if said.row.effect is not Effect.SUSPENDED:
        return None
    limit = next(months for since, months in reversed(SUSPENDABLE_MONTHS) if said.snapshot.hearing_day >= since)
    for what, months in (("sentence", said.line.imprisonment_months), ("operational period", said.line.suspended_months)):
        if months is not None and months > limit:
            return f"a suspended {what} of {months} months, where the law allows {limit} at most"
    return None

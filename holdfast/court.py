"""What the courts have said about each offence of one prisoner, and which of it stands.

Rule (contract, "Court subjects"): a result that says something about custody supersedes the earlier custody position of *that offence*; one that
says nothing about it leaves it standing. Within one (hearing, hearing day) the newest share replaces the whole snapshot; across hearings the later
(hearing day, shared_at) wins, and equal ones hold. What vanished without a successor is a query.

Papers made from a hearing or of it (a prison court register, a warrant, a listing) speak beside the results: they can hold where the results are
silent, and contradict them; they never end what the results say. A register has lost the ids of its offences: what it says is filed with an offence
of the same code at the same hearing. A listing states no version: a newer one is compared in its place, and lifts nothing that it said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import takewhile

from holdfast.claims import Claim, CourtSnapshot, ListedOffence, Resolution, ResultLine
from holdfast.codes import CodeRow, Effect, classify
from holdfast.queries import answers, query_id
from holdfast.subjects import micros
from holdfast_gate.model import QueryKind

#: Effects that say something about custody, and so supersede what was said of the same offence before.
SPEAKS = frozenset({Effect.HOLD, Effect.CLEAR, Effect.BAIL, Effect.NON_CUSTODIAL, Effect.SUSPENDED})
#: Of those, the ones after which the offence holds nobody.
FREES = SPEAKS - {Effect.HOLD}
#: Where results hang that are on no offence (`services/intake`): these are no proceedings of their own.
_ON_NO_OFFENCE = ("defendant:", "person:")
_APPLICATION = "application:"
#: How the offences of a paper begin that has no ids for them.
_WITHOUT_IDS = "register/"
_LISTING = "listing"

When = tuple[date, int]
_Key = tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """One result line, with the share that said it and what its code means.

    `last_said` is (hearing day, newest share that has it); for a word that frees, the share since which the hearing has said just that of the
    offence: a share that repeats it is no later word than what another hearing said in between. `first_shared_at`: the first share that has it, in
    the same words. `day_first_shared_at`: the first share of its hearing day at all. `confirmed`: two people have confirmed what the court meant by
    a result that only they can read.
    """

    claim: Claim
    snapshot: CourtSnapshot
    line: ResultLine
    row: CodeRow
    last_said: When
    first_shared_at: datetime
    day_first_shared_at: datetime
    confirmed: bool = False

    @property
    def subject(self) -> str:
        """The offence, as authorities and people would cite it."""
        return f"court/offence/{self.snapshot.defendant_id}/{self.line.offence_id}"

    @property
    def effect(self) -> Effect:
        """What it does to custody: what its code says, or what that becomes once people have confirmed it."""
        return Effect(self.row.confirmed) if self.confirmed else self.row.effect

    def is_of(self, short_codes: Collection[str]) -> bool:
        """Whether its type, which the court stated, is one of these; a CJS code alone does not tell the types apart that share it."""
        stated = (self.line.result_type_id or "").strip().lower()
        return bool(stated) and self.row.result_type_id == stated and self.row.short_code in short_codes

    @property
    def speaks(self) -> bool:
        """It says something about custody in this offence."""
        return self.effect in SPEAKS


@dataclass(frozen=True, kw_only=True, slots=True)
class Offence:
    """Where one offence of one defendant stands.

    `in_force`: the newest lines that say something about custody; where the results are silent, what a paper says that holds. `doubtful`: lines that
    a person must look at. `vanished`: lines that a later share dropped without a word about the offence. `ends`: lines that end one thing about it
    and no more (a contempt purged, a warrant withdrawn). `papers`: what papers say of the hearing that decides, or of a later one. `open`:
    proceedings that no result has ended. `convicted`: a court has convicted. `before`: what those in force superseded. `ever`: every ground on which
    results or papers ever held him for it.
    """

    offence_id: str
    case_urn: str
    in_force: tuple[Said, ...]
    doubtful: tuple[Said, ...]
    vanished: tuple[Said, ...]
    ends: tuple[Said, ...]
    before: tuple[Said, ...]
    papers: tuple[Said, ...]
    ever: frozenset[str]
    open: bool
    convicted: bool

    @property
    def on_bail(self) -> bool:
        """A court has bailed him in it, and no word of that version holds him."""
        effects = {said.effect for said in self.in_force}
        return Effect.BAIL in effects and Effect.HOLD not in effects

    @property
    def undecided(self) -> bool:
        """Still open, and no court has said anything about custody in it. A deferred sentence is open and says that there is none."""
        return self.open and not self.in_force


@dataclass(slots=True)
class _Heard:
    """Everything ever said of one offence.

    `current`: in the newest shares; `dropped`: in older shares of the same days only. `papers` and `dropped_papers`: the same of papers. `listed`:
    where it was listed.
    """

    current: list[Said]
    dropped: list[Said]
    papers: list[Said]
    dropped_papers: list[Said]
    listed: list[ListedOffence]


def offences(claims: Iterable[Claim]) -> tuple[Offence, ...]:
    """Every offence that any court ever spoke of, in a fixed order."""
    claims = tuple(claims)
    resolutions = [claim for claim in claims if isinstance(claim.body, Resolution)]
    papers: list[tuple[Said, bool]] = []
    heard: dict[_Key, _Heard] = defaultdict(lambda: _Heard([], [], [], [], []))
    for shares in _by_day(claims):
        newest = max(snapshot.shared_at for _, snapshot in shares)
        for said in _lines(shares, resolutions):
            standing = said.snapshot.shared_at == newest
            if said.snapshot.document:
                papers.append((said, standing))
            else:
                of = heard[said.snapshot.defendant_id, said.line.offence_id]
                (of.current if standing else of.dropped).append(said)
        for _, snapshot in shares:
            for listed in snapshot.listed:
                heard[snapshot.defendant_id, listed.offence_id].listed.append(listed)
    _file(papers, heard)
    return tuple(_offence(key, heard[key]) for key in sorted(heard))


def _file(papers: Iterable[tuple[Said, bool]], heard: dict[_Key, _Heard]) -> None:
    """Put what papers say with the offence that it is about; `standing` says whether a newer one replaced it."""
    taken: set[tuple[_Key, str]] = set()
    for said, standing in sorted(papers, key=lambda pair: (pair[0].last_said, pair[0].snapshot.document, repr(pair[0].line))):
        key = _filed_under(said, heard, taken)
        if standing:
            taken.add((key, said.snapshot.hearing_id))
        (heard[key].papers if standing else heard[key].dropped_papers).append(said)


def _filed_under(said: Said, heard: dict[_Key, _Heard], taken: Collection[tuple[_Key, str]]) -> _Key:
    """Which offence a paper speaks of: the one it names; where it has no ids, one of that code at the hearing, first one that bears it out."""
    own, code = (said.snapshot.defendant_id, said.line.offence_id), said.line.offence_code
    if not said.line.offence_id.startswith(_WITHOUT_IDS):
        return own
    alike = [key for key in sorted(heard) if key[0] == own[0] and _heard_of(heard[key], said.snapshot.hearing_id, code)]
    agree = [key for key in alike if any(other.speaks and _holds(other) is _holds(said) for other in heard[key].current)]
    if not code:  # what is on no offence is borne out by any, and otherwise contradicts one that says something
        return next(iter([*agree, *(key for key in alike if any(other.speaks for other in heard[key].current))]), own)
    free = [key for key in [*agree, *alike] if (key, said.snapshot.hearing_id) not in taken]
    return next(iter([*free, *agree, *alike]), own)


def _heard_of(offence: _Heard, hearing_id: str, code: str) -> bool:
    """The hearing dealt with the offence, or some hearing with one of that code that it was listed for."""
    at_hearing = any(said.snapshot.hearing_id == hearing_id and code in {"", said.line.offence_code} for said in (*offence.current, *offence.dropped))
    return at_hearing or any(code == listed.offence_code for listed in offence.listed if code)


def _holds(said: Said) -> bool:
    return said.effect is Effect.HOLD


def _by_day(claims: Iterable[Claim]) -> list[list[tuple[Claim, CourtSnapshot]]]:
    """The shares of each hearing day of each defendant, and of each paper apart."""
    shares: dict[tuple[str, str, date, str], list[tuple[Claim, CourtSnapshot]]] = defaultdict(list)
    for claim in claims:
        if isinstance(snapshot := claim.body, CourtSnapshot):
            shares[snapshot.document, snapshot.hearing_id, snapshot.hearing_day, snapshot.defendant_id].append((claim, snapshot))
    return [shares[key] for key in sorted(shares)]


def _lines(of_one_day: Sequence[tuple[Claim, CourtSnapshot]], resolutions: Sequence[Claim]) -> list[Said]:
    """Each distinct line of one hearing day once, from the newest share that has it."""
    last: dict[ResultLine, tuple[Claim, CourtSnapshot]] = {}
    first: dict[ResultLine, datetime] = {}
    for claim, snapshot in sorted(of_one_day, key=lambda pair: pair[1].shared_at):
        for line in snapshot.lines:
            last[line] = claim, snapshot
            first.setdefault(line, snapshot.shared_at)
    day_first_shared_at = min(snapshot.shared_at for _, snapshot in of_one_day)
    lines = [_said(claim, snapshot, line, first[line], day_first_shared_at, resolutions) for line, (claim, snapshot) in last.items()]
    return _dated(lines, of_one_day)


def _dated(lines: Sequence[Said], of_one_day: Sequence[tuple[Claim, CourtSnapshot]]) -> list[Said]:
    """`lines`, where the newest share only frees in an offence with the share since which it has said so; what holds counts from its newest share."""
    shares: dict[datetime, dict[str, set[ResultLine]]] = defaultdict(lambda: defaultdict(set))
    for _, snapshot in of_one_day:
        of_share = shares[snapshot.shared_at]  # one that says nothing of an offence is a word about it too
        for line in snapshot.lines:
            of_share[line.offence_id].add(line)
    newest_first = sorted(shares, reverse=True)
    current = [said for said in lines if said.snapshot.shared_at == newest_first[0]]
    holding = {said.line.offence_id for said in current if _holds(said)}
    repeated = [said for said in current if said.effect in FREES and not said.line.problems and said.line.offence_id not in holding]

    def since(offence_id: str) -> datetime:
        words = shares[newest_first[0]][offence_id]
        return list(takewhile(lambda shared_at: shares[shared_at][offence_id] == words, newest_first))[-1]

    dated = {id(said): replace(said, last_said=(said.snapshot.hearing_day, micros(since(said.line.offence_id)))) for said in repeated}
    return [dated.get(id(said), said) for said in lines]


def _said(claim: Claim, snapshot: CourtSnapshot, line: ResultLine, first: datetime, day_first: datetime, resolutions: Sequence[Claim]) -> Said:
    said = Said(
        claim=claim,
        snapshot=snapshot,
        line=line,
        row=classify(line.result_type_id, line.cjs_code),
        last_said=(snapshot.hearing_day, micros(snapshot.shared_at)),
        first_shared_at=first,
        day_first_shared_at=day_first,
    )
    if not said.row.confirmed:
        return said
    kind = QueryKind(said.row.ground)
    asked = query_id(kind, said.subject, line.result_id, claim)
    return replace(said, confirmed=any(answers(each, kind=kind, query_id=asked, asked_by=claim) for each in resolutions))


def _offence(key: _Key, heard: _Heard) -> Offence:
    speaking = [said for said in heard.current if said.speaks and not said.row.ends and not _ended(said, heard.current)]
    top = max((said.last_said for said in speaking), default=None)

    def unanswered(said: Said) -> bool:
        return top is None or said.last_said >= top

    results = [said for said in speaking if said.last_said == top]
    # A paper of an earlier day than the last word in court is history. One of that day or later is compared; where the results have nothing to say
    # of its day, a paper that holds is the court's word until they have.
    papers = [said for said in heard.papers if top is None or said.last_said[0] >= top[0]]
    followed = [said for said in heard.dropped_papers if said.snapshot.document == _LISTING]  # no version: a newer one ends nothing
    ahead = [said for said in (*papers, *followed) if _holds(said) and (top is None or said.last_said[0] > top[0])]
    doubtful = [said for said in heard.current if (said.effect is Effect.CHECK or said.line.problems) and unanswered(said)]
    doubtful += [said for said in papers if said.effect is Effect.CHECK and (top is None or said.last_said[0] > top[0])]
    # A dropped bail or discharge binds nobody; what it had superseded stands again by itself. A dropped custodial or doubtful line must not.
    vanished = [said for said in heard.dropped if said.effect in {Effect.HOLD, Effect.CHECK} and unanswered(said)]
    if not papers:  # a paper that held where the results were silent must not vanish without a word either
        gone = [said for said in heard.dropped_papers if said not in followed]
        vanished += [said for said in gone if _holds(said) and (top is None or said.last_said[0] > top[0])]
    every = [*heard.current, *heard.dropped, *heard.papers, *heard.dropped_papers]
    return Offence(
        offence_id=key[1],
        case_urn=max(every, key=lambda said: said.last_said).line.case_urn if every else heard.listed[-1].case_urn,
        in_force=_ordered([*results, *ahead]),
        doubtful=_ordered(doubtful),
        vanished=_ordered(vanished),
        ends=_ordered([said for said in heard.current if said.row.ends]),
        before=_ordered(_superseded(speaking)),
        ever=frozenset(said.row.ground for said in every if _holds(said)),
        papers=_ordered([said for said in papers if said.speaks]),
        open=any(said.line.problems or not said.row.asks for said in doubtful) or _open(key[1], heard),
        convicted=any(said.line.convicted for said in every) or any(listed.convicted for listed in heard.listed),
    )


def _superseded(speaking: list[Said]) -> list[Said]:
    """The words that the newest ones took the place of: those of the version before."""
    versions = sorted({said.last_said for said in speaking})
    return [said for said in speaking if said.last_said == versions[-2]] if len(versions) > 1 else []


def _ended(said: Said, by: Iterable[Said]) -> bool:
    """A later result ends this one and nothing else: a warrant that is withdrawn gives way to what stood before it."""
    return any(said.row.ground in other.row.ends and other.last_said > said.last_said for other in by)


def _open(offence_id: str, heard: _Heard) -> bool:
    """Proceedings that no result has ended. A result on no offence is none; an application is for as long as it is adjourned."""
    if offence_id.startswith(_ON_NO_OFFENCE):
        return False
    if any(said.row.final for said in heard.current):
        return False
    if offence_id.startswith(_APPLICATION):
        return any(said.line.next_hearing_day is not None or said.effect in {Effect.HOLD, Effect.BAIL} for said in heard.current)
    return True


def _ordered(lines: list[Said]) -> tuple[Said, ...]:
    return tuple(sorted(lines, key=lambda said: (said.last_said, said.line.result_id, said.effect.value, said.snapshot.document)))

"""What waits for people: claims that lead to nobody, identities in doubt, differences from a nominal roll; and what would settle each.

Read from identity's own changelog, and from the newest notices: there a doubt of identity's is a question with an id, until people answer it.
Identity does not hear their answers. Pure: what is asked of people is what holds somebody, neither more nor less.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from holdfast.claims import Claim, CourtSnapshot, Doubt, Identifier, NominalRoll
from holdfast.identity.memory import Entry, Memory
from holdfast.records import Candidate, DoubtEntry, KnownAsEntry, SubjectEntry
from holdfast_gate.model import Notice, NoticeGround, QueryKind

#: Which identifier of a record people should rule on, narrowest first: a court's id is of one defendant in one case, a PNC of one person for ever.
_NARROWEST = ("DEFENDANT_ID", "HOREF", "CID", "BOOKING", "MASTER_DEFENDANT_ID", "CRO", "PNC")
_TWO = "--by NAME --by NAME --reason WHY"
#: The newest notice of each prisoner.
Notices = Mapping[str, Notice]


@dataclass(frozen=True, kw_only=True, slots=True)
class Considered:
    """A candidate, whether he is held, and the names under which custody knows him."""

    candidate: Candidate
    held: bool
    known_as: KnownAsEntry | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """One thing that people have to settle. `claims` is what it is about, `settle` the commands of which one settles it, each with what it says.

    `sentence` says what is asked, where that is not plain from the claims. `gap` is the source that has a gap because of it, so that every release
    is referred; empty where it leaves none.
    """

    what: str
    about: str
    since: datetime
    held: tuple[str, ...]
    candidates: tuple[Considered, ...]
    claims: tuple[Claim, ...]
    settle: tuple[tuple[str, str], ...]
    sentence: str = ""
    gap: str = ""


def held_by_doubts(entries: Iterable[Entry]) -> frozenset[str]:
    """Whose notices `waiting` needs."""
    return frozenset(number for entry in entries if isinstance(entry, DoubtEntry) for number in entry.held)


def waiting(entries: Iterable[Entry], notices: Notices) -> list[Waiting]:
    """Everything that waits, what holds somebody or refers everybody first, then by age."""
    memory = Memory()
    for entry in entries:
        memory.load(entry)
    found = [_doubted(memory, doubt, notices) for doubt in memory.doubts.values() if doubt.held or doubt.candidates]
    doubted = {each.about for each in found}
    found = [each for each in found if each.held or each.candidates or each.claims]
    found += [_unread(memory, source, about) for source, open_ in memory.gaps.items() for about in open_ if about not in doubted]
    found += [_parked(entry) for entry in memory.subjects.values() if _is_parked(entry) and f"subject/{entry.subject}" not in doubted]
    return sorted(found, key=lambda each: (not (each.held or each.gap), each.since, each.about))


def _is_parked(entry: SubjectEntry) -> bool:
    return not entry.addressees and not isinstance(entry.claims[0].body, Doubt | NominalRoll)


def _parked(entry: SubjectEntry) -> Waiting:
    return Waiting(
        what="PARKED",
        about=f"subject/{entry.subject}",
        since=min(claim.received_at for claim in entry.claims),
        held=(),
        candidates=(),
        claims=entry.claims,
        settle=tuple(("it is this prisoner's", _command("link", "PRISONER", identifier)) for identifier in _narrowest(entry.claims)),
    )


def _unread(memory: Memory, source: str, about: str) -> Waiting:
    claims = memory.subjects[f"hub/doubt/{QueryKind.UNREADABLE_RECORD.value}/{about}"].claims
    said = claims[-1].body
    return Waiting(
        what="UNREADABLE",
        about=about,
        since=min(claim.received_at for claim in claims),
        held=(),
        candidates=(),
        claims=(),
        settle=(
            ("it concerns nobody", f"holdfast resolve discard {about} {_TWO}"),
            ("it can be read now", f"holdfast resolve redrive {about} --by NAME --reason WHY"),
        ),
        sentence=said.sentence if isinstance(said, Doubt) else "",
        gap=source,
    )


def _doubted(memory: Memory, doubt: DoubtEntry, notices: Notices) -> Waiting:
    kind, _, rest = doubt.about.partition("/")
    claims = memory.subjects[rest].claims if kind == "subject" and rest in memory.subjects else ()
    held = tuple(number for number in doubt.held if not _is_answered(doubt, number, notices))
    asked = [question for number in held if (question := _question(doubt, number, notices)) is not None]
    return Waiting(
        what="DIFFERENCE" if doubt.kind == QueryKind.CONTRADICTION.value else "AMBIGUOUS",
        about=doubt.about,
        since=doubt.since,
        held=held,
        candidates=tuple(
            Considered(candidate=each, held=each.prisoner_number in held, known_as=memory.known_as.get(each.prisoner_number))
            for each in doubt.candidates
        ),
        claims=claims,
        settle=tuple(_settling(memory, doubt, claims, notices, held)),
        sentence="" if claims or not asked else asked[0].sentence,
        gap=next((source for source, open_ in sorted(memory.gaps.items()) if doubt.about in open_), ""),
    )


def _question(doubt: DoubtEntry, number: str, notices: Notices) -> NoticeGround | None:
    """What the prisoner's newest notice asks of people because of a doubt."""
    notice = notices.get(number)
    subject = f"hub/doubt/{doubt.kind}/{doubt.about}"
    return next((ground for ground in notice.grounds if ground.subject == subject), None) if notice is not None else None


def _is_answered(doubt: DoubtEntry, number: str, notices: Notices) -> bool:
    """A notice that is newer than the doubt, and does not ask: people have answered it. Where there is none, the doubt holds."""
    notice = notices.get(number)
    return notice is not None and notice.as_of >= doubt.since and _question(doubt, number, notices) is None


def _settling(memory: Memory, doubt: DoubtEntry, claims: tuple[Claim, ...], notices: Notices, held: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    kind, _, rest = doubt.about.partition("/")
    if kind == "identifier":
        type_, _, value = rest.partition("/")
        for number in doubt.held:
            yield f"it is {number}'s, and nobody else's", _command("link", number, f"{type_}:{value}")
    elif kind == "subject" and doubt.candidates:
        for identifier in _narrowest(claims):
            for each in doubt.candidates:
                yield f"it is {each.prisoner_number}'s", _command("link", each.prisoner_number, identifier)
            for each in doubt.candidates:
                yield f"it is not {each.prisoner_number}'s", _command("unlink", each.prisoner_number, identifier)
    elif kind == "subject":
        for number in doubt.held:
            for identifier, other in _leading_elsewhere(memory, claims, number):
                yield f"it is {number}'s", _command("unlink", other, f"{identifier.type}:{identifier.value}")
    else:
        yield from (_answering(doubt, number, notices) for number in held)


def _answering(doubt: DoubtEntry, number: str, notices: Notices) -> tuple[str, str]:
    """By its id: an answer to every question of the kind would answer what nobody has looked at."""
    question = _question(doubt, number, notices)
    if question is None or question.query_id is None:
        return f"{number}'s notice does not ask yet; see it again in a moment", "holdfast queue"
    return f"people have looked at {number}", f"holdfast resolve query {number} --query-id {question.query_id} {_TWO}"


def _leading_elsewhere(memory: Memory, claims: tuple[Claim, ...], number: str) -> list[tuple[Identifier, str]]:
    his = memory.clusters.now(number)
    carried = {identifier for claim in claims for identifier in claim.person.identifiers if identifier.valid}
    return [(identifier, other) for identifier in sorted(carried) for other in sorted(memory.meaning(identifier) - his)]


def _narrowest(claims: tuple[Claim, ...]) -> list[str]:
    """The one identifier to rule on; none where the record has no valid one."""
    carried = sorted(
        (_NARROWEST.index(identifier.type), f"{identifier.type}:{identifier.value}")
        for claim in claims
        for identifier in claim.person.identifiers
        if identifier.valid
    )
    return [text for _, text in carried[:1]]


def _command(verb: str, number: str, identifier: str) -> str:
    return f"holdfast resolve {verb} {number} {shlex.quote(identifier)} {_TWO}"


def described(claims: tuple[Claim, ...]) -> str:
    """What a record says, in a few words: whose authority, when and about whom."""
    if not claims:
        return ""
    claim = claims[-1]
    person = claim.person
    name = " ".join(filter(None, ((person.first_name or "").strip(), (person.last_name or "").strip()))) or "no name"
    born = f", born {person.date_of_birth.day} {person.date_of_birth:%b %Y}" if person.date_of_birth else ""
    ids = ", ".join(f"{i.type}:{i.value}{'' if i.valid else ' (not valid)'}" for i in person.identifiers)
    where = f" at {claim.body.court_name or claim.body.court_code}" if isinstance(claim.body, CourtSnapshot) else ""
    return f"{claim.authority.value}{where}: {name}{born}; {ids or 'no identifier'}; record {claim.source}"

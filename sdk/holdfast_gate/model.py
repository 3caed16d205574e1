"""The words that hub and gate share: exits, decisions, grounds, and the two records of the `vetoes` topic.

Pure: no clock, no network. The hub imports this module too, so that both sides mean the same by every word.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


class Word(str, Enum):
    """A closed vocabulary whose members are written on the wire by their names."""

    __str__ = str.__str__


class Exit(Word):
    """How somebody would leave."""

    RELEASE = "release"
    TEMPORARY_RELEASE = "temporary_release"
    TRANSFER = "transfer"
    COURT = "court"
    HOSPITAL = "hospital"
    IMMIGRATION_TRANSFER = "immigration_transfer"
    REMOVAL = "removal"
    EXTRADITION = "extradition"


#: Exits that end or suspend custody: each needs custody's own order (law 6). The others are escorted and need none.
EXITS_THAT_NEED_AN_ORDER = frozenset({Exit.RELEASE, Exit.TEMPORARY_RELEASE, Exit.IMMIGRATION_TRANSFER, Exit.REMOVAL, Exit.EXTRADITION})


class Decision(Word):
    """What a gate answers; never a boolean."""

    ALLOW = "ALLOW"
    REFER = "REFER"
    VETO = "VETO"


class Mode(Word):
    """Whether what a gate decides binds. In SHADOW it decides, journals and reports, and nobody is let out or kept by it."""

    BINDING = "BINDING"
    SHADOW = "SHADOW"


class Authority(Word):
    """Who may decide about a subject. HUB speaks only of the hub's own doubts."""

    COURT = "COURT"
    CUSTODY = "CUSTODY"
    IMMIGRATION = "IMMIGRATION"
    HUB = "HUB"


class Ground(Word):
    """A reason in law (or, for QUERY, in prudence) to keep somebody in custody. A closed list."""

    SENTENCE = "SENTENCE"
    RECALL = "RECALL"
    REMAND = "REMAND"
    REMAND_BAIL_CONDITIONS_UNMET = "REMAND_BAIL_CONDITIONS_UNMET"
    COMMITTED_IN_CUSTODY = "COMMITTED_IN_CUSTODY"
    CONVICTED_UNSENTENCED = "CONVICTED_UNSENTENCED"
    BAIL_APPEAL_PENDING = "BAIL_APPEAL_PENDING"
    DEFAULT_IN_PAYMENT = "DEFAULT_IN_PAYMENT"
    CIVIL_COMMITTAL = "CIVIL_COMMITTAL"
    HOSPITAL_ORDER = "HOSPITAL_ORDER"
    IMMIGRATION_DETENTION = "IMMIGRATION_DETENTION"
    DEPORTATION = "DEPORTATION"
    EXTRADITION = "EXTRADITION"
    WARRANT_OUTSTANDING = "WARRANT_OUTSTANDING"
    NOT_FOR_RELEASE = "NOT_FOR_RELEASE"
    POWER_TO_DETAIN = "POWER_TO_DETAIN"
    PLACED_BY_HAND = "PLACED_BY_HAND"
    QUERY = "QUERY"


class QueryKind(Word):
    """What the hub doubts, where the ground is QUERY."""

    UNREADABLE_RECORD = "UNREADABLE_RECORD"
    UNKNOWN_CODE = "UNKNOWN_CODE"
    IMPOSSIBLE_RESULT = "IMPOSSIBLE_RESULT"
    CONTRADICTION = "CONTRADICTION"
    RESULT_VANISHED = "RESULT_VANISHED"
    ENTERED_IN_ERROR = "ENTERED_IN_ERROR"
    AMBIGUOUS_IDENTITY = "AMBIGUOUS_IDENTITY"
    ENRICHMENT_PENDING = "ENRICHMENT_PENDING"
    IMPOSSIBLE_DATE = "IMPOSSIBLE_DATE"


class ReferCode(Word):
    """Why a decision is REFER: a doubt about the whole picture rather than a ground."""

    UNKNOWN_PRISONER = "UNKNOWN_PRISONER"
    FEED_NOT_BOOTSTRAPPED = "FEED_NOT_BOOTSTRAPPED"
    SEAL_STALE = "SEAL_STALE"
    SEAL_MISMATCH = "SEAL_MISMATCH"
    SOURCE_STALE = "SOURCE_STALE"
    SOURCE_GAP = "SOURCE_GAP"
    NO_RELEASE_ORDER = "NO_RELEASE_ORDER"
    ORDER_NOT_BORNE_OUT = "ORDER_NOT_BORNE_OUT"
    CHECKS_MISSING = "CHECKS_MISSING"
    LIFT_NOT_SEALED = "LIFT_NOT_SEALED"


@dataclass(frozen=True)
class RecordRef:
    """Where something was said: one record of an upstream topic, and the SHA-256 (hex) of its bytes."""

    topic: str
    partition: int
    offset: int
    sha256: str

    def __str__(self) -> str:
        return f"{self.topic}[{self.partition}]@{self.offset} sha256:{self.sha256[:12]}"


@dataclass(frozen=True)
class NoticeGround:
    """One ground in force, as a gate reads it.

    `bars` holds plain strings: an exit that this version of the SDK does not know is kept and bars that exit only by name. `ask` is whom to ring
    about it: `court/<code>`, `prison/<id>`, `immigration` or `hub`; a directory of contacts knows the number (`contacts.py`).
    """

    ground: str
    query_kind: str | None
    authority: str
    subject: str
    bars: tuple[str, ...]
    sentence: str
    rule: str
    source: RecordRef
    query_id: str | None = None
    ask: str = ""

    @property
    def name(self) -> str:
        """The ground, or for a query `QUERY/<kind>`."""
        return f"{self.ground}/{self.query_kind}" if self.query_kind else self.ground


@dataclass(frozen=True)
class NoticeOrder:
    """Custody's order for one exit on one day (law 6), and whether the facts bear it out.

    Valid for `valid_from <= T < valid_until`, where T is the time of a seal. `missing` says in plain sentences what the order's reason
    presupposes and the hub has not been told; empty means borne out.
    """

    exit: str
    subject: str
    reason_code: str
    valid_from: datetime
    valid_until: datetime
    missing: tuple[str, ...]
    source: RecordRef


@dataclass(frozen=True)
class NoticeCheck:
    """A check that the release policy asks for: `people` different people in one of `roles` have signed it, at most `max_age_s` seconds ago.

    None of them may have signed a check of `other_than`. `exits` holds plain strings, as a ground's `bars` does.
    """

    code: str
    sentence: str
    exits: tuple[str, ...]
    roles: tuple[str, ...]
    max_age_s: int
    people: int = 1
    other_than: tuple[str, ...] = ()


@dataclass(frozen=True)
class Notice:
    """What the hub says of one prisoner. `grounds` empty means: known, and nothing in force. `checks` are those of the policy.

    `facts_offset` and `rules_version` are the version: a notice counts only if it is above what a replica has.
    `must_understand` names features without which this notice would be misread; a gate that does not know one vetoes.
    """

    prisoner_number: str
    facts_offset: int
    rules_version: int
    policy_version: int
    as_of: datetime
    grounds: tuple[NoticeGround, ...]
    orders: tuple[NoticeOrder, ...]
    must_understand: tuple[str, ...] = ()
    checks: tuple[NoticeCheck, ...] = ()

    @property
    def version(self) -> tuple[int, int]:
        """What orders notices of one prisoner: (offset in `facts`, rules version)."""
        return self.facts_offset, self.rules_version


@dataclass(frozen=True)
class SealedSource:
    """How complete one source was when the seal was made."""

    source: str
    caught_up_as_of: datetime | None
    gap: bool


@dataclass(frozen=True)
class Seal:
    """A statement of exactly what one partition of `vetoes` holds as of a mark.

    `number` is the first `facts` offset that it does not cover; `digest` the LtHash over the newest notice of every prisoner.
    """

    partition: int
    number: int
    sealed_at: datetime
    digest: bytes
    sources: tuple[SealedSource, ...]
    rules_version: int
    policy_version: int
    key_id: str = ""
    signature: bytes = field(default=b"", repr=False)


#: The fixed key under which seals are written in every partition of `vetoes`; never a prisoner number.
SEAL_KEY = b"$seal"

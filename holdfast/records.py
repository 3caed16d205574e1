"""Records of the hub's own topics that are neither claims nor facts: what is kept, what is remembered, what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from holdfast.claims import Claim, Identifier, Person, SourceMark
from holdfast_gate.model import RecordRef

# --- prisoner-status --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusEntry:
    """One claim that is kept of a prisoner, the `facts` offset at which it was first read, and what T was then."""

    claim: Claim
    facts_offset: int
    folded_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class PrisonerStatus:
    """Everything that is kept of one prisoner, and the notice that gates were sent (its exact bytes).

    `facts_offset` and `rules_version` are the version; `policy_version` is that of the notice; `due_at` is when time alone next changes what gates
    must be told.
    """

    prisoner_number: str
    facts_offset: int = 0
    rules_version: int = 0
    policy_version: int = 0
    due_at: datetime | None = None
    notice: bytes = b""
    entries: tuple[StatusEntry, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusHead:
    """The part of a status that a restart needs at once, read without the entries."""

    prisoner_number: str
    facts_offset: int
    rules_version: int
    policy_version: int
    due_at: datetime | None
    notice: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class AdoptedPolicy:
    """One act that adopted a release policy. `told_at` is T when the fold read it, the same in every partition: it is in force no earlier."""

    policy_version: int
    effective_from: datetime
    recorded_at: datetime
    told_at: datetime
    by: tuple[str, ...]
    reason: str
    source: RecordRef


@dataclass(frozen=True, kw_only=True, slots=True)
class PartitionStatus:
    """How far one partition of `facts` was folded: the first offset not covered, T and the sources of the newest mark, the policies adopted."""

    facts_offset: int
    time: datetime | None
    sources: tuple[SourceMark, ...]
    adopted: tuple[AdoptedPolicy, ...] = ()


# --- identity-links ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkEntry:
    """The prisoner numbers that an identifier was ever learnt for."""

    identifier: Identifier
    prisoner_numbers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SubjectEntry:
    """What is kept of a subject, and every number it was ever addressed to; none while it is parked."""

    subject: str
    addressees: tuple[str, ...]
    claims: tuple[Claim, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A prisoner whom a parked subject may be about, and how nearly he agrees: for people to judge, never to link by.

    `score` is out of 100. `name` is how nearly the names agree, in per cent, None where one side has none. `birthday` is SAME,
    DAY_AND_MONTH_SWAPPED, ONE_SLIP, DIFFERENT or UNKNOWN. `pnc` is his, where the subject has one that is a slip away from it.
    """

    prisoner_number: str
    score: int
    name: int | None
    birthday: str
    pnc: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class DoubtEntry:
    """A doubt of identity's own: whom it holds now (nobody: it is answered), since when, and how each candidate was scored.

    `kind` is a `QueryKind`. A candidate who is not among `held` fits less well than many others.
    """

    kind: str
    about: str
    held: tuple[str, ...]
    since: datetime
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownName:
    """A name as custody wrote it."""

    last_name: str
    first_name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownAsEntry:
    """Every name and every birthday under which custody has ever known a number."""

    prisoner_number: str
    names: tuple[KnownName, ...]
    birthdays: tuple[date, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RollEntry:
    """Who was in the newest share of a hearing day, and who ever was; `claim` is one claim of that share."""

    hearing_id: str
    hearing_day: date
    shared_at: datetime
    defendants: tuple[str, ...]
    ever_seen: tuple[str, ...]
    claim: Claim


@dataclass(frozen=True, kw_only=True, slots=True)
class GapEntry:
    """An unreadable record (`about`) of `source` that names nobody; while it is open, every seal says so."""

    source: str
    about: str
    open: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class PartitionProgress:
    """The newest heartbeat of one upstream partition."""

    partition: int
    as_of: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceProgress:
    """How far one source has come."""

    source: str
    partition_count: int
    caught_up_as_of: datetime | None
    partitions: tuple[PartitionProgress, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ProgressEntry:
    """How far every source has come, and T."""

    time: datetime | None
    sources: tuple[SourceProgress, ...]


# --- dead-letters, incidents ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadLetterHeader:
    """One header of a record that was refused."""

    key: str
    value: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadLetter:
    """An upstream record that could not be read, as it came, with why (`reason`, a code) and how to mend it (`message`)."""

    topic: str
    partition: int
    offset: int
    timestamp: datetime
    key: bytes | None
    value: bytes | None
    headers: tuple[DeadLetterHeader, ...]
    sha256: str
    reason: str
    message: str
    dialect: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Incident:
    """Something went wrong that people must know of at once. `incident_id` is derived from what it is about, so that saying it twice is harmless.

    It concerns a prisoner, a source or a gate. `over_at` is T when it was over and `over` says how, in a sentence; a newer record under the same id
    takes the place of an older one.
    """

    incident_id: str
    kind: str
    prisoner_number: str | None
    source: str | None
    detected_at: datetime
    sentence: str
    records: tuple[RecordRef, ...]
    gate: str | None = None
    over_at: datetime | None = None
    over: str = ""


# --- enrichments ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class EnrichmentAnswer:
    """What a system of record answered about `about`: `body` as it came, empty where `http_status` is 404.

    It answers every doubt about it up to `sequence`. `person` is whom the doubt held; `fetched_at` is when the request was sent: whatever the system
    knew by then is in the answer. `as_of` is that instant by the system's own clock, None where it does not tell: the version of a body that states
    none. `dialect` is how the body is to be read.
    """

    about: str
    sequence: int
    person: Person
    url: str
    http_status: int
    fetched_at: datetime
    dialect: str
    content_type: str
    body: bytes
    as_of: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class EnrichmentRequest:
    """A doubt that waits for an answer: the newest `sequence` told about it, whom it holds, and since when."""

    about: str
    sequence: int
    person: Person
    since: datetime


# --- gate-reports -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportedCheck:
    """A release check that a gate was given: which, by whom in which role, and when it was signed."""

    check: str
    by: str
    role: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportedOfficer:
    """One of the two who settled a REFER."""

    name: str
    role: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportedSettlement:
    """Two officers answered for the REFER that has `settled_sequence` in the same journal; `settlement_id` is the `report_id` of their own entry."""

    settlement_id: str
    settled_sequence: int
    reason_code: str
    officers: tuple[ReportedOfficer, ...]
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisionReport:
    """One decision of a gate, from its journal; `decision` SETTLED is a REFER that two officers settled. `decided_at` is by the gate's own clock.

    `sequence` has no holes, and `previous_hash` is the `entry_hash` of the report before. The same report may come several times: `reports.py`.
    """

    report_id: str
    gate_id: str
    sequence: int
    prisoner_number: str
    exit: str
    decision: str
    codes: tuple[str, ...]
    grounds: tuple[str, ...]
    notice_facts_offset: int | None
    rules_version: int | None
    policy_version: int
    seal_number: int | None
    decided_at: datetime
    valid_until: datetime | None
    mode: str = "BINDING"
    checks: tuple[ReportedCheck, ...] = ()
    settlement: ReportedSettlement | None = None
    previous_hash: str = ""
    entry_hash: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class GatePosition:
    """How far a gate's replica of one partition of `vetoes` has come: the newest seal that it matched, None before the first.

    `feed_age_ms` is the age of that seal at the most, by the gate's monotonic clock. `reported_at` is by its wall clock, which nobody counts on.
    """

    gate_id: str
    partition: int
    seal_number: int | None
    sealed_at: datetime | None
    reported_at: datetime
    mode: str = "BINDING"
    position: int = 0
    bootstrapped: bool = True
    mismatch: bool = False
    feed_age_ms: int | None = None

"""Claims: what an upstream record asserts, in canonical form, and facts: claims whose person is known.

bytes -> claim -> fact -> status -> notice -> decision. Codes are kept raw here; what they mean in law is decided in `grounds.py`, so that a change
of the rules is a replay and not a migration.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from holdfast_gate.model import Authority, QueryKind, RecordRef

IdentifierType = Literal["PNC", "CRO", "HOREF", "DEFENDANT_ID", "MASTER_DEFENDANT_ID", "CID", "BOOKING"]


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Identifier:
    """One identifier of a person. Only a `valid` one is ever matched on; one with a wrong check character is kept as it came."""

    type: IdentifierType
    value: str
    valid: bool = True


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Alias:
    """Another name, or another date of birth, under which a source knows somebody."""

    last_name: str
    first_name: str = ""
    date_of_birth: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Whom a claim is about, as the source knows them. `prisoner_number` is None for courts, who do not know it.

    Names and dates of birth never match by themselves: they only raise the question whether two records are of one person.
    """

    prisoner_number: str | None = None
    identifiers: tuple[Identifier, ...] = ()
    last_name: str | None = None
    first_name: str | None = None
    date_of_birth: date | None = None
    aliases: tuple[Alias, ...] = ()


# --- what courts say --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class ResultLine:
    """One judicial result on one offence. Terms are in months, rounded up; `problems` names what in it could not be (an impossible date).

    `custody_status` is Common Platform's postHearingCustodyStatus, raw: it is never believed, only compared. `convicted`: the court has convicted
    of the offence. `amendment` is why the court changed the line, where it says that it did.
    """

    case_urn: str
    offence_id: str
    offence_code: str
    result_id: str
    result_type_id: str | None = None
    cjs_code: str | None = None
    label: str = ""
    imprisonment_months: int | None = None
    suspended_months: int | None = None
    next_hearing_day: date | None = None
    problems: tuple[str, ...] = ()
    custody_status: str | None = None
    convicted: bool = False
    amendment: str = ""


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class ListedOffence:
    """An offence that a hearing was about, whether or not it has a result: proceedings that are open until a result ends them."""

    case_urn: str
    offence_id: str
    offence_code: str
    convicted: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class CourtSnapshot:
    """Everything that one share says of one defendant at one (hearing, hearing day); the newest `shared_at` replaces the one before.

    `defendants_in_share` lists every defendant of the share, so that one who vanished from a later share is noticed; None where the dialect's
    record speaks of a single defendant by construction. `jurisdiction` is MAGISTRATES, CROWN or empty. `document` names the paper that was made
    from the hearing (`register`, `warrant`) or of it (`listing`), and is empty for the court's own results: a paper can hold and contradict, and
    never ends what the results say.
    """

    defendant_id: str
    hearing_id: str
    hearing_day: date
    shared_at: datetime
    court_code: str
    court_name: str = ""
    lines: tuple[ResultLine, ...] = ()
    defendants_in_share: tuple[str, ...] | None = None
    jurisdiction: str = ""
    document: str = ""
    listed: tuple[ListedOffence, ...] = ()


# --- what custody says ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Movement:
    """A reception (IN) or a movement out (OUT). HMPPS domain events know neither booking nor sequence: those are None there.

    `deleted`: custody took its record of the movement back. Where he is then, custody has to say again.
    """

    direction: Literal["IN", "OUT"]
    booking_id: str | None
    movement_seq: int | None
    movement_type: str
    movement_reason_code: str
    prison_id: str = ""
    to_agency_id: str | None = None
    deleted: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ReleaseOrder:
    """Custody's own order that somebody is to leave on one day. Live while SCH; CANC withdraws it, COMP says it was carried out."""

    booking_id: str
    event_id: str
    release_date: date | None
    movement_reason_code: str
    event_status: str


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class ReleaseDate:
    """One calculated date, for example CRD (conditional release date)."""

    type: str
    date: date


@dataclass(frozen=True, kw_only=True, slots=True)
class SentenceDates:
    """Custody's calculation for one booking. Only a CONFIRMED one can end the SENTENCE ground, and only for sentences it was made after."""

    booking_id: str
    sentence_calculation_id: str
    calculation_status: str
    dates: tuple[ReleaseDate, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Recall:
    """A recall to prison; ends when custody deletes it, or at the post-recall release date that custody confirmed."""

    booking_id: str
    recall_id: str
    recall_type: str
    revocation_date: date | None
    status: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    """A prison alert, for example XNR (not for release)."""

    alert_uuid: str
    alert_code: str
    active_from: date | None
    active_to: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Merge:
    """Two prison numbers are one person: `removed` lives on as `surviving`. Both keep everything ever said of either."""

    surviving_prisoner_number: str
    removed_prisoner_number: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Unmerge:
    """Two prison numbers that were merged are two people after all. Nothing is taken from either until people have settled whose it is."""

    surviving_prisoner_number: str
    removed_prisoner_number: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BookingMoved:
    """A booking was one person's and is another's: `to_prisoner_number` has it now, and `from_prisoner_number` keeps it until people have looked."""

    booking_id: str
    from_prisoner_number: str
    to_prisoner_number: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BookingDeleted:
    """Custody has deleted a booking: no order under it counts any more. What courts and immigration said stands."""

    booking_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ImprisonmentStatus:
    """Why custody thinks that it holds him: a NOMIS imprisonment status (`codes/imprisonment-statuses.csv`), one value where life has several."""

    booking_id: str | None
    status_code: str
    effective_from: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Particulars:
    """Who he is, as custody knows him: the claim's `person` is all that it says. `status` is ACTIVE or DELETED."""

    status: str = "ACTIVE"


@dataclass(frozen=True, kw_only=True, slots=True)
class NominalRoll:
    """Everybody who was in one prison at one instant, by custody's own count; compared with what the hub has been told."""

    prison_id: str
    taken_at: datetime
    prisoner_numbers: tuple[str, ...]


# --- what immigration says --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class ImmigrationRecord:
    """One immigration record: IS91, DEPORTATION_ORDER, IMMIGRATION_BAIL or NO_LONGER_OF_INTEREST; status ACTIVE or DELETED."""

    immigration_detention_uuid: str
    record_type: str
    record_date: date
    home_office_reference: str | None = None
    no_longer_of_interest_reason: str | None = None
    status: str = "ACTIVE"


# --- what the hub and its people say ----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Doubt:
    """The hub cannot tell. Open, it holds everybody it may concern as QUERY/<kind>; it is answered by a record or by a named resolution.

    `about` names what is doubted (a record that could not be read, a subject whose person is not clear). `sequence` orders what the hub says
    about it: where identity doubts, the offset in `claims` that made it doubt or stop doubting.
    """

    kind: QueryKind
    about: str
    sentence: str
    answered: bool = False
    sequence: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacedHold:
    """A hold put on by hand, from a warrant in the hand while a feed is down, in the name of `placed_authority`."""

    hold_id: str
    placed_authority: Authority
    reason: str
    ended: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolution:
    """A named person's answer to queries of one prisoner: to `query_id`, or to every query of `query_kind` open when it was recorded."""

    resolution_id: str
    query_id: str | None
    query_kind: str | None
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A named person says: this identifier is this prisoner (or, unlinked, is not)."""

    identifier: Identifier
    prisoner_number: str
    linked: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyAdoption:
    """Two people put a release policy in force from an instant on. It concerns nobody in particular, and so everybody."""

    policy_version: int
    effective_from: datetime
    reason: str


OfCustody = (
    Movement
    | ReleaseOrder
    | SentenceDates
    | Recall
    | Alert
    | ImprisonmentStatus
    | Particulars
    | Merge
    | Unmerge
    | BookingMoved
    | BookingDeleted
    | NominalRoll
)
Body = CourtSnapshot | OfCustody | ImmigrationRecord | Doubt | PlacedHold | Resolution | Link | PolicyAdoption


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """One assertion about a person known by some identifiers.

    `authority` is who says it; `subject` what it is about (see `subjects.py`). `recorded_at` is when the source wrote it, `received_at` when the
    upstream topic's broker appended it. `source` is the record; `record_id` its id at the source; `by` the people who signed, for people's acts.
    """

    authority: Authority
    subject: str
    person: Person
    occurred_at: datetime
    recorded_at: datetime
    received_at: datetime
    source: RecordRef
    record_id: str
    dialect: str
    body: Body
    by: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """A claim resolved to a prisoner number; immutable."""

    prisoner_number: str
    claim: Claim


@dataclass(frozen=True, kw_only=True, slots=True)
class Adoption:
    """The claim of a `PolicyAdoption`, as identity writes it into every partition of `facts`: it is nobody's fact, and every prisoner's."""

    claim: Claim


# --- time and completeness, travelling with the data ------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class PartitionMark:
    """Intake: everything before this in one upstream partition has been turned into claims.

    `time` is T (the broker's append time of what was read last, or intake's clock where end offsets stand in for heartbeats). `as_of` is the
    newest heartbeat's, None while none was seen. `partition_count` is how many partitions the source's topic has now.
    """

    source: str
    partition: int
    partition_count: int
    time: datetime
    as_of: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceMark:
    """How complete one source is: the oldest `as_of` over its partitions, and whether an unreadable record of it names nobody."""

    source: str
    caught_up_as_of: datetime | None
    gap: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """Time T and completeness, written by identity into every partition of `facts`. The fold's only clock."""

    time: datetime
    sources: tuple[SourceMark, ...] = field(default=())

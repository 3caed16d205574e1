"""What other people's codes mean in law: court results, movements, alerts, statuses, dates, recalls, immigration records.

Tables kept as data beside this file, read and checked at import: reading them is the one thing in `holdfast` that touches a
file. A code is looked up by its identifier, never by its label, because labels drift. A code that no table has is a
question for a person, never "no hold".

Rows have no dates of their own: no source gives a code a second meaning from some day on (every `endDate` of the Common
Platform's definitions is empty, and no identifier comes twice). Where the *law* changes on a day, the rule that applies it
knows the day (`court.SUSPENDABLE_MONTHS`). A reading that is mended counts for the past too: it was wrong then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.codes.court_results import CourtResults
from holdfast.codes.custody_codes import AlertCodes, ImmigrationRecordTypes, ImprisonmentStatuses, RecallTypes
from holdfast.codes.movements import Departure, MovementReason, MovementReasons, ReceivedAs
from holdfast.codes.release_dates import ReleaseDateKind, ReleaseDateType, ReleaseDateTypes
from holdfast.codes.rows import CodeRow, Effect, most_custodial
from holdfast.codes.tables import CodeTableError, Edition, shipped

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "EDITIONS",
    "AlertCodes",
    "CodeRow",
    "CodeTableError",
    "CourtResults",
    "Departure",
    "Edition",
    "Effect",
    "ImmigrationRecordTypes",
    "ImprisonmentStatuses",
    "MovementReason",
    "MovementReasons",
    "RecallTypes",
    "ReceivedAs",
    "ReleaseDateKind",
    "ReleaseDateType",
    "ReleaseDateTypes",
    "administrative",
    "alerts",
    "classify",
    "classify_alert",
    "classify_immigration",
    "classify_imprisonment_status",
    "classify_movement",
    "classify_recall",
    "court_results",
    "departure",
    "exits_of_order",
    "fixed_term_days",
    "immigration_record_types",
    "imprisonment_statuses",
    "known_reason",
    "leaves",
    "most_custodial",
    "movement_reasons",
    "recall_types",
    "received_as",
    "release_date_kind",
    "release_date_types",
]

_COURT_RESULTS = CourtResults(shipped("court-results.csv", CourtResults.COLUMNS))
_MOVEMENT_REASONS = MovementReasons(shipped("movement-reasons.csv", MovementReasons.COLUMNS))
_ALERT_CODES = AlertCodes(shipped("alert-codes.csv", AlertCodes.COLUMNS))
_IMPRISONMENT_STATUSES = ImprisonmentStatuses(shipped("imprisonment-statuses.csv", ImprisonmentStatuses.COLUMNS))
_RECALL_TYPES = RecallTypes(shipped("recall-types.csv", RecallTypes.COLUMNS))
_RELEASE_DATE_TYPES = ReleaseDateTypes(shipped("release-date-types.csv", ReleaseDateTypes.COLUMNS))
_IMMIGRATION_RECORD_TYPES = ImmigrationRecordTypes(shipped("immigration-record-types.csv", ImmigrationRecordTypes.COLUMNS))

#: Which edition of each table this version reads codes by.
EDITIONS: Mapping[str, Edition] = {
    "court-results": _COURT_RESULTS.edition,
    "movement-reasons": _MOVEMENT_REASONS.edition,
    "alert-codes": _ALERT_CODES.edition,
    "imprisonment-statuses": _IMPRISONMENT_STATUSES.edition,
    "recall-types": _RECALL_TYPES.edition,
    "release-date-types": _RELEASE_DATE_TYPES.edition,
    "immigration-record-types": _IMMIGRATION_RECORD_TYPES.edition,
}

# Every row of each table, in the order of its file.


def court_results() -> tuple[CodeRow, ...]:
    """Every court result."""
    return _COURT_RESULTS.rows


def movement_reasons() -> tuple[MovementReason, ...]:
    """Every movement reason."""
    return _MOVEMENT_REASONS.rows


def alerts() -> tuple[CodeRow, ...]:
    """Every alert."""
    return _ALERT_CODES.rows


def imprisonment_statuses() -> tuple[CodeRow, ...]:
    """Every imprisonment status."""
    return _IMPRISONMENT_STATUSES.rows


def recall_types() -> tuple[CodeRow, ...]:
    """Every kind of recall."""
    return _RECALL_TYPES.rows


def release_date_types() -> tuple[ReleaseDateType, ...]:
    """Every type of release date."""
    return _RELEASE_DATE_TYPES.rows


def immigration_record_types() -> tuple[CodeRow, ...]:
    """Every type of immigration record."""
    return _IMMIGRATION_RECORD_TYPES.rows


# What one code means.


def classify(result_type_id: str | None, cjs_code: str | None) -> CodeRow:
    """What a court result means: see `CourtResults.classify`."""
    return _COURT_RESULTS.classify(result_type_id, cjs_code)


def classify_alert(alert_code: str) -> CodeRow:
    """What a prison alert means, while it is active."""
    return _ALERT_CODES.classify(alert_code)


def classify_movement(movement_type: str, reason_code: str) -> CodeRow:
    """What a movement says of custody: see `MovementReasons.classify`."""
    return _MOVEMENT_REASONS.classify(movement_type, reason_code)


def classify_imprisonment_status(status: str) -> CodeRow:
    """On what custody says that somebody is held: see `ImprisonmentStatuses`."""
    return _IMPRISONMENT_STATUSES.classify(status)


def classify_recall(recall_type: str) -> CodeRow:
    """What a kind of recall means; one that is not known is for a person to look at."""
    return _RECALL_TYPES.classify(recall_type)


def classify_immigration(record_type: str) -> CodeRow:
    """What a type of immigration record means; one that is not known is for a person to look at."""
    return _IMMIGRATION_RECORD_TYPES.classify(record_type)


def fixed_term_days(recall_type: str) -> int | None:
    """How many days a fixed term recall is for: see `RecallTypes.fixed_term_days`."""
    return _RECALL_TYPES.fixed_term_days(recall_type)


def release_date_kind(date_type: str) -> ReleaseDateKind:
    """What the coming of a date of this type means: see `ReleaseDateKind`."""
    return _RELEASE_DATE_TYPES.kind(date_type)


def exits_of_order(reason_code: str) -> frozenset[str]:
    """The exits that a release order with this NOMIS movement reason is for: see `MovementReasons.exits_of_order`."""
    return _MOVEMENT_REASONS.exits_of_order(reason_code)


def known_reason(reason_code: str) -> bool:
    """Whether any row of the table of movements has this reason."""
    return _MOVEMENT_REASONS.known(reason_code)


def departure(movement_type: str, reason_code: str) -> Departure:
    """What became of somebody by a movement: see `Departure`."""
    return _MOVEMENT_REASONS.departure(movement_type, reason_code)


def leaves(movement_type: str, reason_code: str) -> bool:
    """Whether a movement out means that somebody left, in whatever way. What is not known does, because departures are reported."""
    return departure(movement_type, reason_code) is not Departure.STAYS


def received_as(reason_code: str) -> ReceivedAs:
    """On what an admission says that somebody is held: see `MovementReasons.received_as`."""
    return _MOVEMENT_REASONS.received_as(reason_code)


def administrative(movement_type: str, reason_code: str) -> bool:
    """Whether a movement moved only paper: see `MovementReasons.administrative`."""
    return _MOVEMENT_REASONS.administrative(movement_type, reason_code)

"""Every event type of HMPPS and of NOMIS that is known, and what is done with it. One table for each question.

An event is read (by `hmpps` or `nomis`), or is thin and sends us to a system of record (`DOMAIN_ROUTES`, `NOMIS_ROUTES`), or is known to say
nothing about custody (`DOMAIN_NOTHING`, `NOMIS_NOTHING`). Anything else is refused by its name.

That is a decision. The streams carry far more than custody: to hold everybody whom they mention would hold a whole prison for its canteen. But a
type that nobody has looked at may be the one that matters. So what says nothing is listed by name, with the reason of its group, and is counted;
what is on no list becomes a dead letter that holds whom it names.

A name that ends in `.*` or `-*` stands for all that begin so. Exact names come first, then the longest beginning. What says nothing goes before what
is asked about, so that one of a family can be left out; a whole family that says nothing covers nothing that is asked about.

Sources: ministryofjustice/hmpps-domain-events, `spec`; ministryofjustice/hmpps-prisoner-events, `OffenderEventsTransformer.kt`;
ministryofjustice/hmpps-remand-and-sentencing-api, its domain event services; ministryofjustice/hmpps-alerts-api, `DomainEventType.kt`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Route = Literal["prisoner", "booking", "sentence-dates", "recalls", "alerts", "immigration"]

#: Route to the words for it: which system of record is asked, and what for.
ROUTES: Mapping[Route, str] = {
    "prisoner": "prison-api (his movements, status, dates and identifiers)",
    "booking": "prison-api (whose booking it is, and his movements, status, dates and identifiers)",
    "sentence-dates": "the release dates service (his latest calculation)",
    "recalls": "remand and sentencing (his recalls)",
    "alerts": "the alerts service (his alerts)",
    "immigration": "remand and sentencing (his immigration detention)",
}

DOMAIN_ROUTES: Mapping[str, Route] = {
    "prison-offender-events.prisoner.imprisonment-status-changed": "prisoner",
    "prison-offender-events.prisoner.fine-payment.changed": "prisoner",  # a default ends when the fine is paid
    "prison-offender-events.prisoner.sentence-dates-changed": "sentence-dates",
    "prison-offender-events.prisoner.sentence.changed": "sentence-dates",
    "prison-offender-events.prisoner.sentence-term.changed": "sentence-dates",
    "prison-offender-events.prisoner.fixed-term-recall.changed": "recalls",
    "prisoner-offender-search.prisoner.created": "prisoner",
    "prisoner-offender-search.prisoner.updated": "prisoner",  # but see DOMAIN_CATEGORIES_OF_NOTHING
    "prisoner-offender-search.prisoner.convicted-status-changed": "prisoner",
    "prisoner-offender-search.prisoner.alerts-updated": "alerts",  # but for alerts that say nothing about custody
    "person.alert.*": "alerts",  # likewise
    "person.alerts.changed": "alerts",
    "person.court-appearance-movement.*": "prisoner",
    "person.temporary-absence.*": "prisoner",  # an absence that is cancelled is an order withdrawn
    "person.temporary-absence-movement.*": "prisoner",
    "person.temporary-absence-authorisation.*": "prisoner",
    "restricted-patients.patient.*": "prisoner",
    "calculate-release-dates.*": "sentence-dates",
    "release-date-adjustments.*": "sentence-dates",
    "adjudication.punishments.*": "sentence-dates",  # days may have been added
    "recall.*": "recalls",
    # Immigration detention has no event of its own: it is stored as an appearance before the court IMM.
    "court-appearance.*": "immigration",
    "court-case.*": "immigration",
    "charge.*": "immigration",
    "sentence.*": "sentence-dates",
}

#: What changed about somebody in the prisoner search index without touching his custody. Movements and alerts have events of their own.
DOMAIN_CATEGORIES_OF_NOTHING = frozenset({"LOCATION", "ALERTS", "INCENTIVE_LEVEL", "PHYSICAL_DETAILS", "CONTACT_DETAILS"})

DOMAIN_NOTHING = frozenset(
    {
        # Where in the prison, and how he lives there.
        "prison-offender-events.prisoner.cell.move",
        "prison-offender-events.prisoner.activities-changed",
        "prison-offender-events.prisoner.appointments-changed",
        "prison-offender-events.prisoner.video-appointment.cancelled",
        "prison-offender-events.prisoner.dietary.information.updated",
        "prison-offender-events.prisoner.non-association-detail.changed",
        "person.temporary-absence.comments-changed",
        "person.temporary-absence.transport-changed",
        "person.temporary-absence-movement.comments-changed",
        "person.temporary-absence-authorisation.comments-changed",
        "person.temporary-absence-authorisation.transport-changed",
        "person.court-appearance-movement.comments-changed",
        "person.case-note.*",
        "person.csip-record.*",
        "prison.case-note.*",
        "activities.*",
        "appointments.*",
        "adjudication.hearing.*",
        "adjudication.hearingCompleted.*",
        "adjudication.report.*",
        "incentives.*",
        "incident.*",
        "location.*",
        "non-associations.*",
        "offender-management.*",
        # Who may visit him.
        "prison-offender-events.prisoner.contact-added",
        "prison-offender-events.prisoner.contact-approved",
        "prison-offender-events.prisoner.contact-removed",
        "prison-offender-events.prisoner.contact-unapproved",
        "prison-offender-events.prisoner.person-restriction.*",
        "prison-offender-events.prisoner.restriction.changed",
        "prison-offender-events.visitor.restriction.*",
        "prison-visit.*",
        "prison-visit-allocation.*",
        "prison-visit-booker.*",
        # Plans for a day in court: the movement has its own event, and what the court decides comes from the court.
        "person.court-appearance.*",
        "legacy.court-case-references.updated",
        # A number leaves the search index after a merge or a deletion, each of which has an event of its own. It ends nothing.
        "prisoner-offender-search.prisoner.removed",
        # Reference tables.
        "prisoner-alerts.*",
        "manage-offences.*",
        # Probation and the community: they know people by CRN, and somebody's custody does not follow from them. A recall has its own event once
        # it is made; to consider one is not to make it.
        "accommodation.*",
        "accredited-programmes-community.*",
        "applications.*",
        "approved-premises.*",
        "core-person-record.*",
        "create-and-vary-a-licence.*",
        "event.*",
        "intervention.*",
        "interventions.*",
        "licence-condition.*",
        "person.community.*",
        "pre-sentence.*",
        "prison-recall.recommendation.*",
        "probation.*",
        "probation-case.*",
        "requirement.*",
        "risk-assessment.*",
        "sas.*",
        "tier.*",
        "unpaid-work.*",
    }
)

NOMIS_ROUTES: Mapping[str, Route] = {
    "CONFIRMED_RELEASE_DATE-CHANGED": "prisoner",
    "IMPRISONMENT_STATUS-CHANGED": "prisoner",
    "OFFENDER_MOVEMENT-RECEPTION": "prisoner",
    "OFFENDER_MOVEMENT-DISCHARGE": "prisoner",
    "OFFENDER_TRANSFER-OUT_OF_LIDS": "prisoner",
    "OFFENDER_BOOKING-INSERTED": "prisoner",
    "OFFENDER_BOOKING-CHANGED": "prisoner",
    "BOOKING_NUMBER-CHANGED": "prisoner",  # but for a merge
    "OFFENDER_BOOKING-REASSIGNED": "prisoner",  # where it does not say between whom
    "SCHEDULED_EXT_MOVE-*": "prisoner",
    "OFFENDER_FINE_PAYMENTS-*": "prisoner",
    "SENTENCE_DATES-CHANGED": "sentence-dates",
    "SENTENCE_CALCULATION_DATES-CHANGED": "sentence-dates",
    "SENTENCING-CHANGED": "sentence-dates",
    "SENTENCE_ADJUSTMENT_UPSERTED": "sentence-dates",
    "SENTENCE_ADJUSTMENT_DELETED": "sentence-dates",
    "KEY_DATE_ADJUSTMENT_UPSERTED": "sentence-dates",
    "KEY_DATE_ADJUSTMENT_DELETED": "sentence-dates",
    "OFFENDER_SANCTION-CHANGED": "sentence-dates",  # days may have been added
    "OFF_SENT-*": "sentence-dates",
    "OFF_SENT_CHRG-*": "sentence-dates",
    "OFF_SENT_TERM-*": "sentence-dates",
    "HDC_CONDITION-CHANGED": "sentence-dates",
    "HDC_FINE-INSERTED": "prisoner",
    "OFFENDER_FIXED_TERM_RECALLS-*": "recalls",
    "ALERT-*": "alerts",
    "COURT_EVENT-*": "immigration",
    "COURT_EVENT_CHARGES-*": "immigration",
    "OFFENDER_CASES-*": "immigration",
    "OFFENDER_CHARGES-*": "immigration",
    "ORDERS-*": "immigration",
}

#: Who he is: worth asking where the event says of whom it speaks. Many give only a number inside NOMIS, by which nobody else knows him.
NOMIS_IDENTITY = frozenset(
    {
        "OFFENDER-*",
        "OFFENDER_DETAILS-CHANGED",
        "OFFENDER_ALIAS-CHANGED",
        "OFFENDER_IDENTIFIER-*",
    }
)

NOMIS_NOTHING = frozenset(
    {
        # Where in the prison, and how he lives there.
        "BED_ASSIGNMENT_HISTORY-INSERTED",
        "ASSESSMENT-*",
        "APPOINTMENT_CHANGED",
        "CSIP_*",
        "EDUCATION_LEVEL-*",
        "GL_TRANSACTIONS-*",
        "HEARING_DATE-CHANGED",
        "HEARING_RESULT-*",
        "IEP_*",
        "INCIDENT-*",
        "IWP_DOCUMENTS-*",
        "MATERNITY_STATUS-*",
        "NON_ASSOCIATION_DETAIL-*",
        "OFFENDER_BELIEFS-*",
        "OFFENDER_CASE_NOTES-*",
        "OFFENDER_EMPLOYMENT-*",
        "OFFENDER_IDENTIFYING_MARKS-*",
        "OFFENDER_IMAGE-*",
        "OFFENDER_LANGUAGES-*",
        "OFFENDER_MARKS_IMAGE-*",
        "OFFENDER_PHYSICAL_ATTRIBUTES-CHANGED",
        "OFFENDER_PHYSICAL_DETAILS-CHANGED",
        "OFFENDER_PROFILE_DETAILS-*",
        "OFFENDER_TRANSACTIONS-*",
        "OFF_HEALTH_PROBLEMS-*",
        "OFF_MILITARY_REC-*",
        "PRISONER_ACTIVITY-UPDATE",
        "PRISONER_APPOINTMENT-UPDATE",
        "PRISONER_PROPERTY-*",
        "RISK_SCORE-*",
        # A wish to be moved, or leave to be: the movement that is scheduled has its own event.
        "MOVEMENT_APPLICATION-*",
        "MOVEMENT_APPLICATION_MULTI-*",
        "TRANSFER_WAITLIST-*",
        # A court's reference number in the case.
        "OFFENDER_CASE_IDENTIFIERS-*",
        # Who may visit or ring him, and where they live.
        "ADDRESS_USAGE-*",
        "ADDRESSES_*",
        "CONTACT_PERSON-*",
        "INTERNET_ADDRESSES-*",
        "INTERNET_ADDRESSES_*",
        "OFFENDER_CONTACT-*",
        "OFFENDER_EMAIL-*",
        "OFFENDER_OFFICIAL_VISIT-*",
        "OFFENDER_OFFICIAL_VISIT_VISTORS-*",
        "OFFENDER_PHONE-*",
        "OFFENDER_VISIT_BALANCE_ADJS-*",
        "PERSON-*",
        "PERSON_*",
        "PHONE-*",
        "PHONES-*",
        "PHONES_*",
        "RESTRICTION-*",
        "VISITOR_RESTRICTION-*",
        "VISIT_CANCELLED",
        # His record is past its keeping and gone. It ends nothing.
        "DATA_COMPLIANCE_DELETE-OFFENDER",
        # Buildings, firms and staff.
        "AGENCY_*",
        "AGY_INT_LOC_PROFILES-*",
        "CORPORATE-*",
        "CORPORATE_*",
        "INT_LOC_USAGE_LOCATIONS-*",
        "STAFF_*",
        "TAG_IMAGES-*",
        "USER_ACCESSIBLE_CASELOADS-*",
        "USER_CASELOAD_ROLES-*",
    }
)

_ENDS_OF_WORDS = (".", "-", "_")


def named(event_type: str, names: Mapping[str, object] | frozenset[str]) -> str | None:
    """The entry of `names` that `event_type` falls under: its own, or the longest beginning; None where there is none."""
    if event_type in names:
        return event_type
    cuts = (at for at in range(len(event_type) - 1, 0, -1) if event_type[at - 1] in _ENDS_OF_WORDS)
    return next((entry for at in cuts if (entry := f"{event_type[:at]}*") in names), None)

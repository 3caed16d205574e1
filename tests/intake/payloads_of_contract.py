"""One record of every type that courts, custody and immigration send in the contract dialect."""

from __future__ import annotations

from typing import Any

from tests.intake.records import ENVELOPE, payload

RECEPTION = payload("RECEPTION", booking_id="1", movement_seq=1, movement_reason_code="N", prison_id="WWI")
MOVEMENT_OUT = payload(
    "MOVEMENT_OUT", booking_id=1, movement_seq="2", movement_type="CRT", movement_reason_code="19", from_prison_id="WWI", to_agency_id="B16BG"
)
RELEASE_ORDER = payload("RELEASE_ORDER", booking_id="1", event_id="e", release_date="2026-08-15", movement_reason_code="CR", event_status="SCH")
SENTENCE_DATES = payload(
    "SENTENCE_DATES",
    booking_id="1",
    sentence_calculation_id="c",
    calculation_status="CONFIRMED",
    dates=[{"type": "CRD", "date": "2026-08-15"}, {"type": "SED", "date": "2027-08-15"}],
)
RECALL = payload("RECALL", booking_id="1", recall_id="x", recall_type="FTR_28", revocation_date="2026-08-01", status="ACTIVE")
ALERT = payload("ALERT", alert_uuid="a", alert_code="XNR", active_from="2026-08-01", active_to=None)
MERGE = payload("MERGE", surviving_prisoner_number="A1111AA", removed_prisoner_number="B2222BB")
IMMIGRATION = payload(
    "IMMIGRATION_RECORD", immigration_detention_uuid="i", record_type="IS91", record_date="2026-08-01", home_office_reference="ho/12345"
)
HEARTBEAT = {"type": "SOURCE_HEARTBEAT", **ENVELOPE, "source": "court", "as_of": "2026-08-14T12:00:00Z"}
COURT_RESULT: dict[str, Any] = payload(
    "COURT_RESULT",
    person={"identifiers": [{"type": "PNC", "value": "02/73319Z"}], "last_name": "Alder"},
    hearing_id="h-1",
    hearing_day="2026-08-13",
    shared_at="2026-08-13T16:00:00+01:00",
    court_code="B16BG00",
    court_name="Example Magistrates' Court",
    case_urn="16BG0001126",
    defendant_id="D-1",
    master_defendant_id="M-1",
    results=[
        {
            "offence_id": "o-1",
            "offence_code": "TH68010",
            "result_id": "r-1",
            "result_type_id": None,
            "cjs_code": "1115",
            "label": "Suspended sentence",
            "imprisonment_months": 12,
            "suspended_months": 24,
            "next_hearing_day": "2026-09-01",
        }
    ],
)

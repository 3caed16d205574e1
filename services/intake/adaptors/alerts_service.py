"""Custody: alerts as the alerts service answers about them.

Source: ministryofjustice/hmpps-alerts-api, `model/Alert.kt`. Times are London's and have no offset.
"""

from __future__ import annotations

from pydantic import StrictBool

from holdfast.claims import Alert, Claim
from holdfast.london import london_date
from services.intake.adaptors.opened import Opened, local_instant
from services.intake.adaptors.parts import Id, Number, Part, Teller, Words, fitted, listed, misfit, newest, number_of, stated_day


class CodePart(Part):
    """What kind of alert it is."""

    code: Id


class AlertPart(Part):
    """One alert."""

    alert_uuid: Id
    prison_number: Number = None
    alert_code: CodePart
    active_from: Words = None
    active_to: Words = None
    is_active: StrictBool | None = None
    created_at: Words = None
    last_modified_at: Words = None
    made_inactive_at: Words = None


def alerts(teller: Teller, found: Opened) -> tuple[Claim, ...]:
    """Alerts, under the id by which their events name them. Raises MisfitError."""
    return tuple(_alert(teller, fitted(AlertPart, item, "an alert")) for item in listed(found))


def _alert(teller: Teller, part: AlertPart) -> Claim:
    number = number_of(part.prison_number, "an alert")
    earliest = part.is_active is False
    made_inactive = local_instant(part.made_inactive_at, earliest=True)
    stated = newest([local_instant(raw, earliest=earliest) for raw in (part.created_at, part.last_modified_at)] + [made_inactive])
    recorded_at = teller.versioned(stated)
    if recorded_at is None:
        raise misfit("an alert", f"of {number} does not say when it was made")
    ends = stated_day(part.active_to, "activeTo", "an alert")
    # Not active although no end has come: it will be, or it ended when it was made inactive.
    began = stated_day(part.active_from, "activeFrom", "an alert")
    over = ends or (london_date(made_inactive) if earliest and made_inactive else None)
    body = Alert(alert_uuid=part.alert_uuid, alert_code=part.alert_code.code, active_from=began, active_to=over)
    return teller.claim(body, teller.person(number), occurred_at=stated or recorded_at, recorded_at=recorded_at)

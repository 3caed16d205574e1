"""Grounds that custody opens and ends: recalls and alerts."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.claims import Alert, Claim, Recall
from holdfast.codes import CodeRow, Effect, classify_alert
from holdfast.grounds.picture import Hold, Picture, hold, newest_by_subject, query
from holdfast_gate.model import Authority, Ground, QueryKind


def recalls(picture: Picture) -> Iterator[Hold]:
    """Recalled to prison: until custody deletes the recall or its confirmed post-recall date arrives."""
    for words in newest_by_subject(picture.custody.recalls):
        for claim in words:
            recall = claim.body
            if isinstance(recall, Recall) and recall.status != "DELETED" and not picture.custody.recall_ended(claim, picture.today):
                since = f" on {recall.revocation_date.day} {recall.revocation_date:%b %Y}" if recall.revocation_date else ""
                text = f"Recalled to prison ({recall.recall_type}){since}, booking {recall.booking_id}; ends only by custody."
                yield hold(Ground.RECALL, Authority.CUSTODY, text, "recall/active", claim)
                break


def alerts(picture: Picture) -> Iterator[Hold]:
    """Not for release, power to detain: while the alert is active. Alerts that hint at what another authority knows are queries until it speaks."""
    for words in newest_by_subject(claim for claim in picture.claims if isinstance(claim.body, Alert)):
        for claim in words:
            alert = claim.body
            if not isinstance(alert, Alert) or (alert.active_to is not None and alert.active_to <= picture.today):
                continue
            row = classify_alert(alert.alert_code)
            text = f"Alert {alert.alert_code} ({row.meaning}) is active; ends only by custody"
            if row.effect is Effect.HOLD:
                yield hold(Ground(row.ground), Authority.CUSTODY, f"{text}.", f"alert/{alert.alert_code}", claim)
            elif row.effect is Effect.CHECK and not _immigration_has_spoken(picture, claim, row):
                yield query(QueryKind(row.ground), claim.subject, f"{text}, or when who it speaks of has.", "alert/check", claim)
            break


def _immigration_has_spoken(picture: Picture, alert: Claim, row: CodeRow) -> bool:
    about_immigration = row.ground == QueryKind.CONTRADICTION.value and row.code.startswith(("XLD", "XSD", "XIL"))
    return about_immigration and any(c.recorded_at > alert.recorded_at for matter in picture.immigration for c in matter)

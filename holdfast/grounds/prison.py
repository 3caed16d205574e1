"""Grounds that custody opens and ends: recalls and alerts; and what its own books say that other authorities must answer."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.claims import Alert, Claim, ImmigrationRecord, ImprisonmentStatus, Movement, Recall
from holdfast.codes import CodeRow, Effect, ReceivedAs, classify_alert, classify_imprisonment_status, classify_movement, classify_recall, received_as
from holdfast.grounds.picture import Hold, Picture, newest_by_subject
from holdfast.grounds.table import law
from holdfast.subjects import admissions, happened_at, newest
from holdfast_gate.model import Ground, QueryKind

#: Grounds of other authorities that an imprisonment status can speak of, and that the authority itself must have spoken of.
_OF_IMMIGRATION = frozenset({Ground.IMMIGRATION_DETENTION.value, Ground.DEPORTATION.value, Ground.EXTRADITION.value})


def recalls(picture: Picture) -> Iterator[Hold]:
    """Recalled to prison: until custody deletes the recall or its confirmed date after recall arrives.

    Custody says so in a record of the recall; where it has none for the booking, in why it received him, or in his imprisonment status.
    """
    for words in newest_by_subject(picture.custody.recalls):
        for claim in words:
            recall = claim.body
            if not isinstance(recall, Recall) or recall.status == "DELETED":
                continue
            if not picture.custody.recall_ended(claim.recorded_at, recall.booking_id, picture.today):
                since = f" on {recall.revocation_date.day} {recall.revocation_date:%b %Y}" if recall.revocation_date else ""
                yield _recall(picture, claim, "recall/active", what=_kind(recall), since=since, booking=recall.booking_id or "unknown")
                break
    yield from _implied_recalls(picture)


def _kind(recall: Recall) -> str:
    meaning = classify_recall(recall.recall_type).meaning
    return ", ".join(filter(None, (meaning[:1].lower() + meaning[1:], recall.recall_type)))


def _implied_recalls(picture: Picture) -> Iterator[Hold]:
    custody = picture.custody
    current = custody.current_booking()
    for claim in admissions(custody.movements):
        movement = claim.body
        if not isinstance(movement, Movement) or movement.deleted or movement.booking_id in custody.gone or custody.let_go_after(claim.occurred_at):
            continue
        reason, booking = movement.movement_reason_code, movement.booking_id or current
        if received_as(reason) is ReceivedAs.RECALL and not _ended(picture, claim, movement.booking_id):
            yield _recall(picture, claim, f"reception/{reason}", what=f"received as recalled, {reason}", since="", booking=booking or "unknown")
            break
    status = custody.status()
    if status is not None and isinstance(status.body, ImprisonmentStatus):
        row = classify_imprisonment_status(status.body.status_code)
        if row.ground == Ground.RECALL.value and not _ended(picture, status, None):
            yield _recall(picture, status, f"imprisonment-status/{row.code}", what=row.meaning, since="", booking=current or "unknown")


def _ended(picture: Picture, claim: Claim, booking: str | None) -> bool:
    # What custody's books say is so since an instant, and may be told again later; only a word of before that instant cannot know of it.
    since = min(claim.occurred_at, claim.recorded_at)
    told = picture.custody.recall_told(booking or picture.custody.current_booking(), since)
    return told or picture.custody.recall_ended(since, booking, picture.today)


def _admissions(picture: Picture) -> Iterator[tuple[Claim, str]]:
    """Each admission into his booking, or that knows no booking and came since it began; with the reason."""
    booking, began = picture.custody.current_booking(), picture.custody.began()
    for claim in admissions(picture.custody.movements):
        movement = claim.body
        if isinstance(movement, Movement) and not movement.deleted:
            since = movement.booking_id is None and (began is None or claim.occurred_at >= began)
            if movement.booking_id == booking or since:
                yield claim, movement.movement_reason_code


def reception(picture: Picture) -> Iterator[Hold]:
    """Received for a reason that no table has, or that only people can read: on what he is held is a question."""
    reasons = {claim: reason for claim, reason in _admissions(picture) if received_as(reason) is not ReceivedAs.NOTHING}
    for claim in newest(reasons, happened_at):
        reason = reasons[claim]
        row = classify_movement("ADM", reason)
        if reason and received_as(reason) is ReceivedAs.UNKNOWN:
            text = f"Received into booking {picture.custody.current_booking() or 'unknown'} as '{row.meaning}' ({row.code}): {row.reason}"
            yield picture.query(QueryKind(row.ground), claim.subject, text, f"reception/{reason}", claim, detail=reason)


def _recall(picture: Picture, claim: Claim, rule: str, **facts: str) -> Hold:
    return picture.hold(law(Ground.RECALL), claim, rule, **facts)


def alerts(picture: Picture) -> Iterator[Hold]:
    """Not for release, power to detain: while the alert is active. Alerts that hint at what another authority knows are queries until it speaks."""
    for words in newest_by_subject(claim for claim in picture.claims if isinstance(claim.body, Alert)):
        for claim in words:
            alert = claim.body
            if not isinstance(alert, Alert) or (alert.active_to is not None and alert.active_to <= picture.today):
                continue
            row = classify_alert(alert.alert_code)
            if row.effect is Effect.HOLD:
                yield picture.hold(law(Ground(row.ground)), claim, f"alert/{alert.alert_code}", code=alert.alert_code, what=row.meaning)
            elif row.effect is Effect.CHECK and not _answered(picture, claim, row):
                text = f"The prison's alert '{row.meaning}' ({alert.alert_code}) is active, which somebody must read: {row.reason}"
                yield picture.query(QueryKind(row.ground), claim.subject, text, "alert/check", claim)


def imprisonment_status(picture: Picture) -> Iterator[Hold]:
    """An imprisonment status that nobody knows, that is impossible for who is to be released, or that speaks for an authority that has not."""
    claim = picture.custody.status()
    if claim is None or not isinstance(claim.body, ImprisonmentStatus):
        return
    row = classify_imprisonment_status(claim.body.status_code)
    if row.effect is Effect.CHECK:
        text = f"The prison's reason for holding the person is '{row.meaning}' ({row.code}), which somebody must read: {row.reason}"
        yield picture.query(QueryKind(row.ground), claim.subject, text, "imprisonment-status/check", claim)
    elif row.ground in _OF_IMMIGRATION and not _spoken_for(picture, row):
        silent = "a court" if row.ground == Ground.EXTRADITION.value else "immigration"
        text = f"The prison holds the person under '{row.meaning}' ({row.code}), and Holdfast has no record from {silent} about it"
        yield picture.query(QueryKind.CONTRADICTION, claim.subject, text, "imprisonment-status/unspoken", claim)


def _spoken_for(picture: Picture, row: CodeRow) -> bool:
    if row.ground == Ground.EXTRADITION.value:
        return any(said.row.ground == row.ground for offence in picture.offences for said in offence.in_force)
    return any(isinstance(claim.body, ImmigrationRecord) for claim in picture.claims)


def _answered(picture: Picture, alert: Claim, row: CodeRow) -> bool:
    """Immigration has spoken since custody's alert about it."""
    return row.asks == "IMMIGRATION" and any(c.recorded_at > alert.recorded_at for matter in picture.immigration for c in matter)

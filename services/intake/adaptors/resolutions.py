"""What people decide: the acts on the `resolutions` topic. Each is named and reasoned; one that may free somebody is signed by two."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, assert_never, get_args

from holdfast.claims import Body, Claim, Doubt, Identifier, Link, Person, PlacedHold, Resolution
from holdfast.identifiers import identifier, is_prisoner_number
from holdfast.sources import SOURCE_OF_TOPIC
from holdfast.subjects import subject_of
from holdfast_gate.model import Authority, QueryKind
from services.intake.adaptors.opened import YEARS
from services.intake.adaptors.port import MisfitError, Upstream

Fields = Mapping[str, Any]

_DIALECT = "contract"
#: Acts that may free somebody.
FREEING = frozenset({"RESOLVE_QUERY", "UNLINK", "DISCARD", "END_PLACED_HOLD"})
_TWO_PEOPLE = 2


def act(record: Upstream, kind: str, fields: Fields, problems: Sequence[str]) -> tuple[Claim, ...]:
    """The claim of an act; none for REDRIVE, which only says that a record will come again. Raises MisfitError."""
    by = _signatories(fields["by"])
    if kind in FREEING and len(by) < _TWO_PEOPLE:
        signed = ", ".join(by) or "nobody"
        raise MisfitError("TWO_PEOPLE_REQUIRED", f"{kind} may free somebody and is signed by {signed}", "let two different people sign it")
    if not by or not fields["reason"].strip():
        raise MisfitError("INVALID_PAYLOAD", f"{kind} without a name or without a reason", "say who decided and why")
    if problems or any(fields[name].year not in YEARS for name in ("occurred_at", "recorded_at")):
        raise MisfitError("INVALID_PAYLOAD", f"{kind} at a time that cannot exist", "send occurred_at and recorded_at as instants")
    if kind == "REDRIVE":
        _about(fields)
        return ()
    person = Person() if kind == "DISCARD" else Person(prisoner_number=_prisoner_number(fields))
    body = _body(record, kind, fields)
    return (
        Claim(
            authority=Authority.HUB,
            subject=subject_of(body, person),
            person=person,
            occurred_at=fields["occurred_at"],
            recorded_at=fields["recorded_at"],
            received_at=record.appended_at,
            source=record.ref,
            record_id=fields["record_id"],
            dialect=_DIALECT,
            body=body,
            by=by,
        ),
    )


def _body(record: Upstream, kind: str, fields: Fields) -> Body:
    match kind:
        case "LINK" | "UNLINK":
            return Link(identifier=_identifier(record, fields), prisoner_number=_prisoner_number(fields), linked=kind == "LINK")
        case "RESOLVE_QUERY":
            return _resolution(fields)
        case "DISCARD":
            about = _about(fields)
            text = f"{about} was discarded: {fields['reason']}"
            return Doubt(kind=QueryKind.UNREADABLE_RECORD, about=about, sentence=text, answered=True)
        case "PLACE_HOLD" | "END_PLACED_HOLD":
            ended = kind == "END_PLACED_HOLD"
            authority = Authority.HUB if ended else _authority(fields)
            return PlacedHold(hold_id=_hold_id(fields), placed_authority=authority, reason=fields["reason"], ended=ended)
        case _:
            raise MisfitError("INVALID_PAYLOAD", f"{kind} is an act that intake does not read", "mend intake, then redrive the record")

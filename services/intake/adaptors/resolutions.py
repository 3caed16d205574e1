"""What people decide: the acts on the `resolutions` topic. Each is named and reasoned; one that may free somebody is signed by two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from holdfast.claims import Body, Claim, Doubt, Identifier, Link, Person, PlacedHold, PolicyAdoption, Resolution
from holdfast.identifiers import identifier, is_prisoner_number
from holdfast.policies import POLICIES
from holdfast.sources import READ_BY_INTAKE
from holdfast.subjects import subject_of
from holdfast_gate.checks import signatory
from holdfast_gate.model import Authority, QueryKind
from services.intake.adaptors.opened import YEARS
from services.intake.adaptors.port import MisfitError, Upstream

Fields = Mapping[str, Any]

_DIALECT = "contract"
#: Acts that may free somebody. A policy may ask for less than the one before it.
FREEING = frozenset({"RESOLVE_QUERY", "UNLINK", "DISCARD", "END_PLACED_HOLD", "ADOPT_POLICY"})
#: Acts that are about no prisoner.
_ABOUT_NOBODY = frozenset({"DISCARD", "ADOPT_POLICY"})
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
    person = Person() if kind in _ABOUT_NOBODY else Person(prisoner_number=_prisoner_number(fields))
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
        case "ADOPT_POLICY":
            return _adoption(fields)
        case _:
            raise MisfitError("INVALID_PAYLOAD", f"{kind} is an act that intake does not read", "mend intake, then redrive the record")


def _resolution(fields: Fields) -> Resolution:
    query_id, query_kind = fields["query_id"], fields["query_kind"]
    if (query_id is None) == (query_kind is None) or query_id == "":
        raise MisfitError("INVALID_PAYLOAD", "RESOLVE_QUERY names no query, or both one and a kind", "send query_id or query_kind")
    if query_kind is not None and query_kind not in set(QueryKind):
        raise MisfitError("INVALID_PAYLOAD", f"query_kind is {query_kind[:100]!r}", f"send one of {', '.join(QueryKind)}")
    return Resolution(resolution_id=fields["record_id"], query_id=query_id, query_kind=query_kind, reason=fields["reason"])


def _adoption(fields: Fields) -> PolicyAdoption:
    version, since = fields["policy_version"], fields["effective_from"]
    if not 0 <= version < len(POLICIES):
        mend = f"adopt one of 0 to {len(POLICIES) - 1}, or update the hub before you adopt a newer one"
        raise MisfitError("INVALID_PAYLOAD", f"release policy {version} is not known to this hub", mend)
    if since.year not in YEARS:
        raise MisfitError("INVALID_PAYLOAD", f"effective_from is {since}", "send the instant from which on the policy is in force")
    return PolicyAdoption(policy_version=version, effective_from=since, reason=fields["reason"])


def _about(fields: Fields) -> str:
    topic, partition, offset = fields["topic"], fields["partition"], fields["offset"]
    if topic not in READ_BY_INTAKE or partition < 0 or offset < 0:
        raise MisfitError("INVALID_PAYLOAD", f"{topic[:100]}/{partition}/{offset} is no upstream record", "name topic, partition and offset of one")
    return f"{topic}/{partition}/{offset}"


def _prisoner_number(fields: Fields) -> str:
    number: str = fields["prisoner_number"].strip().upper()
    if not is_prisoner_number(number):
        raise MisfitError("INVALID_PAYLOAD", f"prisoner_number is {number[:100]!r}", "send a prison number, as A1234BC")
    return number


def _identifier(record: Upstream, fields: Fields) -> Identifier:
    given = fields["identifier"]
    found = identifier(given["type"], given["value"], this_year=record.appended_at.year)
    if found is None or not found.valid:
        problem = f"{given['type']} {given['value'][:100]!r} is not valid, and is never matched on"
        raise MisfitError("INVALID_PAYLOAD", problem, "check its letters and digits")
    return found


def _hold_id(fields: Fields) -> str:
    hold_id: str = fields["hold_id"].strip()
    if not hold_id:
        raise MisfitError("INVALID_PAYLOAD", "hold_id is empty", "name the hold")
    return hold_id


def _authority(fields: Fields) -> Authority:
    allowed = {authority.value: authority for authority in (Authority.COURT, Authority.CUSTODY, Authority.IMMIGRATION)}
    if (found := allowed.get(fields["authority"])) is None:
        raise MisfitError("INVALID_PAYLOAD", f"authority is {fields['authority'][:100]!r}", f"send {' or '.join(allowed)}")
    return found


def _signatories(names: Sequence[str]) -> tuple[str, ...]:
    """The different people among `names`, as first written."""
    people: dict[str, str] = {}
    for name in names:
        if person := signatory(name):
            people.setdefault(person, " ".join(name.split()))
    return tuple(people.values())

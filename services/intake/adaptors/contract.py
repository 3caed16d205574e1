"""The contract dialect: the hub's own records, as Avro or as the same in plain JSON.

What a record says is told by its `type`; on which topic it may say it, by `schemas`. A date that cannot exist leaves its field empty, where the rest
can stand without it, and is itself a doubt that holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from holdfast.claims import Alias, Body, Claim, Doubt, Identifier, IdentifierType, Person
from holdfast.identifiers import identifier, is_prisoner_number
from holdfast.sources import SOURCE_OF_TOPIC
from holdfast.subjects import micros, subject_of
from holdfast_gate.avro import UnreadableError
from holdfast_gate.model import Authority, QueryKind
from schemas import names_by_type, registry
from schemas.contract import PayloadError, from_avro, from_json
from services.intake.adaptors.bodies import body_of
from services.intake.adaptors.opened import YEARS, as_object, opened, written
from services.intake.adaptors.port import Heartbeat, MisfitError, Read, Refused, Upstream
from services.intake.adaptors.resolutions import act

NAME = "contract"
HEARTBEAT = "SOURCE_HEARTBEAT"
EVENT_TYPE_PREFIX = "uk.holdfast."
#: What the header ce_type says of our records: `uk.holdfast.RECEPTION`.
EVENT_TYPES = frozenset(EVENT_TYPE_PREFIX + kind for topic in SOURCE_OF_TOPIC for kind in names_by_type(topic))

_AUTHORITY = {"court-results": Authority.COURT, "custody-events": Authority.CUSTODY, "immigration-events": Authority.IMMIGRATION}
#: Without these a claim could not be ordered, or not be told apart: then the doubt alone goes on.
_DECISIVE = frozenset({"occurred_at", "recorded_at", "shared_at", "hearing_day", "record_date", "taken_at"})
#: Whom these are about stands in the record itself, and not in its `person`.
_NAME_THEIR_OWN = frozenset({"MERGE", "UNMERGE", "BOOKING_MOVED", "NOMINAL_ROLL"})

Fields = Mapping[str, Any]


class Contract:
    """Reads every `type` of the contract."""

    name = NAME

    def recognises(self, record: Upstream) -> bool:
        """Avro bytes, or a JSON object with a `record_id`, or with a `type` of ours and no `eventType`, by which others name theirs."""
        if registry().recognises(record.value):
            return True
        found = opened(record.value)
        content = as_object(found.content) if found and not found.enveloped else None
        return (
            content is not None
            and isinstance(kind := content.get("type"), str)
            and ("record_id" in content or ("eventType" not in content and _topics_of(kind) != []))
        )

    def read(self, record: Upstream) -> Read | Refused:
        """The claim that the record makes, and a doubt for what in it cannot be."""
        try:
            kind, fields, problems = _fields(record)
            _check_header(record, kind)
            if kind == HEARTBEAT:
                return Read(heartbeat=_heartbeat(record, fields))
            if record.topic == "resolutions":
                return Read(claims=act(record, kind, fields, problems))
            return Read(claims=_Told(record=record, kind=kind, fields=fields, problems=problems).claims())
        except MisfitError as misfit:
            return misfit.refused(record, NAME)
        except UnreadableError as error:
            reason = "WRONG_TOPIC" if error.reason == "WRONG_RECORD" else error.reason
            return Refused(reason=reason, message=f"{record.about}: {error}; publish what `schemas` has for this topic", dialect=NAME)
        except PayloadError as error:
            reason = "UNREADABLE" if error.reason == "NOT_JSON" else "INVALID_HEARTBEAT" if _beats(record) else "INVALID_PAYLOAD"
            return Refused(reason=reason, message=f"{record.about}: {error}", dialect=NAME)


def _beats(record: Upstream) -> bool:
    found = opened(record.value)
    return found is not None and (as_object(found.content) or {}).get("type") == HEARTBEAT


def _fields(record: Upstream) -> tuple[str, Fields, Sequence[str]]:
    """Type, fields, and the paths of dates that cannot exist. Raises MisfitError, UnreadableError, PayloadError."""
    if registry().recognises(record.value):
        kind, fields = from_avro(record.value)
        _check_topic(record, kind)
        return kind, fields, ()
    found = opened(record.value)
    content = as_object(found.content) if found else None
    if content is not None and isinstance(kind := content.get("type"), str):
        _check_topic(record, kind)
    return from_json(record.topic, record.value)


def _check_topic(record: Upstream, kind: str) -> None:
    topics = _topics_of(kind)
    if topics and record.topic not in topics:
        raise MisfitError("WRONG_TOPIC", f"{kind} has no place on {record.topic}", f"publish it to {' or '.join(topics)}")


def _topics_of(kind: str) -> list[str]:
    return [topic for topic in SOURCE_OF_TOPIC if kind in names_by_type(topic)]


def _check_header(record: Upstream, kind: str) -> None:
    stated = record.header("ce_type")
    if stated in EVENT_TYPES and stated != EVENT_TYPE_PREFIX + kind:
        raise MisfitError("INVALID_PAYLOAD", f"the header ce_type says {stated} and the record {kind}", "say the same in both")


def _heartbeat(record: Upstream, fields: Fields) -> Heartbeat:
    source, as_of = fields["source"], fields["as_of"]
    expected = SOURCE_OF_TOPIC[record.topic]
    if source != expected:
        raise MisfitError("INVALID_HEARTBEAT", f"{source[:100]!r} vouches for nothing on {record.topic}", f"send heartbeats of {expected}")
    if as_of is None or as_of.year not in YEARS:
        raise MisfitError("INVALID_HEARTBEAT", "as_of is no instant of ours", "send an instant between 1970 and 2199")
    return Heartbeat(source=source, as_of=as_of)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Told:
    """One record of a court, of custody or of immigration."""

    record: Upstream
    kind: str
    fields: Fields
    problems: Sequence[str]

    def claims(self) -> tuple[Claim, ...]:
        """The claim and its doubts. Raises MisfitError."""
        person = self._person()
        claim = self._claim(_AUTHORITY[self.record.topic], person, body_of(self.record, self.kind, self.fields, self.problems))
        impossible = [path for path in self.problems if not path.startswith("results.")]  # results carry theirs with them
        if not impossible:
            return (claim,)
        doubt = self._doubt(impossible, claim)
        return (doubt,) if _DECISIVE & set(impossible) else (claim, doubt)

    def _claim(self, authority: Authority, person: Person, body: Body) -> Claim:
        return Claim(
            authority=authority,
            subject=subject_of(body, person),
            person=person,
            occurred_at=self._instant("occurred_at"),
            recorded_at=self._instant("recorded_at"),
            received_at=self.record.appended_at,
            source=self.record.ref,
            record_id=self.fields["record_id"],
            dialect=NAME,
            body=body,
        )

    def _instant(self, name: str) -> datetime:
        """Raises MisfitError. One that cannot exist is the broker's: it then only dates the doubt."""
        at: datetime | None = self.fields[name]
        if at is not None and at.year not in YEARS:
            raise MisfitError("INVALID_PAYLOAD", f"{name} is {at.isoformat()}", "send an instant between 1970 and 2199")
        return at or self.record.appended_at

    def _doubt(self, impossible: Sequence[str], claim: Claim) -> Claim:
        about = self.record.about if "hearing_day" in impossible else claim.subject
        named = " and ".join(f"{path} as {written(self.record.value, path)!r}" for path in impossible)
        text = f"One record ({self.kind} {self.fields['record_id'][:100]}) gives what cannot exist ({named})."
        body = Doubt(kind=QueryKind.IMPOSSIBLE_DATE, about=about, sentence=text, sequence=micros(claim.recorded_at))
        return replace(claim, authority=Authority.HUB, subject=subject_of(body, claim.person), body=body)

    def _person(self) -> Person:
        """Raises MisfitError for a person whom nobody could ever recognise: such a record would be held for ever, and nobody by it."""
        given = self.fields["person"]
        number = (given["prisoner_number"] or "").strip().upper() or None
        if number is not None and not is_prisoner_number(number):
            raise MisfitError("INVALID_PAYLOAD", f"person.prisoner_number is {number[:100]!r}", "send a prison number, as A1234BC, or none")
        own = [(each["type"], each["value"]) for each in given["identifiers"]]
        if self.kind == "COURT_RESULT":
            own += [("DEFENDANT_ID", self.fields["defendant_id"]), ("MASTER_DEFENDANT_ID", self.fields["master_defendant_id"])]
        if self.kind == "IMMIGRATION_RECORD":
            own += [("HOREF", self.fields["home_office_reference"])]
        identifiers = {found for kind, raw in own if (found := self._identifier(kind, raw)) is not None}
        if number is None and self.kind not in _NAME_THEIR_OWN and not any(found.valid for found in identifiers):
            raise MisfitError("INVALID_PAYLOAD", "person has neither a prison number nor an identifier that is valid", "say whom it is about")
        return Person(
            prisoner_number=number,
            identifiers=tuple(sorted(identifiers)),
            last_name=given["last_name"],
            first_name=given["first_name"],
            date_of_birth=given["date_of_birth"],
            aliases=tuple(
                Alias(last_name=each["last_name"], first_name=each["first_name"], date_of_birth=each["date_of_birth"]) for each in given["aliases"]
            ),
        )

    def _identifier(self, kind: IdentifierType, raw: str | None) -> Identifier | None:
        return identifier(kind, raw, this_year=self.record.appended_at.year)

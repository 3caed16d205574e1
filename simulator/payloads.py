"""Records as upstream systems write them: from a step of a scenario to bytes, key and headers.

A payload of the contract dialect is written as Avro. One that does not fit its schema is written as the plain JSON that
it is, for the hub to judge: an impossible date must be able to reach it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from holdfast.claims import Person
from holdfast.records import DecisionReport, EnrichmentAnswer
from holdfast.sources import ENRICHMENTS, ROUTES_BY_NUMBER, SOURCE_OF_TOPIC, TOPIC_OF_ROUTE, TOPIC_OF_SOURCE
from holdfast.subjects import micros
from schemas.contract import PayloadError, to_avro
from schemas.wire import encode
from services.runtime.ports import Headers, Outgoing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from simulator.scenario import Enrich, Publish, Reported, Resolve
    from simulator.scenario_yaml import Plain

AVRO, JSON, BYTES = "application/avro", "application/json", "application/octet-stream"
RESOLUTIONS, REPORTS = "resolutions", "gate-reports"
_PRISONER_KEYS = (
    "prisoner_number",
    "surviving_prisoner_number",
    "nomsNumber",
    "prisonerNumber",
    "offenderNo",
    "prisonerId",
)
_PRISONER_PARENTS = ("person", "additionalInformation")


class ResolutionError(ValueError):
    """A `resolve` step is not a record of the resolutions topic."""


def published(step: Publish, *, record_id: str, at: datetime) -> Outgoing:
    """Write a `publish` step; `record_id` and `at` stand in where the payload has no id and no times of its own."""
    if step.dialect == "contract" and isinstance(step.payload, dict):
        outgoing = contract_record(step.topic, step.payload, record_id=record_id, at=at)
    else:
        outgoing = _as_they_are(step, record_id, at)
    headers = dict(outgoing.headers) | {name: text.encode() for name, text in step.headers.items()}
    key = outgoing.key if step.key is None else _bytes(step.key)
    return replace(outgoing, key=key, headers=tuple(headers.items()))


def contract_record(topic: str, payload: Mapping[str, Plain], *, record_id: str, at: datetime) -> Outgoing:
    """Write a record of the contract dialect, as Avro where it fits its schema and else as JSON."""
    completed: dict[str, Plain] = {"record_id": record_id, "occurred_at": _rfc3339(at), "recorded_at": _rfc3339(at), **payload}
    try:
        value, content_type = to_avro(topic, completed), AVRO
    except PayloadError:
        value, content_type = _as_json(completed), JSON
    headers = _headers(_event_id(completed, record_id), _event_type("contract", completed), _upstream(topic), at, content_type)
    return Outgoing(topic=topic, key=_bytes(_key(completed)), value=value, headers=headers)


def reports(step: Reported, *, record_id: str, at: datetime) -> Sequence[Outgoing]:
    """Write a `report` step: decisions of another gate, as its own journal would."""
    written: list[Outgoing] = []
    for number in range(1, step.times + 1):
        report = DecisionReport(
            report_id=f"{step.report_id or record_id}/{number}",
            gate_id=step.gate,
            sequence=number,
            prisoner_number=step.prisoner,
            exit=step.exit.value,
            decision=step.decision,
            codes=(),
            grounds=(),
            notice_facts_offset=None,
            rules_version=None,
            policy_version=0,
            seal_number=None,
            decided_at=step.decided_at or at,
            valid_until=None,
            mode=step.mode,
        )
        written.append(Outgoing(topic=REPORTS, key=_bytes(step.gate), value=encode(report)))
    return written


def _as_they_are(step: Publish, record_id: str, at: datetime) -> Outgoing:
    content_type = BYTES if step.payload is None else JSON
    value = step.raw if step.raw is not None else _as_json(step.payload)
    headers = _headers(_event_id(step.payload, record_id), _event_type(step.dialect, step.payload), _upstream(step.topic), at, content_type)
    return Outgoing(topic=step.topic, key=_bytes(_key(step.payload)), value=value, headers=headers)


def enrichment(step: Enrich, *, record_id: str, at: datetime) -> Outgoing:
    """Write an `enrich` step: the answer to everything that was told of `about` before `at`."""
    route, _, key = step.about.partition("/")
    if step.payload is None and step.raw is None:
        body, content_type = b"", ""
    elif step.dialect == "contract" and isinstance(step.payload, dict):
        record = contract_record(TOPIC_OF_ROUTE[route], step.payload, record_id=record_id, at=at)
        body, content_type = record.value or b"", dict(record.headers)["content-type"].decode()
    else:
        body, content_type = (step.raw if step.raw is not None else _as_json(step.payload)), JSON if step.payload is not None else BYTES
    answer = EnrichmentAnswer(
        about=step.about,
        sequence=micros(at),
        person=Person(prisoner_number=key if route in ROUTES_BY_NUMBER else step.prisoner),
        url=f"https://records.example/{step.about}",
        http_status=step.status,
        fetched_at=at,
        dialect=step.dialect,
        content_type=content_type,
        body=body,
        as_of=at,
    )
    headers = _headers(record_id, "uk.holdfast.EnrichmentAnswer", "/holdfast/enrichment", at, AVRO)
    return Outgoing(topic=ENRICHMENTS, key=step.about.encode(), value=encode(answer), headers=headers)


def resolution(step: Resolve, *, record_id: str, at: datetime) -> Outgoing:
    """Write a `resolve` step. Raises ResolutionError when it does not fit the schema: only its author can be wrong."""
    defaults: dict[str, Plain] = {"record_id": record_id, "occurred_at": _rfc3339(at), "recorded_at": _rfc3339(at)}
    payload = {**defaults, **step.payload, "type": step.kind}
    try:
        value = to_avro(RESOLUTIONS, payload)
    except PayloadError as error:
        message = f"{step.where}: not a {step.kind} as the resolutions topic has it: {error}"
        raise ResolutionError(message) from error
    headers = _headers(_event_id(payload, record_id), f"uk.holdfast.{step.kind}", _upstream(RESOLUTIONS), at, AVRO)
    return Outgoing(topic=RESOLUTIONS, key=_bytes(_key(payload)), value=value, headers=headers)


def heartbeat(source: str, partition: int, as_of: datetime) -> Outgoing:
    """Write a SOURCE_HEARTBEAT: everything that `source` decided before `as_of` precedes it in this partition."""
    topic = TOPIC_OF_SOURCE[source]
    record_id = f"heartbeat/{source}/{partition}/{_rfc3339(as_of)}"
    times: dict[str, Plain] = {"occurred_at": _rfc3339(as_of), "recorded_at": _rfc3339(as_of), "as_of": _rfc3339(as_of)}
    payload: dict[str, Plain] = {"type": "SOURCE_HEARTBEAT", "record_id": record_id, "source": source, **times}
    headers = _headers(record_id, "uk.holdfast.SOURCE_HEARTBEAT", _upstream(topic), as_of, AVRO)
    return Outgoing(topic=topic, key=None, value=to_avro(topic, payload), headers=headers, partition=partition)


def _as_json(payload: Plain) -> bytes:
    return json.dumps(payload, separators=(",", ":")).encode()


def _headers(event_id: str, event_type: str, source: str, at: datetime, content_type: str) -> Headers:
    # CloudEvents 1.0, Kafka protocol binding §3.2; W3C Trace Context §3.2. A rerun has the same trace again.
    digest = hashlib.sha256(event_id.encode()).hexdigest()
    headers = {
        "ce_specversion": "1.0",
        "ce_id": event_id,
        "ce_type": event_type,
        "ce_source": source,
        "ce_time": _rfc3339(at),
        "content-type": content_type,
        "traceparent": f"00-{digest[:32]}-{digest[32:48]}-01",
    }
    return tuple((name, text.encode()) for name, text in headers.items() if text)


def _upstream(topic: str) -> str:
    return f"/upstream/{SOURCE_OF_TOPIC[topic]}"


def _event_id(payload: Plain, record_id: str) -> str:
    stated = payload.get("record_id") if isinstance(payload, dict) else None
    return stated if isinstance(stated, str) and stated else record_id


def _event_type(dialect: str, payload: Plain) -> str:
    fields = payload if isinstance(payload, dict) else {}
    match dialect:
        case "contract":
            return f"uk.holdfast.{fields['type']}" if isinstance(fields.get("type"), str) else ""
        case "common-platform":
            return "public.events.hearing.hearing-resulted"
        case "hmpps-domain-event":
            return str(_domain_event(fields).get("eventType", ""))
        case _:
            return f"uk.holdfast.upstream.{dialect}"


def _domain_event(fields: Mapping[str, Plain]) -> Mapping[str, Plain]:
    # SNS wraps the event as JSON within JSON.
    message = fields.get("Message")
    if not isinstance(message, str):
        return fields
    try:
        event: Plain = json.loads(message)
    except ValueError:
        return fields
    return event if isinstance(event, dict) else fields


def _key(payload: Plain) -> str | None:
    """Find the prisoner number, else the defendant's id, else the hearing's: what publishers key by."""
    if not isinstance(payload, dict):
        return None
    event = _domain_event(payload)
    hearing = event.get("hearing")
    candidates = [*(event.get(parent) for parent in _PRISONER_PARENTS), event]
    found = [at.get(name) for at in candidates if isinstance(at, dict) for name in _PRISONER_KEYS]
    found += [
        event.get("defendant_id"),
        event.get("hearing_id"),
        hearing.get("id") if isinstance(hearing, dict) else None,
    ]
    return next((key for key in found if isinstance(key, str) and key), None)


def _bytes(key: str | None) -> bytes | None:
    return None if key is None else key.encode(errors="backslashreplace")  # half a character has no UTF-8


def _rfc3339(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")

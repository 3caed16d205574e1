"""Answers and settlements as records for `gate-reports`, and in full for people and machines."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from holdfast_gate.avro import UnreadableError
from holdfast_gate.contacts import Contacts
from holdfast_gate.records import full_name, registry

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from holdfast_gate.answer import Answer, Refer
    from holdfast_gate.chain import Entry
    from holdfast_gate.settlement import Settlement

REPORT = "DecisionReport"
#: The decision word of a settlement's own report; never what a gate answers.
SETTLED = "SETTLED"


def encode_report(answer: Answer, *, report_id: str, gate_id: str, decided_at: datetime) -> bytes:
    """The report of `answer`, which has its number, as bytes; without hashes, which are added when it is sent."""
    record = _record(answer, report_id=report_id, gate_id=gate_id, decided_at=decided_at, valid_for_s=answer.valid_for_s)
    return registry().encode(full_name(REPORT), record)


def encode_settlement(settlement: Settlement, shown: Answer, *, gate_id: str, sequence: int, decided_at: datetime) -> bytes:
    """The report of `settlement` under its own number: that of the answer that was shown, with the word SETTLED and who settled it."""
    valid_for_s = settlement.settled_for_s
    record = _record(shown, report_id=settlement.settlement_id, gate_id=gate_id, decided_at=decided_at, valid_for_s=valid_for_s)
    record |= {"sequence": sequence, "decision": SETTLED, "settlement": _reported(settlement)}
    return registry().encode(full_name(REPORT), record)


def as_sent(entry: Entry) -> bytes:
    """The report of an entry as it stands on `gate-reports`: with the entry's hash and the one before it. The same bytes whenever it is sent."""
    _, record = registry().decode(entry.report)
    return registry().encode(full_name(REPORT), record | {"previous_hash": entry.previous_hash, "entry_hash": entry.hash})


def report_of(value: bytes) -> Mapping[str, Any] | None:
    """The fields of a report as it stands in the journal; None when it is none, because the journal was damaged."""
    try:
        name, record = registry().decode(value)
    except UnreadableError:
        return None
    return record if name == full_name(REPORT) else None


def number_stated(entry: Entry) -> int | None:
    """The number under which an entry's report was written, by its own word."""
    report = report_of(entry.report)
    return None if report is None else report["sequence"]


def _record(answer: Answer, *, report_id: str, gate_id: str, decided_at: datetime, valid_for_s: int) -> dict[str, Any]:
    facts_offset, rules_version = answer.notice_version or (None, answer.rules_version)
    return {
        "report_id": report_id,
        "gate_id": gate_id,
        "sequence": answer.sequence,
        "prisoner_number": answer.prisoner_number,
        "exit": answer.exit,
        "decision": answer.decision.value,
        "codes": [reason.code.value for reason in answer.refer],
        "grounds": list(dict.fromkeys(ground.name for ground in answer.grounds)),
        "notice_facts_offset": facts_offset,
        "rules_version": rules_version,
        "policy_version": answer.policy_version,
        "seal_number": answer.seal_number,
        "decided_at": decided_at,
        "valid_until": decided_at + timedelta(seconds=valid_for_s) if valid_for_s else None,
        "mode": answer.mode.value,
        "checks": [asdict(check) for check in answer.checks],
        "settlement": None if answer.settlement is None else _reported(answer.settlement),
        "previous_hash": "",
        "entry_hash": "",
    }


def _reported(settlement: Settlement) -> Mapping[str, Any]:
    return {
        "settlement_id": settlement.settlement_id,
        "settled_sequence": settlement.sequence,
        "reason_code": settlement.reason_code,
        "officers": [asdict(officer) for officer in settlement.officers],
        "note": settlement.note,
    }


def as_json(answer: Answer, contacts: Contacts | None = None) -> str:
    """The whole answer on one line, for a machine; with `contacts`, also whom to ring about each ground."""
    record: dict[str, Any] = asdict(answer)
    record |= {"decision": answer.decision.value, "valid_for_s": answer.valid_for_s, "mode": answer.mode.value}
    record["refer"] = _reasons(answer.refer)
    record["checks"] = [{**asdict(check), "at": check.at.isoformat()} for check in answer.checks]
    record["grounds"] = [{**asdict(ground), "name": ground.name} for ground in answer.grounds]
    if answer.settlement is not None:
        told = settlement_as_record(answer.settlement)
        record["settlement"] = {name: told[name] for name in ("settlement_id", "sequence", "reason_code", "officers", "settled_for_s")}
    if contacts is not None:
        for ground in record["grounds"]:
            ground["contact"] = contacts.as_json(ground["ask"])
    return json.dumps(record, ensure_ascii=False)


def settlement_as_record(settlement: Settlement) -> dict[str, Any]:
    """A settlement as the local API gives it. The note stands in the journal and in the report."""
    return {
        "settlement_id": settlement.settlement_id,
        "sequence": settlement.sequence,
        "prisoner_number": settlement.prisoner_number,
        "exit": settlement.exit,
        "refer": _reasons(settlement.refer),
        "reason_code": settlement.reason_code,
        "officers": [asdict(officer) for officer in settlement.officers],
        "settled_for_s": settlement.settled_for_s,
    }


def settlement_as_json(settlement: Settlement) -> str:
    """The whole settlement on one line, with its note."""
    return json.dumps(settlement_as_record(settlement) | {"note": settlement.note}, ensure_ascii=False)


def _reasons(refer: tuple[Refer, ...]) -> list[dict[str, str]]:
    return [{"code": reason.code.value, "sentence": reason.sentence} for reason in refer]

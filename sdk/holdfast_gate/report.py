"""An answer as a record for `gate-reports`, and in full for people and machines."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from holdfast_gate.contacts import Contacts
from holdfast_gate.records import full_name, registry

if TYPE_CHECKING:
    from datetime import datetime

    from holdfast_gate.answer import Answer

REPORT = "DecisionReport"


def encode_report(answer: Answer, *, report_id: str, gate_id: str, sequence: int, decided_at: datetime) -> bytes:
    """The report of `answer`, as bytes."""
    facts_offset, rules_version = answer.notice_version or (None, answer.rules_version)
    record = {
        "report_id": report_id,
        "gate_id": gate_id,
        "sequence": sequence,
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
        "valid_until": decided_at + timedelta(seconds=answer.valid_for_s) if answer.valid_for_s else None,
        "mode": "BINDING",
        "checks": [asdict(check) for check in answer.checks],
    }
    return registry().encode(full_name(REPORT), record)


def as_json(answer: Answer, contacts: Contacts | None = None) -> str:
    """The whole answer on one line, for a machine; with `contacts`, also whom to ring about each ground."""
    record: dict[str, Any] = asdict(answer)
    record |= {"decision": answer.decision.value, "valid_for_s": answer.valid_for_s}
    record["refer"] = [{"code": reason.code.value, "sentence": reason.sentence} for reason in answer.refer]
    record["checks"] = [{**asdict(check), "at": check.at.isoformat()} for check in answer.checks]
    record["grounds"] = [{**asdict(ground), "name": ground.name} for ground in answer.grounds]
    if contacts is not None:
        for ground in record["grounds"]:
            ground["contact"] = contacts.as_json(ground["ask"])
    return json.dumps(record, ensure_ascii=False)

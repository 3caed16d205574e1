"""Answers of the gate under test: whether one is whole and does not contradict itself, and what it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast_gate.answer import ALLOW_VALID_FOR_S
from holdfast_gate.conformance.case import CaseFailedError
from holdfast_gate.model import Decision

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast_gate.conformance.ports import Reply

OK = 200
#: Members of an answer, and what each may be.
MEMBERS: Mapping[str, tuple[type, ...]] = {
    "decision": (str,),
    "prisoner_number": (str,),
    "exit": (str,),
    "grounds": (list,),
    "refer": (list,),
    "notice_version": (list, type(None)),
    "seal_number": (int, type(None)),
    "rules_version": (int, type(None)),
    "policy_version": (int,),
    "checks": (list,),
    "sequence": (int, type(None)),
    "valid_for_s": (int,),
    "mode": (str,),
    "settlement": (dict, type(None)),
}
GROUND_MEMBERS = ("name", "ground", "query_kind", "authority", "subject", "bars", "sentence", "rule", "source", "query_id", "ask")
SOURCE_MEMBERS = ("topic", "partition", "offset", "sha256")


def sound(reply: Reply, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The answer in `reply` to what was `asked`. Raises CaseFailedError for one that is none, lacks something, or contradicts itself."""
    answer = reply.json()
    if reply.status != OK or not isinstance(answer, dict):
        raise CaseFailedError(f"200 and an answer in JSON to {dict(asked)}", str(reply))
    wrong = "; ".join(_wrong(answer, asked))
    if wrong:
        raise CaseFailedError(f"an answer as the API describes it, to {dict(asked)}", f"{wrong}: {reply}")
    return answer


def named(answer: Mapping[str, Any]) -> set[str]:
    """The grounds, query kinds and codes in an answer."""
    grounds = answer["grounds"]
    return (
        {each["ground"] for each in grounds}
        | {each["query_kind"] for each in grounds if each["query_kind"]}
        | {each["code"] for each in answer["refer"]}
    )


def _wrong(answer: dict[str, Any], asked: Mapping[str, Any]) -> list[str]:
    if wrong := [f"{name} is {answer.get(name)!r}" for name, types in MEMBERS.items() if name not in answer or not _is(answer[name], types)]:
        return wrong
    if not all(isinstance(each, dict) for name in ("grounds", "refer", "checks") for each in answer[name]):
        return ["grounds, refer and checks hold something that is no object"]
    wrong = [f"a ground has no {name}" for ground in answer["grounds"] for name in GROUND_MEMBERS if name not in ground]
    wrong += [
        f"the source of a ground has no {name}" for ground in answer["grounds"] for name in SOURCE_MEMBERS if name not in ground.get("source", ())
    ]
    wrong += [f"a reason for REFER has no {name}" for reason in answer["refer"] for name in ("code", "sentence") if not reason.get(name)]
    if answer["prisoner_number"] != asked["prisoner_number"].strip().upper() or answer["exit"] != asked["exit"]:
        wrong.append("it is about somebody else, or another exit")
    return wrong or _contradictions(answer)


def _contradictions(answer: dict[str, Any]) -> list[str]:
    decision, valid_for_s = answer["decision"], answer["valid_for_s"]
    match decision:
        case Decision.ALLOW.value:
            fits = not answer["grounds"] and not answer["refer"] and 0 < valid_for_s <= ALLOW_VALID_FOR_S and answer["sequence"] is not None
            rule = f"an ALLOW has no reason against it, is good for 1 to {ALLOW_VALID_FOR_S} seconds, and is in the journal"
        case Decision.REFER.value:
            settled = answer["settlement"] is not None
            fits = bool(answer["refer"]) and (0 <= valid_for_s <= ALLOW_VALID_FOR_S if settled else valid_for_s == 0)
            rule = "a REFER says why, and lets nobody go (valid_for_s is 0) unless officers have settled it"
        case Decision.VETO.value:
            fits, rule = bool(answer["grounds"]) and valid_for_s == 0, "a VETO says why, and lets nobody go (valid_for_s is 0)"
        case _:
            fits, rule = False, "a decision is ALLOW, REFER or VETO"
    return [] if fits else [f"contradiction: {rule}"]


def _is(value: object, types: tuple[type, ...]) -> bool:
    return isinstance(value, types) and not isinstance(value, bool)


def told(notice: Mapping[str, Any]) -> str:
    """A notice that the kit's hub writes, in words."""
    grounds = [f"{each.ground} bars {', '.join(each.bars) or 'nothing'}" for each in notice.get("grounds", ())]
    orders = [f"{each.exit} ordered{' (not borne out)' if each.missing else ''}" for each in notice.get("orders", ())]
    checks = [f"{each.code} asked for" for each in notice.get("checks", ())]
    others = [f"{name} {value}" for name, value in notice.items() if name not in {"grounds", "orders", "checks"}]
    return "; ".join([*(grounds or ["nothing in force"]), *(orders or ["nothing ordered"]), *checks, *others])

"""Wrong at the door: what they make of a request."""

from __future__ import annotations

import json
from typing import Any

from holdfast_gate import Gate
from holdfast_gate.conformance.ports import Reply
from holdfast_gate.model import Exit
from holdfast_gate.report import as_json
from tests.gate.doors import MemoryDoor, ProblemError, settlement_asked
from tests.gate.wrong_gates import WrongGate


class _Guesses(MemoryDoor):
    """What is missing is assumed."""

    async def decisions(self, body: bytes) -> Reply:
        try:
            return await super().decisions(body)
        except ProblemError:
            asked = json.loads(body.partition(b"\x00")[0] or b"{}") if body.endswith(b"}") else {}
            number = asked.get("prisoner_number", "") if isinstance(asked, dict) else ""
            answer = await self.gate.decide(str(number), Exit.RELEASE)
            return Reply(status=200, headers={"content-type": "application/json"}, body=as_json(answer).encode())


class _AsTyped(MemoryDoor):
    """A prisoner number is looked up as it is typed."""

    async def decisions(self, body: bytes) -> Reply:
        asked = json.loads(body)
        if set(asked) != {"prisoner_number", "exit"} or not isinstance(asked["prisoner_number"], str):
            return await super().decisions(body)
        reply = await super().decisions(body)
        answer = json.loads(as_json(await self.gate.decide(asked["prisoner_number"], Exit(asked["exit"]))))
        answer["prisoner_number"] = answer["prisoner_number"].strip().upper()
        return Reply(status=200, headers=reply.headers, body=json.dumps(answer).encode())


class _Open(MemoryDoor):
    """Asks nobody for a token."""

    async def answer(self, method: str, path: str, body: bytes, content_type: str, token: str) -> Reply:
        del token
        return await super().answer(method, path, body, content_type, "the-token")


class _DecidesInProblems(MemoryDoor):
    """Its errors look like answers."""

    async def answer(self, method: str, path: str, body: bytes, content_type: str, token: str) -> Reply:
        try:
            return await super().answer(method, path, body, content_type, token)
        except ProblemError as problem:
            problem.members["decision"] = "ALLOW"
            raise


class _Remembers(MemoryDoor):
    """Knows every answer that it gave by its number."""

    def __init__(self, gate: Gate) -> None:
        super().__init__(gate)
        self.answers: dict[int, dict[str, Any]] = {}

    async def decisions(self, body: bytes) -> Reply:
        reply = await super().decisions(body)
        self.answers[reply.json()["sequence"]] = reply.json()
        return reply


class _SettlesVetoes(_Remembers):
    """Two officers are enough for anything."""

    async def settlements(self, body: bytes) -> Reply:
        sequence, asked = settlement_asked(body)
        if self.answers.get(sequence, {}).get("decision") in {"VETO", "ALLOW"}:
            return _told({"settlement_id": "x", "sequence": sequence, "settled_for_s": 900, "reason_code": asked["reason_code"]})
        return await super().settlements(body)


class _SettlesWhatWasShown(_Remembers):
    """Looks at what the officers were shown, and not at what is so now."""

    async def settlements(self, body: bytes) -> Reply:
        sequence, _ = settlement_asked(body)
        if self.answers.get(sequence, {}).get("decision") == "REFER":
            return _told({"settlement_id": "x", "sequence": sequence, "settled_for_s": 900})
        return await super().settlements(body)


class _SettlesAnything(MemoryDoor):
    """Neither reads what it is given nor looks it up."""

    async def settlements(self, body: bytes) -> Reply:
        try:
            return await super().settlements(body)
        except ProblemError as problem:
            if problem.members.get("code", "UNKNOWN_SEQUENCE") != "UNKNOWN_SEQUENCE":
                raise
            return _told({"settlement_id": "x", "settled_for_s": 900})


class _SettledIsSettled(_Remembers):
    """What was settled stays so for a quarter of an hour, whatever comes."""

    def __init__(self, gate: Gate) -> None:
        super().__init__(gate)
        self.settled: dict[tuple[str, str], dict[str, Any]] = {}

    async def settlements(self, body: bytes) -> Reply:
        reply = await super().settlements(body)
        answer = self.answers[reply.json()["sequence"]]
        self.settled[answer["prisoner_number"], answer["exit"]] = answer | {"settlement": reply.json(), "valid_for_s": 60}
        return reply

    async def decisions(self, body: bytes) -> Reply:
        reply = await super().decisions(body)
        answer = reply.json()
        return _told(self.settled.get((answer["prisoner_number"], answer["exit"]), answer))


class _SettledIsAllowed(MemoryDoor):
    """Calls a settled REFER an ALLOW."""

    async def decisions(self, body: bytes) -> Reply:
        answer = (await super().decisions(body)).json()
        return _told(answer | {"decision": "ALLOW", "refer": []} if answer["settlement"] else answer)


class _SaysLess(MemoryDoor):
    """Leaves out who said so, and numbers nothing."""

    async def decisions(self, body: bytes) -> Reply:
        answer = (await super().decisions(body)).json()
        for each in answer["grounds"]:
            each["source"] = {"topic": "", "partition": 0, "offset": 0, "sha256": ""}
        return _told(answer | {"sequence": 1})


class _Hidden(MemoryDoor):
    """Asks for a token everywhere, and describes nothing."""

    async def answer(self, method: str, path: str, body: bytes, content_type: str, token: str) -> Reply:
        if path == "/v1/openapi.json" or not token:
            raise ProblemError(404, "nothing is here")
        return await super().answer(method, path, body, content_type, token)


class _AlwaysReady(MemoryDoor):
    """Says that it is ready whatever it knows."""

    def told(self, path: str) -> Reply:
        return super().told("/health/live" if path == "/health/ready" else path)


def _told(found: dict[str, Any]) -> Reply:
    return Reply(status=200, headers={"content-type": "application/json"}, body=json.dumps(found).encode())


NOT_UNDERSTOOD = (
    "no-json",
    "no-object",
    "no-number",
    "empty-number",
    "long-number",
    "number-is-no-string",
    "unknown-exit",
    "no-exit",
    "unknown-member",
    "check-without-offset",
    "too-many-checks",
)
APIS = (
    WrongGate(name="answers a malformed request", door=_Guesses, found_by=NOT_UNDERSTOOD),
    WrongGate(name="looks a number up as it is typed", door=_AsTyped, found_by=("number-as-typed",)),
    WrongGate(name="asks for no token", door=_Open, found_by=("token",)),
    WrongGate(
        name="puts a decision into problems", door=_DecidesInProblems, found_by=("no-json", "token", "wrong-method", "too-large", "wrong-media-type")
    ),
    WrongGate(name="is always ready", door=_AlwaysReady, found_by=("unready-when-stale",)),
    WrongGate(name="hides its health", door=_Hidden, found_by=("health", "openapi")),
    WrongGate(name="does not explain itself", door=_SaysLess, found_by=("veto-explains-itself", "journal-numbers")),
    WrongGate(name="lets a VETO be settled", door=_SettlesVetoes, found_by=("settle-veto", "settle-allow")),
    WrongGate(name="settles what was shown, whatever is so now", door=_SettlesWhatWasShown, found_by=("settle-after-veto", "settle-after-change")),
    WrongGate(name="settles without reading", door=_SettlesAnything, found_by=("settle-unknown-answer", "settle-malformed")),
    WrongGate(name="keeps a settlement whatever comes", door=_SettledIsSettled, found_by=("settled-then-held", "settled-then-changed")),
    WrongGate(name="calls a settled REFER an ALLOW", door=_SettledIsAllowed, found_by=("settled",)),
)

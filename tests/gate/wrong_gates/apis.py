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


class _SettlesVetoes(MemoryDoor):
    """Two officers are enough for anything."""

    def __init__(self, gate: Gate) -> None:
        super().__init__(gate)
        self._answers: dict[int, dict[str, Any]] = {}

    async def decisions(self, body: bytes) -> Reply:
        reply = await super().decisions(body)
        self._answers[reply.json()["sequence"]] = reply.json()
        return reply

    async def settlements(self, body: bytes) -> Reply:
        sequence, asked = settlement_asked(body)
        answer = self._answers.get(sequence)
        if answer is None or answer["decision"] != "VETO":
            return await super().settlements(body)
        settled = {"settlement_id": "x", "sequence": sequence, "settled_for_s": 900, "reason_code": asked["reason_code"]}
        return Reply(status=200, headers={"content-type": "application/json"}, body=json.dumps(settled | {"officers": []}).encode())


class _AlwaysReady(MemoryDoor):
    """Says that it is ready whatever it knows."""

    def told(self, path: str) -> Reply:
        return super().told("/health/live" if path == "/health/ready" else path)


APIS = (
    WrongGate(
        name="answers a malformed request", door=_Guesses, found_by=("no-json", "no-object", "no-number", "unknown-exit", "no-exit", "unknown-member")
    ),
    WrongGate(name="looks a number up as it is typed", door=_AsTyped, found_by=("number-as-typed",)),
    WrongGate(name="asks for no token", door=_Open, found_by=("token",)),
    WrongGate(
        name="puts a decision into problems", door=_DecidesInProblems, found_by=("no-json", "token", "wrong-method", "too-large", "wrong-media-type")
    ),
    WrongGate(name="lets a VETO be settled", door=_SettlesVetoes, found_by=("settle-veto",)),
    WrongGate(name="is always ready", door=_AlwaysReady, found_by=("unready-when-stale",)),
)

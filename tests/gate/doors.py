"""The local API in process, for the conformance kit: the smallest that keeps to it, over one gate."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from holdfast_gate import CheckDone, CheckError, Exit, Gate
from holdfast_gate.conformance.ports import Reply
from holdfast_gate.report import as_json
from holdfast_gate.settlement import REASONS, Officer, SettlementError

TOKEN = "the-token"  # noqa: S105 - of a test
BODY_MAX_BYTES = 64 * 1024
METHODS = {
    "/v1/decisions": "POST",
    "/v1/settlements": "POST",
    "/v1/settlement-reasons": "GET",
    "/v1/position": "GET",
    "/v1/openapi.json": "GET",
    "/health/live": "GET",
    "/health/ready": "GET",
}


class ProblemError(Exception):
    """What is answered instead."""

    def __init__(self, status: int, detail: str, **members: Any) -> None:
        """Any further members go with it."""
        super().__init__(detail)
        self.status = status
        self.members = {"type": "about:blank", "title": "No decision", "status": status, "detail": detail} | members


class MemoryDoor:
    """`holdfast_gate.conformance.ports.Door` over a gate in process. Wrong gates are made of it by changing one method."""

    guarded = True

    def __init__(self, gate: Gate) -> None:
        """Answer for this gate."""
        self.gate = gate

    async def call(self, method: str, path: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None, token: str | None = None) -> Reply:
        """See `Door`."""
        given = {name.lower(): value for name, value in (headers or {}).items()}
        try:
            return await self.answer(method, path, body, given.get("content-type", ""), TOKEN if token is None else token)
        except ProblemError as problem:
            more = {"www-authenticate": "Bearer"} if problem.status == 401 else {}
            return Reply(
                status=problem.status, headers={"content-type": "application/problem+json"} | more, body=json.dumps(problem.members).encode()
            )

    async def answer(self, method: str, path: str, body: bytes, content_type: str, token: str) -> Reply:
        """What this request gets. Raises ProblemError."""
        if token != TOKEN and not path.startswith("/health/"):
            raise ProblemError(401, "the token is wanted")
        if path not in METHODS:
            raise ProblemError(404, "nothing is here")
        if METHODS[path] != method:
            raise ProblemError(405, "another method is wanted")
        if method == "POST" and content_type != "application/json":
            raise ProblemError(415, "JSON is wanted")
        if len(body) > BODY_MAX_BYTES:
            raise ProblemError(413, "64 KiB is the most")
        match path:
            case "/v1/decisions":
                return await self.decisions(body)
            case "/v1/settlements":
                return await self.settlements(body)
            case _:
                return self.told(path)

    async def decisions(self, body: bytes) -> Reply:
        """POST /v1/decisions."""
        return _ok(as_json(await self.gate.decide(*decision_asked(body))))

    async def settlements(self, body: bytes) -> Reply:
        """POST /v1/settlements."""
        sequence, asked = settlement_asked(body)
        try:
            return _ok(json.dumps(asdict(await self.gate.settle(sequence, **asked))))
        except SettlementError as error:
            raise ProblemError(409, str(error), code=str(error.code)) from error

    def told(self, path: str) -> Reply:
        """What a GET tells."""
        position = self.gate.position()
        fresh = [each.bootstrapped and not each.mismatch and each.feed_age_s is not None and each.feed_age_s <= 10 for each in position.partitions]
        match path:
            case "/v1/settlement-reasons":
                return _ok(json.dumps([{"code": code, "sentence": sentence} for code, sentence in REASONS.items()]))
            case "/v1/position":
                return _ok(json.dumps(asdict(position), default=str))
            case "/health/ready":
                ready = bool(fresh) and all(fresh)
                return _ok(json.dumps({"ready": ready, "why": [] if ready else ["stale"]}), 200 if ready else 503)
            case "/v1/openapi.json":
                return _ok(json.dumps({"openapi": "3.1.0", "paths": {path: {} for path in METHODS}}))
            case _:
                return _ok('{"status": "ok"}')


def decision_asked(body: bytes) -> tuple[str, Exit, list[CheckDone]]:
    """Whom, which exit and which checks a request is about. Raises ProblemError."""
    asked = _object(body, {"prisoner_number", "exit"}, {"checks"})
    number, checks = asked["prisoner_number"], asked.get("checks", [])
    if not isinstance(number, str) or not 1 <= len(number) <= 64 or not isinstance(checks, list) or len(checks) > 64:
        raise ProblemError(400, "a prisoner number has 1 to 64 characters, and 64 checks are the most")
    try:
        signed = [CheckDone(check=each["check"], by=each["by"], role=each["role"], at=datetime.fromisoformat(each["at"])) for each in checks]
        return number.strip().upper(), Exit(asked["exit"]), signed
    except (CheckError, ValueError, KeyError, TypeError) as error:
        raise ProblemError(400, str(error)) from error


def settlement_asked(body: bytes) -> tuple[int, dict[str, Any]]:
    """Which answer is to be settled, and how. Raises ProblemError."""
    asked = _object(body, {"sequence", "reason_code", "officers"}, {"note"})
    try:
        one, other = (Officer(each["name"], each["role"]) for each in asked["officers"])
    except (ValueError, KeyError, TypeError, SettlementError) as error:
        raise ProblemError(400, "two officers settle") from error
    if not isinstance(asked["sequence"], int) or asked["reason_code"] not in REASONS:
        raise ProblemError(400, "sequence is a number, and reason_code one of the list")
    return asked["sequence"], {"reason_code": asked["reason_code"], "officers": (one, other), "note": asked.get("note", "")}


def _object(body: bytes, wanted: set[str], more: set[str]) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError as error:
        raise ProblemError(400, "this is no JSON") from error
    if not isinstance(found, dict) or not wanted <= set(found) <= wanted | more:
        raise ProblemError(400, f"this is no object of {wanted}")
    return found


def _ok(text: str, status: int = 200) -> Reply:
    return Reply(status=status, headers={"content-type": "application/json"}, body=text.encode())

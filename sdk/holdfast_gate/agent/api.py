"""The endpoints: what each makes of a body. Everything that is not an answer leaves as a problem, without a decision."""

from __future__ import annotations

import json
from http import HTTPStatus
from importlib.resources import files
from typing import TYPE_CHECKING

from aiohttp import web

from holdfast_gate.agent.bodies import BodyError, FieldFault, decision_request, settlement_request
from holdfast_gate.agent.problems import Problem, ProblemError
from holdfast_gate.agent.readiness import position_record, why_not_ready
from holdfast_gate.report import as_json, settlement_as_record
from holdfast_gate.settlement import REASONS, Refusal, SettlementError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from holdfast_gate.contacts import Contacts
    from holdfast_gate.gate import Gate

HEALTH = "/health/"


def document() -> bytes:
    """The OpenAPI document, as it is shipped."""
    return files("holdfast_gate.agent").joinpath("openapi.json").read_bytes()


class Api:
    """The local API of one gate that is open."""

    def __init__(self, gate: Gate, *, freshness_bound_s: float, contacts: Contacts | None = None) -> None:
        """Answer for `gate`; `contacts` says whom to ring about each ground."""
        self._gate = gate
        self._freshness_bound_s = freshness_bound_s
        self._contacts = contacts
        self._document = document()
        #: Per path and method what answers.
        self.endpoints: Mapping[str, Mapping[str, Callable[[bytes], Awaitable[web.Response]]]] = {
            "/v1/decisions": {"POST": self._decide},
            "/v1/settlements": {"POST": self._settle},
            "/v1/settlement-reasons": {"GET": self._reasons},
            "/v1/position": {"GET": self._position},
            "/v1/openapi.json": {"GET": self._openapi},
            f"{HEALTH}live": {"GET": self._live},
            f"{HEALTH}ready": {"GET": self._ready},
        }

    async def _decide(self, body: bytes) -> web.Response:
        asked = decision_request(body)
        answer = await self._gate.decide(asked.prisoner_number, asked.exit, asked.checks)
        return _json(as_json(answer, self._contacts))

    async def _settle(self, body: bytes) -> web.Response:
        asked = settlement_request(body)
        try:
            made = await self._gate.settle(asked.sequence, reason_code=asked.reason_code, officers=asked.officers, note=asked.note)
        except SettlementError as error:
            raise _not_settled(error) from error
        return _json(json.dumps(settlement_as_record(made)))

    async def _reasons(self, _: bytes) -> web.Response:
        return _json(json.dumps([{"code": code, "sentence": sentence} for code, sentence in REASONS.items()]))

    async def _position(self, _: bytes) -> web.Response:
        return _json(json.dumps(position_record(self._gate.position())))

    async def _openapi(self, _: bytes) -> web.Response:
        return _json(self._document.decode())

    async def _live(self, _: bytes) -> web.Response:
        return _json('{"status": "ok"}')

    async def _ready(self, _: bytes) -> web.Response:
        position, trouble = self._gate.position(), self._gate.journal_trouble()
        why = list(why_not_ready(position, freshness_bound_s=self._freshness_bound_s, journal_trouble=trouble))
        status = HTTPStatus.SERVICE_UNAVAILABLE if why else HTTPStatus.OK
        return _json(json.dumps({"ready": not why, "why": why}), status)


def _not_settled(error: SettlementError) -> Exception:
    """The refusal as this API says it: a conflict with what the gate knows, unless the request or the gate itself is at fault."""
    if error.code == Refusal.BAD_REQUEST:
        return BodyError(FieldFault(field="", message=f"makes no settlement: {error}"))
    if error.code == Refusal.INTERNAL_ERROR:
        return ProblemError(Problem(status=HTTPStatus.INTERNAL_SERVER_ERROR, detail=f"Nothing was settled: {error}."))
    return ProblemError(Problem(status=HTTPStatus.CONFLICT, detail=str(error), code=str(error.code)))


def _json(text: str, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    # An answer is for now: nothing between the gate and its caller may keep it.
    return web.Response(status=status, body=text.encode(), content_type="application/json", headers={"Cache-Control": "no-store"})

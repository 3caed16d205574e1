"""A real agent over a scene, and a client of it: what tests of the local API play on."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from holdfast_gate import Gate
from holdfast_gate.agent.serve import serving
from holdfast_gate.config import AgentConfig
from tests.gate.scene import WHO, Scene

TOKEN = "a-token-of-enough-letters"  # noqa: S105 - no secret
OFFICERS = [{"name": "A. Archer", "role": "DUTY_GOVERNOR"}, {"name": "B. Baker", "role": "OFFENDER_MANAGEMENT"}]
QUESTION = {"prisoner_number": WHO, "exit": "release"}


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What came back."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def fields(self) -> set[str]:
        """Which fields a problem names."""
        return {each["field"] for each in self.body.get("errors", [])}


@dataclass(frozen=True, kw_only=True)
class Client:
    """A caller of the agent's API."""

    session: aiohttp.ClientSession
    base: str
    gate: Gate

    async def ask(self, method: str, path: str, **more: Any) -> Reply:
        """One request; `body`, if given, is sent as it is with JSON's media type."""
        if "body" in more:
            more = {"data": more.pop("body"), "headers": {"Content-Type": "application/json", **more.pop("headers", {})}, **more}
        async with self.session.request(method, self.base + path, **more) as response:
            raw = await response.read()
            return Reply(status=response.status, body=json.loads(raw) if raw else None, headers=response.headers)

    async def decide(self, **changes: Any) -> Reply:
        """Ask whether WHO may be released."""
        return await self.ask("POST", "/v1/decisions", json={**QUESTION, **changes})

    async def settle(self, **changes: Any) -> Reply:
        """Let two officers answer for the journal's first entry."""
        asked = {"sequence": 1, "reason_code": "PRISON_ORDER_SEEN", "officers": OFFICERS, **changes}
        return await self.ask("POST", "/v1/settlements", json=asked)


@contextlib.asynccontextmanager
async def agent(scene: Scene, *, socket: Path | None = None, token: str = TOKEN, fresh: bool = True) -> AsyncGenerator[Client]:
    """An agent of this scene on a free port, or at `socket`, and a client that knows the token."""
    config = AgentConfig(socket=socket, port=0, token=token)
    async with serving(config, scene.config, scene.feed, clock=scene.clock) as (gate, where):
        if fresh:
            await scene.fresh(gate)
        connector = aiohttp.UnixConnector(str(socket)) if socket else aiohttp.TCPConnector()
        headers = {} if socket else {"Authorization": f"Bearer {token}"}
        async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
            yield Client(session=session, base="http://gate" if socket else where, gate=gate)

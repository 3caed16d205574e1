r"""Whether the service is alive, whether it is ready, and where each of its partitions is.

States of a lane, and the only ways between them:

    FENCING -> RESTORING -> CATCHING_UP -> RUNNING
       \           |             |           /
        +------------ CLOSED <--------------+      (and from CLOSED to FENCING again)

Ready: a member of the group, every owned lane RUNNING, not draining. Live: the event loop answers; Kafka is never asked.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services.runtime.metrics import READY
from services.runtime.ports import TopicPartition


class LaneState(enum.Enum):
    """Where one lane is."""

    FENCING = "fencing"
    RESTORING = "restoring"
    CATCHING_UP = "catching up"
    RUNNING = "running"
    CLOSED = "closed"


_LEGAL: dict[LaneState | None, frozenset[LaneState]] = {
    None: frozenset({LaneState.FENCING}),
    LaneState.FENCING: frozenset({LaneState.RESTORING, LaneState.CLOSED, LaneState.FENCING}),
    LaneState.RESTORING: frozenset({LaneState.CATCHING_UP, LaneState.CLOSED}),
    LaneState.CATCHING_UP: frozenset({LaneState.RUNNING, LaneState.CLOSED}),
    LaneState.RUNNING: frozenset({LaneState.RUNNING, LaneState.CLOSED}),
    LaneState.CLOSED: frozenset({LaneState.FENCING, LaneState.CLOSED}),
}


class IllegalTransitionError(RuntimeError):
    """A lane went from one state to another that cannot follow it: a defect of ours."""


@dataclass
class Health:
    """The state of one service in this process."""

    service: str
    joined: bool = False
    draining: bool = False
    lanes: dict[TopicPartition, LaneState] = field(default_factory=dict)
    progressed_s: dict[TopicPartition, float] = field(default_factory=dict)
    #: What else a tired person wants to know, by what it is about; none of it makes a service unready.
    notes: dict[str, str] = field(default_factory=dict)
    #: Asked for the same whenever somebody looks.
    asides: Callable[[], Mapping[str, str]] = dict

    def lane(self, source: TopicPartition, state: LaneState) -> None:
        """Note a lane's new state. Raises IllegalTransitionError when it cannot follow the one before."""
        before = self.lanes.get(source)
        if state not in _LEGAL[before]:
            message = f"{self.service} {source}: {before} -> {state}"
            raise IllegalTransitionError(message)
        self.lanes[source] = state
        READY.labels(self.service).set(self.ready)

    def progress(self, source: TopicPartition, at_s: float) -> None:
        """A lane got through its loop at `at_s` (monotonic)."""
        self.progressed_s[source] = at_s

    def forget(self, source: TopicPartition) -> None:
        """A lane is not ours any more."""
        self.lanes.pop(source, None)
        self.progressed_s.pop(source, None)
        READY.labels(self.service).set(self.ready)

    @property
    def ready(self) -> bool:
        """Caught up on everything it owns; an owner of nothing is a hot standby, and ready."""
        return self.joined and not self.draining and all(state is LaneState.RUNNING for state in self.lanes.values())

    def verbose(self) -> str:
        """One line per condition, for a tired person."""
        lines = [f"[{'+' if self.joined else '-'}] member of its consumer group", f"[{'-' if self.draining else '+'}] not draining"]
        for source, state in sorted(self.lanes.items()):
            lines.append(f"[{'+' if state is LaneState.RUNNING else '-'}] {source} {state.value}")
        lines += [f"[ ] {about}: {note}" for about, note in sorted({**self.notes, **self.asides()}.items())]
        return "\n".join([*lines, "ready" if self.ready else "not ready", ""])


def application(health: Health) -> web.Application:
    """`/livez`, `/readyz` (with `?verbose`) and `/metrics`."""

    async def livez(_: web.Request) -> web.Response:
        return web.Response(text="alive\n")

    async def readyz(request: web.Request) -> web.Response:
        text = health.verbose() if "verbose" in request.query else ("ready\n" if health.ready else "not ready\n")
        return web.Response(status=200 if health.ready else 503, text=text)

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/livez", livez), web.get("/readyz", readyz), web.get("/metrics", metrics)])
    return app

"""A scenario: one timeline of what upstream systems publish and what a gate must answer.

`scenario_file.py` reads scenarios, `runner.py` runs them, `docs/scenarios.md` describes the format.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from holdfast_gate.model import Ground, QueryKind, ReferCode

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from holdfast_gate.model import Decision, Exit
    from simulator.scenario_yaml import Plain, Where

TOPICS = ("court-results", "custody-events", "immigration-events", "resolutions")
REFUSED_ON = (*TOPICS, "enrichments")
SOURCES = ("court", "custody", "immigration", "resolutions")
RESTARTABLE = ("intake", "identity", "status", "watch", "gate")
RESOLUTIONS = ("LINK", "UNLINK", "RESOLVE_QUERY", "DISCARD", "REDRIVE", "PLACE_HOLD", "END_PLACED_HOLD", "ADOPT_POLICY")
INCIDENT_KINDS = (
    "RELEASED_DESPITE_VETO",
    "RELEASED_WITHOUT_DECISION",
    "RELEASED_IN_ERROR_SUSPECTED",
    "SOURCE_SILENT",
    "GATE_BEHIND",
    "GATE_SILENT",
    "GATE_MISMATCH",
    "DETAINED_WITHOUT_AUTHORITY",
    "OVERRIDE_RATE",
)
#: What a gate can report, and what its decisions are worth.
DECISIONS = ("ALLOW", "REFER", "VETO", "SETTLED")
MODES = ("BINDING", "SHADOW")
#: Every reason that can be named, and how a gate names it.
REASONS: Mapping[str, str] = {str(word): str(word) for words in (Ground, ReferCode) for word in words} | {
    spelling: f"QUERY/{kind}" for kind in QueryKind for spelling in (str(kind), f"QUERY/{kind}")
}
DIALECTS = ("contract", "common-platform", "hmpps-domain-event", "libra", "prison-court-register")


@dataclass(frozen=True, kw_only=True, slots=True)
class Publish:
    """Put one record on an upstream topic.

    `raw`, where it is not None, is published as it is; else `payload`, in the form of `dialect`. Either has had its
    overrides applied.
    """

    where: Where
    topic: str
    dialect: str
    payload: Plain
    raw: bytes | None
    key: str | None
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Enrich:
    """Put the answer of a system of record on `enrichments`, as the service does that asks; `payload` and `raw` are as in `Publish`.

    It answers every event of `about` from before it. `prisoner` is whom the event named, where `about` does not say.
    """

    where: Where
    about: str
    dialect: str
    payload: Plain
    raw: bytes | None
    status: int
    prisoner: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Advance:
    """Let time pass at once."""

    where: Where
    by: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Silence:
    """Stop a source's heartbeats."""

    where: Where
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Resume:
    """Let a silenced source send heartbeats again."""

    where: Where
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolve:
    """Put a people's act on the resolutions topic; `payload` is its record without the kind."""

    where: Where
    kind: str
    payload: Mapping[str, Plain]


@dataclass(frozen=True, kw_only=True, slots=True)
class Restart:
    """Kill one process as `kill -9` does, and start it again."""

    where: Where
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Disturb:
    """From now on the gate's feed is in this state: one of `disturbed_feed.STATES`."""

    where: Where
    state: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Reported:
    """Another gate reports a decision, or `times` of them. `decided_at` is by its own clock; `report_id` tells a copy from a new decision."""

    where: Where
    gate: str
    prisoner: str
    exit: Exit
    decision: str
    mode: str
    times: int
    decided_at: datetime | None
    report_id: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Signed:
    """A release check that the gate is told was signed; what is None is filled in as it should be (`scenario_checks.py`)."""

    check: str
    by: str | None = None
    role: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Expect:
    """A gate's answer, given `checks`: one of `decisions`, with all of `reasons` and none of `not_reasons`.

    Names are a ground, a REFER code, or `QUERY/<kind>`; `QUERY` alone stands for every kind.
    """

    where: Where
    prisoner: str
    exit: Exit
    decisions: tuple[Decision, ...]
    reasons: tuple[str, ...]
    not_reasons: tuple[str, ...]
    checks: tuple[Signed, ...]
    within: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectIncident:
    """Watch reports an incident of this kind; of this prisoner, where one is named. `over`: and that it is over, or that it is not."""

    where: Where
    kind: str
    prisoner: str | None
    within: timedelta
    over: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectNoIncident:
    """No incident has been reported by the end of `within`; of this prisoner or kind, where named."""

    where: Where
    kind: str | None
    prisoner: str | None
    within: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectDeadLetter:
    """Intake refused a record of `topic`, with `reason` somewhere in its code or sentence, whatever the case."""

    where: Where
    topic: str
    reason: str
    within: timedelta


Happening: TypeAlias = Publish | Enrich | Advance | Silence | Resume | Resolve | Restart | Disturb | Reported
Step: TypeAlias = Happening | Expect | ExpectIncident | ExpectNoIncident | ExpectDeadLetter


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """One timeline. `clock` is what every clock of hub and gate shows when it begins."""

    title: str
    clock: datetime
    steps: tuple[Step, ...]
    file: str

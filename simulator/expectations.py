"""When an expectation of a scenario is met (docs/scenarios.md, "What can be expected").

An expectation is met as soon as it holds, and not met when `within` has passed without. One that allows ALLOW must
hold once more at the end of `within`, with everything that was published until then known to the gate: an ALLOW that a
hold is about to overtake does not count. So must the absence of incidents.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from holdfast.records import DeadLetter, Incident
from holdfast_gate.model import Decision
from simulator.scenario import Expect, ExpectDeadLetter, ExpectIncident, ExpectNoIncident
from simulator.scenario_checks import done

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from simulator.driven_clock import DrivenClock
    from simulator.heartbeats import Heartbeats
    from simulator.under_test import Answer, GateUnderTest, Observed

LOOK_EVERY_S = 0.05
#: Real time that is spent waiting for something to happen by itself; the rest of a longer `within` passes in one jump.
POLL_MOST = timedelta(seconds=20)
BARRIER_S = 30.0
TRANSIENT_S = 2.0
#: For watch to report what the gate knows already: nothing says how far watch has read.
WATCH_S = 1.0

#: Incidents of a gate that lags, or seems to; the gate that a scenario asks.
_OF_ONE_GATE = frozenset({"GATE_SILENT", "GATE_BEHIND", "GATE_MISMATCH"})
TRIAL_GATE = "trial"

Expectation = Expect | ExpectIncident | ExpectNoIncident | ExpectDeadLetter


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """Whether an expectation was met, and what there was to see; `answer` is a gate's last."""

    met: bool
    text: str
    answer: Answer | None = None


class BarrierError(Exception):
    """The gate did not learn in time that every speaking source is complete up to an instant."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Witness:
    """Looks until an expectation is met or its time is over."""

    clock: DrivenClock
    heartbeats: Heartbeats
    gate: GateUnderTest
    observed: Observed

    async def check(self, expectation: Expectation) -> Seen:
        """Watch for what is expected. Raises BarrierError."""
        ends = self.clock.now() + expectation.within
        match expectation:
            case Expect():
                return await self._decision(expectation, ends)
            case ExpectIncident():
                return await self._poll(lambda: self._incident(expectation), ends)
            case ExpectDeadLetter():
                return await self._poll(lambda: self._dead_letter(expectation), ends)
            case ExpectNoIncident():
                await self.through(ends)
                return await self._no_incident(expectation)

    async def through(self, instant: datetime) -> None:
        """Let time pass until `instant`, and wait until the gate knows everything up to then. Raises BarrierError."""
        as_of = await self.heartbeats.advance(max(instant - self.clock.now(), timedelta()))
        try:
            async with asyncio.timeout(BARRIER_S):
                while self._behind(as_of):  # noqa: ASYNC110
                    await asyncio.sleep(LOOK_EVERY_S)  # a gate is asked; it does not tell
        except TimeoutError:
            message = f"after {BARRIER_S:g} s the gate's seals had not come to {as_of:%H:%M:%S.%f}: {self._behind(as_of)}"
            raise BarrierError(message) from None

    def _behind(self, as_of: datetime) -> str:
        """Name the speaking sources that the gate does not know to be complete up to `as_of`."""
        sealed = self.gate.sealed_through()
        if sealed is None:
            return "a partition without a seal"
        late = {source: sealed.get(source) for source in sorted(self.heartbeats.speaking)}
        return ", ".join(f"{name} as of {at}" for name, at in late.items() if at is None or at < as_of)

    # --- decisions ----------------------------------------------------------------------------------------------------

    async def _decision(self, expectation: Expect, ends: datetime) -> Seen:
        async def look() -> Seen:
            checks = done(expectation.checks, self.clock.now())
            answer = await self.gate.decide(expectation.prisoner, expectation.exit, checks)
            return Seen(met=satisfies(expectation, answer), text=describe(answer), answer=answer)

        seen = await self._poll(look, ends)
        if not seen.met or Decision.ALLOW not in expectation.decisions:
            return seen
        await self.through(ends)
        later = await _until_met(look, TRANSIENT_S)
        return later if later.met else Seen(met=False, text=f"it did not last: {later.text}", answer=later.answer)

    # --- incidents and dead letters -----------------------------------------------------------------------------------

    async def _incident(self, expectation: ExpectIncident) -> Seen:
        await self.observed.look(timeout_s=LOOK_EVERY_S)
        newest = {i.incident_id: i for i in self._incidents(expectation.prisoner) if i.kind == expectation.kind}
        found = [i for i in newest.values() if expectation.over in {None, i.over_at is not None}]
        return Seen(met=bool(found), text=_list(found or self._incidents(None), "incident"))

    async def _no_incident(self, expectation: ExpectNoIncident) -> Seen:
        try:
            async with asyncio.timeout(WATCH_S):
                while True:
                    await self.observed.look(timeout_s=LOOK_EVERY_S)
        except TimeoutError:
            found = [i for i in self._incidents(expectation.prisoner) if expectation.kind in {None, i.kind}]
            return Seen(met=not found, text=_list(found, "incident"))

    def _incidents(self, prisoner: str | None) -> list[Incident]:
        # Right after an advance one heartbeat, and so T, is far ahead of the others, and of a gate: silences of the scenario, of nobody else.
        silenced, gate = self.heartbeats.ever_silenced, self.gate.ever_disturbed
        real = [i for i in self.observed.incidents if i.kind != "SOURCE_SILENT" or i.source in silenced]
        real = [i for i in real if i.kind not in _OF_ONE_GATE or i.gate != TRIAL_GATE or gate]
        return [i for i in real if prisoner in {None, i.prisoner_number}]

    async def _dead_letter(self, expectation: ExpectDeadLetter) -> Seen:
        await self.observed.look(timeout_s=LOOK_EVERY_S)
        of_topic = [letter for letter in self.observed.dead_letters if letter.topic == expectation.topic]
        wanted = expectation.reason.casefold()
        found = [letter for letter in of_topic if wanted in f"{letter.reason}\n{letter.message}".casefold()]
        return Seen(met=bool(found), text=_list(found or of_topic, "dead letter"))

    async def _poll(self, look: Callable[[], Awaitable[Seen]], ends: datetime) -> Seen:
        waits = min((ends - self.clock.now()) / self.clock.rate, POLL_MOST)
        seen = await _until_met(look, waits.total_seconds())
        if not seen.met and ends > self.clock.now():
            await self.through(ends)
            seen = await _until_met(look, TRANSIENT_S)
        return seen


async def _until_met(look: Callable[[], Awaitable[Seen]], within_s: float) -> Seen:
    loop = asyncio.get_running_loop()
    ends_s = loop.time() + within_s
    while not (seen := await look()).met and loop.time() < ends_s:  # noqa: ASYNC110
        await asyncio.sleep(LOOK_EVERY_S)
    return seen


def satisfies(expectation: Expect, answer: Answer) -> bool:
    """Tell whether this is the answer that was expected."""
    names = {reason.name for reason in answer.reasons}
    names |= {"QUERY" for name in names if name.startswith("QUERY/")}
    return answer.decision in expectation.decisions and names.issuperset(expectation.reasons) and names.isdisjoint(expectation.not_reasons)


def describe(answer: Answer) -> str:
    """Say an answer in one line for each reason."""
    return "\n".join([answer.decision.value, *(f"  {reason.name}: {reason.sentence}" for reason in answer.reasons)])


def _list(found: list[Incident] | list[DeadLetter], what: str) -> str:
    return "\n".join(_line(each) for each in found) or f"no {what}"


def _line(each: Incident | DeadLetter) -> str:
    match each:
        case Incident():
            return f"{each.kind} {each.prisoner_number or each.gate or each.source}: {each.sentence}{f' Over: {each.over}' if each.over else ''}"
        case DeadLetter():
            return f"{each.topic}[{each.partition}]@{each.offset} {each.reason}: {each.message}"

"""Runs a scenario against a broker, a running hub and a gate, on a clock that the scenario drives."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from services.runtime.ports import BrokerError, Outgoing
from simulator.expectations import BarrierError, Expectation, Seen, Witness
from simulator.heartbeats import Heartbeats
from simulator.payloads import ResolutionError, enrichment, published, reports, resolution
from simulator.report import Report, StepResult
from simulator.scenario import Advance, Disturb, Enrich, Publish, Reported, Resolve, Restart, Resume, Scenario, Silence, Step
from simulator.under_test import Observed

if TYPE_CHECKING:
    from datetime import datetime

    from holdfast.records import DeadLetter
    from simulator.under_test import UnderTest

#: The hub and the gate start on a quiet minute before the scenario, so that its first instant finds them at work.
LEAD = timedelta(seconds=60)
DEADLINE_S = 180.0
#: Scenario seconds in a real one: a machine that has much else to do must not be taken for a hub that is late.
RATE = 0.25
#: Before a leap: long enough for a gate to tell where it stands, about once a second, so that watch hears of it on this side too.
HEARD_S = 1.5
REDRIVE_HEADER = "holdfast-redrive-of"


class StepError(Exception):
    """A step cannot be done."""


def lead_in(scenario: Scenario) -> datetime:
    """Say when the scenario's clock must be started, together with hub and gate."""
    return scenario.clock - LEAD


async def run(scenario: Scenario, under_test: UnderTest, *, deadline_s: float = DEADLINE_S) -> Report:
    """Play `scenario` from its first step to its last; what is not met is in the report, and so is what stopped it.

    The clock under test began at `lead_in(scenario)`. Nothing is raised but cancellation and defects.
    """
    began_s = time.monotonic()
    observed = await Observed.open(under_test.broker)
    heartbeats = Heartbeats(under_test.broker, under_test.clock)
    witness = Witness(clock=under_test.clock, heartbeats=heartbeats, gate=under_test.gate, observed=observed)
    play = _Play(scenario, under_test, witness)
    beating = asyncio.create_task(heartbeats.run())
    playing = asyncio.create_task(play.all())
    try:
        done, _ = await asyncio.wait((beating, playing), timeout=deadline_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (beating, playing):
            task.cancel()
        await asyncio.wait((beating, playing))
        await observed.close()
    trouble = None if done else f"not over after {deadline_s:g} s"
    for task in done:
        trouble = _trouble(task.exception())
    return Report(
        title=scenario.title,
        file=scenario.file,
        steps=tuple(play.results),
        trouble=trouble,
        duration_s=time.monotonic() - began_s,
    )


def _trouble(error: BaseException | None) -> str | None:
    match error:
        case None:
            return None
        case BrokerError() | BarrierError() | StepError() | ResolutionError():
            return str(error)
        case _:
            raise error


@dataclass
class _Play:
    """One playing of a scenario; `results` grows as it goes."""

    scenario: Scenario
    under_test: UnderTest
    witness: Witness
    results: list[StepResult] = field(default_factory=list[StepResult])

    async def all(self) -> None:
        """Let the scenario's first instant come, then do every step. Raises BrokerError and the errors of the steps."""
        await self.witness.through(self.scenario.clock)
        for number, step in enumerate(self.scenario.steps, start=1):
            began_s = time.monotonic()
            seen = await self._step(number, step)
            self.under_test.hub.check()
            took_s = time.monotonic() - began_s
            self.results.append(StepResult(where=step.where, step=step, seen=seen, duration_s=took_s))

    async def _step(self, number: int, step: Step) -> Seen:
        record_id = str(uuid5(NAMESPACE_URL, f"{self.scenario.title}/{number}"))
        match step:
            case Publish():
                return await self._publish(published(step, record_id=record_id, at=self.under_test.clock.stamp()))
            case Enrich():
                return await self._publish(enrichment(step, record_id=record_id, at=self.under_test.clock.stamp()))
            case Resolve():
                return await self._resolve(step, record_id)
            case Advance():
                if self.under_test.gate.ever_disturbed:
                    await asyncio.sleep(HEARD_S)
                await self.witness.heartbeats.advance(step.by)
                return Seen(met=True, text=f"it is {self.under_test.clock.now():%Y-%m-%d %H:%M:%S} UTC")
            case Silence():
                await self.witness.heartbeats.silence(step.source)
            case Resume():
                await self.witness.heartbeats.resume(step.source)
            case Disturb():
                self.under_test.gate.disturb(step.state)
            case Reported():
                return await self._publish(*reports(step, record_id=record_id, at=self.under_test.clock.now()))
            case Restart(name="gate"):
                await self.under_test.gate.restart()
            case Restart():
                await self.under_test.hub.restart(step.name)
            case _:
                return await self._expect(step)
        return Seen(met=True, text="")

    async def _expect(self, expectation: Expectation) -> Seen:
        try:
            return await self.witness.check(expectation)
        except BarrierError as error:
            return Seen(met=False, text=str(error))

    async def _publish(self, *outgoing: Outgoing) -> Seen:
        source, offset = (await self.under_test.broker.publish(outgoing))[-1]
        return Seen(met=True, text=f"{source}@{offset}")

    async def _resolve(self, step: Resolve, record_id: str) -> Seen:
        letter = None
        if step.kind in {"DISCARD", "REDRIVE"} and "offset" not in step.payload:
            letter = await self._newest_dead_letter(step)
            position = {"topic": letter.topic, "partition": letter.partition, "offset": letter.offset}
            step = replace(step, payload={**step.payload, **position})
        seen = await self._publish(resolution(step, record_id=record_id, at=self.under_test.clock.stamp()))
        if letter is not None and step.kind == "REDRIVE":
            await self._publish(_again(letter))
        return seen

    async def _newest_dead_letter(self, step: Resolve) -> DeadLetter:
        observed, topic = self.witness.observed, step.payload.get("topic")
        await observed.look(timeout_s=1)
        found = [letter for letter in observed.dead_letters if topic in {None, letter.topic}]
        if not found:
            message = f"{step.where}: there is no dead letter to {step.kind.lower()}; expect one first"
            raise StepError(message)
        return found[-1]


def _again(letter: DeadLetter) -> Outgoing:
    """Write the original bytes once more, as `holdfast resolve redrive` does."""
    where = f"{letter.topic}/{letter.partition}/{letter.offset}".encode()
    kept = tuple((header.key, header.value) for header in letter.headers if header.key != REDRIVE_HEADER)
    return Outgoing(
        topic=letter.topic,
        partition=letter.partition,
        key=letter.key,
        value=letter.value,
        headers=(*kept, (REDRIVE_HEADER, where)),
    )

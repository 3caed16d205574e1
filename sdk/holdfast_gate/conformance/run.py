"""Plays cases against one gate, phase by phase, and tells how each ended."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from holdfast_gate.conformance.case import CaseFailedError, DoesNotApplyError, Outcome, Phase, Verdict, case
from holdfast_gate.conformance.play import ASK_EVERY_S, Play
from holdfast_gate.conformance.ports import PARTITIONS, DoorError, KitError
from holdfast_gate.conformance.stage import Stage
from holdfast_gate.conformance.window import Silence
from holdfast_gate.decide import FRESHNESS_BOUND_S
from holdfast_gate.model import Decision, Exit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from holdfast_gate.clock import Clock
    from holdfast_gate.conformance.case import Case
    from holdfast_gate.conformance.ports import Door, Topic

#: How long the gate may take to find the kit's topic, and to be up to date with it at first or after a fault.
FOUND_WITHIN_S, FRESH_WITHIN_S = 20.0, 20.0
#: How many cases are played side by side.
AT_ONCE = 8
#: How much longer than the bound the silence lasts: a gate need not ask itself at that very moment.
BEYOND_S = 1.5
#: In silence, which partition gets no more seals, and in which the courts are not heard.
CUT, SILENT = 0, 1
SILENT_SOURCE = "court"


@case(
    "up-to-date",
    Phase.CALM,
    rule="While seals go on, somebody who may leave may leave: every other case is played on this.",
    source="the mirror of the one property",
)
async def UP_TO_DATE(play: Play) -> None:  # noqa: N802 - it is a constant from here on
    """Waits longer than any other case: a gate may have to read its partition again."""
    who = play.number()
    await play.say(who, orders=play.orders())
    await play.expect(who, Exit.RELEASE, Decision.ALLOW, within_s=FRESH_WITHIN_S)


class _NotFreshError(Exception):
    """The gate does not become up to date."""

    def __init__(self, outcome: Outcome) -> None:
        """How that was seen."""
        super().__init__(outcome.seen)
        self.outcome = outcome


class Run:
    """One run of the kit. `tell` is given every outcome as it comes."""

    def __init__(self, topic: Topic, door: Door, clock: Clock, tell: Callable[[Outcome], None]) -> None:
        """Nothing is written yet."""
        self._stage = Stage(topic, door, clock)
        self._tell = tell
        self._outcomes: list[Outcome] = []
        self._silence = Silence()
        self._turn = 0

    async def play(self, cases: Sequence[Case]) -> list[Outcome]:
        """Every case's outcome, in the order of `cases`. Raises KitError when the gate does not follow the kit's topic."""
        try:
            await self._find()
            await self._side_by_side([each for each in cases if each.phase is Phase.UNSEALED])
            self._stage.go_on(*range(PARTITIONS))
            canaries = [self._play(partition) for partition in range(PARTITIONS)]
            await asyncio.gather(*map(self._fresh, canaries))
            await self._side_by_side([each for each in cases if each.phase is Phase.CALM])
            await self._by_hand([each for each in cases if each.phase is Phase.BY_HAND], canaries)
            await self._in_silence([each for each in cases if each.phase is Phase.SILENCE])
        except _NotFreshError as error:
            self._ended(error.outcome)
        finally:
            await self._stage.stop(*range(PARTITIONS))
        return self._in_order(cases)

    def _in_order(self, cases: Sequence[Case]) -> list[Outcome]:
        ended = {each.case.name: each for each in self._outcomes}
        rest = [ended.pop(each.name, Outcome(case=each, verdict=Verdict.NOT_PLAYED, steps=())) for each in cases]
        return [*ended.values(), *rest]

    # --- getting ready -------------------------------------------------------------------------------------------------------

    async def _find(self) -> None:
        """Wait until the gate has found the kit's topic."""
        deadline_s = self._stage.clock.monotonic_s() + FOUND_WITHIN_S
        while True:
            try:
                reply = await self._stage.door.call("GET", "/v1/position")
                found, seen = reply.json(), str(reply)
            except DoorError as error:
                found, seen = None, str(error)
            if isinstance(found, dict) and found.get("mode") == "SHADOW":
                message = "the gate under test is in shadow mode, in which nothing it says binds: start it in binding mode"
                raise KitError(message)
            if isinstance(found, dict) and len(found.get("partitions") or ()) == PARTITIONS:
                return
            if self._stage.clock.monotonic_s() >= deadline_s:
                message = (
                    f"the gate under test does not follow the kit's topic. GET /v1/position should list {PARTITIONS} partitions, and said: {seen}"
                )
                raise KitError(f"{message}\nStart it with the settings that `holdfast-gate conformance --print-settings DIRECTORY` prints.")
            await asyncio.sleep(ASK_EVERY_S)

    async def _fresh(self, canary: Play) -> None:
        """Wait until somebody who may leave, may. Raises _NotFreshError when that does not come: then nothing else can be told about the gate."""
        outcome = await _outcome(UP_TO_DATE, canary)
        if outcome.verdict is not Verdict.PASS:
            raise _NotFreshError(outcome)

    # --- phases --------------------------------------------------------------------------------------------------------------

    async def _side_by_side(self, cases: Sequence[Case]) -> None:
        places = asyncio.Semaphore(AT_ONCE)

        async def one(each: Case) -> None:
            async with places:
                self._turn += 1
                await self._one(each, self._play(self._turn % PARTITIONS))

        await _together([asyncio.create_task(one(each), name=each.name) for each in cases])

    async def _by_hand(self, cases: Sequence[Case], canaries: Sequence[Play]) -> None:
        await self._stage.stop(*range(PARTITIONS))
        waiting = list(reversed(cases))

        async def lane(partition: int) -> None:
            while waiting:
                one, play = waiting.pop(), self._play(partition)
                await self._stage.seal(partition)
                verdict = await self._one(one, play)
                await self._mend(play, canaries[partition], broken=verdict is Verdict.FAIL)
            self._stage.go_on(partition)

        await _together([asyncio.create_task(lane(partition)) for partition in range(PARTITIONS)])

    async def _mend(self, play: Play, canary: Play, *, broken: bool) -> None:
        """Leave the partition as it was; after a case that failed, wait until the gate is itself again."""
        self._stage.hub.gaps[play.partition].clear()
        self._stage.hub.heard[play.partition].clear()
        if not broken:
            await self._stage.seal(play.partition)
            return
        for who in play.people:
            if self._stage.hub.partition_of(who) == play.partition:
                await self._stage.say(who)
        self._stage.go_on(play.partition)
        await self._fresh(canary)
        await self._stage.stop(play.partition)

    async def _in_silence(self, cases: Sequence[Case]) -> None:
        if not cases:
            return
        silence, stage = self._silence, self._stage
        tasks: list[asyncio.Task[None]] = [asyncio.create_task(self._one_in_silence(each), name=each.name) for each in cases]
        try:
            await silence.all_at(silence.begun, tasks)
            await stage.stop(CUT)
            stage.hub.heard[SILENT][SILENT_SOURCE] = stage.now()
            silence.begun.set()
            await asyncio.sleep(FRESHNESS_BOUND_S + BEYOND_S)
            silence.stale.set()
            await silence.all_at(silence.over, tasks)
            stage.hub.heard[SILENT].clear()
            stage.go_on(CUT)
            silence.over.set()
        finally:
            await _together(tasks)

    # --- one case ------------------------------------------------------------------------------------------------------------

    def _play(self, partition: int) -> Play:
        return Play(self._stage, partition, self._silence)

    async def _one_in_silence(self, one: Case) -> None:
        await self._one(one, self._play(CUT))

    async def _one(self, one: Case, play: Play) -> Verdict:
        began_s = self._stage.clock.monotonic_s()
        outcome = await _outcome(one, play)
        self._ended(replace(outcome, took_s=self._stage.clock.monotonic_s() - began_s))
        return outcome.verdict

    def _ended(self, outcome: Outcome) -> None:
        self._outcomes.append(outcome)
        self._tell(outcome)


async def _outcome(one: Case, play: Play) -> Outcome:
    try:
        await one.play(play)
    except CaseFailedError as error:
        return Outcome(case=one, verdict=Verdict.FAIL, steps=tuple(play.steps), expected=error.expected, seen=error.seen)
    except DoesNotApplyError as error:
        return Outcome(case=one, verdict=Verdict.DOES_NOT_APPLY, steps=tuple(play.steps), seen=str(error))
    return Outcome(case=one, verdict=Verdict.PASS, steps=tuple(play.steps))


async def _together(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Wait for all of them; when one goes wrong, the others stop too."""
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

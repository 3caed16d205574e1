"""What a case can do: have the hub say something, wait until the gate has read it, ask, and say what must come of it."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from holdfast_gate.conformance.answers import named, sound, told
from holdfast_gate.conformance.case import CaseFailedError
from holdfast_gate.conformance.ports import DoorError
from holdfast_gate.model import EXITS_THAT_NEED_AN_ORDER, Decision, Exit
from holdfast_gate.testing.hub import order

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from holdfast_gate.conformance.ports import Reply
    from holdfast_gate.conformance.stage import Stage
    from holdfast_gate.conformance.window import Silence
    from holdfast_gate.model import NoticeOrder
    from holdfast_gate.testing.hub import Said
    from holdfast_gate.testing.log import Appended

#: How long a gate may take to read a record, and to answer by it.
WITHIN_S = 5.0
ASK_EVERY_S = 0.05
JSON = {"Content-Type": "application/json"}


class Play:
    """One case at work. `partition` is its own where it has one; `steps` is what was done, for the report."""

    def __init__(self, stage: Stage, partition: int, silence: Silence) -> None:
        """Nothing was done yet."""
        self.stage = stage
        self.hub = stage.hub
        self.partition = partition
        self.silence = silence
        self.steps: list[str] = []
        self.people: list[str] = []

    # --- the hub -------------------------------------------------------------------------------------------------------------

    def number(self, partition: int | None = None, *, negative: bool = False) -> str:
        """Somebody of whom nothing was said yet, in the case's own partition or in another; see `Stage.number`."""
        self.people.append(self.stage.number(self.partition if partition is None else partition, negative=negative))
        return self.people[-1]

    def order(self, exit_: Exit | str = Exit.RELEASE, **given: Any) -> NoticeOrder:  # noqa: ANN401 - see hub.order
        """Custody's order for today."""
        return order(exit_, self.stage.now(), **given)

    def orders(self) -> tuple[NoticeOrder, ...]:
        """An order for every exit that needs one."""
        return tuple(self.order(each) for each in Exit if each in EXITS_THAT_NEED_AN_ORDER)

    async def say(self, who: str, **notice: Any) -> None:  # noqa: ANN401 - see PlayedHub.write
        """The hub says this of somebody; it is read by the gate when this returns."""
        appended = await self.stage.say(who, **notice)
        self.did(f"Holdfast says of {who}: {told(notice)} (partition {appended.partition}, offset {appended.offset})")
        await self.read(appended)

    async def write(self, said: Said, what: str, *, adopted: bool = False) -> None:
        """A record as it stands; seals cover it when it is `adopted`. It is read by the gate when this returns."""
        appended = await (self.stage.adopt(said) if adopted else self.stage.append(said))
        self.did(f"written to the topic: {what} (partition {appended.partition}, offset {appended.offset})")
        await self.read(appended)

    async def seal(self) -> None:
        """A good seal over everything that was said in the case's partition."""
        appended = await self.stage.seal(self.partition)
        self.did(f"Holdfast seals partition {appended.partition} (offset {appended.offset})")
        await self.read(appended)

    async def read(self, appended: Appended) -> None:
        """Wait until the gate says that it has read so far. Raises CaseFailedError when it does not in time."""

        def passed(reply: Reply) -> bool:
            found = reply.json()
            partitions: Any = found.get("partitions", ()) if isinstance(found, dict) else ()
            return any(each.get("partition") == appended.partition and (each.get("position") or 0) > appended.offset for each in partitions)

        expected = f"that GET /v1/position tells a position above {appended.offset} for partition {appended.partition} within {WITHIN_S:g} s"
        await self._until(lambda: self.call("GET", "/v1/position"), passed, expected)

    def did(self, step: str) -> None:
        """Note a step for the report."""
        self.steps.append(step)

    # --- the gate ------------------------------------------------------------------------------------------------------------

    async def call(self, method: str, path: str, **request: Any) -> Reply:  # noqa: ANN401 - see Door.call
        """One request. Raises CaseFailedError when nothing comes back."""
        try:
            return await self.stage.door.call(method, path, **request)
        except DoorError as error:
            raise CaseFailedError(f"an answer to {method} {path}", str(error)) from error

    async def post(self, path: str, content: Mapping[str, Any]) -> Reply:
        """One request with a body."""
        return await self.call("POST", path, body=json.dumps(content).encode(), headers=JSON)

    async def ask(self, who: str, exit_: Exit, checks: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
        """The gate's answer. Raises CaseFailedError when it is none, or contradicts itself."""
        content: dict[str, Any] = {"prisoner_number": who, "exit": exit_.value}
        if checks:
            content["checks"] = list(checks)
        return sound(await self.post("/v1/decisions", content), content)

    async def expect(
        self,
        who: str,
        exit_: Exit,
        decision: Decision,
        *names: str,
        checks: Sequence[Mapping[str, Any]] = (),
        never: Sequence[str] = (),
        within_s: float = WITHIN_S,
    ) -> dict[str, Any]:
        """Ask until the answer is this one: with one of `names` among its grounds or codes, and none of `never`. Raises CaseFailedError."""
        wanted = " ".join([decision.value, *(["with", " or ".join(names)] if names else ()), *(["without", ", ".join(never)] if never else ())])
        asked = f"{who}, {exit_.value}" + (f", with {len(checks)} signatures" if checks else "")
        last: dict[str, Any] = {}

        async def once() -> dict[str, Any]:
            last.update(await self.ask(who, exit_, checks))
            return last

        def met(answer: dict[str, Any]) -> bool:
            found = named(answer)
            return answer["decision"] == decision.value and (not names or bool(found & set(names))) and not found & set(never)

        answer = await self._until(once, met, f"{wanted} for {asked}", within_s)
        self.did(f"asked for {asked}: {_said(answer)}")
        return answer

    async def expect_now(self, who: str, exit_: Exit, decision: Decision, *names: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - see expect
        """Ask once: what the gate has read leaves nothing to wait for."""
        return await self.expect(who, exit_, decision, *names, within_s=0.0, **more)

    async def _until(self, once: Callable[[], Any], met: Callable[[Any], bool], expected: str, within_s: float = WITHIN_S) -> Any:  # noqa: ANN401
        deadline_s = self.stage.clock.monotonic_s() + within_s
        while True:
            seen = await once()
            if met(seen):
                return seen
            if self.stage.clock.monotonic_s() >= deadline_s:
                raise CaseFailedError(expected, _said(seen) if isinstance(seen, dict) else str(seen))
            await asyncio.sleep(ASK_EVERY_S)


def _said(answer: dict[str, Any]) -> str:
    names = ", ".join(sorted(named(answer)))
    sentences = " ".join(each["sentence"] for each in (*answer["grounds"], *answer["refer"]))
    return answer["decision"] + (f" ({names})" if names else "") + (f": {sentences}" if sentences else "")

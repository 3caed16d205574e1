"""A hub with a story, the log that it writes, the way from there to a gate, and what was true when."""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from holdfast_gate import Decision, Exit, Feed, FeedError, Gate, GateConfig, OffsetLostError, Rules
from holdfast_gate.feed import FeedRecord
from holdfast_gate.model import NoticeOrder
from tests.gate.faults.virtual import LoopClock
from tests.gate.feeds import RING, Hub, ground, order

#: Two in each partition.
PEOPLE = ("A1111AA", "A2222BB", "A3333CC", "A4444DD")
BOUND_S = 10.0
#: What happens to a record on its way: what arrives in its place.
Way = Callable[[FeedRecord], Sequence[FeedRecord]]


def _as_it_is(record: FeedRecord) -> Sequence[FeedRecord]:
    return (record,)


class Truth:
    """Since when each prisoner was free to go, or not, by what the hub had made durable."""

    def __init__(self, bound_s: float) -> None:
        self._bound_s = bound_s
        self._since: dict[str, list[tuple[float, bool]]] = defaultdict(lambda: [(float("-inf"), False)])

    def became(self, who: str, at_s: float, *, free: bool) -> None:
        """The hub said so at that time."""
        if self._since[who][-1][1] is not free:
            self._since[who].append((at_s, free))

    def forbids(self, who: str, now_s: float) -> bool:
        """He is held, and has been for longer than the freshness bound: nobody may answer ALLOW."""
        since_s, free = self._since[who][-1]
        return not free and since_s < now_s - self._bound_s

    def free(self, who: str) -> bool:
        """He may go now."""
        return self._since[who][-1][1]


class World:
    """One case. Time is the loop's; a fault changes what is in its hands: the way, the feed's answers, the gate, its disk, the hub."""

    def __init__(self, loop: asyncio.AbstractEventLoop, clock: LoopClock, directory: Path, seed: int, *, bound_s: float = BOUND_S) -> None:
        self.loop = loop
        self.draw = random.Random(seed)  # noqa: S311 - so that a case can be played again
        self.clock = clock
        self.bound_s = bound_s
        self.hub = Hub(partitions=2)
        self.truth = Truth(bound_s)
        self.way: Way = _as_it_is
        #: Records that the way keeps back, and when they go on.
        self.delayed: list[tuple[float, FeedRecord]] = []
        self.feed_fails: Callable[[], None] = lambda: None
        self.ends: Callable[[dict[int, int]], dict[int, int]] = lambda ends: ends
        self.hub_speaks = True
        self.directory = directory
        self.gate: Gate | None = None
        self.written = asyncio.Event()
        self.wrong: list[str] = []
        self.hub.caught_up = {}

    # --- the hub ---------------------------------------------------------------------------------------------------------

    def now_s(self) -> float:
        """Seconds since the beginning."""
        return self.loop.time()

    def say(self, who: str, *, free: bool) -> None:
        """The hub publishes a notice."""
        self._at_broker()
        if free:
            self.hub.say(who, orders=[self.order()])
        else:
            self.hub.say(who, *self.draw.choice([[ground("release")], [ground("release", "removal")], []]))
        self.durable(who, free=free)

    def durable(self, who: str, *, free: bool) -> None:
        """What was said last of `who` is in the log from now on."""
        self.truth.became(who, self.now_s(), free=free)
        self.written.set()

    def order(self) -> NoticeOrder:
        """Custody's order to release somebody on the day of the case."""
        today = self.clock.at(0.0)
        return replace(order(), valid_from=today - timedelta(days=1), valid_until=today + timedelta(days=1))

    def seal(self) -> None:
        """The hub seals what it has said."""
        self._at_broker()
        self.hub.seal_all()
        self.written.set()

    def _at_broker(self) -> None:
        self.hub.time = self.clock.at(self.now_s())

    async def tell(self, seconds: float) -> None:
        """The story goes on: at any moment somebody is held or may go, and every second all is sealed."""
        end_s = self.now_s() + seconds
        while self.now_s() < end_s:
            if self.hub_speaks:
                if self.draw.random() < 0.3:
                    self.say(self.draw.choice(PEOPLE), free=self.draw.random() < 0.6)
                if self.draw.random() < 0.9:
                    self.seal()
            await asyncio.sleep(self.draw.uniform(0.3, 1.0))

    async def watch(self) -> None:
        """Ask about everybody, again and again, for as long as the case lasts."""
        while True:
            self.look()
            await asyncio.sleep(0.5)

    def look(self) -> None:
        """Note whoever could go and must not."""
        if self.gate is not None:
            for who in PEOPLE:
                answer = self.gate._judge(who, Exit.RELEASE, ())
                if answer.decision is Decision.ALLOW and self.truth.forbids(who, self.now_s()):
                    self.wrong.append(f"{self.now_s():.2f} s: ALLOW for {who}, who is held since {self.truth._since[who][-1][0]:.2f} s")

    def due(self) -> list[FeedRecord]:
        """What the way had kept back and lets go on now."""
        due = [record for at_s, record in self.delayed if at_s <= self.now_s()]
        self.delayed = [each for each in self.delayed if each[0] > self.now_s()]
        return due

    # --- the gate --------------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Start the gate on its directory."""
        config = GateConfig(gate_id="gate", directory=self.directory, key_ring=RING, rules=Rules(freshness_bound_s=self.bound_s))
        self.gate = await Gate(config, self.feed(), self.clock).__aenter__()

    def feed(self) -> Feed:
        """How the gate reads the log."""
        return LogFeed(self)

    async def close(self, *, cleanly: bool = True) -> None:
        """Stop the gate; if not cleanly, in the midst of whatever it does."""
        gate, self.gate = self.gate, None
        if gate is not None:
            await gate.__aexit__(None if cleanly else KeyboardInterrupt, None, None)

    async def restart(self, meanwhile: Callable[[Path], None] = lambda _: None, *, cleanly: bool = True) -> None:
        """Stop it, let something happen to its disk, and start it again."""
        await self.close(cleanly=cleanly)
        meanwhile(self.directory)
        await self.open()

    def backup(self) -> Path:
        """A copy of the gate's disk as it is now."""
        copy = self.directory.with_name("backup")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.directory, copy)
        return copy

    async def recovers(self, within_s: float) -> bool:
        """Whether, with the story at rest, everybody who is free may go within this time, and nobody else."""
        for number, who in enumerate(PEOPLE):
            self.say(who, free=number % 2 == 0)
        end_s = self.now_s() + within_s
        while self.now_s() < end_s:
            self.seal()
            await asyncio.sleep(1.0)
            if self.gate is None:
                return False
            found = [await self.gate.decide(who, Exit.RELEASE) for who in PEOPLE]
            if [answer.decision is Decision.ALLOW for answer in found] == [self.truth.free(who) for who in PEOPLE]:
                return True
        return False


class LogFeed:
    """`holdfast_gate.Feed` over the world's log, by the world's way."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._positions: dict[int, int] = {}
        self._arrived: list[FeedRecord] = []

    async def partitions(self) -> int:
        """See `Feed`."""
        self._world.feed_fails()
        return len(self._world.hub.log.records)

    async def start(self, positions: Mapping[int, int]) -> None:
        """See `Feed`."""
        self._world.feed_fails()
        log = self._world.hub.log
        wanted = {number: positions.get(number, log.begins[number]) for number in range(len(log.records))}
        if lost := [n for n, offset in wanted.items() if not log.begins[n] <= offset <= log.ends[n]]:
            raise OffsetLostError(lost)
        self._positions = wanted
        self._arrived = []

    async def poll(self, timeout_s: float) -> Sequence[FeedRecord]:
        """See `Feed`."""
        world = self._world
        world.feed_fails()
        if not self._take():
            world.written.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(world.written.wait(), min(timeout_s, 0.2))
            world.feed_fails()
            self._take()
        arrived, self._arrived = self._arrived, []
        return arrived

    async def end_offsets(self) -> Mapping[int, int]:
        """See `Feed`."""
        await asyncio.sleep(0.01)
        self._world.feed_fails()
        return self._world.ends(dict(enumerate(self._world.hub.log.ends)))

    async def publish_report(self, key: bytes, value: bytes) -> None:
        """See `Feed`."""
        del key, value
        self._world.feed_fails()

    async def close(self) -> None:
        """See `Feed`."""

    def _take(self) -> bool:
        world = self._world
        for number, records in enumerate(world.hub.log.records):
            for record in [each for each in records if each.offset >= self._positions.get(number, 0)]:
                self._positions[number] = record.offset + 1
                self._arrived += world.way(record)
        self._arrived += world.due()
        return bool(self._arrived)


def altered(record: FeedRecord, draw: random.Random) -> FeedRecord:
    """The record with a bit of its value changed."""
    if not record.value:
        return record
    at = draw.randrange(len(record.value))
    value = record.value[:at] + bytes([record.value[at] ^ (1 << draw.randrange(8))]) + record.value[at + 1 :]
    return replace(record, value=value)


def unreachable() -> None:
    """The broker cannot be reached."""
    message = "the broker cannot be reached"
    raise FeedError(message)

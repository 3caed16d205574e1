"""A feed of vetoes in process, for tests of programs that ask a gate: one line says what the hub says, or what goes wrong on the way."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from holdfast_gate.config import GateConfig
from holdfast_gate.decide import FRESHNESS_BOUND_S
from holdfast_gate.errors import FeedError
from holdfast_gate.gate import Gate
from holdfast_gate.model import Exit, Ground, NoticeCheck, NoticeGround, NoticeOrder
from holdfast_gate.testing.hub import ALL_EXITS, PlayedHub, Said, ground, order, written
from holdfast_gate.testing.keys import RING, forged, sealed
from holdfast_gate.testing.log import MemoryFeed, MemoryTopic

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

START = datetime(2025, 10, 24, 8, 0, tzinfo=timezone.utc)
#: How long `delivered` waits for a gate, in real seconds.
DELIVERED_WITHIN_S = 5.0
ROLES = ("RECEPTION", "DUTY_GOVERNOR")
#: Bytes that begin as an Avro record does, with the fingerprint of a schema that nobody has.
UNREADABLE = b"\xc3\x01" + b"\xfe" * 8 + b"from a later version of the hub"


class ManualClock:
    """Wall time and monotonic time that stand still until a test moves them."""

    def __init__(self, start: datetime = START) -> None:
        """Begin at `start`."""
        self._start = start
        self._seconds = 0.0

    def now(self) -> datetime:
        """See `Clock`."""
        return self._start + timedelta(seconds=self._seconds)

    def monotonic_s(self) -> float:
        """See `Clock`."""
        return self._seconds

    def advance(self, seconds: float) -> None:
        """Let this much time pass."""
        self._seconds += seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the hub says of one prisoner."""

    grounds: tuple[NoticeGround, ...] = ()
    orders: tuple[NoticeOrder, ...] = ()


class FakeFeed(MemoryFeed):
    """A hub, its feed and both clocks, in process. Every statement is published at once, and sealed unless seals are paused.

    Give a gate this feed and `feed.clock`, or let `feed.gate(directory)` make one; then `await feed.delivered()` after what was said, and ask.
    """

    def __init__(self, partitions: int = 2, start: datetime = START) -> None:
        """Begin with nobody known, at `start`."""
        self.clock = ManualClock(start)
        super().__init__(MemoryTopic(partitions, self.clock.now))
        self.hub = PlayedHub(partitions, self.clock.now)
        self._sealing = True
        self._known: dict[str, _Known] = {}
        self._checks: list[NoticeCheck] = []

    def gate(self, directory: Path) -> Gate:
        """A gate on this feed and its clock, which keeps its files in `directory`; still to be entered."""
        return Gate(GateConfig(gate_id="test-gate", directory=directory, key_ring=RING), self, self.clock)

    # --- what the hub says ---------------------------------------------------------------------------------------------------

    def clear(self, prisoner_number: str) -> None:
        """Known, nothing in force and nothing ordered."""
        self._say(prisoner_number, _Known())

    def order(self, prisoner_number: str, exit_: Exit = Exit.RELEASE, *, days: int = 0, missing: Sequence[str] = ()) -> None:
        """Custody orders this exit for today, or for `days` later; `missing` is what the facts do not bear out, in plain sentences."""
        known = self._known.get(prisoner_number, _Known())
        others = tuple(each for each in known.orders if each.exit != exit_.value)
        self._say(prisoner_number, replace(known, orders=(*others, order(exit_, self.clock.now(), days=days, missing=missing))))

    def withdraw(self, prisoner_number: str) -> None:
        """Custody takes its orders back."""
        self._say(prisoner_number, replace(self._known.get(prisoner_number, _Known()), orders=()))

    def veto(self, prisoner_number: str, name: Ground = Ground.REMAND, bars: Sequence[Exit] | None = None) -> None:
        """A ground comes into force. It bars what the contract has it bar, or `bars`."""
        known = self._known.get(prisoner_number, _Known())
        others = tuple(each for each in known.grounds if each.ground != name.value)
        self._say(prisoner_number, replace(known, grounds=(*others, ground(name, bars))))

    def lift(self, prisoner_number: str, name: Ground | None = None) -> None:
        """The authority ends this ground; without `name`, every authority its own."""
        known = self._known.get(prisoner_number, _Known())
        self._say(prisoner_number, replace(known, grounds=tuple(each for each in known.grounds if name is not None and each.ground != name.value)))

    def policy(
        self,
        code: str,
        *,
        people: int = 1,
        roles: Sequence[str] = ROLES,
        max_age_s: int = 86_400,
        other_than: Sequence[str] = (),
        exits: Sequence[str] = ALL_EXITS,
    ) -> None:
        """From now on the release policy asks for this check too, of everybody."""
        self._checks.append(NoticeCheck(code, f"{code} was done.", tuple(exits), tuple(roles), max_age_s, people, tuple(other_than)))
        self.hub.policy_version += 1
        self._say_all()

    # --- what goes wrong -----------------------------------------------------------------------------------------------------

    def silence(self, source: str) -> None:
        """Nothing more is heard of this source: court, custody, immigration or resolutions."""
        for heard in self.hub.heard:
            heard[source] = self.clock.now()

    def resume(self, source: str) -> None:
        """The source is heard again, and has caught up."""
        for heard in self.hub.heard:
            heard.pop(source, None)
        self._seal()

    def gap(self, source: str) -> None:
        """A record of this source could not be read and names nobody."""
        for gaps in self.hub.gaps:
            gaps.add(source)
        self._seal()

    def pause_seals(self) -> None:
        """What is said from now on is not sealed, until `resume_seals`."""
        self._sealing = False

    def resume_seals(self) -> None:
        """Seal what was said, and go on."""
        self._sealing = True
        self._seal()

    def stale(self) -> None:
        """No more seals, and more time than the freshness bound allows."""
        self.pause_seals()
        self.advance(FRESHNESS_BOUND_S + 1)

    def cut(self) -> None:
        """The network is gone. What the gate knows still holds; let time pass to see the rest grow stale."""
        self.broken = True

    def forge(self, prisoner_number: str) -> None:
        """A stranger writes that nothing is in force and release is ordered, and a seal over it with his own key. Seals pause until `mend`."""
        self.pause_seals()
        before = self.hub.newest(prisoner_number)
        self._publish(self.hub.adopt(self.hub.write(prisoner_number, orders=[order(Exit.RELEASE, self.clock.now())])))
        self._publish(written(forged(self.hub.make_seal(self.hub.partition_of(prisoner_number)))))
        self.hub.adopt(before)

    def mismatch(self, prisoner_number: str) -> None:
        """A notice of this prisoner gets lost on the way: the next seal is over something else than the gate holds."""
        known = self._known.get(prisoner_number, _Known())
        self.hub.adopt(self.hub.write(prisoner_number, grounds=known.grounds, orders=known.orders, checks=self._checks))
        self._seal()

    def unreadable(self, prisoner_number: str) -> None:
        """The notice of this prisoner is written with a schema that the gate does not know."""
        partition = self.hub.partition_of(prisoner_number)
        self._publish(self.hub.adopt(Said(partition=partition, key=prisoner_number.encode(), value=UNREADABLE)))
        self._seal()

    def mend(self) -> None:
        """Everything that was wrong is over: the hub says again what it knows of everybody, and seals it."""
        self.broken, self._sealing = False, True
        for gaps, heard in zip(self.hub.gaps, self.hub.heard):  # noqa: B905 - of one length
            gaps.clear()
            heard.clear()
        self._say_all()

    def advance(self, seconds: float) -> None:
        """Let time pass, for the hub, the broker and the gate."""
        self.clock.advance(seconds)
        self._seal()

    # --- the gate ------------------------------------------------------------------------------------------------------------

    async def delivered(self, timeout_s: float = DELIVERED_WITHIN_S) -> None:
        """Wait until the gate has read everything and, while seals go on, knows that it is fresh. Raises FeedError when no gate reads."""
        if self.broken:
            return
        try:
            await asyncio.wait_for(self._delivered(), timeout_s)
        except asyncio.TimeoutError as error:
            message = f"no gate has read this feed for {timeout_s:g} s: enter one with `async with feed.gate(directory)`"
            raise FeedError(message) from error

    async def _delivered(self) -> None:
        await self.reached(self.is_read)
        if self._sealing:
            # Only a seal that is written after the log's end was asked for proves how young it is.
            asked = self.asked
            await self.reached(lambda: self.asked > asked)
            self._seal()
            await self.reached(self.is_read)

    def _say(self, prisoner_number: str, known: _Known) -> None:
        self._known[prisoner_number] = known
        said = self.hub.write(prisoner_number, grounds=known.grounds, orders=known.orders, checks=self._checks)
        self._publish(self.hub.adopt(said))
        self._seal()

    def _say_all(self) -> None:
        with self._unsealed():
            for prisoner_number, known in list(self._known.items()):
                self._say(prisoner_number, known)
        self._seal()

    @contextlib.contextmanager
    def _unsealed(self) -> Generator[None]:
        sealing, self._sealing = self._sealing, False
        yield
        self._sealing = sealing

    def _seal(self) -> None:
        if self._sealing:
            for partition in range(self.hub.partitions):
                self._publish(written(sealed(self.hub.make_seal(partition))))

    def _publish(self, said: Said) -> None:
        self.topic.write(said)

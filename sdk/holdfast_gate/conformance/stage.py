"""The hub that the kit plays: what it has said in each partition of its topic, and the seals that go on by themselves."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from holdfast_gate.conformance.ports import PARTITIONS
from holdfast_gate.partitioner import murmur2
from holdfast_gate.testing.hub import PlayedHub, Said, written
from holdfast_gate.testing.keys import sealed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from datetime import datetime

    from holdfast_gate.clock import Clock
    from holdfast_gate.conformance.ports import Door, Topic
    from holdfast_gate.testing.log import Appended

SEAL_EVERY_S = 0.5
#: From here on 32 bits, read as a signed number, are negative.
_NEGATIVE = 1 << 31
#: The release policy that seals and notices speak of, but where a case wants them to differ.
POLICY_VERSION = 1


class Stage:
    """Hub, topic and gate of one run. Its time T is the broker's, as its stamps on the records tell it."""

    def __init__(self, topic: Topic, door: Door, clock: Clock) -> None:
        """Nothing is said yet."""
        self.topic = topic
        self.door = door
        self.clock = clock
        self.hub = PlayedHub(PARTITIONS, self.now, policy_version=POLICY_VERSION)
        self.last_seal: dict[int, Said] = {}
        self._anchor: tuple[datetime, float] | None = None
        self._locks = [asyncio.Lock() for _ in range(PARTITIONS)]
        self._sealers: dict[int, asyncio.Task[None]] = {}
        self._count = 0

    def now(self) -> datetime:
        """The broker's time, measured on from its first stamp; the machine's until there is one."""
        if self._anchor is None:
            return self.clock.now()
        at, then_s = self._anchor
        return at + timedelta(seconds=self.clock.monotonic_s() - then_s)

    def number(self, partition: int, *, negative: bool = False) -> str:
        """The number of a prisoner of this partition, of whom nothing was said yet.

        The hash that chooses the partition is a signed number in Kafka's client. Only where that is what is asked about is it `negative`, so that
        a gate which gets the sign wrong fails one case, and not half of every case.
        """
        while True:
            self._count += 1
            number = f"A{self._count:04}CK"
            if self.hub.partition_of(number) == partition and (murmur2(number.encode()) >= _NEGATIVE) == negative:
                return number

    # --- what is written -----------------------------------------------------------------------------------------------------

    async def say(self, prisoner_number: str, **notice: Any) -> Appended:  # noqa: ANN401 - see PlayedHub.write
        """A notice, which seals cover from now on."""
        async with self._locks[self.hub.partition_of(prisoner_number)]:
            return await self.append(self.hub.adopt(self.hub.write(prisoner_number, **notice)))

    async def adopt(self, said: Said) -> Appended:
        """A record as it stands, which seals cover from now on."""
        async with self._locks[said.partition]:
            return await self.append(self.hub.adopt(said))

    @contextlib.asynccontextmanager
    async def say_uncommitted(self, prisoner_number: str, **notice: Any) -> AsyncGenerator[Appended]:  # noqa: ANN401 - see PlayedHub.write
        """A notice in a transaction that stays open within the block."""
        async with (
            self._locks[self.hub.partition_of(prisoner_number)],
            self.topic.uncommitted(self.hub.adopt(self.hub.write(prisoner_number, **notice))) as appended,
        ):
            yield appended

    async def append(self, said: Said) -> Appended:
        """A record as it stands, which no seal knows of."""
        appended = await self.topic.append(said)
        if self._anchor is None:
            self._anchor = appended.at, self.clock.monotonic_s()
        return appended

    async def seal(self, partition: int) -> Appended:
        """A seal over everything that was said."""
        async with self._locks[partition]:
            self.last_seal[partition] = written(sealed(self.hub.make_seal(partition)))
            return await self.append(self.last_seal[partition])

    # --- seals that go on by themselves --------------------------------------------------------------------------------------

    def go_on(self, *partitions: int) -> None:
        """Seal these partitions again and again."""
        for partition in partitions:
            if partition not in self._sealers:
                self._sealers[partition] = asyncio.create_task(self._keep_sealing(partition), name=f"seals of partition {partition}")

    async def stop(self, *partitions: int) -> None:
        """Seal these partitions no longer. Raises what went wrong with sealing them: KitError."""
        for partition in partitions:
            sealer = self._sealers.pop(partition, None)
            if sealer is not None:
                sealer.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await sealer

    async def _keep_sealing(self, partition: int) -> None:
        while True:
            await self.seal(partition)
            await asyncio.sleep(SEAL_EVERY_S)

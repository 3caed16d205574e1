"""Keeps a replica up to date from a feed, for as long as the gate is open, whatever happens to the feed meanwhile."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from holdfast_gate.containment import contained_async
from holdfast_gate.errors import FeedError, GateTroubleError, OffsetLostError, StoreError
from holdfast_gate.replica import Replica

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from holdfast_gate.clock import Clock
    from holdfast_gate.feed import Feed
    from holdfast_gate.signing import KeyRing
    from holdfast_gate.store import ReplicaStore

_log = logging.getLogger("holdfast_gate")
POLL_S = 0.5
#: How often the log's ends are asked for: the answers are what freshness is measured by.
MEASURE_EVERY_S = 0.5
RETRY_AFTER_S = 0.5
RETRY_AFTER_MAX_S = 5.0
#: A partition that is read again from its beginning and still differs is not read again at once.
REBOOTSTRAP_AFTER_S = 10.0
REBOOTSTRAP_AFTER_MAX_S = 300.0


class Follower:
    """Two loops over one feed: one reads records, the other asks for the ends of the logs."""

    def __init__(self, feed: Feed, store: ReplicaStore, clock: Clock, ring: KeyRing) -> None:
        """Take up what `store` holds, as far as it rests on seals that `ring` knows."""
        self.replica: Replica | None = store.load(ring)
        self._ring = ring
        #: What is wrong at the moment, by what it kept from working.
        self.troubles: dict[str, str] = {}
        self.closing = asyncio.Event()
        self._feed = feed
        self._store = store
        self._clock = clock
        self._started = False
        self._halt: FeedError | None = None
        self._progress = asyncio.Condition()
        self._patience_s: dict[int, float] = {}
        self._again_at_s: dict[int, float] = {}

    async def run(self) -> None:
        """Follow the feed until `closing` is set or this is cancelled."""
        await asyncio.gather(self.keep("reading", self._read), self.keep("measuring", self._measure))

    async def keep(self, name: str, cycle: Callable[[], Awaitable[None]]) -> None:
        """Run `cycle` again and again; after a failure only after a pause that grows."""
        pause_s = RETRY_AFTER_S
        while not self.closing.is_set():
            error = await contained_async(cycle)
            if error is None:
                self.troubles.pop(name, None)
                pause_s = RETRY_AFTER_S
                await asyncio.sleep(0)  # a feed that always has more must not keep others from running
                continue
            text = str(error) or type(error).__name__
            if self.troubles.get(name) != text:
                # What a feed may raise is known; anything else is a defect, and its place matters.
                _log.warning("%s: %s", name, text, exc_info=None if isinstance(error, GateTroubleError) else error)
            self.troubles[name] = text
            await self._announce()
            await self.pause(pause_s)
            pause_s = min(2 * pause_s, RETRY_AFTER_MAX_S)

    def trust(self, ring: KeyRing) -> None:
        """Go by another key ring from now on. What rests on a key that it does not know is read again, from its beginning."""
        if ring == self._ring:
            return
        self._ring = ring
        if self.replica is not None and (doubtful := self.replica.trust(ring)):
            _log.warning("partitions %s rest on a key that is no longer good: reading them again from their beginning", sorted(doubtful))
            for number in doubtful:
                self.replica.reset(number)
            self._started = False

    async def pause(self, timeout_s: float) -> None:
        """Wait for `closing`, but no longer than this."""
        try:
            await asyncio.wait_for(self.closing.wait(), timeout_s)
        except asyncio.TimeoutError:
            return

    async def reached(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        """Whether `condition` holds within this time; it is asked after everything that happens here."""

        async def wait() -> None:
            async with self._progress:
                await self._progress.wait_for(condition)

        try:
            await asyncio.wait_for(wait(), timeout_s)
        except asyncio.TimeoutError:
            return condition()
        return True

    # --- reading ---------------------------------------------------------------------------------------------------------

    async def _read(self) -> None:
        error = await contained_async(self._read_on)
        if error is None:
            return
        self._started = False
        if isinstance(error, OffsetLostError) and self.replica is not None:
            for number in error.partitions:
                self.replica.reset(number)
        raise error

    async def _read_on(self) -> None:
        replica = self.replica
        if replica is None or not self._started:
            replica = await self._start()
            self._halt = None
            self._started = True
        records = await self._feed.poll(POLL_S)
        if self._halt is not None:
            raise self._halt
        replica.apply(records)
        if self._rebootstrap(replica):
            self._started = False
        if records:
            self._save(replica)
            await self._announce()

    async def _start(self) -> Replica:
        count = await self._feed.partitions()
        replica = self.replica
        if replica is None:
            replica = Replica.empty(count, self._ring)
        elif len(replica.partitions) != count:
            replica = replica.resized(count)
        self.replica = replica
        await self._feed.start(replica.positions())
        ends = await self._feed.end_offsets()
        for partition in replica.partitions:
            partition.expect(ends[partition.number])
        await self._announce()
        return replica

    def _rebootstrap(self, replica: Replica) -> bool:
        """Forget the partitions that reading on will not mend; whether there are any."""
        now_s = self._clock.monotonic_s()
        found = False
        for partition in replica.partitions:
            number = partition.number
            if partition.needs_rebootstrap and now_s >= self._again_at_s.get(number, now_s):
                patience_s = self._patience_s.get(number, REBOOTSTRAP_AFTER_S)
                self._again_at_s[number] = now_s + patience_s
                self._patience_s[number] = min(2 * patience_s, REBOOTSTRAP_AFTER_MAX_S)
                _log.warning("partition %d differs from its seals: reading it again from its beginning", number)
                replica.reset(number)
                found = True
            elif partition.seal is not None and not partition.mismatch and number in self._patience_s:
                del self._patience_s[number]
        return found

    def _save(self, replica: Replica) -> None:
        """A replica that cannot be saved is still good: only a restart will take longer."""
        try:
            self._store.save(replica)
        except StoreError as error:
            self.troubles["saving"] = str(error)
        else:
            self.troubles.pop("saving", None)

    # --- measuring -------------------------------------------------------------------------------------------------------

    async def _measure(self) -> None:
        if self._started and self.replica is not None:
            await self._ask_ends(self.replica)
            await self._announce()
        await self.pause(MEASURE_EVERY_S)

    async def _ask_ends(self, replica: Replica) -> None:
        partitions = [(partition, partition.position) for partition in replica.partitions]
        # Before the request: what it answers was true at some time after that.
        sent_at_s = self._clock.monotonic_s()
        ends = await self._feed.end_offsets()
        # A log that ends before what has been read from it was cut off or made anew: its answer proves nothing.
        if lost := [partition.number for partition, position in partitions if ends[partition.number] < position]:
            self._halt = OffsetLostError(lost)
            return
        for partition, _ in partitions:
            partition.freshness.answered(sent_at_s=sent_at_s, end_offset=ends[partition.number])
        if await self._feed.partitions() != len(partitions):
            self._halt = FeedError("the number of partitions of the feed has changed: every prisoner may be in another one now")

    async def _announce(self) -> None:
        async with self._progress:
            self._progress.notify_all()

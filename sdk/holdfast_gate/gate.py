"""A gate: follows the feed, answers, records every answer before it gives it, and reports it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from holdfast_gate.answer import Answer, Refer, Trouble
from holdfast_gate.clock import Clock, SystemClock
from holdfast_gate.containment import contained
from holdfast_gate.decide import decide
from holdfast_gate.errors import JournalError, StoreLockedError
from holdfast_gate.follower import Follower
from holdfast_gate.journal import Journal
from holdfast_gate.model import Decision, Exit, ReferCode
from holdfast_gate.position import GatePosition, partition_position
from holdfast_gate.positions import Positions
from holdfast_gate.reporter import Reporter
from holdfast_gate.schema_book import SchemaBook
from holdfast_gate.schema_feed import SchemaFeed
from holdfast_gate.settlements import Settlements, unsettled
from holdfast_gate.store import ReplicaStore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from holdfast_gate.checks import CheckDone
    from holdfast_gate.config import GateConfig
    from holdfast_gate.feed import Feed
    from holdfast_gate.partition import Partition
    from holdfast_gate.settlement import Officer, Settlement

#: How long closing may wait for reports to be sent; what is left is sent when the gate opens again.
DRAIN_TIMEOUT_S = 3.0
#: How often the file of the key ring is looked at.
REREAD_RING_EVERY_S = 5.0
#: Settlements are looked at after everything that the feed brings, and at least this often.
RECONSIDER_S = 5.0


class Gate:
    """One gate, within one event loop: `async with Gate(config, feed) as gate: answer = await gate.decide("A1234BC", Exit.RELEASE)`."""

    def __init__(self, config: GateConfig, feed: Feed, clock: Clock | None = None) -> None:
        """Nothing happens before the gate is entered."""
        self._config = config
        self._feed = feed
        self._clock = clock or SystemClock()
        self._journal = Journal(config.directory, config.gate_id)
        self._reporter = Reporter(self._journal, feed, config.gate_id)
        self._settlements = Settlements(self._journal, self._clock, config.mode)
        self._positions = Positions(feed, self._clock, config.mode.value)
        self._open: tuple[Follower, ReplicaStore, asyncio.Task[None]] | None = None

    async def __aenter__(self) -> Gate:  # noqa: PYI034 - typing.Self is younger than Python 3.10
        """Open replica and journal and follow the feed. Raises StoreError or KeyFileError; a feed in trouble raises nothing, and is tried again."""
        store = ReplicaStore(self._config.directory, self._config.topic)
        try:
            self._feed = _with_schemas(self._feed, self._config, self._clock)
            # A journal that cannot be written turns answers into REFER; only another process that has it is worth refusing.
            contained(self._journal.open, _only_if_locked)
            follower = Follower(self._feed, store, self._clock, self._config.ring())
        except BaseException:
            self._journal.close()
            store.close()
            raise
        # No settlement outlives the gate that took it.
        self._settlements = Settlements(self._journal, self._clock, self._config.mode)
        task = asyncio.create_task(self._run(follower), name=f"holdfast-gate {self._config.gate_id}")
        self._open = follower, store, task
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        """Send what is left to report, as far as that goes quickly, and let go of everything."""
        if self._open is None:
            return
        follower, store, task = self._open
        self._open = None
        try:
            if kind is None:
                await self._reporter.drained(DRAIN_TIMEOUT_S)
        finally:
            follower.closing.set()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            try:
                await self._feed.close()
            finally:
                self._journal.close()
                store.close()

    async def decide(self, prisoner_number: str, exit_: Exit, checks: Sequence[CheckDone] = ()) -> Answer:
        """Whether this prisoner may leave in this way, and why not; `checks` are the release checks that people have signed.

        The answer, with the checks that it rests on, is in the journal before it is returned.

        Total: nothing makes it raise but cancellation.
        """
        # Letters that no prisoner number has must not keep the answer from being written down.
        number = str(prisoner_number).encode("utf-8", "backslashreplace").decode()
        now_s = self._clock.monotonic_s()
        judged = contained(lambda: self._judge(number, Exit(exit_), checks), lambda error: _troubled(number, exit_, error))
        bound = replace(judged, mode=self._config.mode)
        answer = contained(lambda: self._settlements.covered(bound, now_s), lambda _: bound)
        recorded = contained(lambda: self._record(answer), lambda error: _unrecorded(answer, error))
        contained(lambda: self._settlements.show(recorded, now_s), lambda _: None)
        self._reporter.recorded()
        return recorded

    async def settle(self, sequence: int, *, reason_code: str, officers: tuple[Officer, Officer], note: str = "") -> Settlement:
        """Let two different officers answer for the REFER that has this number in the journal, for its prisoner and its exit.

        `reason_code` is one of `settlement.REASONS`. For 15 minutes at the most `decide` says REFER with this settlement and how long it may
        be acted upon, as long as it has exactly the reasons and the notice that they were shown. In the journal before it is returned.

        Raises SettlementError, whose code says why nothing was settled; nothing else but cancellation.
        """

        def settled() -> Settlement:
            if self._open is None:
                message = "the gate is not open"
                raise JournalError(message)
            return self._settlements.settle(sequence, reason_code=reason_code, officers=officers, note=note, judged=self._again)

        made = contained(settled, unsettled)
        self._reporter.recorded()
        return made

    async def until(self, prisoner_number: str, exit_: Exit, decision: Decision, timeout_s: float, checks: Sequence[CheckDone] = ()) -> bool:
        """Whether, within this time, the answer would be `decision`. Nothing is journalled, so nothing may be acted upon: then ask `decide`."""
        if self._open is None:
            return False

        def would() -> bool:
            return contained(lambda: self._judge(prisoner_number, exit_, checks).decision is decision, lambda _: False)

        return await self._open[0].reached(would, timeout_s)

    async def synchronised(self, timeout_s: float, prisoner_number: str | None = None) -> bool:
        """Whether, within this time, the replica is read to its end and freshly sealed: all of it, or the prisoner's part."""
        if self._open is None:
            return False
        follower = self._open[0]

        def fresh() -> bool:
            if follower.replica is None:
                return False
            partitions = follower.replica.partitions
            if prisoner_number is not None:
                partitions = [follower.replica.partition_of(prisoner_number)]
            return all(map(self._is_fresh, partitions))

        return await follower.reached(fresh, timeout_s)

    def position(self) -> GatePosition:
        """How far the gate has come: for status displays and reports."""
        follower = None if self._open is None else self._open[0]
        replica = None if follower is None else follower.replica
        now_s = self._clock.monotonic_s()
        return GatePosition(
            gate_id=self._config.gate_id,
            partitions=() if replica is None else tuple(partition_position(each, now_s) for each in replica.partitions),
            troubles={} if follower is None else dict(follower.troubles),
            mode=self._config.mode,
        )

    def journal_trouble(self) -> str:
        """Why answers cannot be recorded at this moment, found by writing; empty when they can be. Until they can, nothing is ALLOW."""
        if self._open is None:
            return "the gate is not open"
        return contained(self._journal.probe, str) or ""

    # --- answering -------------------------------------------------------------------------------------------------------

    def _judge(self, prisoner_number: str, exit_: Exit, checks: Sequence[CheckDone]) -> Answer:
        follower = None if self._open is None else self._open[0]
        given = tuple(checks)
        if follower is None or follower.replica is None:
            trouble = "" if follower is None else _feed_trouble(follower)
            refer = Refer(
                ReferCode.FEED_NOT_BOOTSTRAPPED,
                f"This gate has never read what Holdfast sends{trouble and f' ({trouble})'}: ask the Holdfast control room.",
                "never read",
            )
            return Answer(decision=Decision.REFER, prisoner_number=prisoner_number, exit=exit_.value, refer=(refer,), checks=given)
        view = follower.replica.view(prisoner_number, now_s=self._clock.monotonic_s(), feed_trouble=_feed_trouble(follower))
        return decide(view, exit_, self._config.rules, given)

    def _again(self, shown: Answer) -> Answer:
        """What the gate says now of what it was asked then, with the checks that it was given then."""
        judged = contained(
            lambda: self._judge(shown.prisoner_number, Exit(shown.exit), shown.checks),
            lambda error: _troubled(shown.prisoner_number, shown.exit, error),
        )
        return replace(judged, mode=self._config.mode)

    def _reconsidered(self) -> bool:
        """Void every settlement that no longer holds; False, because there is always more to come."""
        self._settlements.reconsider(self._again)
        return False

    def _record(self, answer: Answer) -> Answer:
        if self._open is None:
            message = "the gate is not open"
            raise JournalError(message)
        return self._journal.append(answer, self._clock.now())

    def _is_fresh(self, partition: Partition) -> bool:
        age_s = partition.freshness.age_s(self._clock.monotonic_s())
        sealed = partition.bootstrapped and not partition.mismatch and partition.seal is not None
        return sealed and age_s is not None and age_s <= self._config.rules.freshness_bound_s

    async def _run(self, follower: Follower) -> None:
        async def settlements() -> None:
            await follower.reached(self._reconsidered, RECONSIDER_S)

        await asyncio.gather(
            follower.run(),
            follower.keep("reporting", self._reporter.cycle),
            follower.keep("settling", settlements),
            follower.keep("reading the key ring", lambda: self._reread_ring(follower)),
            follower.keep("telling positions", lambda: self._positions.cycle(follower.pause, self.position)),
        )

    async def _reread_ring(self, follower: Follower) -> None:
        """A key that was revoked must count no more, and a new one count, without a restart. Raises KeyFileError; the ring stays as it was then."""
        await follower.pause(REREAD_RING_EVERY_S)
        follower.trust(self._config.ring())


def _with_schemas(feed: Feed, config: GateConfig, clock: Clock) -> Feed:
    if config.schema_registry is None or isinstance(feed, SchemaFeed):
        return feed
    book = SchemaBook(config.directory, config.schema_registry.url)
    return SchemaFeed(feed, book, config.schema_registry.schema, clock)


def _only_if_locked(error: Exception) -> None:
    if isinstance(error, StoreLockedError):
        raise error


def _feed_trouble(follower: Follower) -> str:
    return follower.troubles.get("reading") or follower.troubles.get("measuring") or ""


def _troubled(prisoner_number: str, exit_: str, error: Exception) -> Answer:
    refer = Refer(Trouble.INTERNAL_ERROR, f"This gate has failed ({type(error).__name__}: {error}): tell whoever runs it.")
    return Answer(decision=Decision.REFER, prisoner_number=prisoner_number, exit=str(exit_), refer=(refer,))


def _unrecorded(answer: Answer, error: Exception) -> Answer:
    """A veto stands without a record; nothing else does."""
    if answer.decision is Decision.VETO:
        return answer
    refer = Refer(Trouble.JOURNAL_NOT_WRITABLE, f"This gate could not record its answer ({error}): tell whoever runs it.")
    return replace(answer, decision=Decision.REFER, refer=(*answer.refer, refer), settlement=None)

"""What the ids of a schema registry stand for is found out before a stage sees a record, so that the core and `step` stay pure and never wait."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import structlog

from holdfast_gate.confluent import ID_MAX, FullError, Writers, WriterSchemaError
from services.runtime.metrics import REGISTRY_UNANSWERED, REGISTRY_WAITING
from services.runtime.ports import Clock
from services.runtime.registry_client import AbsentError, NoAnswerError, RefusedError, RegistryClient

log = structlog.get_logger(__name__)

PAUSE_FIRST_S, PAUSE_LONGEST_S = 0.2, 15.0
#: A registry that was written to a moment ago may not show it everywhere: only a second no, so much later, is believed.
ABSENT_AGAIN_AFTER_S = 1.0
#: For how long it is then believed, and of how many.
ABSENT_FOR_S, ABSENT_MAX = 60.0, 1024
#: More are never asked for at once; what stands behind them in a batch waits until these are settled.
WANTED_MAX = 256
FAIR: Callable[[], float] = secrets.SystemRandom().random


class SchemaIds:
    """Asks for one id after another, for as long as it takes; `settle` waits for that, `settled` says whether it is done.

    One at a time: a registry that has just come back is not run down by those who waited for it.
    """

    def __init__(
        self, client: RegistryClient, writers: Writers, clock: Clock, *, first: Sequence[str] = (), dice: Callable[[], float] = FAIR
    ) -> None:
        """`first`: subjects whose every version is learnt with the first id that is asked for."""
        self._client = client
        self._writers = writers
        self._clock = clock
        self._first = first
        self._dice = dice
        self._changed = asyncio.Condition()
        #: What records wait for, by since when. Whatever was asked for last without being settled is at the end.
        self._wanted: dict[int, datetime] = {}
        #: What the registry said once that it does not have, and what it said so twice, by (monotonic) when.
        self._doubted_s: dict[int, float] = {}
        self._absent_s: dict[int, float] = {}
        self._trouble: str | None = None
        self.asking: asyncio.Task[None] | None = None

    def settled(self, schema_id: int) -> bool:
        """Whether the schema is known, or known not to be there."""
        if schema_id in self._writers or schema_id > ID_MAX:
            return True
        said_s = self._absent_s.get(schema_id)
        return said_s is not None and self._clock.monotonic_s() - said_s < ABSENT_FOR_S

    def name(self, schema_id: int) -> str:
        """The full name of the record that a settled id stands for; in words where that is none."""
        try:
            return str(self._writers.schema(schema_id)["name"])
        except KeyError:
            return "nothing"
        except WriterSchemaError as error:
            return f"what {error}"

    async def settle(self, ids: Iterable[int], timeout_s: float) -> None:
        """Ask for `ids`, and wait until all of them are settled, but no longer than `timeout_s`. Raises what a defect in the asking raised."""
        if self.asking is not None and self.asking.done():
            self.asking.result()
        missing = [schema_id for schema_id in dict.fromkeys(ids) if not self.settled(schema_id)][:WANTED_MAX]
        async with self._changed:
            for schema_id in missing:
                self._wanted.setdefault(schema_id, self._clock.now())
            self._measure()
            self._changed.notify_all()
        try:
            async with asyncio.timeout(timeout_s), self._changed:
                await self._changed.wait_for(lambda: all(map(self.settled, missing)))
        except TimeoutError:
            return

    def notes(self) -> Mapping[str, str]:
        """For a tired person: what is waited for, since when, and what went wrong last."""
        if not self._wanted or self._trouble is None:
            return {}
        ids = ", ".join(map(str, sorted(self._wanted)[:10]))
        return {"schema registry": f"records wait since {min(self._wanted.values()):%Y-%m-%dT%H:%M:%SZ} for schema id {ids}: {self._trouble}"}

    async def ask(self) -> None:
        """Ask for what is wanted until cancelled."""
        pause_s = PAUSE_FIRST_S
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: bool(self._wanted))
            schema_id = next(iter(self._wanted))
            try:
                settled = await self._ask(schema_id)
            except (NoAnswerError, FullError) as error:
                if self._trouble != str(error):
                    log.warning("records wait for the schema registry", schema_id=schema_id, detail=str(error))
                self._trouble, settled = str(error), False
                await asyncio.sleep(pause_s * (0.5 + self._dice() / 2))
                pause_s = min(pause_s * 2, PAUSE_LONGEST_S)
            else:
                pause_s, self._trouble = PAUSE_FIRST_S, None
            since = self._wanted.pop(schema_id)
            if settled:
                async with self._changed:
                    self._measure()
                    self._changed.notify_all()
            else:  # the others first: one that the registry fails on must not keep them waiting
                self._wanted[schema_id] = since

    async def _ask(self, schema_id: int) -> bool:
        """Whether that settled it. Raises NoAnswerError, FullError."""
        try:
            await self._learn_subjects()
            if (doubted_s := self._doubted_s.get(schema_id)) is not None:
                await asyncio.sleep(max(doubted_s + ABSENT_AGAIN_AFTER_S - self._clock.monotonic_s(), 0))
            self._writers.learn(schema_id, await self._client.schema(schema_id))
        except RefusedError as error:  # it is there, and nothing that could be read: for ever, so it is noted as what it is
            self._writers.learn_useless(schema_id, str(error))
        except WriterSchemaError as error:
            raise NoAnswerError("renumbered", str(error)) from error
        except AbsentError:
            if schema_id not in self._doubted_s:
                self._doubted_s[schema_id] = self._clock.monotonic_s()
                return False
            self._absent(schema_id)
        self._doubted_s.pop(schema_id, None)
        return True

    async def _learn_subjects(self) -> None:
        """Once: what bytes inside a record of ours may have been written with, which nobody sees here. Raises as `_ask` does."""
        for subject in self._first:
            for version in await self._client.versions(subject):
                self._writers.learn(version.schema_id, version.text)
        self._first = ()

    def _absent(self, schema_id: int) -> None:
        self._absent_s.pop(schema_id, None)
        self._absent_s[schema_id] = self._clock.monotonic_s()
        while len(self._absent_s) > ABSENT_MAX:
            self._absent_s.pop(next(iter(self._absent_s)))

    def _measure(self) -> None:
        REGISTRY_UNANSWERED.set(len(self._wanted))
        REGISTRY_WAITING.set(min((since.timestamp() for since in self._wanted.values()), default=0))


@asynccontextmanager
async def asking(ids: SchemaIds) -> AsyncGenerator[None]:
    """Let `ids` ask for the length of a block. What fails in it that is no registry's fault is raised to whoever waits."""
    task = ids.asking = asyncio.create_task(ids.ask(), name="schema registry")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])

"""The desk: sends what is due, so many at a time to each host and none to a host that is to be left alone, and sorts what comes back."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from services.enrichment.book import Book, Pending
from services.enrichment.client import Got, Missed
from services.enrichment.policy import Breaker, BreakerState, pause_s
from services.enrichment.routes import Route
from services.runtime.config import EnrichmentSettings
from services.runtime.metrics import BREAKER, ENRICHMENT_ATTEMPTS, ENRICHMENT_SECONDS
from services.runtime.ports import Clock

log = structlog.get_logger(__name__)

Ask = Callable[[Route, str], Awaitable[Got | Missed]]
#: Fair dice: from 0 up to 1.
Dice = Callable[[], float]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sent:
    pending: Pending
    host: str
    probe: bool
    at_s: float


class Desk:
    """Every request under way. A new one after every failure of the lane: requests of the one before are cancelled."""

    def __init__(self, book: Book, ask: Ask, clock: Clock, settings: EnrichmentSettings, dice: Dice) -> None:
        self._book = book
        self._ask = ask
        self._clock = clock
        self._settings = settings
        self._dice = dice
        self._tasks: dict[asyncio.Task[Got | Missed], _Sent] = {}
        self._under_way: Counter[str] = Counter()
        fresh = Breaker(failures_max=settings.breaker_failures, cool_s=settings.breaker_cool_s)
        self.breakers = dict.fromkeys(book.hosts, fresh)

    @property
    def busy(self) -> bool:
        """Whether a request is under way, or an answer waits to be handed over."""
        return bool(self._tasks)

    def send(self) -> None:
        """Send what is due and may be sent."""
        now_s = self._clock.monotonic_s()
        for host in self._book.hosts:
            while self._under_way[host] < self._settings.in_flight and self.breakers[host].admits(now_s):
                pending = self._book.take(host, now_s)
                if pending is None or pending.route is None:
                    break
                self.breakers[host], probe = self.breakers[host].sent(now_s)
                self._under_way[host] += 1
                task = asyncio.ensure_future(self._ask(pending.route, pending.key))
                self._tasks[task] = _Sent(pending=pending, host=host, probe=probe, at_s=now_s)
            BREAKER.labels(host).set(self.breakers[host].state(now_s))

    def sorted_back(self, bytes_max: int) -> Sequence[tuple[Pending, Got]]:
        """The answers that have come, some of them if they are more than `bytes_max` together; what failed is put back into the book.

        Raises whatever a defect of ours raised in a request.
        """
        answers: list[tuple[Pending, Got]] = []
        room = bytes_max
        for task in [task for task in self._tasks if task.done()]:
            if room <= 0:
                break
            sent = self._tasks.pop(task)
            self._under_way[sent.host] -= 1
            match verdict := task.result():
                case Got():
                    room -= len(verdict.body)
                    answers.append((sent.pending, verdict))
                    self._went_well(sent, verdict)
                case Missed():
                    self._went_wrong(sent, verdict)
        return answers

    def hosts(self, now_s: float) -> Mapping[str, str]:
        """How each host stands, in words."""
        words = {BreakerState.CLOSED: "asked", BreakerState.HALF_OPEN: "tried again", BreakerState.OPEN: "left alone, it fails"}
        return {host: words[breaker.state(now_s)] for host, breaker in self.breakers.items()}

    async def close(self) -> None:
        """Cancel what is under way."""
        tasks = tuple(self._tasks)
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _went_well(self, sent: _Sent, got: Got) -> None:
        now_s = self._clock.monotonic_s()
        self._note(sent, "answered" if got.body else "not_there", now_s)
        self._turn(sent.host, self.breakers[sent.host].succeeded(probe=sent.probe), now_s)

    def _went_wrong(self, sent: _Sent, missed: Missed) -> None:
        now_s = self._clock.monotonic_s()
        self._note(sent, missed.outcome, now_s)
        breaker = self.breakers[sent.host]
        # A question that only this answer fails still shows that the host answers.
        breaker = breaker.failed(now_s, probe=sent.probe) if missed.ill else breaker.succeeded(probe=sent.probe)
        self._turn(sent.host, breaker, now_s)
        sent.pending.failures += 1
        pause = pause_s(sent.pending.failures, dice=self._dice(), longest_s=self._settings.pause_longest_s)
        self._book.put_back(sent.pending, now_s + max(pause, missed.retry_after_s))

    def _turn(self, host: str, breaker: Breaker, now_s: float) -> None:
        before, after = self.breakers[host].state(now_s), breaker.state(now_s)
        self.breakers[host] = breaker
        if before is not after and after is BreakerState.OPEN:
            log.warning("host left alone", host=host, failures=breaker.failures, cool_s=breaker.cool_s)
        elif before is not after:
            log.info("host asked again", host=host)

    @staticmethod
    def _note(sent: _Sent, outcome: str, now_s: float) -> None:
        ENRICHMENT_ATTEMPTS.labels(sent.host, outcome).inc()
        ENRICHMENT_SECONDS.labels(sent.host).observe(max(now_s - sent.at_s, 0.0))

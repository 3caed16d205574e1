"""The desk, with somebody to ask who answers as told, and at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from holdfast.claims import Person
from holdfast.records import EnrichmentRequest
from services.enrichment.book import Book
from services.enrichment.client import Got, Missed
from services.enrichment.desk import Desk
from services.enrichment.policy import BreakerState
from services.enrichment.routes import Route
from simulator.driven_clock import DrivenClock
from tests.enrichment.scene import NOW, settings
from tests.enrichment.test_book import CAUSE, HOST, ROUTES


class Oracle:
    """Gives the next of `verdicts`, and the last of them for ever."""

    def __init__(self, *verdicts: Got | Missed) -> None:
        """Nothing was asked yet."""
        self.verdicts = list(verdicts)
        self.asked: list[str] = []

    async def ask(self, route: Route, key: str) -> Got | Missed:
        """Answer."""
        assert route.host == HOST
        self.asked.append(key)
        return self.verdicts.pop(0) if len(self.verdicts) > 1 else self.verdicts[0]


def book(questions: int) -> Book:
    """So many questions, all due."""
    made = Book(ROUTES)
    for number in range(questions):
        made.told(EnrichmentRequest(about=f"court-document/{number}", sequence=1, person=Person(), since=NOW), CAUSE, 0)
    return made


async def rounds(desk: Desk, times: int) -> int:
    """Go round so often; how many answers came back."""
    found = 0
    for _ in range(times):
        desk.send()
        await asyncio.sleep(0)
        found += len(desk.sorted_back(1000))
    return found


async def test_answers_are_handed_over_so_many_bytes_at_a_time() -> None:
    """One transaction never grows with what happens to have come: what is over stays for the next, and nothing is lost."""
    oracle = Oracle(Got(status=200, url="https://records.example/1", sent_at=NOW, body=b"12345678"))
    desk = Desk(book(5), oracle.ask, DrivenClock(NOW, rate=0), settings(in_flight=5), lambda: 0)
    desk.send()
    await asyncio.sleep(0)
    assert [len(desk.sorted_back(10)) for _ in range(4)] == [2, 2, 1, 0]


async def test_a_question_that_only_it_fails_stops_no_other() -> None:
    """A host that refuses one question well is not down, however often it does: its breaker stays closed, and closes."""
    clock = DrivenClock(NOW, rate=0)
    oracle = Oracle(*[Missed(outcome="refused", ill=False)] * 20, Missed(outcome="timeout"))
    desk = Desk(book(1), oracle.ask, clock, settings(breaker_failures=3, breaker_cool_s=30), lambda: 0)
    await rounds(desk, 20)
    assert desk.breakers[HOST].state(clock.monotonic_s()) is BreakerState.CLOSED
    await rounds(desk, 3)
    assert desk.breakers[HOST].state(clock.monotonic_s()) is BreakerState.OPEN
    oracle.verdicts = [Missed(outcome="refused", ill=False)]
    clock.advance(timedelta(seconds=30))
    await rounds(desk, 1)
    assert desk.breakers[HOST].state(clock.monotonic_s()) is BreakerState.CLOSED
    assert len(oracle.asked) == 24

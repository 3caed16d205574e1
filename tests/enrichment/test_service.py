"""The whole service on the broker in memory, with a real server to ask: what is asked, published, put off, kept and never published."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import structlog
from aiohttp import web
from prometheus_client import REGISTRY

from holdfast.claims import Identifier, Person
from holdfast.records import EnrichmentRequest
from holdfast.subjects import micros
from schemas.topics import topics
from schemas.wire import decode_as
from services.enrichment.client import BODY_BYTES_MAX, Client
from services.runtime.ports import BrokerError, Outgoing, TopicPartition
from simulator.driven_clock import DrivenClock
from simulator.hub import HubFailedError, InProcessHub
from simulator.memory_broker import MemoryBroker, MemoryLane
from tests.enrichment.scene import (
    ABOUT,
    BODY,
    NOW,
    NUMBER,
    WITHIN_S,
    SystemOfRecord,
    answered,
    answers,
    asking,
    claim,
    hangs_up,
    never,
    replying,
    requests,
    running,
    serving,
)

PATH = f"/prisoner/{NUMBER}"
CLAIMS = TopicPartition("claims", 0)


@pytest.fixture
async def system() -> AsyncIterator[SystemOfRecord]:
    """A system of record."""
    async with serving() as running_system:
        yield running_system


@pytest.fixture
def clock() -> DrivenClock:
    """A clock that stands still unless it is driven."""
    return DrivenClock(NOW, rate=0)


@pytest.fixture
def broker(clock: DrivenClock) -> MemoryBroker:
    """An empty cluster with every topic."""
    return MemoryBroker({spec.name: spec.partitions for spec in topics()}, clock)


def metric(name: str, **labels: str) -> float:
    """What a metric shows now."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def shown(name: str, value: float, **labels: str) -> None:
    """Wait until a metric shows `value`."""
    async with asyncio.timeout(WITHIN_S):
        while metric(name, **labels) != value:  # noqa: ASYNC110  a gauge announces nothing
            await asyncio.sleep(0.01)


async def settled(broker: MemoryBroker) -> None:
    """Wait until nothing is left to be asked."""
    async with asyncio.timeout(WITHIN_S):
        while await requests(broker):  # noqa: ASYNC110  nor does a log
            await asyncio.sleep(0.01)


async def test_a_doubt_is_answered(broker: MemoryBroker, clock: DrivenClock, system: SystemOfRecord) -> None:
    """The answer is published with what it answers, whom it is about and where it came from, under the key of its question, in the event's trace."""
    told = claim()
    trace = ("traceparent", b"00-0123456789abcdef0123456789abcdef-0123456789abcdef-01")
    async with running(broker, clock, asking({"prisoner": system.route()}, token="s3cret")):  # noqa: S106
        await broker.publish([Outgoing(topic="claims", partition=0, key=told.key, value=told.value, headers=(trace,))])
        [answer] = await answered(broker, 1)
    assert (answer.about, answer.sequence, answer.person) == (ABOUT, micros(NOW), Person(prisoner_number=NUMBER))
    assert (answer.http_status, answer.body, answer.dialect, answer.content_type) == (200, BODY, "contract", "application/json")
    assert (answer.url, answer.fetched_at, answer.as_of) == (f"http://127.0.0.1:{system.port}{PATH}", NOW, NOW)
    sources = [TopicPartition("enrichments", n) for n in range(2)]
    [record] = await (await broker.open_reader(sources)).read(limit=10, timeout_s=1)
    assert record.key == ABOUT.encode()
    assert trace in record.headers
    assert all(b"s3cret" not in part for part in (record.value or b"", *(value for _, value in record.headers)))
    assert await requests(broker) == {}


async def test_only_doubts_about_thin_notifications_are_asked_about(broker: MemoryBroker, clock: DrivenClock, system: SystemOfRecord) -> None:
    """Everything else on `claims` passes by, however it is written."""
    others = [
        Outgoing(topic="claims", partition=0, key=key, value=b"whatever") for key in (None, b"custody/booking/1", b"hub/doubt/UNREADABLE_RECORD/x")
    ]
    async with running(broker, clock, asking({"prisoner": system.route()})):
        await broker.publish([*others, claim()])
        await answered(broker, 1)
    assert len(system.asked) == 1


async def test_it_asks_again_until_it_is_answered(broker: MemoryBroker, clock: DrivenClock, system: SystemOfRecord) -> None:
    """Errors, broken connections and refusals are no answers: nothing is published for them, and the next attempt is made."""
    # Hung up on twice: after the first time aiohttp asks again by itself, as RFC 9110 §9.2.2 lets it.
    system.replies[PATH] = [hangs_up, hangs_up, replying(500), replying(401), replying(403), replying(302), replying(200)]
    outcomes = {"server_error": 1, "connection": 1, "unauthorised": 2, "redirect": 1, "answered": 1}
    host = f"127.0.0.1:{system.port}"
    async with running(broker, clock, asking({"prisoner": system.route()}, breaker_failures=100)):
        await broker.publish([claim()])
        [answer] = await answered(broker, 1)
    assert answer.http_status == 200
    assert len(system.asked) == 7
    assert {each: metric("holdfast_enrichment_attempts_total", host=host, outcome=each) for each in outcomes} == outcomes


async def test_no_such_prisoner_is_published(broker: MemoryBroker, clock: DrivenClock, system: SystemOfRecord) -> None:
    """404 is an answer, and is not asked again."""
    system.replies[PATH] = [replying(404)]
    async with running(broker, clock, asking({"prisoner": system.route()})):
        await broker.publish([claim()])
        [answer] = await answered(broker, 1)
    assert (answer.http_status, answer.body) == (404, b"")
    assert await requests(broker) == {}


async def test_garbage_is_published_as_it_came(broker: MemoryBroker, clock: DrivenClock, system: SystemOfRecord) -> None:
    """Whether it can be read is for intake to say, which keeps it and holds him."""
    system.replies[PATH] = [replying(200, b"\xff\x00 what?")]
    async with running(broker, clock, asking({"prisoner": system.route()})):
        await broker.publish([claim()])
        [answer] = await answered(broker, 1)
    assert answer.body == b"\xff\x00 what?"


async def test_the_largest_answers_go_through_together(broker: MemoryBroker, clock: DrivenClock, system: SystemOfRecord) -> None:
    """Bodies at the limit, and as many at once as there may be: none is lost for not fitting into one transaction."""
    numbers = [f"A{n:04}BC" for n in range(8)]
    for number in numbers:
        system.replies[f"/prisoner/{number}"] = [replying(200, b"x" * BODY_BYTES_MAX)]
    async with running(broker, clock, asking({"prisoner": system.route()}, in_flight=8)):
        await broker.publish([claim(f"prisoner/{number}") for number in numbers])
        found = await answered(broker, 8)
    assert sorted(answer.about for answer in found) == [f"prisoner/{number}" for number in numbers]


async def test_an_answer_covers_what_was_known_before_it_was_asked_for(broker: MemoryBroker, clock: DrivenClock, system: SystemOfRecord) -> None:
    """Events told before the request are answered by it together; one told while it is under way is asked about again, and answered by that alone."""
    may_answer = asyncio.Event()

    async def waits(request: web.Request) -> web.StreamResponse:
        await may_answer.wait()
        return await replying()(request)

    system.replies[PATH] = [waits, replying()]
    async with running(broker, clock, asking({"prisoner": system.route()})):
        await broker.publish([claim(sequence=1), claim(sequence=3), claim(sequence=2)])
        await system.asked_times(1)
        await broker.publish([claim(sequence=4)])
        async with asyncio.timeout(WITHIN_S):
            while not _is_of(await requests(broker), 4):  # noqa: ASYNC110  a log announces nothing
                await asyncio.sleep(0.01)
        may_answer.set()
        found = await answered(broker, 2)
        await settled(broker)
    assert [answer.sequence for answer in found] == [3, 4]
    assert len(system.asked) == 2


def _is_of(kept: dict[str, bytes], sequence: int) -> bool:
    return ABOUT in kept and decode_as(EnrichmentRequest, kept[ABOUT]).sequence == sequence


async def test_an_answer_from_elsewhere_ends_the_asking(broker: MemoryBroker, clock: DrivenClock, system: SystemOfRecord) -> None:
    """Once the hub has its answer, whoever gave it, nobody is asked; an answer to an older event does not end it."""
    system.replies[PATH] = [replying(500)]
    async with running(broker, clock, asking({"prisoner": system.route()}, dice=0.5)):
        await broker.publish([claim(sequence=5), claim(sequence=4, answered=True)])
        await system.asked_times(1)
        assert list(await requests(broker)) == [ABOUT]
        await broker.publish([claim(sequence=5, answered=True)])
        await settled(broker)
    assert await answers(broker) == []


async def test_a_route_that_is_not_configured_is_kept_and_counted(broker: MemoryBroker, clock: DrivenClock, system: SystemOfRecord) -> None:
    """Nobody is asked and nothing is dropped: it is shown and said, and once the route is configured it is asked about."""
    abouts = ["alerts/A1234BC", "court-document/..", "no-such-route/1"]
    with structlog.testing.capture_logs() as logs:
        async with running(broker, clock, asking({"prisoner": system.route()})):
            await broker.publish([*(claim(about, person=Person(prisoner_number=NUMBER)) for about in abouts), claim()])
            await answered(broker, 1)
            clock.advance(timedelta(seconds=2))
            await shown("holdfast_enrichment_pending", 1, route="alerts", asked="no")
            await shown("holdfast_enrichment_pending", 2, route="unknown", asked="no")
            await shown("holdfast_enrichment_pending", 0, route="prisoner", asked="yes")
    assert [log["route"] for log in logs if "nobody to ask" in log["event"]] == ["alerts", "unknown"]
    async with running(broker, clock, asking({"alerts": system.route("/alerts/{key}")})):
        assert [answer.about for answer in await answered(broker, 2)] == [ABOUT, "alerts/A1234BC"]
    assert sorted(await requests(broker)) == ["court-document/..", "no-such-route/1"]


async def test_what_was_pending_is_asked_after_a_restart(broker: MemoryBroker, clock: DrivenClock, system: SystemOfRecord) -> None:
    """Killed with a request under way: its successor asks again, and does not ask again what was answered."""
    other = "prisoner/B2345CD"
    system.replies[PATH] = [never, replying()]
    service = asking({"prisoner": system.route()})
    async with running(broker, clock, service):
        await broker.publish([claim(), claim(other)])
        await system.asked_times(2)
        await answered(broker, 1)
        assert list(await requests(broker)) == [ABOUT]
    async with running(broker, clock, service):
        found = await answered(broker, 2)
        await settled(broker)
    assert sorted(answer.about for answer in found) == [ABOUT, other]
    assert [path for path, _ in system.asked].count("/prisoner/B2345CD") == 1


async def test_what_was_answered_and_not_published_is_asked_again(
    broker: MemoryBroker, clock: DrivenClock, system: SystemOfRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction that fails takes the whole lane with it: the answer is fetched once more and published once."""
    commit, failed = MemoryLane.commit, list[str]()

    async def failing(self: MemoryLane, outputs: Any, next_offset: int | None) -> None:
        if not failed and any(output.topic == "enrichments" for output in outputs):
            failed.append("once")
            raise BrokerError("the coordinator moved")
        await commit(self, outputs, next_offset)

    monkeypatch.setattr(MemoryLane, "commit", failing)
    async with running(broker, clock, asking({"prisoner": system.route()})):
        await broker.publish([claim()])
        await answered(broker, 1)
        await settled(broker)
    assert failed == ["once"]
    assert len(await answers(broker)) == 1
    assert len(system.asked) == 2


async def test_a_question_outlives_its_claim(broker: MemoryBroker, clock: DrivenClock, system: SystemOfRecord) -> None:
    """What waits for longer than `claims` is kept is still asked: it stands in the changelog until it is answered, whom it is about included."""
    person = Person(identifiers=(Identifier(type="PNC", value="2012/0052494Q"),))
    about = "court-document/6f1c0002-0000-4000-8000-0000000000ab"
    async with running(broker, clock, asking({"prisoner": system.route()})):
        await broker.publish([claim(about, person=person)])
        async with asyncio.timeout(WITHIN_S):
            while not await requests(broker):  # noqa: ASYNC110  a log announces nothing
                await asyncio.sleep(0.01)
        clock.advance(timedelta(days=100))
        await broker.publish([claim()])
        await answered(broker, 1)
    broker.delete_before(CLAIMS, 1)
    broker.compact("enrichment-requests")
    async with running(broker, clock, asking({"court-document": system.route("/documents/{key}")})):
        found = {answer.about: answer for answer in await answered(broker, 2)}
    assert found[about].person == person


async def test_more_than_may_be_kept_stays_unread(broker: MemoryBroker, clock: DrivenClock, system: SystemOfRecord) -> None:
    """At the limit no more claims are read; nothing is dropped, and as answers come the rest is read and asked."""
    numbers = [f"A{n:04}BC" for n in range(5)]
    may_answer = asyncio.Event()

    async def waits(request: web.Request) -> web.StreamResponse:
        await may_answer.wait()
        return await replying()(request)

    for number in numbers:
        system.replies[f"/prisoner/{number}"] = [waits]
    async with running(broker, clock, asking({"prisoner": system.route()}, pending_max=2, in_flight=10)) as hub:
        await broker.publish([claim(f"prisoner/{number}") for number in numbers])
        await system.asked_times(2)
        for _ in range(3):
            clock.advance(timedelta(seconds=2))
            await shown("kafka_consumergroup_lag", 3, consumergroup="holdfast.enrichment", topic="claims", partition="0")
        hub.check()
        assert len(system.asked) == len(await requests(broker)) == 2
        may_answer.set()
        assert len(await answered(broker, 5)) == 5


async def test_a_host_is_asked_by_so_many_at_a_time(broker: MemoryBroker, clock: DrivenClock, system: SystemOfRecord) -> None:
    """However much is due, a host sees a few requests at once, and a slow one does not keep another from being asked."""
    numbers = [f"A{n:04}BC" for n in range(6)]
    for number in numbers:
        system.replies[f"/prisoner/{number}"] = [never]
    async with serving() as quick:
        routes = {"prisoner": system.route(), "alerts": quick.route("/alerts/{key}")}
        async with running(broker, clock, asking(routes, in_flight=2)):
            await broker.publish([claim(f"{route}/{number}") for number in numbers for route in routes])
            assert {answer.about.partition("/")[0] for answer in await answered(broker, 6)} == {"alerts"}
    assert len(system.asked) == 2


async def test_a_host_that_fails_is_left_alone_and_tried_by_one(broker: MemoryBroker, clock: DrivenClock, system: SystemOfRecord) -> None:
    """After failures in a row nothing is sent until the breaker has cooled; then one request, and when it goes well the rest."""
    numbers = [f"A{n:04}BC" for n in range(6)]
    host = f"127.0.0.1:{system.port}"
    up = False

    async def as_it_is(request: web.Request) -> web.StreamResponse:
        return await replying(200 if up else 503)(request)

    for number in numbers:
        system.replies[f"/prisoner/{number}"] = [as_it_is]
    service = asking({"prisoner": system.route()}, breaker_failures=3, breaker_cool_s=60, in_flight=1)
    async with running(broker, clock, service) as hub:
        await broker.publish([claim(f"prisoner/{number}") for number in numbers])
        await shown("holdfast_enrichment_breaker", 2, host=host)
        assert len(system.asked) == 3
        clock.advance(timedelta(seconds=59))
        await _says(hub, f"[ ] {host}: left alone, it fails", "[ ] waiting for an answer: 6", "ready")
        await _goes_round(broker)
        assert len(system.asked) == 3
        clock.advance(timedelta(seconds=2))
        await system.asked_times(4)  # half-open: one
        await shown("holdfast_enrichment_attempts_total", 4, host=host, outcome="server_error")
        await _goes_round(broker)
        assert len(system.asked) == 4
        up = True
        clock.advance(timedelta(seconds=61))
        assert len(await answered(broker, 6)) == 6
        await shown("holdfast_enrichment_breaker", 0, host=host)
    assert len(system.asked) == 10


async def _says(hub: InProcessHub, *lines: str) -> None:
    """Wait until `/readyz?verbose` has these lines."""
    [(_, health)] = hub._running.values()  # pyright: ignore[reportPrivateUsage]
    async with asyncio.timeout(WITHIN_S):
        while not set(lines) <= set(health.verbose().splitlines()):  # noqa: ASYNC110  nor does a page
            await asyncio.sleep(0.01)


async def _goes_round(broker: MemoryBroker) -> None:
    """Wait until the service has been through its loop since now: it has taken in something that it can ask nobody about."""
    about = f"no-such-route/{len(await requests(broker))}"
    await broker.publish([claim(about, person=Person(prisoner_number=NUMBER))])
    async with asyncio.timeout(WITHIN_S):
        while about not in await requests(broker):  # noqa: ASYNC110  a log announces nothing
            await asyncio.sleep(0.01)


async def test_pauses_grow_and_are_kept_by_the_clock(broker: MemoryBroker, clock: DrivenClock, system: SystemOfRecord) -> None:
    """With dice that always say half: a quarter of a second, then a half, then one; and a host that asks for more is given it."""
    system.replies[PATH] = [replying(500), replying(500), replying(503, **{"Retry-After": "90"}), replying(200)]
    async with running(broker, clock, asking({"prisoner": system.route()}, dice=0.5, breaker_failures=100)):
        await broker.publish([claim()])
        for times, pause_s in enumerate([0.25, 0.5, 90], start=1):
            await shown("holdfast_enrichment_attempts_total", times, host=f"127.0.0.1:{system.port}", outcome="server_error")
            clock.advance(timedelta(seconds=pause_s * 0.9))
            await _goes_round(broker)
            assert len(system.asked) == times
            clock.advance(timedelta(seconds=pause_s * 0.2))
        await answered(broker, 1)


async def test_an_answer_makes_the_pauses_short_again(broker: MemoryBroker, clock: DrivenClock, system: SystemOfRecord) -> None:
    """What failed for long before it was answered is, when it is told of again, asked about as eagerly as anything new."""
    failures, host = 6, f"127.0.0.1:{system.port}"
    may_answer = asyncio.Event()

    async def waits(request: web.Request) -> web.StreamResponse:
        await may_answer.wait()
        return await replying()(request)

    system.replies[PATH] = [*[replying(500)] * failures, waits, replying(500), replying(200)]
    async with running(broker, clock, asking({"prisoner": system.route()}, dice=0.5, breaker_failures=100)):
        await broker.publish([claim(sequence=1)])
        for times in range(1, failures + 1):
            await shown("holdfast_enrichment_attempts_total", times, host=host, outcome="server_error")
            clock.advance(timedelta(seconds=60))
        await system.asked_times(failures + 1)
        await broker.publish([claim(sequence=2)])
        await _goes_round(broker)
        may_answer.set()
        await shown("holdfast_enrichment_attempts_total", failures + 1, host=host, outcome="server_error")
        clock.advance(timedelta(seconds=0.3))
        assert [answer.sequence for answer in await answered(broker, 2)] == [1, 2]


async def test_a_defect_of_ours_ends_the_service(
    broker: MemoryBroker, clock: DrivenClock, system: SystemOfRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody foresaw in a request is no answer and no failure of the host's: the process ends, visibly."""

    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    async def until_it_ends() -> None:
        async with running(broker, clock, asking({"prisoner": system.route()})) as hub, asyncio.timeout(WITHIN_S):
            await broker.publish([claim()])
            while True:
                hub.check()
                await asyncio.sleep(0.01)

    monkeypatch.setattr(Client, "ask", broken)
    with pytest.raises(HubFailedError, match="ZeroDivisionError"):
        await until_it_ends()

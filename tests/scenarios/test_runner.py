"""The scenario runner, against a hub and a gate that do as they are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from holdfast.records import DeadLetter, Incident
from holdfast_gate.checks import CheckDone
from holdfast_gate.model import Decision, Exit
from schemas.contract import from_avro
from schemas.wire import encode
from services.runtime.ports import Outgoing, Record, TopicPartition
from simulator import expectations, runner
from simulator.driven_clock import DrivenClock
from simulator.memory_broker import MemoryBroker
from simulator.report import Report, table
from simulator.runner import lead_in, run
from simulator.scenario_file import parse
from simulator.under_test import Answer, Reason, UnderTest

pytestmark = [pytest.mark.asyncio, pytest.mark.slow, pytest.mark.timeout(60)]

START = datetime(2025, 10, 24, 8, tzinfo=UTC)
TOPICS = {"court-results": 2, "custody-events": 2, "immigration-events": 1, "resolutions": 1, "incidents": 1, "dead-letters": 1}
SOURCES = {"court-results": "court", "custody-events": "custody", "immigration-events": "immigration", "resolutions": "resolutions"}


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A puppet needs no patience."""
    monkeypatch.setattr(expectations, "POLL_MOST", timedelta(seconds=0.3))
    monkeypatch.setattr(expectations, "TRANSIENT_S", 0.2)
    monkeypatch.setattr(expectations, "WATCH_S", 0.1)
    monkeypatch.setattr(runner, "HEARD_S", 0.0)


@dataclass
class Puppet:
    """Hub and gate in one: hears the heartbeats, and answers as `answers` says of the clock's time since the start."""

    broker: MemoryBroker
    clock: DrivenClock
    answers: Callable[[timedelta], Answer]
    restarted: list[str] = field(default_factory=list[str])
    heard: dict[TopicPartition, datetime] = field(default_factory=dict[TopicPartition, datetime])
    published: list[Record] = field(default_factory=list[Record])
    checks: list[tuple[CheckDone, ...]] = field(default_factory=list[tuple[CheckDone, ...]])
    deaf: bool = False
    disturbed: list[str] = field(default_factory=list[str])

    async def restart(self, name: str = "gate") -> None:
        """Note it."""
        self.restarted.append(name)

    def check(self) -> None:
        """Nothing ever ends."""

    def disturb(self, state: str) -> None:
        """Note it."""
        self.disturbed.append(state)

    @property
    def ever_disturbed(self) -> bool:
        """Whether a scenario did."""
        return bool(self.disturbed)

    async def decide(self, prisoner: str, exit_: Exit, checks: Sequence[CheckDone]) -> Answer:
        """Answer by the clock."""
        self.checks.append(tuple(checks))
        assert (prisoner, exit_) == ("A1234BC", Exit.RELEASE)
        return self.answers(self.clock.now() - START)

    def sealed_through(self) -> Mapping[str, datetime | None] | None:
        """What the heartbeats said, the oldest over the partitions."""
        if self.deaf or len(self.heard) < 6:
            return None
        return {s: min(at for p, at in self.heard.items() if SOURCES[p.topic] == s) for s in SOURCES.values()}

    async def listen(self) -> None:
        """Hear whatever is published."""
        sources = [TopicPartition(topic, n) for topic in SOURCES for n in range(TOPICS[topic])]
        reader = await self.broker.open_reader(sources)
        while True:
            for record in await reader.read(limit=100, timeout_s=60):
                kind, fields = from_avro(record.value or b"", topic=record.topic)
                if kind == "SOURCE_HEARTBEAT":
                    self.heard[TopicPartition(record.topic, record.partition)] = fields["as_of"]
                else:
                    self.published.append(record)


def says(decision: Decision, *names: str) -> Answer:
    """An answer with these reasons."""
    return Answer(decision=decision, reasons=tuple(Reason(name=name, sentence=f"{name} it is") for name in names))


@asynccontextmanager
async def puppet(answers: Callable[[timedelta], Answer] = lambda _: says(Decision.ALLOW)) -> AsyncGenerator[Puppet]:
    """A puppet that listens."""
    clock = DrivenClock(START - timedelta(seconds=60))
    it = Puppet(MemoryBroker(TOPICS, clock), clock, answers)
    listening = asyncio.create_task(it.listen())
    yield it
    listening.cancel()
    await asyncio.wait([listening])


async def play(it: Puppet, steps: str, *, deadline_s: float = 30) -> Report:
    """Play these steps."""
    scenario = parse(f"title: t\nclock: {START.isoformat()}\nsteps:\n{steps}\n", file="s.yaml", directory=Path())
    assert lead_in(scenario) == START - timedelta(seconds=60)
    return await run(scenario, UnderTest(broker=it.broker, clock=it.clock, hub=it, gate=it), deadline_s=deadline_s)


def expect(decision: str, more: str = "within: 1s") -> str:
    """An expectation of one prisoner's release."""
    return f"- expect: {{prisoner: A1234BC, exit: release, decision: {decision}, {more}}}"


async def test_veto_is_met_at_once() -> None:
    """A VETO counts when it is first seen, with all its reasons there and none of those that must not be."""
    async with puppet(lambda _: says(Decision.VETO, "SENTENCE", "QUERY/UNKNOWN_CODE")) as it:
        report = await play(it, expect("VETO", "reasons: [SENTENCE, UNKNOWN_CODE, QUERY], not_reasons: [REMAND]"))
        assert report.passed, report.failures()
        assert report.steps[0].duration_s < 1
        assert not (await play(it, expect("VETO", "reasons: [REMAND], within: 1s"))).passed
        assert not (await play(it, expect("VETO", "not_reasons: [QUERY], within: 1s"))).passed
        assert not (await play(it, expect("[ALLOW, REFER]"))).passed


async def test_a_gate_is_given_the_checks() -> None:
    """What a scenario says was signed reaches the gate; what it leaves out is filled in as the newest policy that asks for it wants it."""
    given = """checks: [{check: SENTENCE_CALCULATED, by: Ann, role: GOVERNOR, at: 2025-10-23T08:00:00Z}, WARRANTS_RECONCILED, NOBODY_ASKS]"""
    async with puppet(lambda _: says(Decision.VETO)) as it:
        report = await play(it, expect("VETO", f"{given}, within: 1s"))
        assert report.passed, report.failures()
        (first, second, third, fourth), *_ = it.checks
        assert first == CheckDone(check="SENTENCE_CALCULATED", by="Ann", role="GOVERNOR", at=datetime(2025, 10, 23, 8, tzinfo=UTC))
        assert (second.check, second.role, third.check, third.role) == ("WARRANTS_RECONCILED", "OFFENDER_MANAGEMENT_UNIT") * 2
        assert second.by != third.by
        assert START <= second.at <= START + timedelta(seconds=5)
        assert (fourth.check, fourth.role) == ("NOBODY_ASKS", "ANYBODY")


async def test_expectation_waits_for_within() -> None:
    """What comes true within the time given is met; what comes later is not, and what was seen instead is told."""
    changes = timedelta(seconds=1)

    def answers(now: timedelta) -> Answer:
        return says(Decision.VETO, "REMAND") if now >= changes else says(Decision.REFER, "NO_RELEASE_ORDER")

    async with puppet(answers) as it:
        assert (await play(it, expect("VETO", "within: 5s"))).passed
    changes = timedelta(seconds=60)
    async with puppet(answers) as it:
        report = await play(it, expect("VETO"))
        assert not report.passed
        assert "s.yaml:4: expect VETO for release of A1234BC\nREFER\n  NO_RELEASE_ORDER: NO_RELEASE_ORDER it is" in report.failures()


async def test_long_within_passes_in_one_jump() -> None:
    """An hour of scenario time is not waited for in real time."""
    async with puppet(lambda now: says(Decision.VETO) if now >= timedelta(minutes=59) else says(Decision.REFER)) as it:
        assert (await play(it, expect("VETO", "within: 1h"))).passed


async def test_allow_must_last() -> None:
    """An ALLOW that turns into a VETO before the end of its time is not met."""
    changes = timedelta(seconds=4)
    async with puppet(lambda now: says(Decision.ALLOW) if now < changes else says(Decision.VETO, "REMAND")) as it:
        report = await play(it, expect("ALLOW", "within: 5s"))
        assert not report.passed
        assert "it did not last: VETO" in report.failures()
    async with puppet() as it:
        report = await play(it, expect("ALLOW", "within: 5s"))
        assert report.passed, report.failures()
        assert it.clock.now() >= START + timedelta(seconds=5)
        assert report.steps[0].duration_s < 3


async def test_allow_waits_for_every_speaking_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """An ALLOW is not met while the gate does not know that every speaking source is complete."""
    monkeypatch.setattr(expectations, "BARRIER_S", 0.5)
    async with puppet() as it:
        report = await play(it, "- silence: immigration\n- advance: 30s\n" + expect("ALLOW"))
        assert report.passed, report.failures()
    async with puppet() as it:

        def deafened(now: timedelta) -> Answer:
            it.deaf = now >= timedelta(0)
            return says(Decision.ALLOW)

        it.answers = deafened
        report = await play(it, expect("ALLOW"))
        assert "the gate's seals had not come to 08:00:01" in report.failures()


async def test_silence_and_resume() -> None:
    """A silenced source sends nothing while the others go on, and a resumed one is heard again."""
    async with puppet(lambda _: says(Decision.VETO)) as it:
        await play(it, "- silence: court\n- advance: 1h\n" + expect("VETO"))
        court = {at for partition, at in it.heard.items() if partition.topic == "court-results"}
        others = {at for partition, at in it.heard.items() if partition.topic != "court-results"}
        assert max(court) < START + timedelta(minutes=1)
        assert min(others) >= START + timedelta(minutes=1)
    async with puppet(lambda _: says(Decision.VETO)) as it:
        await play(it, "- silence: court\n- advance: 1h\n- resume: court\n" + expect("VETO"))
        await asyncio.sleep(0)
        assert min(it.heard.values()) >= START + timedelta(hours=1)


async def test_steps_are_done_in_order() -> None:
    """Records are published in the order of the steps, and whom a scenario restarts is restarted."""
    recall = "payload: {type: RECALL, person: {prisoner_number: A1234BC}, booking_id: 1, recall_id: %d, recall_type: LR, status: ACTIVE}"
    steps = "\n".join(f"- {{publish: custody-events, {recall % n}}}" for n in range(3))
    async with puppet(lambda _: says(Decision.VETO)) as it:
        report = await play(it, steps + "\n- restart: status\n- restart: gate\n" + expect("VETO"))
        assert report.passed, report.failures()
        assert it.restarted == ["status", "gate"]
        records = [from_avro(record.value or b"")[1] for record in it.published]
        assert [record["recall_id"] for record in records] == ["0", "1", "2"]
        assert len({record["record_id"] for record in records}) == 3
        assert sorted(record["recorded_at"] for record in records) == [record["recorded_at"] for record in records]


def incident(kind: str, prisoner: str | None, source: str | None = None) -> Outgoing:
    """An incident as watch reports it."""
    value = encode(
        Incident(
            incident_id=f"{kind}{prisoner}{source}", kind=kind, prisoner_number=prisoner, source=source, detected_at=START, sentence="s", records=()
        )
    )
    return Outgoing(topic="incidents", key=b"i", value=value)


async def test_incidents() -> None:
    """An incident counts by kind and prisoner, whenever it was reported; none counts when none was that fits."""
    async with puppet() as it:
        await it.broker.publish([incident("RELEASED_DESPITE_VETO", "A1234BC")])
        assert (await play(it, "- expect_incident: {kind: RELEASED_DESPITE_VETO, prisoner: A1234BC}")).passed
        for unmet in (
            "- expect_incident: {kind: RELEASED_DESPITE_VETO, prisoner: B1234BC, within: 1s}",
            "- expect_incident: {kind: GATE_SILENT, prisoner: A1234BC, within: 1s}",
            "- expect_no_incident: {prisoner: A1234BC, within: 1s}",
            "- expect_no_incident: {within: 1s}",
        ):
            report = await play(it, unmet)
            assert "RELEASED_DESPITE_VETO A1234BC: s" in report.failures()
        assert (await play(it, "- expect_no_incident: {prisoner: B1234BC, within: 1s}")).passed
        assert (await play(it, "- expect_no_incident: {prisoner: A1234BC, kind: GATE_SILENT, within: 1s}")).passed


async def test_a_silence_that_is_nobodys() -> None:
    """A source that was never silenced is not silent, whatever an advance makes of it."""
    async with puppet() as it:
        await it.broker.publish([incident("SOURCE_SILENT", None, "court")])
        assert not (await play(it, "- expect_incident: {kind: SOURCE_SILENT, within: 1s}")).passed
        assert (await play(it, "- silence: court\n- expect_incident: {kind: SOURCE_SILENT, within: 1s}")).passed


async def test_dead_letters_and_their_discard() -> None:
    """A dead letter is expected by topic and reason, and the newest of a topic is what a DISCARD is about."""
    async with puppet() as it:
        for offset in (3, 7):
            letter = DeadLetter(
                topic="court-results", partition=1, offset=offset, timestamp=START, key=None, value=b"\xff", headers=(),
                sha256="", reason="NOT_AVRO", message="Begins with no header", dialect=None,
            )  # fmt: skip
            await it.broker.publish([Outgoing(topic="dead-letters", key=b"", value=encode(letter))])
        discard = "- resolve: {kind: DISCARD, topic: court-results, by: [a, b], reason: r}"
        found = "- expect_dead_letter: {topic: court-results, reason: %s}\n"
        report = await play(it, found % "not_avro" + found % "no HEADER" + discard + "\n- restart: gate")
        assert report.passed, report.failures()
        fields = from_avro(it.published[0].value or b"")[1]
        assert (fields["topic"], fields["partition"], fields["offset"]) == ("court-results", 1, 7)
        assert not (await play(it, "- expect_dead_letter: {topic: court-results, reason: JSON, within: 1s}")).passed
        assert not (await play(it, "- expect_dead_letter: {topic: resolutions, reason: NOT_AVRO, within: 1s}")).passed


async def test_what_cannot_be_done_ends_the_run() -> None:
    """A DISCARD of nothing, a misfitting act and a deadline end the run, and the report says so."""
    async with puppet() as it:
        for step, trouble in (
            ("- resolve: {kind: DISCARD, by: [a, b], reason: r}", "there is no dead letter to discard; expect one first"),
            ("- resolve: {kind: LINK, by: [a], reason: r}", "not a LINK as the resolutions topic has it"),
        ):
            report = await play(it, f"{step}\n{expect('ALLOW')}")
            assert not report.passed
            assert trouble in report.failures()
            assert report.steps == ()
        it.answers = lambda _: says(Decision.REFER)
        assert "not over after 0.5 s" in (await play(it, expect("ALLOW", "within: 5m"), deadline_s=0.5)).failures()


async def test_report() -> None:
    """What was expected and seen is told to machines and to people."""
    async with puppet(lambda _: says(Decision.VETO, "REMAND")) as it:
        report = await play(it, expect("VETO") + "\n" + expect("ALLOW"))
    told = report.as_json()
    assert (told["title"], told["passed"], told["trouble"]) == ("t", False, None)
    assert [(step["line"], step["passed"], step["decision"]) for step in told["steps"]] == [(4, True, "VETO"), (5, False, "VETO")]
    assert told["steps"][0]["reasons"] == [{"name": "REMAND", "sentence": "REMAND it is"}]
    console = Console(width=120, file=StringIO())
    with console.capture() as captured:
        console.print(table([report]))
    text = captured.get()
    assert "FAIL" in text
    assert "expect ALLOW for release of A1234BC" in text
    assert "REMAND it is" in text

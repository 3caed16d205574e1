"""A gate at work: it follows, grows stale, recovers, records and reports; and it always answers."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast_gate import Decision, Exit, Gate, GateConfig, StoreLockedError
from holdfast_gate.answer import Answer
from holdfast_gate.journal import FILE_NAME as JOURNAL
from holdfast_gate.journal import Journal
from holdfast_gate.records import registry
from tests.gate.feeds import FakeFeed, Hub, ManualClock, eventually, ground, order

WHO = "A1234BC"
SOON_S = 5.0


class Scene:
    """A hub, its feed, a clock and a gate's directory."""

    def __init__(self, directory: Path, partitions: int = 1) -> None:
        """A hub that has said that WHO may be released."""
        self.hub = Hub(partitions=partitions)
        self.feed = FakeFeed(self.hub.log)
        self.clock = ManualClock()
        self.config = GateConfig(gate_id="gate-1", directory=directory)
        self.hub.say(WHO, orders=[order()])
        self.hub.seal_all()

    def gate(self) -> Gate:
        """A gate of this scene."""
        return Gate(self.config, self.feed, self.clock)

    def tick(self, seconds: float = 1.0) -> None:
        """Time passes everywhere, and the hub seals."""
        self.clock.seconds += seconds
        self.clock.wall += timedelta(seconds=seconds)
        self.hub.time += timedelta(seconds=seconds)
        self.hub.seal_all()
        self.feed.stir()

    async def measured(self) -> None:
        """Wait until the log's ends were asked for once more."""
        asked = self.feed.asked
        await eventually(lambda: self.feed.asked >= asked + 2)

    async def fresh(self, gate: Gate) -> None:
        """Seal until the gate knows that it is up to date."""
        async with asyncio.timeout(SOON_S):
            while not await gate.synchronised(0.05):
                self.tick(0.01)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncGenerator[Gate]:
        """A gate that is up to date."""
        async with self.gate() as gate:
            await self.fresh(gate)
            yield gate


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A scene of its own for every test."""
    return Scene(tmp_path)


def codes(answer: Answer) -> list[str]:
    """Why it was REFER."""
    return [reason.code.value for reason in answer.refer]


async def until(gate: Gate, decision: Decision) -> Answer:
    """The answer, as soon as it is this one."""
    async with asyncio.timeout(SOON_S):
        while True:
            answer = await gate.decide(WHO, Exit.RELEASE)
            if answer.decision is decision:
                return answer
            await asyncio.sleep(0.01)


async def test_allow_when_everything_is_known(scene: Scene) -> None:
    """A fresh, sealed replica of a clear prisoner with an order allows."""
    async with scene.running() as gate:
        answer = await gate.decide(WHO, Exit.RELEASE)
        assert (answer.decision, answer.sequence) == (Decision.ALLOW, 1)


async def test_nothing_is_allowed_before_a_seal_newer_than_the_start(scene: Scene) -> None:
    """A hub that died leaves its last seal as the last record: however often a gate reads it, it is not fresh."""
    async with scene.gate() as gate:
        assert not await gate.synchronised(0.3)
        await scene.measured()
        answer = await gate.decide(WHO, Exit.RELEASE)
        assert codes(answer) == ["SEAL_STALE"]


async def test_a_raise_binds_at_once_and_a_lift_when_sealed(scene: Scene) -> None:
    """An unsealed ground is a VETO; the lift of it waits for the seal."""
    async with scene.running() as gate:
        scene.hub.say(WHO, ground("release"))
        scene.feed.stir()
        await until(gate, Decision.VETO)
        scene.hub.say(WHO, orders=[order()])
        scene.feed.stir()
        await scene.measured()
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.VETO
        scene.tick()
        await until(gate, Decision.ALLOW)


async def test_a_silent_feed_grows_stale_by_the_monotonic_clock(scene: Scene) -> None:
    """Ten seconds without a new seal are too long, whatever the wall clock says."""
    async with scene.running() as gate:
        scene.clock.seconds += 9
        await scene.measured()
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.ALLOW
        scene.clock.seconds += 2
        assert codes(await gate.decide(WHO, Exit.RELEASE)) == ["SEAL_STALE"]


@pytest.mark.parametrize("days", [-1, 1])
async def test_the_wall_clock_decides_nothing(scene: Scene, days: int) -> None:
    """A clock that is a day off changes neither an ALLOW nor a REFER."""
    async with scene.running() as gate:
        scene.clock.wall += timedelta(days=days)
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.ALLOW
        scene.clock.seconds += 11
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.REFER


async def test_a_silent_source_is_named(scene: Scene) -> None:
    """Seals go on, but one source is not heard: REFER, and its name."""
    async with scene.running() as gate:
        scene.hub.caught_up["immigration"] = scene.hub.time
        for _ in range(11):
            scene.tick()
        await scene.fresh(gate)
        answer = await until(gate, Decision.REFER)
        assert codes(answer) == ["SOURCE_STALE"]
        assert "immigration" in answer.refer[0].sentence


async def test_a_mismatch_refers_and_mends_itself(scene: Scene) -> None:
    """A notice that never arrived is noticed at the next seal; after a few the partition is read again, from its beginning."""
    async with scene.running() as gate:
        lost = scene.hub.say("B1234BC")
        scene.hub.log.records[0].remove(lost)
        scene.tick()
        answer = await until(gate, Decision.REFER)
        assert "SEAL_MISMATCH" in codes(answer)
        scene.hub.log.records[0].append(lost)
        scene.hub.log.records[0].sort(key=lambda record: record.offset)
        starts = len(scene.feed.starts)
        async with asyncio.timeout(SOON_S):
            while len(scene.feed.starts) == starts:
                scene.tick(0.5)
                await asyncio.sleep(0.02)
        assert scene.feed.starts[-1] == {}
        await scene.fresh(gate)
        await until(gate, Decision.ALLOW)


async def test_it_answers_while_the_feed_is_broken(scene: Scene) -> None:
    """Without a broker a gate that knows nothing refers, and one that knew a ground still vetoes after a restart."""
    scene.feed.broken = True
    async with scene.gate() as gate:
        assert codes(await gate.decide(WHO, Exit.RELEASE)) == ["FEED_NOT_BOOTSTRAPPED"]
        scene.feed.broken = False
        scene.hub.say(WHO, ground("release"))
        await until(gate, Decision.VETO)
    scene.feed.broken = True
    async with scene.gate() as gate:
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.VETO
        answer = await gate.decide(WHO, Exit.COURT)
        assert answer.decision is Decision.REFER
        await eventually(lambda: "reading" in gate.position().troubles)
        assert "cannot be reached" in (await gate.decide(WHO, Exit.COURT)).refer[0].sentence


async def test_a_restart_goes_on_where_it_stopped(scene: Scene) -> None:
    """Nothing is read twice, and nothing is allowed before a new seal."""
    async with scene.running():
        pass
    read = len(scene.feed.served)
    async with scene.gate() as gate:
        await eventually(lambda: all(each.bootstrapped for each in gate.position().partitions))
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.REFER
        assert len(scene.feed.served) == read
        await scene.fresh(gate)
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.ALLOW


@pytest.mark.parametrize("careless", [False, True])
async def test_a_log_that_was_cut_off_is_read_again(scene: Scene, *, careless: bool) -> None:
    """A log that ends before the replica's position is another log, whether or not the feed says so: nothing of the old one counts."""
    scene.feed.careless = careless
    async with scene.running() as gate:
        pass
    log = scene.hub.log
    log.records[0], log.ends[0] = [], 0
    scene.hub.say(WHO, ground("release"))
    scene.hub.seal()
    async with scene.gate() as gate:
        await scene.fresh(gate)
        assert {} in scene.feed.starts[1:]
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.VETO


async def test_a_log_that_is_made_anew_under_way_proves_nothing(scene: Scene) -> None:
    """An end below what was read does not make the old seal young."""
    async with scene.running() as gate:
        scene.hub.log.records[0], scene.hub.log.ends[0] = [], 0
        scene.clock.seconds += 11
        await scene.measured()
        await scene.measured()
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.REFER


async def test_more_partitions_mean_a_new_replica(scene: Scene) -> None:
    """When partitions are added every prisoner may be in another one; what bound before binds until the new ones are sealed."""
    scene.hub.say(WHO, ground("release"))
    async with scene.running() as gate:
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.VETO
        hub = Hub(partitions=5)
        hub.log.ends[0] = 100  # so that nothing but the number of partitions tells
        scene.feed.log = hub.log
        await eventually(lambda: len(gate.position().partitions) == 5)
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.VETO
        hub.say(WHO, orders=[order()])
        scene.hub = hub
        await scene.fresh(gate)
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.ALLOW


async def test_an_answer_that_cannot_be_recorded_is_no_allow(scene: Scene) -> None:
    """Without its journal a gate refers; a veto stands all the same."""
    async with scene.running() as gate:
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.ALLOW
    (scene.config.directory / JOURNAL).rename(scene.config.directory / "gone")
    for suffix in ("-wal", "-shm"):
        (scene.config.directory / f"{JOURNAL}{suffix}").unlink(missing_ok=True)
    (scene.config.directory / JOURNAL).mkdir()
    async with scene.running() as gate:
        answer = await gate.decide(WHO, Exit.RELEASE)
        assert (answer.decision, answer.sequence) == (Decision.REFER, None)
        assert codes(answer) == ["JOURNAL_NOT_WRITABLE"]
        scene.hub.say(WHO, ground("release"))
        scene.feed.stir()
        await until(gate, Decision.VETO)
        (scene.config.directory / JOURNAL).rmdir()
        assert (await gate.decide(WHO, Exit.RELEASE)).sequence == 1


async def test_a_defect_is_a_refer(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the gate itself fails the answer is REFER, recorded, and says that this is a defect."""

    def fail(*_: object) -> Answer:
        message = "boom"
        raise ZeroDivisionError(message)

    monkeypatch.setattr("holdfast_gate.gate.decide", fail)
    async with scene.running() as gate:
        answer = await gate.decide(WHO, Exit.RELEASE)
        assert (answer.decision, answer.sequence) == (Decision.REFER, 1)
        assert codes(answer) == ["INTERNAL_ERROR"]
        assert "boom" in answer.refer[0].sentence


async def test_an_exit_that_nobody_knows_is_a_refer(scene: Scene) -> None:
    """A word that is no exit is not an exit that nothing bars."""
    async with scene.running() as gate:
        answer = await gate.decide(WHO, "window")  # type: ignore[arg-type]
        assert codes(answer) == ["INTERNAL_ERROR"]


async def test_reports_are_sent_in_order_and_only_once_acknowledged(scene: Scene) -> None:
    """Every answer is reported, in order; what could not be sent is sent by the next process."""
    async with scene.running() as gate:
        scene.feed.reports_broken = True
        for exit_ in (Exit.RELEASE, Exit.COURT, Exit.REMOVAL):
            await gate.decide(WHO, exit_)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("holdfast_gate.gate.DRAIN_TIMEOUT_S", 0.1)
            await gate.__aexit__(None, None, None)
    assert scene.feed.reports == []
    scene.feed.reports_broken = False
    async with scene.gate():
        pass
    reports = [registry().decode(value)[1] for value in scene.feed.reports]
    assert [(r["sequence"], r["exit"], r["decision"]) for r in reports] == [
        (1, "release", "ALLOW"),
        (2, "court", "ALLOW"),
        (3, "removal", "REFER"),
    ]
    assert len({r["report_id"] for r in reports}) == 3
    assert reports[0]["valid_until"] - reports[0]["decided_at"] == timedelta(seconds=60)
    assert reports[2]["codes"] == ["NO_RELEASE_ORDER"]
    async with scene.gate():
        pass
    assert len(scene.feed.reports) == 3


async def test_the_journal_keeps_what_it_was_told(scene: Scene) -> None:
    """Entries can neither be altered nor deleted, and hold the whole answer."""
    async with scene.running() as gate:
        await gate.decide(WHO, Exit.REMOVAL)
    connection = sqlite3.connect(scene.config.directory / JOURNAL)
    for statement in ("DELETE FROM entry", "UPDATE entry SET answer = ''", "UPDATE entry SET report = x''"):
        with pytest.raises(sqlite3.IntegrityError, match="journal entries stay"):
            connection.execute(statement)
    assert "Custody has ordered no removal" in connection.execute("SELECT answer FROM entry").fetchone()[0]
    connection.close()


async def test_the_answer_is_on_disk_before_it_is_returned(scene: Scene) -> None:
    """Killed right after an answer, the next process finds it in the journal."""
    gate = scene.gate()
    await gate.__aenter__()
    await scene.fresh(gate)
    scene.feed.reports_broken = True
    await gate.decide(WHO, Exit.RELEASE)
    killed = KeyboardInterrupt()
    await gate.__aexit__(type(killed), killed, None)
    journal = Journal(scene.config.directory, "gate-1")
    assert [entry.sequence for entry in journal.unsent(10)] == [1]
    journal.close()


async def test_one_process_per_directory(scene: Scene) -> None:
    """A second gate on the same directory is refused; the first goes on."""
    async with scene.running() as gate:
        with pytest.raises(StoreLockedError):
            await scene.gate().__aenter__()
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.ALLOW


async def test_cancellation_passes_through(scene: Scene) -> None:
    """Whoever cancels a wait gets the cancellation back, and the gate still closes."""
    async with scene.gate() as gate:
        waiting = asyncio.create_task(gate.synchronised(60))
        await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert scene.feed.closed


async def test_a_closed_gate_refers(scene: Scene) -> None:
    """After the end there is no journal, so there is no ALLOW."""
    async with scene.running() as gate:
        pass
    answer = await gate.decide(WHO, Exit.RELEASE)
    assert (answer.decision, answer.sequence) == (Decision.REFER, None)


async def test_a_failing_feed_is_tried_again(scene: Scene) -> None:
    """A broker that comes back is read again without anybody's help; what was wrong is told meanwhile."""
    async with scene.running() as gate:
        scene.feed.broken = True
        await eventually(lambda: "reading" in gate.position().troubles)
        scene.feed.broken = False
        await eventually(lambda: not gate.position().troubles)
        await scene.fresh(gate)
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.ALLOW


async def test_an_unexpected_error_of_a_feed_does_not_end_the_gate(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect in a feed is told and tried again, like any other trouble."""
    poll = scene.feed.poll
    broken = [True]

    async def fail_once(timeout_s: float) -> object:
        if broken:
            broken.clear()
            raise ZeroDivisionError
        return await poll(timeout_s)

    monkeypatch.setattr(scene.feed, "poll", fail_once)
    async with scene.running() as gate:
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.ALLOW


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=20))
def test_any_string_gets_an_answer(tmp_path_factory: pytest.TempPathFactory, who: str) -> None:
    """No string makes a gate raise, and what nobody ever spoke of is REFER, in the journal."""

    async def ask() -> Answer:
        async with Scene(tmp_path_factory.mktemp("gate"), partitions=2).gate() as gate:
            return await gate.decide(who, Exit.RELEASE)

    answer = asyncio.run(ask())
    assert (answer.decision, answer.sequence) == (Decision.REFER, 1)

"""The door for synchronous programs: whatever thread asks, and whatever becomes of the gate's own, asking ends, and never in a wrong ALLOW."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from holdfast_gate import Answer, CheckDone, Decision, Exit, Gate, GateTroubleError, StoreLockedError
from holdfast_gate.journal import Journal
from holdfast_gate.settlement import Officer, SettlementError
from holdfast_gate.sync import SyncGate
from tests.gate.feeds import SOURCES, START, FakeFeed, Hub, ground
from tests.gate.scene import WHO, Scene, codes

HELD = "B1234BC"


class LiveFeed(FakeFeed):
    """A feed of a hub that seals at every poll."""

    def __init__(self, hub: Hub) -> None:
        """Serve `hub`."""
        super().__init__(hub.log)
        self.hub = hub

    async def poll(self, timeout_s: float) -> Any:
        """Seal, then read."""
        self.hub.seal_all()
        await asyncio.sleep(0.01)
        return await super().poll(timeout_s)


@pytest.fixture
def made(scene: Scene) -> SyncGate:
    """A door that nobody has entered."""
    scene.hub.say(HELD, ground("release"))
    return SyncGate(scene.config, lambda: LiveFeed(scene.hub))


@pytest.fixture
def gate(made: SyncGate) -> Iterator[SyncGate]:
    """A door to a gate that is up to date."""
    with made as gate:
        assert gate.synchronised(5)
        yield gate


def test_a_synchronous_program_asks(gate: SyncGate) -> None:
    """The same answers as from the gate itself, journalled, with the checks that were given."""
    check = CheckDone(check="IDENTITY_CONFIRMED", by="A. Archer", role="RECEPTION", at=START)
    answer = gate.decide(WHO, Exit.RELEASE, [check])
    assert (answer.decision, answer.sequence, answer.checks) == (Decision.ALLOW, 1, (check,))
    assert gate.decide(HELD, Exit.RELEASE).decision is Decision.VETO
    assert codes(gate.decide("C1234BC", Exit.RELEASE)) == ["UNKNOWN_PRISONER"]
    [partition] = gate.position().partitions
    assert set(partition.caught_up) == set(SOURCES)


def test_two_officers_settle(gate: SyncGate) -> None:
    """As with the gate itself: settled, and what cannot be settled says why."""
    officers = (Officer("A. Archer", "DUTY_GOVERNOR"), Officer("B. Baker", "OFFENDER_MANAGEMENT"))
    number = gate.decide(WHO, Exit.REMOVAL).sequence or 0
    made = gate.settle(number, reason_code="PRISON_ORDER_SEEN", officers=officers)
    covered = gate.decide(WHO, Exit.REMOVAL)
    assert covered.settlement is not None
    assert (covered.decision, covered.settlement.settlement_id, covered.valid_for_s) == (Decision.REFER, made.settlement_id, 60)
    with pytest.raises(SettlementError) as refused:
        gate.settle(10_000, reason_code="PRISON_ORDER_SEEN", officers=officers)
    assert refused.value.code == "UNKNOWN_SEQUENCE"


def test_many_threads_ask_at_once(gate: SyncGate) -> None:
    """Each gets the answer to its own question, and every answer has a number of its own in the journal."""
    asked = [(WHO, Decision.ALLOW), (HELD, Decision.VETO), ("C1234BC", Decision.REFER)] * 40
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda pair: gate.decide(pair[0], Exit.RELEASE), asked))
    assert [(each.prisoner_number, each.decision) for each in answers] == asked
    assert sorted(each.sequence or 0 for each in answers) == list(range(1, len(asked) + 1))


def test_no_answer_in_time_is_a_refer(gate: SyncGate) -> None:
    """A loop that does not get round to it costs the caller its time and not its safety."""
    let_go = threading.Event()
    _loop(gate).call_soon_threadsafe(let_go.wait, 5)
    try:
        for timeout_s in (0.05, 0, -1, float("nan")):
            answer = gate.decide(WHO, Exit.RELEASE, timeout_s=timeout_s)
            assert (codes(answer), answer.valid_for_s) == (["INTERNAL_ERROR"], 0)
            assert "did not answer within" in answer.refer[0].sentence
        with pytest.raises(GateTroubleError, match="did not answer within"):
            gate.position(timeout_s=0.05)
    finally:
        let_go.set()
    assert gate.decide(WHO, Exit.RELEASE, timeout_s=float("inf")).decision is Decision.ALLOW


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning", "ignore:coroutine .* was never awaited:RuntimeWarning")
@pytest.mark.parametrize("death", ["stopped", "exit"])
def test_a_dead_thread_is_a_refer_at_once(made: SyncGate, monkeypatch: pytest.MonkeyPatch, death: str) -> None:
    """Whoever waits when the loop dies is told, not left waiting, and so is whoever asks later; closing still works."""
    waiting = threading.Event()

    async def never(*_: object) -> Answer:
        waiting.set()
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(Gate, "decide", never)
    with made as gate, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(gate.decide, WHO, Exit.RELEASE, timeout_s=60)
        assert waiting.wait(5)
        loop = _loop(gate)
        loop.call_soon_threadsafe(loop.stop if death == "stopped" else _leave)
        assert codes(asked.result(10)) == ["INTERNAL_ERROR"]
        assert codes(gate.decide(WHO, Exit.RELEASE, timeout_s=60)) == ["INTERNAL_ERROR"]
        with pytest.raises(GateTroubleError):
            gate.synchronised(60)
        officers = (Officer("A. Archer", "DUTY_GOVERNOR"), Officer("B. Baker", "OFFENDER_MANAGEMENT"))
        with pytest.raises(GateTroubleError):
            gate.settle(1, reason_code="PRISON_ORDER_SEEN", officers=officers)


def _leave() -> None:
    raise SystemExit


def test_closing_answers_whoever_waits(made: SyncGate) -> None:
    """A thread that waits while another closes the door is let go at once; afterwards everything is refused, and never with ALLOW."""
    with made as gate, ThreadPoolExecutor(4) as pool:
        began = threading.Barrier(5)

        def ask() -> Answer:
            began.wait(5)
            for _ in range(2000):
                answer = gate.decide(HELD, Exit.RELEASE)
                assert answer.decision is not Decision.ALLOW
                if codes(answer) == ["INTERNAL_ERROR"]:
                    break
            return answer

        asked = [pool.submit(ask) for _ in range(4)]
        began.wait(5)
        gate.__exit__(None, None, None)
        assert all(codes(each.result(10)) == ["INTERNAL_ERROR"] for each in asked)
        assert "the gate is closed" in gate.decide(WHO, Exit.RELEASE).refer[0].sentence
        with pytest.raises(GateTroubleError, match="the gate is closed"):
            gate.position()
    with pytest.raises(GateTroubleError, match="entered once"):
        gate.__enter__()


def test_closing_ends_a_long_wait(scene: Scene) -> None:
    """Who waits for news that does not come is let go when the door closes, long before the time that he gave it."""
    scene.feed.broken = True
    with SyncGate(scene.config, lambda: scene.feed) as gate, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(gate.synchronised, 60)
        _until(lambda: asked.running() and bool(gate._pending))
        gate.__exit__(None, None, None)
        with pytest.raises(GateTroubleError, match="has closed"):
            asked.result(10)


def test_before_it_is_entered_nothing_is_allowed(made: SyncGate) -> None:
    """A door that nobody opened says REFER."""
    assert codes(made.decide(WHO, Exit.RELEASE)) == ["INTERNAL_ERROR"]


def test_what_keeps_a_gate_from_opening_is_raised(scene: Scene) -> None:
    """A directory in use, or a feed that cannot be made: the caller is told what, as with the gate itself."""
    journal = Journal(scene.config.directory, "gate-1")
    journal.open()
    with pytest.raises(StoreLockedError), SyncGate(scene.config, lambda: scene.feed):
        pass
    journal.close()

    def none() -> FakeFeed:
        message = "no feed"
        raise ZeroDivisionError(message)

    with pytest.raises(ZeroDivisionError), SyncGate(scene.config, none):
        pass


def test_opening_has_a_deadline(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gate that opens too late closes again by itself and leaves its directory free."""
    monkeypatch.setattr("holdfast_gate.sync.OPEN_TIMEOUT_S", 0.05)
    let_go = threading.Event()

    def late() -> FakeFeed:
        let_go.wait(5)
        return scene.feed

    gate = SyncGate(scene.config, late)
    with pytest.raises(GateTroubleError, match="did not open"), gate:
        pass
    let_go.set()
    gate._thread.join(5)
    assert scene.feed.closed
    assert codes(gate.decide(WHO, Exit.RELEASE)) == ["INTERNAL_ERROR"]


def test_the_gates_own_thread_is_not_kept_waiting_for_itself(scene: Scene) -> None:
    """A feed that asks the door would wait for ever for itself: it is refused at once."""
    heard: list[Answer] = []
    doors: list[SyncGate] = []

    class Asking(LiveFeed):
        async def poll(self, timeout_s: float) -> Any:
            if doors and not heard:
                heard.append(doors[0].decide(WHO, Exit.RELEASE, timeout_s=60))
            return await super().poll(timeout_s)

    with SyncGate(scene.config, lambda: Asking(scene.hub)) as gate:
        doors.append(gate)
        assert gate.synchronised(5)
        _until(lambda: bool(heard))
    assert "own thread" in heard[0].refer[0].sentence


def test_arguments_that_make_no_sense_are_a_refer(gate: SyncGate) -> None:
    """Total: no argument makes it raise."""
    for checks in (None, 7, [None]):
        wrong: Sequence[CheckDone] = checks  # type: ignore[assignment]
        assert gate.decide(WHO, Exit.RELEASE, wrong).decision is Decision.REFER
    assert gate.decide(None, "window").decision is Decision.REFER  # type: ignore[arg-type]
    assert codes(gate.decide(WHO, Exit.RELEASE, timeout_s="soon")) == ["INTERNAL_ERROR"]  # type: ignore[arg-type]


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_after_a_fork_the_child_is_refused(gate: SyncGate, scene: Scene) -> None:
    """A child has neither the thread nor the right to the files: REFER at once, even if a lock was held; and the parent's journal is unharmed."""
    assert gate.decide(WHO, Exit.RELEASE).sequence == 1
    with gate._lock:
        child = os.fork()
        if child == 0:
            gate.__exit__(None, None, None)
            answer = gate.decide(WHO, Exit.RELEASE, timeout_s=60)
            os._exit(0 if codes(answer) == ["INTERNAL_ERROR"] and "this process" in answer.refer[0].sentence else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert gate.decide(WHO, Exit.RELEASE).sequence == 2
    gate.__exit__(None, None, None)
    journal = Journal(Path(scene.config.directory), "gate-1")
    assert journal.append(gate.decide(WHO, Exit.RELEASE), START).sequence == 3
    journal.close()


def _loop(gate: SyncGate) -> asyncio.AbstractEventLoop:
    return gate._opened.result(0)[1]


def _until(condition: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end_s
        time.sleep(0.005)

"""Every answer is recorded before it is given, and reported after."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest

from holdfast_gate import Decision, Exit, StoreLockedError
from holdfast_gate.journal import FILE_NAME as JOURNAL
from holdfast_gate.journal import Journal
from holdfast_gate.records import registry
from tests.gate.feeds import ground
from tests.gate.scene import WHO, Scene, codes, until


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
    assert "The prison has not ordered removal from the country" in connection.execute("SELECT answer FROM entry").fetchone()[0]
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


async def test_a_closed_gate_refers(scene: Scene) -> None:
    """After the end there is no journal, so there is no ALLOW."""
    async with scene.running() as gate:
        pass
    answer = await gate.decide(WHO, Exit.RELEASE)
    assert (answer.decision, answer.sequence) == (Decision.REFER, None)

"""Every answer is recorded before it is given, and reported after."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from holdfast.records import DecisionReport
from holdfast.reports import Taken, take
from holdfast_gate import Decision, Exit, StoreLockedError
from holdfast_gate.chain import first_hash
from holdfast_gate.journal import FILE_NAME as JOURNAL
from holdfast_gate.journal import Journal
from holdfast_gate.records import registry
from schemas.wire import decode_as
from tests.gate.feeds import eventually, ground
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
    for statement in ("DELETE FROM entry", "UPDATE entry SET answer = ''", "UPDATE entry SET report = x''", "UPDATE entry SET hash = ''"):
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


# --- sent once by its id ---------------------------------------------------------------------------------------------------------

CRASHING = """
import asyncio, os, pathlib, sys
from holdfast_gate import Exit
from holdfast_gate.journal import Journal
from tests.gate.scene import WHO, Scene

sent = pathlib.Path(sys.argv[2])
Journal.mark_sent = lambda self, sequence: os._exit(9)

async def work():
    scene = Scene(pathlib.Path(sys.argv[1]))
    publish = scene.feed.publish_report
    async def published(key, value):
        await publish(key, value)
        sent.write_bytes(value)
    scene.feed.publish_report = published
    async with scene.running() as gate:
        for exit_ in (Exit.RELEASE, Exit.REMOVAL):
            await gate.decide(WHO, exit_)
        await asyncio.sleep(60)

asyncio.run(work())
"""


async def test_a_crash_between_sending_and_noting_it_sends_the_same_report_again(scene: Scene, tmp_path: Path) -> None:
    """The process dies when the broker has the first report and the journal does not say so: the next one sends it again, to the byte, then the rest.

    Whoever reads takes each id once, in order, and can prove by the hashes that nothing is missing.
    """
    scene.config = replace(scene.config, directory=tmp_path / "gate")
    command = [sys.executable, "-c", CRASHING, str(tmp_path / "gate"), str(tmp_path / "sent")]
    root, environment = Path(__file__).parents[2], os.environ | {"PYTHONPATH": "."}
    crashed = await asyncio.to_thread(subprocess.run, command, check=False, timeout=60, cwd=root, env=environment)
    assert crashed.returncode == 9
    first = (tmp_path / "sent").read_bytes()
    async with scene.running() as gate:
        await gate.decide(WHO, Exit.COURT)
        await eventually(lambda: len(scene.feed.reports) == 3)
    assert scene.feed.reports[0] == first
    taken, ready = Taken(), list[DecisionReport]()
    for value in (first, *scene.feed.reports, scene.feed.reports[1]):
        step = take(taken, decode_as(DecisionReport, value))
        assert (step.unlinked, step.skipped) == ((), None)
        taken = step.taken
        ready += step.ready
    assert [(each.sequence, each.exit) for each in ready] == [(1, "release"), (2, "removal"), (3, "court")]
    assert [each.previous_hash for each in ready[1:]] == [each.entry_hash for each in ready[:-1]]


async def test_reports_carry_the_hashes_of_their_entries(scene: Scene) -> None:
    """What the control room has of an entry is what the gate's own file says, so that either can be held against the other."""
    async with scene.running() as gate:
        for exit_ in (Exit.RELEASE, Exit.REMOVAL):
            await gate.decide(WHO, exit_)
        await eventually(lambda: len(scene.feed.reports) == 2)
    journal = Journal(scene.config.directory, "gate-1")
    entries, (journal_id, _) = list(journal.entries()), journal.known()
    journal.close()
    reports = [registry().decode(value)[1] for value in scene.feed.reports]
    assert [(r["previous_hash"], r["entry_hash"]) for r in reports] == [(e.previous_hash, e.hash) for e in entries]
    assert entries[0].previous_hash == first_hash(journal_id)
    assert [json.loads(each.answer)["sequence"] for each in entries] == [1, 2]

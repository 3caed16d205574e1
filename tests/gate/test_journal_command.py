"""`holdfast-gate journal`: whether the journal is whole, and what stands in it; and a gate in shadow mode on the command line."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from holdfast_gate import Decision, Exit, GateConfig, Mode, Officer
from holdfast_gate.__main__ import main
from holdfast_gate.errors import ConfigError
from holdfast_gate.journal import FILE_NAME, Journal
from holdfast_gate.records import registry
from tests.gate.feeds import Hub, eventually, ground, order
from tests.gate.scene import WHO, Scene
from tests.gate.test_command_line import hub as hub  # noqa: PLC0414 - a fixture


async def three_entries(scene: Scene) -> None:
    """A REFER, its settlement, and the answer under it; all sent."""
    async with scene.running() as gate:
        shown = await gate.decide(WHO, Exit.REMOVAL)
        officers = (Officer("Ann Archer", "DUTY_GOVERNOR"), Officer("Bob Baker", "CONTROL_ROOM"))
        await gate.settle(shown.sequence or 0, reason_code="PRISON_ORDER_SEEN", officers=officers, note="seen at 9")
        await gate.decide(WHO, Exit.REMOVAL)
        await eventually(lambda: len(scene.feed.reports) == 3)


def damage(scene: Scene, *statements: str) -> None:
    """Do this to the file, as somebody would who may write it."""
    connection = sqlite3.connect(scene.config.directory / FILE_NAME)
    connection.executescript("; ".join(["DROP TRIGGER entries_stay", "DROP TRIGGER entries_stay_as_written", *statements]))
    connection.close()


def verified(scene: Scene, *more: str) -> int:
    """The exit status of verify."""
    return main(["journal", "verify", "--data-dir", str(scene.config.directory), *more])


async def test_a_whole_journal(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 0, how many entries, and the hash to keep elsewhere; the hash of the report on gate-reports is the one to expect."""
    await three_entries(scene)
    assert verified(scene) == 0
    shown = capsys.readouterr().out
    last = registry().decode(scene.feed.reports[2])[1]["entry_hash"]
    assert "WHOLE  3 entries" in shown
    assert f"--expect 3:{last}" in shown
    assert verified(scene, "--expect", f"3:{last.upper()}", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["whole"], told["entries"], told["last"], told["finding"]) == (True, 3, {"sequence": 3, "hash": last}, None)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (["UPDATE entry SET answer = replace(answer, 'REFER', 'ALLOW') WHERE sequence = 3"], ("ALTERED", 3)),
        (["UPDATE entry SET kind = 'decision' WHERE sequence = 2"], ("ALTERED", 2)),
        (["DELETE FROM entry WHERE sequence = 2"], ("LOST", 2)),
        (["DELETE FROM entry WHERE sequence = 2", "UPDATE entry SET sequence = 2 WHERE sequence = 3"], ("LOST", 2)),
        (
            [
                "UPDATE entry SET sequence = 9 WHERE sequence = 2",
                "UPDATE entry SET sequence = 2 WHERE sequence = 3",
                "UPDATE entry SET sequence = 3 WHERE sequence = 9",
            ],
            ("REORDERED", 2),
        ),
        (
            [
                "UPDATE entry SET sequence = 4 WHERE sequence = 3",
                "UPDATE entry SET sequence = 3 WHERE sequence = 2",
                "INSERT INTO entry SELECT 2, kind, report, answer, previous_hash, 'x', 1 FROM entry WHERE sequence = 3",
            ],
            ("INSERTED", 2),
        ),
        (["DELETE FROM entry WHERE sequence > 1"], ("CUT_OFF", 2)),
        (["DELETE FROM entry WHERE sequence > 1", "UPDATE journal SET written = 1, written_hash = ''"], ("CUT_OFF", 2)),
    ],
)
async def test_damage_is_named(scene: Scene, capsys: pytest.CaptureFixture[str], statements: list[str], expected: tuple[str, int]) -> None:
    """Status 5, what happened, and to which entry first."""
    await three_entries(scene)
    damage(scene, *statements)
    assert verified(scene) == 5
    shown = capsys.readouterr().out
    assert f"NOT WHOLE  {expected[0]} at entry {expected[1]}" in shown
    assert verified(scene, "--json") == 5
    told = json.loads(capsys.readouterr().out)
    assert (told["whole"], told["finding"]["damage"], told["finding"]["sequence"]) == (False, *expected)


async def test_a_thorough_cut_is_seen_by_who_expects_more(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    """Who also makes the file's own counts fit leaves a whole journal; only a hash from elsewhere tells."""
    await three_entries(scene)
    last = registry().decode(scene.feed.reports[2])[1]["entry_hash"]
    fit = "UPDATE journal SET sent = 1, written = 1, written_hash = (SELECT hash FROM entry WHERE sequence = 1)"
    damage(scene, "DELETE FROM entry WHERE sequence > 1", fit)
    assert verified(scene) == 0
    assert verified(scene, "--expect", f"3:{last}") == 5
    assert "CUT_OFF at entry 2\n  The journal ends after entry 1, and --expect knows of entry 3." in capsys.readouterr().out


async def test_a_tail_that_was_cut_off_is_never_written_over(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    """A gate that goes on after a cut leaves the hole to be seen: no number is given twice."""
    await three_entries(scene)
    damage(scene, "DELETE FROM entry WHERE sequence = 3")
    async with scene.running() as gate:
        assert (await gate.decide(WHO, Exit.COURT)).sequence == 4
    assert verified(scene) == 5
    assert "LOST at entry 3" in capsys.readouterr().out


async def test_entries_are_shown(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each, who settled what and why; with --json the whole answer and the hashes."""
    await three_entries(scene)
    showing = ["journal", "show", "--data-dir", str(scene.config.directory)]
    assert main(showing) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "     1  2025-10-24 08:00:00 UTC  REFER    A1234BC, removal: NO_RELEASE_ORDER"
    assert lines[1] == "     2  2025-10-24 08:00:00 UTC  SETTLED  A1234BC, removal: NO_RELEASE_ORDER"
    assert lines[2] == "        entry 1 settled by Ann Archer (duty governor) and Bob Baker (control room): PRISON_ORDER_SEEN, 'seen at 9'"
    assert main([*showing, "--last", "1", "--json"]) == 0
    (told,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (told["sequence"], told["kind"], told["decision"], told["answer"]["valid_for_s"]) == (3, "decision", "REFER", 60)
    assert main([*showing, "--prisoner", "b1234bc"]) == 0
    assert capsys.readouterr().out == "No such entry.\n"
    damage(scene, "UPDATE entry SET report = x'00', answer = 'x' WHERE sequence = 3")
    assert main([*showing, "--last", "2"]) == 0
    assert "     3  cannot be read: see `holdfast-gate journal verify`" in capsys.readouterr().out
    assert main([*showing, "--last", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["answer"] is None


async def test_many_entries_are_read_little_by_little(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal longer than what is read at once is verified and shown to its end."""
    monkeypatch.setattr("holdfast_gate.journal._ENTRIES_AT_ONCE", 2)
    await three_entries(scene)
    assert verified(scene) == 0
    journal = Journal(scene.config.directory, "gate-1")
    assert [each.sequence for each in journal.entries()] == [1, 2, 3]
    journal.close()


@pytest.mark.parametrize(
    "arguments",
    [["journal"], ["journal", "verify", "--help"], ["journal", "verify", "--expect", "0:" + "a" * 64], ["journal", "show", "--last", "0"]],
)
def test_what_makes_no_sense_is_1(hub: Hub, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    """Trouble, with what to write."""
    del hub
    assert main(arguments) == 1
    assert capsys.readouterr().err


def test_no_journal_is_trouble_and_none_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Looking does not make what it looks for; an empty journal of a gate that never answered is whole."""
    assert main(["journal", "verify", "--data-dir", str(tmp_path)]) == 1
    assert f"there is no journal at {tmp_path / FILE_NAME}" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    journal = Journal(tmp_path, "gate-1")
    journal.open()
    journal.close()
    assert main(["journal", "verify", "--data-dir", str(tmp_path)]) == 0
    assert "no entry yet" in capsys.readouterr().out


# --- a gate that only watches ----------------------------------------------------------------------------------------------------


async def test_a_gate_in_shadow_mode_binds_nobody(scene: Scene) -> None:
    """It decides, journals and reports as any gate, says so in each, and nothing that it says is good for a second."""
    scene.config = replace(scene.config, mode=Mode.SHADOW)
    async with scene.running() as gate:
        assert gate.position().mode is Mode.SHADOW
        allowed = await gate.decide(WHO, Exit.RELEASE)
        assert (allowed.decision, allowed.mode, allowed.valid_for_s, allowed.sequence) == (Decision.ALLOW, Mode.SHADOW, 0, 1)
        failed = await gate.decide(WHO, "window")  # type: ignore[arg-type]
        assert failed.mode is Mode.SHADOW
        await eventually(lambda: len(scene.feed.reports) == 2)
    for report in (registry().decode(value)[1] for value in scene.feed.reports):
        assert (report["mode"], report["valid_until"]) == ("SHADOW", None)


def test_shadow_on_the_command_line(hub: Hub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Loudly, and never with the status of an ALLOW, whatever it would be."""
    monkeypatch.setenv("HOLDFAST_GATE_MODE", "SHADOW")
    hub.say(WHO, orders=[order()])
    asking = ["decide", WHO, "--exit", "release"]
    assert main(asking) == 6
    shown = capsys.readouterr().out
    assert "  SHADOW: would be ALLOW  \n" in shown
    assert "SHADOW MODE: this gate only watches. Nobody may be let out or kept because of what it says here." in shown
    assert "Good for" not in shown
    hub.say(WHO, ground("release"))
    assert main([*asking, "--json"]) == 6
    told = json.loads(capsys.readouterr().out)
    assert (told["decision"], told["mode"], told["valid_for_s"]) == ("VETO", "SHADOW", 0)
    assert main(["journal", "show"]) == 0
    assert "SHADOW VETO " in capsys.readouterr().out


def test_a_mode_that_nobody_knows_is_refused() -> None:
    """A misspelt SHADOW must not bind, nor a misspelt BINDING watch."""
    with pytest.raises(ConfigError, match="HOLDFAST_GATE_MODE is 'shadow', not one of BINDING, SHADOW"):
        GateConfig.from_environment({"HOLDFAST_GATE_MODE": "shadow"}, key_ring="r.json")
    assert GateConfig.from_environment({}, key_ring="r.json").mode is Mode.BINDING

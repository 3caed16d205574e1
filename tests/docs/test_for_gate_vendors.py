"""The page for gate vendors, worked through on a hub that runs, with its sample gate; and what it states, held against what is so."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
from pathlib import Path

import pytest
from fastavro.schema import fingerprint, to_parsing_canonical_form

from holdfast_gate.answer import Trouble
from holdfast_gate.conformance.cases import CASES
from holdfast_gate.model import Exit, ReferCode
from holdfast_gate.records import registry
from holdfast_gate.settlement import Refusal
from holdfast_gate.testing.keys import RING
from simulator.local import local_hub
from tests.docs.page import Shown, commands, files, run

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "docs" / "for-gate-vendors.md"
SAMPLE = REPOSITORY / "docs" / "samples" / "gate.py"
LINES_MAX = 40
PAGE_LINES_MAX = 300
#: Refusals of the library that are other statuses over HTTP.
NOT_ON_THE_WIRE = {Refusal.BAD_REQUEST}
#: The kit plays through all its cases.
WITHIN_S = 240.0

HELD = """{"type": "ALERT", "record_id": "held", "occurred_at": "2025-11-03T09:00:00Z", "recorded_at": "2025-11-03T09:00:00Z",
 "person": {"prisoner_number": "A7777ZZ"}, "alert_uuid": "a-7", "alert_code": "XNR", "active_from": "2025-11-03"}"""
#: A vendor's afternoon ends; then somebody is held, and somebody mistypes.
AFTERWARDS = (
    Shown(command="timeout 5 python docs/samples/producer.py custody held.jsonl", lines=()),
    Shown(
        command="printf 'a7777zz release\\nA7777ZZ window\\n' | HOLDFAST_GATE_DIRECTORY=sample HOLDFAST_GATE_ID=desk-1 python docs/samples/gate.py",
        lines=("SHUT A7777ZZ release: VETO, journal entry 3", "  NOT_FOR_RELEASE: … Ask: ….", "SHUT A7777ZZ window: say who, and one of …"),
    ),
)


def _environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "150", **more}


@pytest.mark.broker
@pytest.mark.timeout(480)
async def test_the_page_can_be_worked_through(tmp_path: Path, kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command of the page, in order, in a checkout with `make up` running: each shows what the page says. The sample holds whom it must."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka_bootstrap)
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    (checkout / "docs").symlink_to(REPOSITORY / "docs")
    text = PAGE.read_text("utf-8")
    for name, body in {**files(text), "held.jsonl": HELD.replace("\n", "") + "\n"}.items():
        (checkout / name).write_text(body)
    try:
        async with local_hub(tmp_path / "hub", prefix=f"page-{os.urandom(4).hex()}.") as hub:
            for shown in (*commands(text), *AFTERWARDS):
                environment = _environment(**hub.environment)
                wrong = await asyncio.to_thread(run, shown, directory=checkout, environment=environment, within_s=WITHIN_S)
                assert not wrong, wrong
    finally:
        for started in checkout.glob("*.pid"):  # what a command that failed has left running
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(started.read_text()), signal.SIGTERM)


def test_every_case_that_the_page_names_is_one_and_none_is_missing() -> None:
    """A rule says which case proves it; and a case that proves something is found beside its rule."""
    cases = {each.name for each in CASES}
    brackets = re.findall(r"`\[([a-z0-9_, -]+)\]`", PAGE.read_text("utf-8"))
    named = {name for names in brackets for name in names.split(", ")} - {"like-this"}
    every = {each for each in cases if each.startswith("bars-")} if "bars-release" in named else set[str]()
    assert named - cases == set()
    assert cases - named - every == set()


def test_the_page_has_every_word_and_every_header() -> None:
    """Codes, exits, reasons to settle and refusals of the contract; and the first bytes of every record as they are now."""
    text = PAGE.read_text("utf-8")
    for word in (*ReferCode, *Trouble, *Exit, *Refusal):
        assert f"`{word.value}`" in text or word in NOT_ON_THE_WIRE, word
    for name in registry().names:
        print_hex = fingerprint(to_parsing_canonical_form(dict(registry().schema(name))), "CRC-64-AVRO")
        assert f"`c301 {print_hex}`" in text, name
    assert len(text.splitlines()) <= PAGE_LINES_MAX


def test_the_sample_is_forty_lines() -> None:
    """Blank lines and its own title apart."""
    lines = [line for line in SAMPLE.read_text("utf-8").partition('"""\n\n')[2].splitlines() if line.strip()]
    assert len(lines) <= LINES_MAX


def test_the_sample_keeps_everybody_in_without_a_network(tmp_path: Path) -> None:
    """Escorted or not: without news nobody leaves, and the journal says so."""
    ring = tmp_path / "ring.json"
    ring.write_text(RING.as_json())
    environment = _environment(
        KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1",
        HOLDFAST_GATE_KEY_RING=str(ring),
        HOLDFAST_GATE_DIRECTORY=str(tmp_path / "gate"),
        HOLDFAST_GATE_ID="desk",
    )
    lines = ("SHUT A1234BC court: REFER, journal entry 1", "  FEED_NOT_BOOTSTRAPPED: …")
    shown = Shown(command=f"echo 'A1234BC court' | python {SAMPLE}", lines=lines)
    wrong = run(shown, directory=tmp_path, environment=environment)
    assert not wrong, wrong

"""The command line: its exit status is what a turnstile would read, and 0 is said by ALLOW alone."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import holdfast_gate.kafka
from holdfast_gate.__main__ import main
from holdfast_gate.config import KafkaSettings
from holdfast_gate.errors import ConfigError
from holdfast_gate.store import ReplicaStore
from tests.gate.feeds import RING, FakeFeed, Hub, ground, order

WHO = "A1234BC"


class LiveFeed(FakeFeed):
    """A feed whose hub seals at every poll, as a hub does every second."""

    hub: Hub

    def __init__(self, settings: KafkaSettings) -> None:
        """Serve the hub of the test."""
        del settings
        super().__init__(self.hub.log)

    async def poll(self, timeout_s: float) -> object:  # type: ignore[override]
        """Seal, then read."""
        self.hub.seal_all()
        await asyncio.sleep(0.01)
        return await super().poll(timeout_s)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Hub:
    """A hub that the command line reaches, and an environment of its own."""
    hub = Hub()
    monkeypatch.setattr(LiveFeed, "hub", hub, raising=False)
    monkeypatch.setattr(holdfast_gate.kafka, "KafkaFeed", LiveFeed)
    monkeypatch.setenv("HOLDFAST_GATE_DIRECTORY", str(tmp_path / "gate"))
    monkeypatch.setenv("HOLDFAST_GATE_ID", "gate-1")
    monkeypatch.setenv("HOLDFAST_GATE_KEY_RING", str(tmp_path / "key-ring.json"))
    (tmp_path / "key-ring.json").write_text(RING.as_json())
    return hub


def test_allow_is_0(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    """ALLOW: status 0, large and plain, without colour where nobody sees it."""
    hub.say(WHO, orders=[order()])
    assert main(["decide", "a1234bc ", "--exit", "release"]) == 0
    shown = capsys.readouterr()
    assert "  ALLOW  \n" in shown.out
    assert "Good for 60 seconds" in shown.out
    assert "\x1b" not in shown.out
    assert shown.err == ""


def test_refer_is_3(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    """REFER: status 3, and why."""
    hub.say(WHO)
    assert main(["decide", WHO, "--exit", "release"]) == 3
    shown = capsys.readouterr().out
    assert "REFER" in shown
    assert "NO_RELEASE_ORDER  The prison has not ordered release for today; its offender management unit can make an order." in shown
    assert "ALLOW" not in shown


def test_veto_is_4_and_says_where_it_comes_from(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    """VETO: status 4, the ground in a sentence, its authority, and the record that says so."""
    hub.say(WHO, ground("release"))
    assert main(["decide", WHO, "--exit", "release"]) == 4
    shown = capsys.readouterr().out
    assert "VETO" in shown
    assert "REMAND  Remanded in custody." in shown
    assert "court-results[0]@7 sha256:abababababab" in shown
    assert "ALLOW" not in shown


@pytest.mark.parametrize(("no_colour", "coloured"), [("1", False), ("", True), (None, True)])
def test_colour_is_for_terminals_that_want_it(
    hub: Hub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, no_colour: str | None, coloured: bool
) -> None:
    """Not where NO_COLOR is set, as its convention has it: set to nothing it is not set."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_colour is not None:
        monkeypatch.setenv("NO_COLOR", no_colour)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    hub.say(WHO, ground("release"))
    assert main(["decide", WHO, "--exit", "release"]) == 4
    assert ("\x1b[" in capsys.readouterr().out) is coloured


def test_a_hold_placed_by_hand_is_ended_by_people(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    """It stands in a court's name, and no court's record ends it: nobody is to wait for one."""
    hub.say(WHO, ground("release", name="PLACED_BY_HAND", sentence="Held by hand for the court."))
    assert main(["decide", WHO, "--exit", "release"]) == 4
    shown = capsys.readouterr().out
    assert "only two named people can end it (offence 1)" in shown
    assert "only a court" not in shown


def test_json_is_the_whole_answer(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    """For machines: one line with everything."""
    hub.say(WHO, ground("release"))
    assert main(["decide", WHO, "--exit", "release", "--json"]) == 4
    answer = json.loads(capsys.readouterr().out)
    assert answer["decision"] == "VETO"
    assert answer["valid_for_s"] == 0
    assert answer["grounds"][0]["source"]["topic"] == "court-results"
    assert answer["sequence"] == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--help"],
        ["-h"],
        ["decide"],
        ["decide", "--help"],
        ["decide", WHO, "--exit", "release", "-h"],
        ["decide", WHO],
        ["decide", WHO, "--exit", "window"],
        ["decide", WHO, "--exit", "release", "--wait", "soon"],
        ["decide", WHO, "B1234BC", "--exit", "release"],
        ["release", WHO],
    ],
)
def test_trouble_is_1_and_never_says_allow(hub: Hub, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    """A command line that makes no sense, or asks for help, is no decision: not even help may leave with ALLOW's status."""
    hub.say(WHO, orders=[order()])
    assert main(arguments) == 1
    shown = capsys.readouterr()
    assert "ALLOW" not in shown.out + shown.err
    assert "no decision" in shown.err


def test_a_directory_in_use_is_trouble_with_its_mend(hub: Hub, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Another process has the directory: status 1, and what to do about it."""
    hub.say(WHO, orders=[order()])
    store = ReplicaStore(tmp_path / "gate", "vetoes")
    for arguments in (["decide", WHO, "--exit", "release"], ["status"]):
        assert main(arguments) == 1
        assert "in use by another process: stop that one, or give this one a directory of its own" in capsys.readouterr().err
    store.close()


@pytest.mark.parametrize("error", [OSError("boom"), ZeroDivisionError("boom"), KeyboardInterrupt()])
def test_whatever_goes_wrong_is_1(hub: Hub, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Any exception is trouble."""
    hub.say(WHO, orders=[order()])

    def fail(*_: object, **__: object) -> str:
        raise error

    monkeypatch.setattr("holdfast_gate.__main__.answer_text", fail)
    assert main(["decide", WHO, "--exit", "release"]) == 1


def test_a_wrong_environment_is_trouble(hub: Hub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Everything that is wrong with the settings is told at once."""
    del hub
    monkeypatch.setenv("KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("KAFKA_SASL_MECHANISM", "GSSAPI")
    assert main(["decide", WHO, "--exit", "release"]) == 1
    shown = capsys.readouterr().err
    assert "KAFKA_SASL_MECHANISM" in shown
    assert "KAFKA_SASL_USERNAME" in shown


def test_a_password_is_never_shown() -> None:
    """Settings may be printed."""
    settings = KafkaSettings(security_protocol="SASL_SSL", sasl_username="gate", sasl_password="secret")  # noqa: S106
    assert "secret" not in repr(settings)
    with pytest.raises(ConfigError, match="HOLDFAST_TOPIC_PREFIX"):
        KafkaSettings(topic_prefix="a b")


def test_status_shows_the_replica(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything was read, and after."""
    assert main(["status"]) == 0
    assert "holds nothing of vetoes yet" in capsys.readouterr().out
    hub.say(WHO, ground("release"))
    main(["decide", WHO, "--exit", "release"])
    capsys.readouterr()
    assert main(["status"]) == 0
    assert "2025-10-24 08:00:00 UTC" in capsys.readouterr().out


def test_a_broken_pipe_is_not_an_allow(tmp_path: Path) -> None:
    """An answer that nobody could read was not given."""
    (tmp_path / "ring.json").write_text(RING.as_json())
    done = subprocess.run(
        [sys.executable, "-m", "holdfast_gate", "status", "--data-dir", str(tmp_path), "--key-ring", str(tmp_path / "ring.json")],
        stdout=Path("/dev/full").open("w"),  # noqa: SIM115
        stderr=subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
        check=False,
    )
    assert (done.returncode, b"could not be shown" in done.stderr) == (1, True)


@pytest.mark.parametrize("module", ["aiokafka", "aiohttp", "pydantic", "services", "holdfast", "schemas"])
def test_the_library_brings_nothing_along(module: str) -> None:
    """Importing the library imports neither Kafka's client nor anything of the hub's."""
    program = f"import holdfast_gate, holdfast_gate.__main__, sys; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_door_is_what_it_says() -> None:
    """Everything that the package names can be imported from it."""
    for name in holdfast_gate.__all__:
        assert getattr(holdfast_gate, name) is not None

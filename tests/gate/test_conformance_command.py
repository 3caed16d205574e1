"""`holdfast-gate conformance`: what it prints and how it exits, and how it asks over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest

from holdfast_gate import KafkaSettings
from holdfast_gate.__main__ import main
from holdfast_gate.conformance import command
from holdfast_gate.conformance.case import Case, Outcome, Phase, Verdict, case
from holdfast_gate.conformance.cases import CASES
from holdfast_gate.conformance.door import HttpDoor
from holdfast_gate.conformance.play import Play
from holdfast_gate.conformance.ports import PARTITIONS, DoorError, KitError, Reply
from holdfast_gate.conformance.text import as_json, passed, table
from holdfast_gate.signing import KeyRing
from holdfast_gate.testing import KEY
from tests.gate.doors import MemoryDoor
from tests.gate.kit import BY_NAME, played
from tests.gate.wrong_gates.replicas import _newest_only

SAID = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


# --- the report ----------------------------------------------------------------------------------------------------------------


def test_a_failure_says_what_a_vendor_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule and its source, every step with its offset, what was expected, what was seen."""
    _newest_only(monkeypatch)
    outcomes = list(played([BY_NAME["lift-unsealed"]]).values())
    shown = table(outcomes, colour=False)
    assert "the rule   The end of a hold counts only when a valid seal covers it; until then the hold bars." in shown
    assert "(law 1: quick to hold, slow to free)" in shown
    assert "Holdfast says of A00" in shown
    assert "expected   VETO with REMAND for A00" in shown
    assert "seen       ALLOW" in shown
    assert "1 fail" in shown
    assert "must not stand at a door" in shown
    assert "\x1b" not in shown
    assert "\x1b" in table(outcomes, colour=True)


def test_the_report_for_machines_says_the_same() -> None:
    """Every case with its verdict, rule, steps and time."""
    outcomes = list(played([BY_NAME["allow"]]).values())
    found = json.loads(as_json(outcomes, "here"))
    assert (found["gate"], found["passed"]) == ("here", True)
    assert [(each["case"], each["verdict"]) for each in found["cases"]] == [("allow", "pass")]
    assert len(found["cases"][0]["steps"]) == 9


@pytest.mark.parametrize(
    ("verdict", "lets_through"), [(Verdict.PASS, True), (Verdict.DOES_NOT_APPLY, True), (Verdict.FAIL, False), (Verdict.NOT_PLAYED, False)]
)
def test_one_case_that_did_not_pass_is_enough(verdict: Verdict, lets_through: bool) -> None:
    """Neither a failure nor a case that was not played lets a gate through; no case at all proves nothing."""
    outcomes = [Outcome(case=each, verdict=Verdict.PASS, steps=()) for each in CASES[:2]]
    assert passed([*outcomes, Outcome(case=CASES[2], verdict=verdict, steps=())]) is lets_through
    assert not passed([])


def test_what_was_not_played_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gate that never lets anybody go fails, by name, and the rest is not called a pass."""
    monkeypatch.setattr("holdfast_gate.decide.SOURCES", ("court",))
    monkeypatch.setattr("holdfast_gate.decide._sources", lambda *_: iter([_stale()]))
    outcomes = played([BY_NAME["allow"], BY_NAME["feed-cut"]])
    assert {name: each.verdict for name, each in outcomes.items()} == {
        "up-to-date": Verdict.FAIL,
        "allow": Verdict.NOT_PLAYED,
        "feed-cut": Verdict.NOT_PLAYED,
    }
    assert "append time of the seal" in table(list(outcomes.values()), colour=False)


def _stale() -> Any:
    from holdfast_gate.answer import Refer
    from holdfast_gate.model import ReferCode

    return Refer(ReferCode.SOURCE_STALE, "Never heard.")


def test_a_defect_of_the_kit_is_nobodys_failure() -> None:
    """It is raised, so that the exit status is 2 and not 1."""

    @case("defect", Phase.CALM, rule="None.", source="none")
    async def defect(play: Play) -> None:
        del play
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        played([defect])


class _Elsewhere(MemoryDoor):
    """Follows another topic."""

    position: ClassVar[dict[str, Any]] = {"mode": "BINDING", "partitions": []}

    def told(self, path: str) -> Reply:
        return Reply(status=200, headers={}, body=json.dumps(self.position).encode()) if path == "/v1/position" else super().told(path)


class _Shadow(_Elsewhere):
    """Binds nobody."""

    position: ClassVar[dict[str, Any]] = {"mode": "SHADOW", "partitions": [{}] * PARTITIONS}


class _Nobody(MemoryDoor):
    """Is not there."""

    async def call(self, *_: Any, **__: Any) -> Reply:
        raise DoorError("nothing from there")


@pytest.mark.parametrize(
    ("door", "why"), [(_Elsewhere, "does not follow the kit's topic.*--print-settings"), (_Shadow, "shadow mode"), (_Nobody, "nothing from there")]
)
def test_a_gate_that_cannot_be_played_with_proves_nothing(door: type[MemoryDoor], why: str) -> None:
    """It is neither passed nor failed, and what to do about it is said."""
    with pytest.raises(KitError, match=f"(?s){why}"):
        played([BY_NAME["allow"]], door=door)


# --- the command line ------------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """No prefix from outside."""
    monkeypatch.delenv("HOLDFAST_TOPIC_PREFIX", raising=False)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([], "say where the gate under test answers"),
        (["http://127.0.0.1:1", "--socket", "x"], "say where the gate under test answers"),
        (["https://gate.example"], "is not where a local API can be"),
        (["http://127.0.0.1:port"], "is not where a local API can be"),
        (["http://127.0.0.1:1"], "no topic prefix is given"),
        (["http://127.0.0.1:1", "--topic-prefix", "prod-"], "the topic prefix is 'prod-'"),
        (["http://127.0.0.1:1", "--topic-prefix", "conformance-"], "and goes on"),
        (["http://127.0.0.1:1", "--only", "allow", "--only", "alow"], "there is no case alow"),
        (["http://127.0.0.1:1", "--token-file", "/no/such/file"], "the token cannot be read"),
        (["http://127.0.0.1:1", "--topic-prefix", "conformance-x-", "--bootstrap-servers", "127.0.0.1:1"], "127.0.0.1:1"),
    ],
)
def test_what_could_not_run_is_2(capsys: pytest.CaptureFixture[str], arguments: list[str], why: str) -> None:
    """And says why, and that nothing was proved."""
    assert main(["conformance", *arguments]) == 2
    shown = capsys.readouterr()
    assert why in shown.err
    assert "nothing was proved" in shown.err
    assert shown.out == ""


def test_settings_are_what_a_shell_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The ring knows the kit's key, the prefix is new every time, and the file says what is printed."""
    directory = tmp_path / "with a space"
    assert main(["conformance", "--print-settings", str(directory), "--bootstrap-servers", "broker:9092"]) == 0
    first = capsys.readouterr().out
    assert first == (directory / "gate.env").read_text()
    script = f". {shlex.quote(str(directory / 'gate.env'))}; {sys.executable} -c 'import os, json; print(json.dumps(dict(os.environ)))'"
    said = json.loads(subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=True, text=True, env=dict(os.environ)).stdout)
    assert KeyRing.read(Path(said["HOLDFAST_GATE_KEY_RING"])) == KeyRing.of(KEY)
    assert said["KAFKA_BOOTSTRAP_SERVERS"] == "broker:9092"
    assert said["HOLDFAST_TOPIC_PREFIX"].startswith("conformance-")
    assert main(["conformance", "--print-settings", str(directory)]) == 0
    assert said["HOLDFAST_TOPIC_PREFIX"] not in capsys.readouterr().out


def test_settings_that_cannot_be_written_are_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file where the directory should be."""
    (tmp_path / "file").touch()
    assert main(["conformance", "--print-settings", str(tmp_path / "file")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_every_case_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """By name, with its rule."""
    assert main(["conformance", "--list"]) == 0
    assert [each.split()[0] for each in capsys.readouterr().out.splitlines()] == [each.name for each in CASES]


@pytest.mark.parametrize(("verdict", "status"), [(Verdict.PASS, 0), (Verdict.FAIL, 1)])
def test_the_exit_status_says_how_it_ended(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], verdict: Verdict, status: int
) -> None:
    """0 when all passed, 1 when one failed; `--only` chooses, `--json` is for machines."""

    async def play(cases: list[Case], door: HttpDoor, settings: KafkaSettings, prefix: str) -> list[Outcome]:
        assert (door.place, settings.bootstrap_servers, prefix) == ("http://127.0.0.1:8480", "broker:1", "conformance-x-")
        return [Outcome(case=each, verdict=verdict, steps=("one",), expected="this", seen="that") for each in cases]

    monkeypatch.setattr(command, "_play", play)
    given = ["conformance", "http://127.0.0.1:8480", "--topic-prefix", "conformance-x-", "--bootstrap-servers", "broker:1", "--only", "allow"]
    assert main([*given, "--json"]) == status
    found = json.loads(capsys.readouterr().out)
    assert [each["case"] for each in found["cases"]] == ["allow"]
    assert found["passed"] is (status == 0)
    assert main(given) == status
    assert "1 pass" in capsys.readouterr().out or status


# --- asking over HTTP ------------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _serving(answer: Callable[[bytes], Awaitable[bytes]], path: Path | None = None) -> AsyncIterator[int]:
    """A server that reads one request and says what `answer` makes of it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(await answer(head))
        writer.close()

    server = await (asyncio.start_server(serve, "127.0.0.1", 0) if path is None else asyncio.start_unix_server(serve, path))
    async with server:
        yield 0 if path is not None else server.sockets[0].getsockname()[1]


@pytest.mark.parametrize(("token", "sent"), [(None, b"Authorization: Bearer right"), ("wrong", b"Authorization: Bearer wrong"), ("", None)])
async def test_the_token_goes_along(token: str | None, sent: bytes | None) -> None:
    """The right one, another one, or none."""
    heads: list[bytes] = []

    async def answer(head: bytes) -> bytes:
        heads.append(head)
        return SAID

    async with _serving(answer) as port:
        door = HttpDoor(url=f"http://127.0.0.1:{port}", token="right")  # noqa: S106 - of a test
        assert door.guarded
        reply = await door.call("GET", "/v1/position", token=token)
    assert (reply.status, reply.json(), reply.headers["content-type"]) == (200, {}, "application/json")
    assert heads[0].startswith(b"GET /v1/position HTTP/1.1")
    assert (sent in heads[0]) if sent else (b"Authorization" not in heads[0])


async def test_a_unix_socket_is_asked_too(tmp_path: Path) -> None:
    """Without a token, since its owner alone may use it."""

    async def answer(head: bytes) -> bytes:
        del head
        return SAID

    async with _serving(answer, tmp_path / "s"):
        door = HttpDoor(socket_path=tmp_path / "s")
        assert not door.guarded
        assert (await door.call("GET", "/health/live")).status == 200


async def test_what_is_no_http_is_no_answer(tmp_path: Path) -> None:
    """Neither nonsense, nor silence, nor nobody there."""

    async def answer(head: bytes) -> bytes:
        del head
        return b"ALLOW\r\n"

    async with _serving(answer) as port:
        with pytest.raises(DoorError, match="BadStatusLine"):
            await HttpDoor(url=f"http://127.0.0.1:{port}").call("GET", "/")
    with pytest.raises(DoorError, match="nothing from"):
        await HttpDoor(socket_path=tmp_path / "nobody").call("GET", "/")


async def test_an_answer_before_the_body_is_read_counts() -> None:
    """A gate may refuse a large body by its length alone."""

    async def answer(head: bytes) -> bytes:
        del head
        return SAID.replace(b"200 OK", b"413 Too Large")

    async with _serving(answer) as port:
        reply = await HttpDoor(url=f"http://127.0.0.1:{port}").call("POST", "/v1/decisions", body=b" " * 70_000)
    assert reply.status == 413


def test_a_url_must_be_one() -> None:
    """Said before anything is asked."""
    with pytest.raises(KitError, match="give http, a host and a port"):
        HttpDoor(url="127.0.0.1:8480")

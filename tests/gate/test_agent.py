"""The agent: gate software in any language asks it, and whatever is not an answer holds no decision."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from holdfast_gate import CheckDone, ConfigError, Exit
from holdfast_gate.agent import door
from holdfast_gate.agent.logs import OneLine
from holdfast_gate.agent.serve import serving
from holdfast_gate.answer import Answer
from holdfast_gate.config import AgentConfig
from tests.gate.agents import QUESTION, TOKEN, agent
from tests.gate.feeds import SOURCES, eventually, ground
from tests.gate.scene import WHO, Scene

CHECK = {"check": "IDENTITY_CONFIRMED", "by": "A. Archer", "role": "RECEPTION", "at": "2025-10-24T07:59:00Z"}


async def test_an_allow_says_for_how_long(scene: Scene) -> None:
    """The whole answer, as the journal has it; valid for 60 seconds and not to be kept by anything on the way."""
    async with agent(scene) as client:
        reply = await client.decide(prisoner_number=f" {WHO.lower()} ", checks=[CHECK])
        assert (reply.status, reply.body["decision"], reply.body["valid_for_s"]) == (200, "ALLOW", 60)
        assert (reply.body["prisoner_number"], reply.body["sequence"]) == (WHO, 1)
        assert reply.body["checks"] == [{**CHECK, "at": "2025-10-24T07:59:00+00:00"}]
        assert reply.headers["Cache-Control"] == "no-store"


async def test_a_veto_names_its_ground(scene: Scene) -> None:
    """A ground that bars the exit comes with its sentence and its record, and nobody may leave."""
    scene.hub.say(WHO, ground("release"))
    async with agent(scene) as client:
        reply = await client.decide()
        assert (reply.status, reply.body["decision"], reply.body["valid_for_s"]) == (200, "VETO", 0)
        assert reply.body["grounds"][0]["name"] == "REMAND"
        assert reply.body["grounds"][0]["source"] == {"topic": "court-results", "partition": 0, "offset": 7, "sha256": "ab" * 32}


@pytest.mark.parametrize("number", ["B9999BC", " ", "\u0000", "é", "x" * 64])
async def test_a_number_that_nobody_knows_is_an_answer(scene: Scene, number: str) -> None:
    """UNKNOWN_PRISONER is REFER with 200: software that takes a 404 for "nothing known against" would let somebody out."""
    async with agent(scene) as client:
        reply = await client.decide(prisoner_number=number)
        assert (reply.status, reply.body["decision"]) == (200, "REFER")
        assert [each["code"] for each in reply.body["refer"]] == ["UNKNOWN_PRISONER"]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"", {""}),
        (b"{", {""}),
        (b"[]", {""}),
        (b"null", {""}),
        (b"\xff{}", {""}),
        (json.dumps(QUESTION).encode("utf-16"), {""}),
        (b"[" * 60_000, {""}),
        (b'{"prisoner_number": "A1234BC", "prisoner_number": "B1234BC", "exit": "release"}', {""}),
        (b'{"prisoner_number": NaN, "exit": "release"}', {""}),
        (b'{"prisoner_number": ' + b"9" * 5000 + b', "exit": "release"}', {""}),
        (b"{}", {"prisoner_number", "exit"}),
        (json.dumps({**QUESTION, "escort": True, "exit": 1}).encode(), {"escort", "exit"}),
        (json.dumps({**QUESTION, "exit": "RELEASE"}).encode(), {"exit"}),
        (json.dumps({**QUESTION, "exit": ["release"]}).encode(), {"exit"}),
        (json.dumps({**QUESTION, "prisoner_number": ""}).encode(), {"prisoner_number"}),
        (json.dumps({**QUESTION, "prisoner_number": "x" * 65}).encode(), {"prisoner_number"}),
        (json.dumps({**QUESTION, "prisoner_number": "\ud800"}).encode(), {"prisoner_number"}),
        (json.dumps({**QUESTION, "checks": None}).encode(), {"checks"}),
        (json.dumps({**QUESTION, "checks": [CHECK] * 65}).encode(), {"checks"}),
        (json.dumps({**QUESTION, "checks": [CHECK, 7, {**CHECK, "by": " "}]}).encode(), {"checks[1]", "checks[2]"}),
        (json.dumps({**QUESTION, "checks": [{**CHECK, "when": 1, "role": ""}]}).encode(), {"checks[0].when", "checks[0].role"}),
    ],
)
async def test_what_is_not_a_question_is_refused(scene: Scene, body: bytes, fields: set[str]) -> None:
    """400 names every member that is wrong, holds no decision, and nothing is journalled."""
    async with agent(scene, fresh=False) as client:
        reply = await client.ask("POST", "/v1/decisions", body=body)
        assert (reply.status, reply.headers["Content-Type"]) == (400, "application/problem+json")
        assert reply.fields == fields
        assert "decision" not in reply.body
        assert (await client.decide()).body["sequence"] == 1


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("2025-10-24T07:59:00Z", "2025-10-24T07:59:00+00:00"),
        ("2025-10-24t07:59:00.1z", "2025-10-24T07:59:00.100000+00:00"),
        ("2025-10-24 08:59:00.1234567+01:00", "2025-10-24T08:59:00.123456+01:00"),
        ("2025-10-24T07:59:00", None),
        ("2025-10-24", None),
        ("2025-10-24T07:59Z", None),
        ("2025-13-24T07:59:00Z", None),
        ("2025-10-24T07:59:60Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("\u0662025-10-24T07:59:00Z", None),
        (1761292740, None),
    ],
)
async def test_the_time_of_a_check_has_an_offset(scene: Scene, text: Any, reads: str | None) -> None:
    """RFC 3339 is read as it is, on every Python; a time that says not whose it is, or that no calendar has, is refused."""
    async with agent(scene, fresh=False) as client:
        reply = await client.decide(checks=[{**CHECK, "at": text}])
        if reads is None:
            assert (reply.status, reply.fields) == (400, {"checks[0].at"})
        else:
            assert reply.body["checks"][0]["at"] == reads


@pytest.mark.parametrize("header", [None, "", "Bearer", f"Basic {TOKEN}", "Bearer wrong", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer é"])
async def test_without_the_token_nothing_is_said(scene: Scene, header: str | None) -> None:
    """401 for a decision and for a path that is not there; health says what it says to everybody."""
    async with agent(scene) as client:
        del client.session.headers["Authorization"]  # type: ignore[attr-defined]
        headers = {} if header is None else {"Authorization": header}
        for method, path in (("POST", "/v1/decisions"), ("GET", "/v1/position"), ("GET", "/v1/openapi.json"), ("GET", "/metrics")):
            reply = await client.ask(method, path, headers=headers)
            assert (reply.status, reply.headers["WWW-Authenticate"].partition(" ")[0]) == (401, "Bearer")
        assert (await client.ask("GET", "/health/live")).body == {"status": "ok"}
        assert (await client.ask("GET", "/health/ready")).body == {"ready": True, "why": []}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/decisions", 405),
        ("DELETE", "/v1/decisions", 405),
        ("OPTIONS", "/v1/decisions", 405),
        ("POST", "/health/live", 405),
        ("GET", "/v1/decisions/A1234BC", 404),
        ("GET", "/metrics", 404),
        ("GET", "/", 404),
    ],
)
async def test_wrong_methods_and_paths(scene: Scene, method: str, path: str, status: int) -> None:
    """What is not served is a problem, and 405 says what is."""
    async with agent(scene, fresh=False) as client:
        reply = await client.ask(method, path)
        assert (reply.status, reply.headers["Content-Type"]) == (status, "application/problem+json")
        assert ("Allow" in reply.headers) == (status == 405)


@pytest.mark.parametrize(
    "headers",
    [{"Content-Type": "text/plain"}, {"Content-Type": "application/json; charset=utf-16"}, {"Content-Encoding": "gzip"}],
)
async def test_other_media_types_are_refused(scene: Scene, headers: dict[str, str]) -> None:
    """415 for what is not plain JSON in UTF-8: a browser's form can be sent to any port without being asked."""
    async with agent(scene, fresh=False) as client:
        reply = await client.ask("POST", "/v1/decisions", body=json.dumps(QUESTION).encode(), headers=headers)
        assert reply.status == 415


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_large_body_is_refused(scene: Scene, *, chunked: bool) -> None:
    """413 above 64 KiB, announced or not; exactly 64 KiB is read."""
    full = json.dumps(QUESTION).encode().ljust(door.BODY_BYTES_MAX)

    async def parts(body: bytes) -> Any:
        yield body

    async with agent(scene, fresh=False) as client:
        for body, status in ((full, 200), (full + b" ", 413)):
            sent = parts(body) if chunked else body
            assert (await client.ask("POST", "/v1/decisions", body=sent)).status == status


async def test_a_body_that_says_it_is_large_is_not_waited_for(scene: Scene) -> None:
    """413 on the announcement alone."""
    async with agent(scene, socket=scene.config.directory / "gate.sock", fresh=False):
        head = b"POST /v1/decisions HTTP/1.1\r\nHost: gate\r\nContent-Type: application/json\r\nContent-Length: 65537\r\n\r\n"
        assert b" 413 " in await _raw(scene.config.directory / "gate.sock", head)


async def test_a_body_that_never_comes_is_given_up(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller that stops half-way does not keep its place: 408."""
    monkeypatch.setattr(door, "BODY_TIMEOUT_S", 0.05)
    async with agent(scene, socket=scene.config.directory / "gate.sock"):
        head = b"POST /v1/decisions HTTP/1.1\r\nHost: gate\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"
        assert b" 408 " in await _raw(scene.config.directory / "gate.sock", head)


async def test_what_is_not_http_is_a_problem_without_its_words(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """Even what aiohttp itself refuses is problem+json, and neither the reply nor the log quotes it."""
    async with agent(scene, socket=scene.config.directory / "gate.sock"):
        for garbage in (
            b"A1234BC please\r\n\r\n",
            b"GET /v1/A1234BC HTTP/1.1\r\nHost: a\r\nContent-Length: A1234BC\r\n\r\n",
            b"\x16\x03\x01\r\n\r\n",
        ):
            said = await _raw(scene.config.directory / "gate.sock", garbage)
            assert b" 400 " in said
            assert b"application/problem+json" in said
            assert b"A1234BC" not in said
    assert "A1234BC" not in caplog.text


async def _raw(path: Path, sent: bytes) -> bytes:
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(sent)
    said = await asyncio.wait_for(reader.read(4096), 5)
    writer.close()
    await writer.wait_closed()
    return said


async def test_a_defect_is_500_without_a_decision(scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever breaks behind the door, the caller gets a problem, and the log says where without saying whom."""

    async def fail(*_: object) -> Answer:
        message = f"about {WHO}"
        raise ZeroDivisionError(message)

    async with agent(scene) as client:
        monkeypatch.setattr(client.gate, "decide", fail)
        reply = await client.decide()
        assert (reply.status, reply.headers["Content-Type"]) == (500, "application/problem+json")
        assert "decision" not in reply.body
        assert WHO not in json.dumps(reply.body)
        monkeypatch.undo()
        assert (await client.decide()).body["decision"] == "ALLOW"
    [defect] = [record for record in caplog.records if record.exc_info]
    line = OneLine().format(defect)
    assert "ZeroDivisionError in test_agent.py" in line
    assert WHO not in line


async def test_the_log_has_a_line_for_each_request_and_names_nobody(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """Method, path, status, time; a path that is not served may hold a name and is left out."""
    caplog.set_level(logging.INFO, "holdfast_gate")
    async with agent(scene) as client:
        await client.decide(checks=[CHECK])
        await client.ask("GET", f"/v1/decisions/{WHO}?by=Archer")
    lines = [OneLine().format(record) for record in caplog.records if "request " in record.getMessage()]
    assert ["path=/v1/decisions status=200" in lines[0], "path=(no such path) status=404" in lines[1], len(lines)] == [True, True, 2]
    assert WHO not in caplog.text
    assert "Archer" not in caplog.text


def test_a_log_record_is_one_line() -> None:
    """Whatever somebody logs, line breaks do not make two events of it."""
    record = logging.LogRecord("aiokafka", logging.WARNING, "client.py", 1, "one\ntwo %s", ("three\r\n",), None)
    assert OneLine().format(record).endswith("WARNING aiokafka one two three")


async def test_too_many_at_once_are_told_to_come_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """64 are answered; the 65th gets 503 with Retry-After; health answers all the while."""
    let_go = asyncio.Event()
    inside = 0
    async with agent(scene, socket=scene.config.directory / "gate.sock") as client:
        decide = client.gate.decide

        async def slow(number: str, exit_: Exit, checks: Sequence[CheckDone] = ()) -> Answer:
            nonlocal inside
            inside += 1
            await let_go.wait()
            return await decide(number, exit_, checks)

        monkeypatch.setattr(client.gate, "decide", slow)
        asked = [asyncio.create_task(client.decide()) for _ in range(door.IN_FLIGHT_MAX)]
        await eventually(lambda: inside == door.IN_FLIGHT_MAX)
        refused = await client.decide()
        assert (refused.status, refused.headers["Retry-After"]) == (503, "1")
        assert (await client.ask("GET", "/health/live")).status == 200
        let_go.set()
        assert {reply.status for reply in await asyncio.gather(*asked)} == {200}
        assert (await client.decide()).status == 200


async def test_too_many_connections_are_closed(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections have an end too: one above the limit is closed, and those that are open go on."""
    monkeypatch.setattr(door, "CONNECTIONS_MAX", 2)
    path = scene.config.directory / "gate.sock"
    async with agent(scene, socket=path) as client, contextlib.AsyncExitStack() as opened:
        assert (await client.decide()).status == 200
        _, writer = await asyncio.open_unix_connection(str(path))
        opened.callback(writer.close)
        reader, late = await asyncio.open_unix_connection(str(path))
        opened.callback(late.close)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        assert (await client.decide()).status == 200


async def test_ready_says_what_is_missing(scene: Scene) -> None:
    """503 with reasons until the feed is read and freshly sealed; again when a seal grows old; the position says the same in figures."""
    scene.feed.broken = True
    async with agent(scene, fresh=False) as client:
        assert (await client.decide()).body["refer"][0]["code"] == "FEED_NOT_BOOTSTRAPPED"
        reply = await client.ask("GET", "/health/ready")
        assert (reply.status, reply.body["ready"], reply.body["why"][0]) == (503, False, "The feed has never been read.")
        scene.feed.broken = False
        await scene.fresh(client.gate)
        assert (await client.ask("GET", "/health/ready")).body == {"ready": True, "why": []}
        [partition] = (await client.ask("GET", "/v1/position")).body["partitions"]
        assert (partition["bootstrapped"], partition["mismatch"], set(partition["caught_up"])) == (True, False, set(SOURCES))
        scene.clock.seconds += 11
        assert (await client.ask("GET", "/health/ready")).body["why"] == ["Partition 0 has no seal that is fresh."]


async def test_ready_needs_a_journal(scene: Scene) -> None:
    """A gate that cannot record cannot allow: readiness finds it by writing, not by hoping."""
    async with agent(scene) as client:
        journal = client.gate._journal
        journal.close()
        journal._path = Path("/proc/nowhere/journal.sqlite3")
        reply = await client.ask("GET", "/health/ready")
        assert reply.status == 503
        assert reply.body["why"][0].startswith("Answers cannot be recorded: the journal cannot be written")


async def test_ready_writes_to_see_that_the_journal_can_be_written(scene: Scene) -> None:
    """A file that opens and reads may still not be written, and a full disk is found by writing alone: so each look writes, and adds no entry."""
    written = scene.config.directory / "journal.sqlite3-wal"
    async with agent(scene) as client:
        before = written.stat().st_size
        assert (await client.ask("GET", "/health/ready")).status == 200
        assert written.stat().st_size > before
        assert (await client.decide()).body["sequence"] == 1
        client.gate._journal._connection.execute("PRAGMA query_only = 1")  # type: ignore[union-attr]
        assert (await client.ask("GET", "/health/ready")).status == 503
        assert (await client.ask("GET", "/health/ready")).body == {"ready": True, "why": []}


async def test_hours_without_a_network(scene: Scene) -> None:
    """Six hours cut off: a veto that it knows holds, everything else is REFER, and what was answered is reported when the network is back."""
    scene.hub.say("B1234BC", ground("release"))
    async with agent(scene) as client:
        assert (await client.decide()).body["decision"] == "ALLOW"
        scene.feed.broken = True
        for hour in range(6):
            scene.clock.seconds += 3600
            assert (await client.decide()).body["valid_for_s"] == 0, hour
            assert (await client.decide(exit="court")).body["decision"] == "REFER"
            assert (await client.decide(prisoner_number="B1234BC")).body["decision"] == "VETO"
            assert (await client.decide(prisoner_number="C1234BC")).body["decision"] == "REFER"
        assert (await client.ask("GET", "/health/live")).status == 200
        assert (await client.ask("GET", "/health/ready")).status == 503
        assert "the broker cannot be reached" in json.dumps((await client.ask("GET", "/v1/position")).body["troubles"])
        scene.feed.broken = False
        await scene.fresh(client.gate)
        assert (await client.decide()).body["decision"] == "ALLOW"
        await eventually(lambda: len(scene.feed.reports) == 26)


async def test_a_restart_without_a_network_keeps_the_vetoes(scene: Scene) -> None:
    """What the replica on the disk vetoes is vetoed from the first request on, and nothing is allowed."""
    scene.hub.say("B1234BC", ground("release"))
    async with agent(scene) as client:
        assert (await client.decide()).body["decision"] == "ALLOW"
    scene.feed.broken = True
    async with agent(scene, fresh=False) as client:
        assert (await client.decide(prisoner_number="B1234BC")).body["decision"] == "VETO"
        assert (await client.decide()).body["decision"] == "REFER"


async def test_stopping_answers_what_is_in_flight(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A drain lets nobody in, finishes whom it let in, sends the reports, and takes the socket away."""
    path = scene.config.directory / "gate.sock"
    let_go, inside = asyncio.Event(), asyncio.Event()
    async with contextlib.AsyncExitStack() as client_side:
        running = contextlib.AsyncExitStack()
        gate, _ = await running.enter_async_context(serving(AgentConfig(socket=path), scene.config, scene.feed, clock=scene.clock))
        decide = gate.decide

        async def slow(number: str, exit_: Exit, checks: Sequence[CheckDone] = ()) -> Answer:
            inside.set()
            await let_go.wait()
            return await decide(number, exit_, checks)

        monkeypatch.setattr(gate, "decide", slow)
        reader, writer = await asyncio.open_unix_connection(str(path))
        client_side.callback(writer.close)
        body = json.dumps(QUESTION).encode()
        writer.write(
            b"POST /v1/decisions HTTP/1.1\r\nHost: gate\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        await inside.wait()
        stopping = asyncio.create_task(running.aclose())
        await _refused(path)
        assert not stopping.done()
        let_go.set()
        said = await asyncio.wait_for(reader.read(), 5)
        await stopping
        assert b" 200 " in said
        assert b"Connection: close" in said
        assert len(scene.feed.reports) == 1
        assert not path.exists()


async def _refused(path: Path) -> None:
    """Wait until nobody is let in any more."""
    async with asyncio.timeout(5):
        while True:
            try:
                _, late = await asyncio.open_unix_connection(str(path))
            except ConnectionRefusedError:
                return
            late.close()
            await asyncio.sleep(0)


async def test_a_drain_has_a_deadline(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that never ends does not keep the agent from ending."""
    monkeypatch.setattr("holdfast_gate.agent.serve.DRAIN_TIMEOUT_S", 0.05)
    monkeypatch.setattr("holdfast_gate.agent.serve.CLOSE_TIMEOUT_S", 0.05)
    inside = asyncio.Event()

    async def never(*_: object) -> Answer:
        inside.set()
        await asyncio.Event().wait()
        raise AssertionError

    async with asyncio.timeout(5), agent(scene) as client:
        monkeypatch.setattr(client.gate, "decide", never)
        asked = asyncio.create_task(client.decide())
        await inside.wait()
        asked.cancel()


async def test_the_socket_is_its_owners_alone(scene: Scene) -> None:
    """0600 over a unix socket, and no token is wanted there."""
    path = scene.config.directory / "gate.sock"
    async with agent(scene, socket=path) as client:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert (await client.decide()).body["decision"] == "ALLOW"


async def test_a_socket_in_use_or_somebody_elses_file_is_refused(scene: Scene, tmp_path: Path) -> None:
    """Neither a running agent nor a file is pushed aside; what a killed agent left is."""
    path = tmp_path / "gate.sock"
    async with agent(scene, socket=path) as client:
        with pytest.raises(ConfigError, match="in use by another process"):
            await contextlib.AsyncExitStack().enter_async_context(serving(AgentConfig(socket=path), scene.config, scene.feed))
        assert (await client.decide()).status == 200
    path.write_text("not a socket")
    with pytest.raises(ConfigError, match="is no socket"):
        await contextlib.AsyncExitStack().enter_async_context(serving(AgentConfig(socket=path), scene.config, scene.feed))
    path.unlink()
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    async with agent(scene, socket=path) as client:
        assert (await client.decide()).status == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "localhost", "gate.example"])  # noqa: S104
def test_only_loopback_is_served(host: str) -> None:
    """An address that others can reach is refused, and so is a name, which leads wherever somebody says."""
    with pytest.raises(ConfigError, match="not a loopback address"):
        AgentConfig(host=host, token=TOKEN)


@pytest.mark.parametrize("token", ["", "short", "x" * 15, "sixteen letters and a space", "sechzehn-Zeichen-ü"])
def test_a_weak_token_is_refused_and_never_shown(token: str) -> None:
    """TCP wants a token that nobody guesses; its letters are in no message."""
    with pytest.raises(ConfigError, match="token") as refused:
        AgentConfig(token=token)
    assert not token or token not in str(refused.value)
    assert TOKEN not in repr(AgentConfig(token=TOKEN))


def test_the_settings_of_the_agent(tmp_path: Path) -> None:
    """A file wins over the environment; a socket takes neither address nor token; what makes no sense is named."""
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}-of-a-file\n")
    environment = {"HOLDFAST_GATE_TOKEN": TOKEN}
    assert AgentConfig.from_environment(environment) == AgentConfig(host="127.0.0.1", port=8480, token=TOKEN)
    assert AgentConfig.from_environment(environment, token_file=str(file)).token == f"{TOKEN}-of-a-file"
    assert AgentConfig.from_environment(environment, listen="[::1]:0") == AgentConfig(host="::1", port=0, token=TOKEN)
    assert AgentConfig.from_environment(environment, socket="a.sock") == AgentConfig(socket=Path("a.sock"))
    for wrong in (
        {"listen": "8480"},
        {"listen": "127.0.0.1:99999"},
        {"socket": "a", "listen": "127.0.0.1:1"},
        {"token_file": str(tmp_path / "no")},
    ):
        with pytest.raises(ConfigError, match=r"--listen|the token cannot be read"):
            AgentConfig.from_environment(environment, **wrong)

"""One attempt, against a real server that behaves as systems do on a bad day."""

from __future__ import annotations

import gzip
import ssl
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from services.enrichment.client import BODY_BYTES_MAX, Client, Got, Missed, client
from services.enrichment.routes import Route
from simulator.driven_clock import DrivenClock
from tests.enrichment.scene import BODY, NOW, NUMBER, Reply, SystemOfRecord, breaks_off, hangs_up, never, replying, serving, settings

PATH = f"/prisoner/{NUMBER}"


@pytest.fixture
async def system() -> AsyncIterator[SystemOfRecord]:
    """A system of record."""
    async with serving() as running:
        yield running


async def ask(route: Route, **given: Any) -> Got | Missed:
    """Ask once."""
    async with client(DrivenClock(NOW, rate=0), settings(**given)) as asking:
        return await asking.ask(route, NUMBER)


async def test_an_answer_is_what_came(system: SystemOfRecord) -> None:
    """Bytes, type and place are kept as they are; the time is that of the question."""
    got = await ask(system.route())
    url = f"http://127.0.0.1:{system.port}{PATH}"
    assert got == Got(status=200, url=url, sent_at=NOW, as_of=NOW, content_type="application/json", body=BODY)
    [(_, headers)] = system.asked
    assert headers["Accept"] == "application/json"
    assert "Authorization" not in headers


@pytest.mark.parametrize(
    ("date", "as_of"),
    [
        ("Fri, 24 Oct 2025 08:30:00 GMT", NOW + timedelta(minutes=30) - timedelta(seconds=2)),
        ("yesterday", None),
        ("Fri, 24 Oct 2025 08:30:00 -0000", None),
        ("Fri, 99 Oct 2025 08:30:00 GMT", None),
    ],
)
async def test_an_answer_is_as_of_the_question_by_the_clock_of_whoever_answers(system: SystemOfRecord, date: str, as_of: datetime | None) -> None:
    """Its Date, less the two seconds that it took: what it recorded meanwhile may not be in the answer. Without a Date nobody can tell."""
    clock = DrivenClock(NOW, rate=0)

    async def takes_its_time(request: web.Request) -> web.StreamResponse:
        clock.advance(timedelta(seconds=2))
        return await replying(200, BODY, Date=date)(request)

    system.replies[PATH] = [takes_its_time]
    async with client(clock, settings()) as asking:
        got = await asking.ask(system.route(), NUMBER)
    assert isinstance(got, Got)
    assert (got.sent_at, got.as_of) == (NOW, as_of)


async def test_that_there_is_no_such_thing_is_an_answer(system: SystemOfRecord) -> None:
    """404 is a word of the system's; what a proxy writes around it is not kept."""
    system.replies[PATH] = [replying(404, b"<html>Not found</html>")]
    got = await ask(system.route())
    assert isinstance(got, Got)
    assert (got.status, got.body) == (404, b"")


@pytest.mark.parametrize(
    ("reply", "missed"),
    [
        pytest.param(replying(500), Missed(outcome="server_error"), id="500"),
        pytest.param(replying(503, **{"Retry-After": "7"}), Missed(outcome="server_error", retry_after_s=7), id="503 for a while"),
        pytest.param(replying(429, **{"Retry-After": "99999999"}), Missed(outcome="busy", retry_after_s=3600), id="429 for ever"),
        pytest.param(replying(429, **{"Retry-After": "Fri, 24 Oct 2025 09:00:00 GMT"}), Missed(outcome="busy"), id="429 by its own clock"),
        pytest.param(replying(401), Missed(outcome="unauthorised"), id="401"),
        pytest.param(replying(403), Missed(outcome="unauthorised"), id="403"),
        pytest.param(replying(400), Missed(outcome="refused", ill=False), id="400"),
        pytest.param(replying(204, b""), Missed(outcome="refused", ill=False), id="204"),
        pytest.param(replying(200, b""), Missed(outcome="empty", ill=False), id="nothing"),
        pytest.param(replying(200, b"x" * (BODY_BYTES_MAX + 1)), Missed(outcome="too_large", ill=False), id="too large"),
        pytest.param(replying(200, gzip.compress(BODY), **{"Content-Encoding": "gzip"}), Missed(outcome="encoded", ill=False), id="packed"),
        pytest.param(hangs_up, Missed(outcome="connection"), id="hangs up"),
        pytest.param(breaks_off, Missed(outcome="connection"), id="breaks off"),
        pytest.param(never, Missed(outcome="timeout"), id="says nothing"),
    ],
)
async def test_what_is_no_answer(system: SystemOfRecord, reply: Reply, missed: Missed) -> None:
    """Nothing else is an answer, each is told apart, and none is an exception."""
    system.replies[PATH] = [reply]
    assert await ask(system.route(timeout_s=0.5)) == missed


async def test_a_body_at_the_limit_is_read(system: SystemOfRecord) -> None:
    """The limit is the last size that is allowed."""
    system.replies[PATH] = [replying(200, b"x" * BODY_BYTES_MAX)]
    got = await ask(system.route())
    assert isinstance(got, Got)
    assert len(got.body) == BODY_BYTES_MAX


async def test_a_body_that_drips_is_given_up(system: SystemOfRecord) -> None:
    """The deadline is for the whole attempt: a byte now and then does not keep it alive."""

    async def drips(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"{")
        return await never(request)

    system.replies[PATH] = [drips]
    assert await ask(system.route(timeout_s=0.5)) == Missed(outcome="timeout")


async def test_nobody_there(system: SystemOfRecord) -> None:
    """A host that is down is a failure of the host."""
    route = Route.model_validate({"url": "http://127.0.0.1:1/{key}", "dialect": "contract", "timeout_s": 5})
    assert await ask(route) == Missed(outcome="connection")
    del system


async def test_a_certificate_that_nobody_else_signed_is_refused() -> None:
    """A server that only says itself who it is gets neither the question nor the token; one whose certificate is known would have answered."""
    signed_by_itself = Path(__file__).parent / "signed_by_itself.pem"  # a certificate of nobody's, for this test, with its key
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(signed_by_itself)
    async with serving(tls) as system:
        route = system.route().model_copy(update={"url": f"https://127.0.0.1:{system.port}/prisoner/{{key}}"})
        assert await ask(route, token="s3cret") == Missed(outcome="connection")  # noqa: S106
        assert system.asked == []
        trusting = ssl.create_default_context(cafile=str(signed_by_itself))
        async with aiohttp.ClientSession() as session, session.get(route.request_url(NUMBER), ssl=trusting) as response:
            assert response.status == 200


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(system: SystemOfRecord, status: int) -> None:
    """The token is for the host that is configured: another one gets neither the token nor the question."""
    async with serving() as elsewhere:
        system.replies[PATH] = [replying(status, b"", Location=f"http://127.0.0.1:{elsewhere.port}{PATH}")]
        assert await ask(system.route(), token="s3cret") == Missed(outcome="redirect")  # noqa: S106
        assert elsewhere.asked == []
    assert len(system.asked) == 1


async def test_the_token_of_the_environment_is_sent(system: SystemOfRecord) -> None:
    """As RFC 6750 has it, and nowhere else than in that header."""
    got = await ask(system.route(), token="s3cret")  # noqa: S106
    assert system.asked[0][1]["Authorization"] == "Bearer s3cret"
    assert "s3cret" not in repr(got)


async def test_a_token_file_is_read_again_each_time(system: SystemOfRecord, tmp_path: Path) -> None:
    """A token that was renewed is used at once; a route's own file goes before the deployment's."""
    (tmp_path / "token").write_text("first\n")
    (tmp_path / "own").write_text("own\n")
    async with client(DrivenClock(NOW), settings(token_file=tmp_path / "token")) as asking:
        await asking.ask(system.route(), NUMBER)
        (tmp_path / "token").write_text("second\n")
        await asking.ask(system.route(), NUMBER)
        await asking.ask(system.route(token_file=tmp_path / "own"), NUMBER)
    assert [headers["Authorization"] for _, headers in system.asked] == ["Bearer first", "Bearer second", "Bearer own"]


async def test_a_route_can_do_without_the_token(system: SystemOfRecord) -> None:
    """A token is not shown to a system that is not its own."""
    await ask(system.route(send_token=False), token="s3cret")  # noqa: S106
    assert "Authorization" not in system.asked[0][1]


@pytest.mark.parametrize("content", [None, b"", b"two words", b"two\nlines", b"\xff"])
async def test_without_its_token_nothing_is_asked(system: SystemOfRecord, tmp_path: Path, content: bytes | None) -> None:
    """A file that is missing or holds no token stops the question, and cannot add a header of its own."""
    if content is not None:
        (tmp_path / "token").write_bytes(content)
    assert await ask(system.route(), token_file=tmp_path / "token") == Missed(outcome="token")
    assert system.asked == []


async def test_no_cookie_is_kept(system: SystemOfRecord) -> None:
    """One question says nothing about the one before."""
    system.replies[PATH] = [replying(200, BODY, **{"Set-Cookie": "session=1"})]
    async with client(DrivenClock(NOW), settings()) as asking:
        await _twice(asking, system.route())
    assert all("Cookie" not in headers for _, headers in system.asked)


async def _twice(asking: Client, route: Route) -> None:
    await asking.ask(route, NUMBER)
    await asking.ask(route, NUMBER)

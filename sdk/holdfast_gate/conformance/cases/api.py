"""The local API: what is not understood is a problem, and never a decision."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from holdfast_gate.conformance.case import CaseFailedError, DoesNotApplyError, Phase, case
from holdfast_gate.conformance.play import JSON
from holdfast_gate.model import Exit

if TYPE_CHECKING:
    from holdfast_gate.conformance.case import Case
    from holdfast_gate.conformance.play import Play
    from holdfast_gate.conformance.ports import Reply

API = "the local API"
DECISIONS = "/v1/decisions"
BAD_REQUEST, UNAUTHORIZED, NOT_FOUND, WRONG_METHOD, TOO_LARGE, WRONG_MEDIA_TYPE = 400, 401, 404, 405, 413, 415
OK = 200
BODY_MAX_BYTES = 64 * 1024


def problem(reply: Reply, status: int, after: str) -> dict[str, Any]:
    """The problem in `reply`. Raises CaseFailedError unless it is one, with this status and without a decision."""
    found = reply.json()
    media_type = reply.headers.get("content-type", "").partition(";")[0].strip()
    expected = f"{status}, application/problem+json with title and status, and no member decision, {after}"
    if not isinstance(found, dict) or "decision" in found or reply.status != status or media_type != "application/problem+json":
        raise CaseFailedError(expected, f"{media_type or 'no media type'}: {reply}")
    if not found.get("title") or found.get("status") != status:
        raise CaseFailedError(expected, str(reply))
    return found


def _refused(name: str, rule: str, status: int, body: bytes, content_type: str = "application/json", method: str = "POST") -> Case:
    @case(name, Phase.CALM, rule=rule, source=API)
    async def refused(play: Play) -> None:
        who = play.number()
        await play.say(who, orders=play.orders())
        sent = body.replace(b"WHO", who.encode())
        reply = await play.call(method, DECISIONS, body=sent, headers={"Content-Type": content_type} if content_type else {})
        shown = sent[:120].decode("utf-8", "backslashreplace")
        problem(reply, status, f"after {method} {DECISIONS} ({content_type or 'no media type'}): {shown}{'…' if len(sent) > len(shown) else ''}")

    return refused


def _body(**changed: Any) -> bytes:  # noqa: ANN401 - any JSON
    content = {"prisoner_number": "WHO", "exit": Exit.RELEASE.value} | changed
    return json.dumps({name: value for name, value in content.items() if value is not ...}).encode()


@case("token", Phase.CALM, rule="Over loopback, no token or another one is 401 with WWW-Authenticate, and never a decision.", source=API)
async def token(play: Play) -> None:
    """Nobody asks about prisoners who has no right to."""
    if not play.stage.door.guarded:
        message = "the gate under test is asked over a unix socket, which needs no token"
        raise DoesNotApplyError(message)
    who = play.number()
    await play.say(who, orders=play.orders())
    body = json.dumps({"prisoner_number": who, "exit": "release"}).encode()
    for given in ("", "not-the-token"):
        reply = await play.call("POST", DECISIONS, body=body, headers=JSON, token=given)
        problem(reply, UNAUTHORIZED, f"after POST {DECISIONS} with {'another token' if given else 'no token'}")
        if "www-authenticate" not in reply.headers:
            raise CaseFailedError("a header WWW-Authenticate with 401", str(reply))
        reply = await play.call("GET", "/v1/position", token=given)
        problem(reply, UNAUTHORIZED, f"after GET /v1/position with {'another token' if given else 'no token'}")


@case("health", Phase.CALM, rule="GET /health/live and /health/ready answer 200 while all is well, without a token.", source=API)
async def health(play: Play) -> None:
    """For whoever restarts what has stopped."""
    for path, member, value in (("/health/live", "status", "ok"), ("/health/ready", "ready", True)):
        reply = await play.call("GET", path, token="")
        found = reply.json()
        if reply.status != OK or not isinstance(found, dict) or found.get(member) != value:
            raise CaseFailedError(f'200 and {{"{member}": {json.dumps(value)}}} from GET {path}', str(reply))


@case("openapi", Phase.CALM, rule="GET /v1/openapi.json describes the API, in OpenAPI 3.1.", source=API)
async def openapi(play: Play) -> None:
    """Whoever writes a client finds it there."""
    reply = await play.call("GET", "/v1/openapi.json")
    found = reply.json()
    if (
        reply.status != OK
        or not isinstance(found, dict)
        or not str(found.get("openapi")).startswith("3.1")
        or DECISIONS not in found.get("paths", {})
    ):
        raise CaseFailedError(f"200 and an OpenAPI 3.1 document with {DECISIONS} in it from GET /v1/openapi.json", str(reply))


@case(
    "journal-numbers",
    Phase.CALM,
    rule="Every answer has a number in the journal of its own, and the numbers grow.",
    source="the decision table: journalled before it is returned",
)
async def journal_numbers(play: Play) -> None:
    """Three answers about one prisoner."""
    who = play.number()
    await play.say(who, orders=play.orders())
    numbers = [(await play.ask(who, Exit.RELEASE))["sequence"] for _ in range(3)]
    play.did(f"three answers, with the numbers {numbers}")
    if None in numbers or sorted(set(numbers)) != numbers:
        raise CaseFailedError("three numbers, each above the one before", str(numbers))


CASES = (
    _refused("no-json", "A body that is no JSON is 400.", BAD_REQUEST, b'{"prisoner_number": "WHO", "exit": '),
    _refused("no-object", "A body that is no object is 400.", BAD_REQUEST, b'["WHO", "release"]'),
    _refused("no-number", "A request without a prisoner number is 400.", BAD_REQUEST, _body(prisoner_number=...)),
    _refused("empty-number", "An empty prisoner number is 400.", BAD_REQUEST, _body(prisoner_number="")),
    _refused("long-number", "A prisoner number of more than 64 characters is 400.", BAD_REQUEST, _body(prisoner_number="A" * 65)),
    _refused("number-is-no-string", "A prisoner number of another type is 400.", BAD_REQUEST, _body(prisoner_number=1234)),
    _refused("unknown-exit", "An exit that is none of the eight is 400, and not one that is free of grounds.", BAD_REQUEST, _body(exit="window")),
    _refused("no-exit", "A request that does not say which exit is 400: none is assumed.", BAD_REQUEST, _body(exit=...)),
    _refused("unknown-member", "A member that the API does not have is 400: whoever wrote it meant something by it.", BAD_REQUEST, _body(force=True)),
    _refused(
        "check-without-offset",
        "A check whose time has no offset from UTC is 400: nothing says when it was.",
        BAD_REQUEST,
        _body(checks=[{"check": "IDENTITY_CONFIRMED", "by": "A. Archer", "role": "RECEPTION", "at": "2025-10-29T08:00:00"}]),
    ),
    _refused(
        "too-many-checks",
        "More than 64 checks are 400.",
        BAD_REQUEST,
        _body(checks=[{"check": "C", "by": "A", "role": "R", "at": "2025-10-29T08:00:00Z"}] * 65),
    ),
    _refused("too-large", "A body of more than 64 KiB is 413.", TOO_LARGE, _body() + b" " * BODY_MAX_BYTES),
    _refused("wrong-media-type", "A body that does not say that it is JSON is 415.", WRONG_MEDIA_TYPE, _body(), content_type="text/plain"),
    _refused("wrong-method", "Another method than POST is 405.", WRONG_METHOD, b"", content_type="", method="GET"),
    token,
    health,
    openapi,
    journal_numbers,
)
